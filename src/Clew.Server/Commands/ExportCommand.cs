using System.CommandLine;
using System.Globalization;
using Clew.Interchange.Export;
using Clew.Model;
using Clew.Query;
using Clew.Query.ById;
using Clew.Query.Search;
using Clew.Server.Hosting;
using Clew.Storage;
using Clew.TraceQL;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Server.Commands;

/// <summary><c>clew export</c>: traces out of a store, whole and as they came in, the newest ones that are only in the log included.</summary>
internal static class ExportCommand
{
    /// <summary>Traces of one query at most; without a query there is no limit.</summary>
    private const int MaxMatches = 5_000_000;

    public static Command Create()
    {
        var options = new ConfigOptions();
        var file = new ExportFile();
        var query = new Option<string?>("--query") { Description = "Only traces that match this TraceQL: '{ status = error }'", HelpName = "TRACEQL" };
        var start = new Option<string?>("--start") { Description = "Only traces that end at or after this time: RFC 3339, or seconds since 1970", HelpName = "TIME" };
        var end = new Option<string?>("--end") { Description = "Only traces that begin at or before this time", HelpName = "TIME" };
        var tenant = new Option<string?>("--tenant") { Description = "Only this tenant (default: all of them)" };
        var command = new Command("export", "Write traces of a store to an OTLP file or plain Parquet; stop the server on the folder first") { query, start, end, tenant };
        file.AddTo(command);
        options.AddTo(command);
        command.SetAction(async (parsed, token) =>
        {
            var console = parsed.InvocationConfiguration;
            if (!TryTime(parsed.GetValue(start), false, console, out var from) || !TryTime(parsed.GetValue(end), true, console, out var to) || file.Read(parsed) is not { } target)
            {
                return ExitCode.ConfigurationError;
            }

            Clew.TraceQL.Syntax.Query? tree = null;
            if (parsed.GetValue(query) is { } text)
            {
                var result = TraceQl.Parse(text);
                if (!result.Success)
                {
                    await console.Error.WriteLineAsync($"clew: {result.ErrorText}").ConfigureAwait(false);
                    return ExitCode.ConfigurationError;
                }

                tree = result.Root;
            }

            return await StorageAccess.RunAsync(
                options.Read(parsed), writes: false, console,
                access => ExportAsync(access, target, tree, new TimeRange(from ?? 0, to ?? long.MaxValue), parsed.GetValue(tenant), console, token)).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<int> ExportAsync(
        StorageAccess access, ExportTarget target, Clew.TraceQL.Syntax.Query? query, TimeRange window, string? only, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        var folder = access.Config.Storage.Path ?? throw new IOException("storage.path is 'none'; name the data folder with --data");
        var settings = StoreMapping.Options(access.Config, folder) with { Maintains = false, Retention = TimeSpan.Zero };
        await using var store = await TraceStore.OpenAsync(
            settings, TimeProvider.System, new StoreMetrics(access.Meters), NullLogger.Instance, cancellationToken, access.Bucket).ConfigureAwait(false);
        var limits = new QueryLimits { Timeout = TimeSpan.FromDays(1), MaxResults = MaxMatches, MaxTracesRead = int.MaxValue, MaxSpansPerTrace = int.MaxValue };
        using var engine = new QueryEngine(store, limits, TimeProvider.System);
        var tenants = store.Tenants.Where(tenant => only is null || tenant.Value == only).ToList();
        if (only is not null && tenants.Count == 0)
        {
            throw new IOException($"{access.Name} has no tenant '{only}'");
        }

        var (traces, spans, missing) = (0L, 0L, (string?)null);
        using (var writer = target.Open())
        {
            foreach (var tenant in tenants)
            {
                var (ids, incomplete) = query is null ? (All(store, tenant, window), null) : await MatchesAsync(engine, tenant, query, window, cancellationToken).ConfigureAwait(false);
                missing ??= incomplete;
                foreach (var id in ids)
                {
                    using var trace = await engine.FindTraceAsync(tenant, id, TraceForm.AsReceived, TimeRange.All, cancellationToken).ConfigureAwait(false);
                    if (trace.Found)
                    {
                        writer.Write(trace.Traces.Span);
                        (traces, spans) = (traces + 1, spans + trace.SpanCount);
                    }

                    missing ??= trace.Stats.Incomplete;
                }
            }
        }

        await console.Error.WriteLineAsync($"{target.Path}: {BlockCommand.Count(spans, "span")} of {BlockCommand.Count(traces, "trace")}").ConfigureAwait(false);
        if (missing is not null)
        {
            await console.Error.WriteLineAsync($"clew: the export is not complete: {missing}").ConfigureAwait(false);
            return ExitCode.RuntimeFailure;
        }

        return ExitCode.Ok;
    }

    /// <summary>Every trace in a window once, by start as far as the sources tell.</summary>
    private static List<TraceId> All(TraceStore store, TenantId tenant, TimeRange window)
    {
        using var snapshot = store.Snapshot(tenant);
        var starts = new Dictionary<TraceId, long>();
        foreach (var source in snapshot.Sources.Where(source => source.Range.Overlaps(window.StartUnixNano, window.EndUnixNano)))
        {
            for (var row = 0; row < source.Traces.Count; row++)
            {
                var trace = source.Traces[row];
                if (trace.EndUnixNano >= window.StartUnixNano && trace.StartUnixNano <= window.EndUnixNano)
                {
                    starts[trace.Id] = Math.Min(trace.StartUnixNano, starts.GetValueOrDefault(trace.Id, long.MaxValue));
                }
            }
        }

        return [.. starts.OrderBy(static pair => pair.Value).ThenBy(static pair => pair.Key).Select(static pair => pair.Key)];
    }

    private static async Task<(List<TraceId> Ids, string? Incomplete)> MatchesAsync(
        QueryEngine engine, TenantId tenant, Clew.TraceQL.Syntax.Query query, TimeRange window, CancellationToken cancellationToken)
    {
        try
        {
            var found = await engine.SearchAsync(tenant, new SearchRequest { Query = query, Window = window, Limit = MaxMatches, SpansPerSpanset = 1 }, cancellationToken).ConfigureAwait(false);
            var incomplete = found.Stats.Incomplete ?? (found.Traces.Count >= MaxMatches ? $"more than {MaxMatches} traces match; export one time range after the other" : null);
            return ([.. found.Traces.Select(static trace => trace.Id)], incomplete);
        }
        catch (QueryException fault)
        {
            throw new IOException(fault.Message, fault);
        }
    }

    private static bool TryTime(string? text, bool isEnd, InvocationConfiguration console, out long? time)
    {
        time = null;
        if (text is null)
        {
            return true;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 10_000_000_000)
        {
            time = (seconds * UnixNano.PerSecond) + (isEnd ? UnixNano.PerSecond - 1 : 0);
        }
        else if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var point))
        {
            time = UnixNano.From(point);
        }
        else
        {
            console.Error.WriteLine($"clew: '{text}' is not a time; use RFC 3339 like 2026-01-31T08:00:00Z, or seconds since 1970");
            return false;
        }

        return true;
    }
}
