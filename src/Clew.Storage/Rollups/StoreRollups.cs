using Clew.Model;
using Clew.Storage.Blocks;
using Clew.Storage.Columns;
using Clew.Storage.Head;

namespace Clew.Storage.Rollups;

/// <summary>
/// Roll-ups of the trace store. Every source's own are added; traces that are in two sources are taken out of each, joined and counted
/// anew. A source without roll-ups (an older block) is counted from its spans.
/// </summary>
public sealed class StoreRollups(ITraceStore store) : IRollupSource
{
    /// <summary>Traces in several sources that one query joins; what is above is counted in parts, and the answer says so.</summary>
    public const int MaxJoinedTraces = 50_000;

    private readonly SplitFinder _splits = new();

    public async ValueTask<RollupResult> QueryAsync(TenantId tenant, RollupQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        using var snapshot = store.Snapshot(tenant);
        var minutes = MinuteRange.Of(query.Range);
        var table = new RollupTable(RollupLimits.Unlimited);
        var sources = new List<ISpanSource>(snapshot.Sources.Count);
        foreach (var source in snapshot.Sources)
        {
            cancellationToken.ThrowIfCancellationRequested();
            sources.Add(await AddAsync(source, table, minutes, cancellationToken).ConfigureAwait(false));
        }

        var incomplete = await JoinAsync(sources, snapshot.SplitTraces, table, query.Range, cancellationToken).ConfigureAwait(false);
        table.Trim();
        return new RollupAnswer(query, minutes, incomplete).Of(table);
    }

    /// <summary>Adds a source's own roll-ups; answers the source as it was counted.</summary>
    private static async ValueTask<ISpanSource> AddAsync(ISpanSource source, RollupTable table, MinuteRange minutes, CancellationToken cancellationToken)
    {
        switch (source)
        {
            case HeadView head:
                return head.Segment.Rollups.AddTo(table, minutes);
            case BlockReader block:
                if (block.Range.Overlaps(minutes.FirstNano, minutes.LastNano))
                {
                    table.Add(await block.RollupsAsync(cancellationToken).ConfigureAwait(false), minutes);
                }

                return source;
            default:
                table.Add(await OfSpansAsync(source, cancellationToken).ConfigureAwait(false), minutes);
                return source;
        }
    }

    /// <summary>Counts every span of a source.</summary>
    internal static async ValueTask<RollupTable> OfSpansAsync(ISpanSource source, CancellationToken cancellationToken)
    {
        var builder = new RollupBuilder(new RollupTable());
        var traces = new int[Math.Min(1024, source.Traces.Count)];
        for (var first = 0; first < source.Traces.Count; first += traces.Length)
        {
            var count = Math.Min(traces.Length, source.Traces.Count - first);
            for (var i = 0; i < count; i++)
            {
                traces[i] = first + i;
            }

            await source.ReadTracesAsync(new ArraySegment<int>(traces, 0, count), builder, cancellationToken).ConfigureAwait(false);
        }

        builder.EndTrace();
        return builder.Table;
    }

    private async ValueTask<string?> JoinAsync(
        List<ISpanSource> sources, IReadOnlySet<TraceId>? splitBlocks, RollupTable table, TimeRange range, CancellationToken cancellationToken)
    {
        if (sources.Count < 2)
        {
            return null;
        }

        var split = _splits.Find(sources, splitBlocks, range);
        var few = split.Count <= MaxJoinedTraces ? split : [.. split.Take(MaxJoinedTraces)];
        await new TraceJoiner(table).JoinAsync(sources, few, cancellationToken).ConfigureAwait(false);
        return few.Count == split.Count
            ? null
            : $"{split.Count} traces are in several parts of the store at once and {MaxJoinedTraces} of them were joined; the others are counted in parts until compaction joins them";
    }
}
