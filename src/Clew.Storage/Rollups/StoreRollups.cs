using System.Runtime.CompilerServices;
using Clew.Model;
using Clew.Semantics.Pairing;
using Clew.Storage.Blocks;
using Clew.Storage.Columns;
using Clew.Storage.Deletion;
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

    /// <summary>Deleted traces of one source that are taken out of its sums; with more, what is left is counted anew, once.</summary>
    private const int MaxSubtractedTraces = 5000;

    private readonly SplitFinder _splits = new();

    /// <summary>What was counted of blocks without roll-ups of their own, and of those that lost many traces.</summary>
    private readonly ConditionalWeakTable<ISpanSource, RollupTable> _counted = [];

    public async ValueTask<RollupResult> QueryAsync(TenantId tenant, RollupQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        using var snapshot = store.Snapshot(tenant);
        var minutes = MinuteRange.Of(query.Range);
        var ends = query.WithExactEnds ? RollupEnds.Find(snapshot.Sources, query.Range) : null;
        var inside = ends is null ? minutes : MinuteRange.Within(query.Range);
        var table = new RollupTable(RollupLimits.Unlimited)
        {
            Scope = new RollupScope
            {
                StartUnixNano = inside.FirstNano, EndUnixNano = inside.LastNano, WithSpans = query.WithSpans, WithEdges = query.WithEdges,
                FoldsInto = query.Step > TimeSpan.Zero ? null : minutes.First,
            },
        };
        string? incomplete = null;
        var gone = new HashSet<TraceId>();
        if (!inside.IsEmpty)
        {
            var sources = new List<ISpanSource>(snapshot.Sources.Count);
            foreach (var source in snapshot.Sources)
            {
                cancellationToken.ThrowIfCancellationRequested();
                sources.Add(await AddAsync(source, table, inside, gone, cancellationToken).ConfigureAwait(false));
            }

            await AddKeptAsync(snapshot, table, inside, cancellationToken).ConfigureAwait(false);
            incomplete = await JoinAsync(sources, snapshot.SplitTraces, table, new TimeRange(inside.FirstNano, inside.LastNano), cancellationToken).ConfigureAwait(false);
        }

        table.Trim(gone.Count > 0 ? gone.Contains : null);
        if (ends is not null)
        {
            table.Add(await ends.CountAsync(query, cancellationToken).ConfigureAwait(false));
        }

        var result = new RollupAnswer(query, minutes, incomplete).Of(table);
        return ends is null ? result : result with { StartUnixNano = query.Range.StartUnixNano, EndUnixNano = query.Range.EndUnixNano + 1 };
    }

    public async ValueTask<IReadOnlyList<Call>> CallsAsync(TenantId tenant, TraceId trace, CancellationToken cancellationToken)
    {
        using var snapshot = store.Snapshot(tenant);
        var reader = new JoinedTraces();
        await reader.ReadAsync(snapshot.Sources, [trace], cancellationToken).ConfigureAwait(false);
        var found = new List<Call>();
        reader.ForEach((spans, calls) => found.AddRange(calls.Find(spans)));
        return [.. found.OrderBy(static call => call.StartUnixNano)];
    }

    /// <summary>Adds what is left of blocks that have expired. Their traces are in no other place, or too old to be joined.</summary>
    private static async ValueTask AddKeptAsync(IStoreSnapshot snapshot, RollupTable table, MinuteRange minutes, CancellationToken cancellationToken)
    {
        foreach (var kept in snapshot.KeptRollups)
        {
            if (kept.LastMinute < minutes.First || kept.FirstMinute > minutes.Last)
            {
                continue;
            }

            try
            {
                if (await kept.ReadAsync(cancellationToken).ConfigureAwait(false) is { } counted)
                {
                    table.Add(counted, minutes);
                }
            }
            catch (Exception fault) when (Damage.Is(fault))
            {
                snapshot.Report(fault);
            }
        }
    }

    /// <summary>Adds a source's own roll-ups; answers the source as it was counted.</summary>
    private async ValueTask<ISpanSource> AddAsync(ISpanSource source, RollupTable table, MinuteRange minutes, HashSet<TraceId> gone, CancellationToken cancellationToken)
    {
        switch (source)
        {
            case HeadView head:
                return head.Segment.Rollups.AddTo(table, minutes);
            case BlockReader block:
                if (block.Range.Overlaps(minutes.FirstNano, minutes.LastNano))
                {
                    var isWhole = block.Range.StartUnixNano >= minutes.FirstNano && block.Range.EndUnixNano <= minutes.LastNano;
                    if (isWhole && table.Scope is { FoldsInto: not null, WithSpans: false })
                    {
                        table.Add(await block.FoldedEdgesAsync(cancellationToken).ConfigureAwait(false));
                    }
                    else
                    {
                        table.Add(await block.RollupsAsync(cancellationToken).ConfigureAwait(false), minutes);
                    }
                }

                return source;
            case MaskedSource { DeadTraces.Count: <= MaxSubtractedTraces } masked:
                await AddAsync(masked.Inner, table, minutes, gone, cancellationToken).ConfigureAwait(false);
                await new TraceJoiner(table).DropAsync(masked.Inner, [.. masked.DeadTraces], cancellationToken).ConfigureAwait(false);
                gone.UnionWith(masked.DeadTraces.Select(row => masked.Inner.Traces[row].Id));
                return source;
            default:
                if (!_counted.TryGetValue(source, out var counted))
                {
                    counted = await OfSpansAsync(source, cancellationToken).ConfigureAwait(false);
                    if (!source.IsHead)
                    {
                        _counted.AddOrUpdate(source, counted);
                    }
                }

                table.Add(counted, minutes);
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
