using System.Globalization;
using System.Text;
using Clew.Model;
using Clew.Query.ById;
using Clew.Storage.Columns;

namespace Clew.Query.Skeletons;

/// <summary>The tree of a trace, and the full spans of some of its rows. Thread-safe.</summary>
public sealed class SkeletonQueries
{
    /// <summary>Below this a trace is read faster than it is worth keeping.</summary>
    private const int MinCachedSpans = 10_000;

    private readonly QueryEngine _engine;
    private readonly SkeletonCache _cache;

    public SkeletonQueries(QueryEngine engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        _engine = engine;
        _cache = new SkeletonCache(engine.Limits.MaxSkeletonCacheBytes);
    }

    /// <summary>The whole tree; null when no source has a span of the trace.</summary>
    public async Task<TraceSkeleton?> FindAsync(TenantId tenant, TraceId id, TimeRange window, CancellationToken cancellationToken)
    {
        TraceSkeleton? skeleton = null;
        await RunAsync(tenant, window, async (sources, budget, token) =>
        {
            var parts = PartsOf(sources, id, window);
            skeleton = parts.Count == 0 ? null : await SkeletonAsync(tenant, id, parts, budget, token).ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);
        return skeleton;
    }

    private async ValueTask<TraceSkeleton> SkeletonAsync(
        TenantId tenant, TraceId id, List<(ISpanSource Source, int Row)> parts, QueryBudget budget, CancellationToken cancellationToken)
    {
        var identity = IdentityOf(parts);
        if (_cache.Find(tenant, id, identity) is { } known)
        {
            return known;
        }

        string? cut = null;
        var rows = new SkeletonRows(budget);
        try
        {
            foreach (var (source, row) in parts)
            {
                rows.BeginPart();
                await source.ReadTracesAsync([row], rows, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (QueryLimitException limit) when (rows.Rows.Count > 0)
        {
            cut = limit.Message;
        }

        var skeleton = SkeletonBuilder.Build(id, rows, cut);
        if (skeleton.Count >= MinCachedSpans)
        {
            _cache.Add(tenant, identity, skeleton);
        }

        return skeleton;
    }

    /// <summary>The spans with these ids, in full, in order of start; ids that the trace does not have are passed over.</summary>
    public async Task<TraceByIdResult> SpansAsync(
        TenantId tenant, TraceId id, IReadOnlySet<ulong> spanIds, TimeRange window, CancellationToken cancellationToken)
    {
        TraceByIdResult? result = null;
        var stats = await RunAsync(tenant, window, async (sources, budget, token) =>
        {
            using var trace = new StoredTrace(budget);
            var parts = PartsOf(sources, id, window);
            if (parts.Sum(static part => (long)part.Source.Traces[part.Row].SpanCount) < MinCachedSpans)
            {
                var sink = new ChosenSpans(spanIds, trace);
                foreach (var (source, row) in parts)
                {
                    await source.ReadTracesAsync([row], sink, token).ConfigureAwait(false);
                }
            }
            else
            {
                // Its skeleton is kept, and knows where each span is.
                var skeleton = await SkeletonAsync(tenant, id, parts, budget, token).ConfigureAwait(false);
                var places = Enumerable.Range(0, skeleton.Count).Where(row => spanIds.Contains(skeleton.SpanIds[row])).Select(row => skeleton.Places[row]);
                foreach (var ofPart in places.GroupBy(static place => place.Part))
                {
                    var (source, row) = parts[ofPart.Key];
                    await source.ReadSpansAsync(row, [.. ofPart.Select(static place => place.Place).Order()], trace, token).ConfigureAwait(false);
                }
            }

            result = trace.Entries.Count == 0 ? null : new TraceByIdResult(TraceWriter.Write(trace, TraceForm.AsReceived), trace.Entries.Count, budget.Stats);
        }, cancellationToken).ConfigureAwait(false);
        return result ?? new TraceByIdResult(null, 0, stats);
    }

    private static List<(ISpanSource Source, int Row)> PartsOf(IReadOnlyList<ISpanSource> sources, TraceId id, TimeRange window)
    {
        var parts = new List<(ISpanSource, int)>();
        foreach (var source in sources)
        {
            if (source.Range.Overlaps(window.StartUnixNano, window.EndUnixNano) && source.Traces.TryFind(id, out var row))
            {
                parts.Add((source, row));
            }
        }

        return parts;
    }

    /// <summary>Changes whenever a part does: a source never loses spans, so their number tells.</summary>
    private static string IdentityOf(List<(ISpanSource Source, int Row)> parts)
    {
        var text = new StringBuilder();
        foreach (var (source, row) in parts)
        {
            text.Append(CultureInfo.InvariantCulture, $"{source.Name}:{source.Traces[row].SpanCount};");
        }

        return text.ToString();
    }

    /// <summary>Half a tree is no answer: a limit that ends the reading is a refusal.</summary>
    private async Task<QueryStats> RunAsync(
        TenantId tenant, TimeRange window, Func<IReadOnlyList<ISpanSource>, QueryBudget, CancellationToken, Task> query, CancellationToken cancellationToken)
    {
        var stats = await _engine.RunAsync(tenant, window, query, cancellationToken).ConfigureAwait(false);
        return stats.Incomplete is { } reason ? throw new QueryException(QueryFault.TimedOut, reason) : stats;
    }
}
