using System.Globalization;
using System.Text.Json.Serialization;
using Clew.Model;
using Clew.Server.Configuration;
using Clew.Storage;

namespace Clew.Server.Hosting;

/// <summary>The answer of <c>GET /api/v1/status</c>: what this server is, where it listens, what it has. Contract of the web UI.</summary>
internal sealed record StatusReport(
    string Version, DateTimeOffset StartedAt, IReadOnlyList<ReceiverReport> Receivers, string Api, string Tenant, DataReport Data, SpanReport Spans, TraceReport Traces)
{
    public static StatusReport Of(ClewConfig config, PipelineGraph pipeline, TraceStore? store, TenantId tenant, string api, DateTimeOffset startedAt)
    {
        var receivers = pipeline.ReceiverStatus;
        var totals = store?.Totals(tenant) ?? StoreTotals.None;
        var first = receivers.Min(receiver => receiver.FirstReceived);
        var last = receivers.Max(receiver => receiver.LastReceived);
        var hasSpans = totals.HeadSpans + totals.BlockSpans > 0;
        return new StatusReport(
            BuildVersion.Text,
            startedAt,
            [.. from receiver in receivers
                from endPoint in receiver.EndPoints
                select new ReceiverReport($"{receiver.Receiver}-{receiver.Transport}", receiver.Transport == "http" ? $"http://{endPoint}" : endPoint)],
            api,
            tenant.Value,
            new DataReport(config.Storage.Path, config.Storage.Backend.ToString().ToLowerInvariant(), Hours(config.Retention.Default)),
            new SpanReport(
                receivers.Sum(receiver => receiver.AcceptedSpans), receivers.Sum(receiver => receiver.RefusedSpans + receiver.FailedSpans),
                first?.ToUnixTimeMilliseconds(), last?.ToUnixTimeMilliseconds(), totals.HeadSpans + totals.BlockSpans),
            new TraceReport(
                hasSpans ? totals.OldestUnixNano / UnixNano.PerMillisecond : null, hasSpans ? totals.NewestUnixNano / UnixNano.PerMillisecond : null));
    }

    private static string Hours(TimeSpan time) => $"{time.TotalHours.ToString("0.##", CultureInfo.InvariantCulture)}h";
}

/// <summary>A protocol and where it is listened for.</summary>
internal sealed record ReceiverReport(string Protocol, string Endpoint);

/// <summary>Where data goes and how long it is kept.</summary>
internal sealed record DataReport(string? Path, string Backend, string Retention);

/// <summary>Spans since the start, and spans stored.</summary>
internal sealed record SpanReport(long Accepted, long Refused, long? FirstReceivedUnixMs, long? LastReceivedUnixMs, long Stored);

/// <summary>The time range of what is stored; null when nothing is.</summary>
internal sealed record TraceReport(long? OldestUnixMs, long? NewestUnixMs);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StatusReport))]
internal sealed partial class StatusJson : JsonSerializerContext;
