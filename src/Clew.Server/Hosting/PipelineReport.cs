using System.Text.Json.Serialization;
using Clew.Pipeline.Components;
using Clew.Receivers.Telemetry;

namespace Clew.Server.Hosting;

/// <summary>The answer of <c>GET /api/v1/pipeline</c>: what runs, and what each component was given and did. Contract of the web UI.</summary>
internal sealed record PipelineReport(
    DateTimeOffset Time, IReadOnlyList<PipelineLine> Pipelines, IReadOnlyList<ReceiverLine> Receivers, IReadOnlyList<StageLine> Stages, IReadOnlyList<ExporterLine> Exporters,
    ReloadReport Reload)
{
    public static PipelineReport Of(PipelineHost host, ReloadReport reload, DateTimeOffset now)
    {
        var graph = host.Graph;
        return new PipelineReport(
            now,
            [.. graph.Chains.Select(chain => new PipelineLine(
                chain.Config.Id.ToString(), [.. chain.Config.Receivers.Select(Text)], [.. chain.Config.Processors.Select(Text)], [.. chain.Config.Exporters.Select(Text)]))],
            [.. graph.ReceiverStatus.Select(ReceiverLine.Of)],
            [.. graph.Chains.SelectMany(chain => StagesOf(host, chain))],
            [.. graph.Exporters.Select(slot => new ExporterLine(slot.Instance.Id.ToString(), (slot.Instance as IComponentStatusSource)?.Status))],
            reload);
    }

    private static IEnumerable<StageLine> StagesOf(PipelineHost host, PipelineChain chain)
    {
        var ids = chain.Config.Processors.ToList();
        for (var i = 0; i < ids.Count; i++)
        {
            // What a processor hands on is what the next place is given; in front of several exporters each is given the same.
            var next = i + 1 < ids.Count ? ids[i + 1] : chain.Config.Exporters[0];
            var spansOut = host.Services.Telemetry.Stage(chain.Config.Id, next).Snapshot().Spans;
            yield return Line(host, chain, ids[i], "processor", spansOut);
        }

        foreach (var exporter in chain.Config.Exporters)
        {
            yield return Line(host, chain, exporter, "exporter", null);
        }
    }

    private static StageLine Line(PipelineHost host, PipelineChain chain, ComponentId id, string kind, long? spansOut)
    {
        var counts = host.Services.Telemetry.Stage(chain.Config.Id, id).Snapshot();
        return new StageLine(
            chain.Config.Id.ToString(), id.ToString(), kind, counts.Batches, counts.Spans, counts.Accepted, counts.Refused, counts.Failed, spansOut,
            counts.LatencyMedian?.TotalMilliseconds, counts.LatencyP99?.TotalMilliseconds, counts.LastErrorTime, counts.LastError);
    }

    private static string Text(ComponentId id) => id.ToString();
}

/// <summary>One pipeline's components, in order.</summary>
internal sealed record PipelineLine(string Id, IReadOnlyList<string> Receivers, IReadOnlyList<string> Processors, IReadOnlyList<string> Exporters);

/// <summary>One protocol of a receiver.</summary>
internal sealed record ReceiverLine(
    string Id, string Transport, IReadOnlyList<string> Endpoints, long Requests, long Accepted, long Refused, long Failed, long RefusedRequests, long UnsupportedRequests, long TlsAttempts,
    DateTimeOffset? FirstReceived, DateTimeOffset? LastReceived, string? LastPeer, DateTimeOffset? LastErrorTime, string? LastError, IReadOnlyList<SenderLine> Senders)
{
    /// <summary>Senders listed at most; the latest first.</summary>
    private const int MaxSenders = 20;

    public static ReceiverLine Of(ReceiverStatus status) => new(
        status.Receiver, status.Transport, status.EndPoints, status.Requests, status.AcceptedSpans, status.RefusedSpans, status.FailedSpans, status.RefusedRequests,
        status.UnsupportedRequests, status.TlsAttempts, status.FirstReceived, status.LastReceived, status.LastPeer, status.LastRefusalTime, status.LastRefusal,
        [.. status.Senders.Take(MaxSenders).Select(sender => new SenderLine(sender.Peer, sender.UserAgent, sender.Requests, sender.AcceptedSpans, sender.RefusedSpans, sender.LastSeen))]);
}

/// <summary>Who sent lately.</summary>
internal sealed record SenderLine(string Peer, string UserAgent, long Requests, long Accepted, long Refused, DateTimeOffset LastSeen);

/// <summary>
/// One place of one pipeline. <paramref name="SpansOut"/> is what a processor handed on (null for an exporter): less than
/// <paramref name="Accepted"/> means that it dropped on purpose.
/// </summary>
internal sealed record StageLine(
    string Pipeline, string Id, string Kind, long Batches, long SpansIn, long Accepted, long Refused, long Failed, long? SpansOut,
    double? LatencyMedianMs, double? LatencyP99Ms, DateTimeOffset? LastErrorTime, string? LastError);

/// <summary>One exporter, over all pipelines; <paramref name="Status"/> is null for those that hold nothing.</summary>
internal sealed record ExporterLine(string Id, ComponentStatus? Status);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PipelineReport))]
internal sealed partial class PipelineJson : JsonSerializerContext;
