using System.Runtime.CompilerServices;
using Clew.Model;
using Clew.Query.Scan;
using Clew.Storage;
using Clew.Storage.Columns;

namespace Clew.Query.Traces;

/// <summary>
/// Which traces of each source are not whole there: another source has a part of them too, or the source itself holds a span twice. All
/// others can be decided by looking at one source; only these have to be joined. Ids of two sources are compared once and remembered as long
/// as both live; of a head only what came since; of blocks the store mostly knows it already. The one place that knows how split traces are found.
/// </summary>
internal sealed class SplitTraces
{
    private static readonly ConditionalWeakTable<object, ConditionalWeakTable<object, Pair>> Known = [];

    private readonly ulong[][] _bits;

    // Which rows of a block the ids of a set are: kept as long as the set, which is the store's for as long as its blocks stay the same.
    private static readonly ConditionalWeakTable<IReadOnlySet<TraceId>, ConditionalWeakTable<object, ulong[]>> KnownRows = [];

    private SplitTraces(IReadOnlyList<ISpanSource> sources, IReadOnlySet<TraceId>? splitInBlocks)
    {
        _bits = new ulong[sources.Count][];
        for (var i = 0; i < sources.Count; i++)
        {
            _bits[i] = new ulong[Bits.Words(sources[i].Traces.Count)];
            sources[i].Traces.MarkRepeated(_bits[i]);
            if (splitInBlocks is not null && !sources[i].IsHead)
            {
                Bits.Or(_bits[i], RowsOf(splitInBlocks, sources[i]));
            }
        }

        for (var i = 0; i < sources.Count; i++)
        {
            for (var j = i + 1; j < sources.Count; j++)
            {
                if (splitInBlocks is not null && !sources[i].IsHead && !sources[j].IsHead)
                {
                    // The store has compared them when it committed them.
                    continue;
                }

                var (first, second) = ProbesOther(sources[i], sources[j]) ? (i, j) : (j, i);
                PairOf(sources[first], sources[second]).Mark(sources[first], sources[second], _bits[first], _bits[second]);
            }
        }
    }

    /// <param name="sources">All that a query sees.</param>
    /// <param name="splitInBlocks">What the store knows of its blocks (<see cref="IStoreSnapshot.SplitTraces"/>); null when it does not know.</param>
    public static SplitTraces Of(IReadOnlyList<ISpanSource> sources, IReadOnlySet<TraceId>? splitInBlocks = null) => new(sources, splitInBlocks);

    /// <summary>A bit a row of the source's trace table.</summary>
    public ulong[] In(int source) => _bits[source];

    private static ulong[] RowsOf(IReadOnlySet<TraceId> split, ISpanSource block) =>
        KnownRows.GetValue(split, static _ => []).GetValue(block.Identity, _ =>
        {
            var bits = new ulong[Bits.Words(block.Traces.Count)];
            foreach (var id in split)
            {
                if (block.Traces.TryFind(id, out var row))
                {
                    Bits.Set(bits, row);
                }
            }

            return bits;
        });

    private static Pair PairOf(ISpanSource first, ISpanSource second) =>
        Known.GetValue(first.Identity, static _ => []).GetValue(second.Identity, static _ => new Pair());

    // A head's traces are looked up in the block, whose answer is a filter in memory; of two blocks the smaller one asks.
    private static bool ProbesOther(ISpanSource left, ISpanSource right)
    {
        if (left.IsHead != right.IsHead)
        {
            return left.IsHead;
        }

        var order = left.IsHead ? 0 : left.Traces.Count.CompareTo(right.Traces.Count);
        return (order != 0 ? order : string.CompareOrdinal(left.Name, right.Name)) <= 0;
    }

    private sealed class Pair
    {
        private readonly Lock _lock = new();
        private readonly List<int> _inFirst = [];
        private readonly List<int> _inSecond = [];
        private int _firstDone;
        private int _secondDone;

        public void Mark(ISpanSource first, ISpanSource second, ulong[] bitsOfFirst, ulong[] bitsOfSecond)
        {
            lock (_lock)
            {
                Probe(first.Traces, second.Traces, ref _firstDone, _inFirst, _inSecond);
                if (second.IsHead)
                {
                    Probe(second.Traces, first.Traces, ref _secondDone, _inSecond, _inFirst);
                }

                Set(_inFirst, bitsOfFirst);
                Set(_inSecond, bitsOfSecond);
            }
        }

        private static void Probe(ITraceTable from, ITraceTable to, ref int done, List<int> inFrom, List<int> inTo)
        {
            if (to.Count == 0)
            {
                return;
            }

            for (; done < from.Count; done++)
            {
                if (to.TryFind(from[done].Id, out var row))
                {
                    inFrom.Add(done);
                    inTo.Add(row);
                }
            }
        }

        // A newer snapshot may have found rows that this one does not have yet.
        private static void Set(List<int> rows, ulong[] bits)
        {
            foreach (var row in rows)
            {
                if (row >> 6 < bits.Length)
                {
                    Bits.Set(bits, row);
                }
            }
        }
    }
}
