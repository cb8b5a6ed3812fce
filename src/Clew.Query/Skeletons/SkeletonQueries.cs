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
            if (parts.Count == 0)
            {
                return;
            }

            var identity = IdentityOf(parts);
            skeleton = _cache.Find(tenant, id, identity);
            if (skeleton is not null)
            {
                return;
            }

            string? cut = null;
            var rows = new SkeletonRows(budget);
            try
            {
                foreach (var (source, row) in parts)
                {
                    await source.ReadTracesAsync([row], rows, token).ConfigureAwait(false);
                }
            }
            catch (QueryLimitException limit) when (rows.Rows.Count > 0)
            {
                cut = limit.Message;
            }

            skeleton = SkeletonBuilder.Build(id, rows, cut);
            if (skeleton.Count >= MinCachedSpans)
            {
                _cache.Add(tenant, identity, skeleton);
            }
        }, cancellationToken).ConfigureAwait(false);
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
            var sink = new ChosenSpans(spanIds, trace);
            foreach (var (source, row) in PartsOf(sources, id, window))
            {
                await source.ReadTracesAsync([row], sink, token).ConfigureAwait(false);
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
