using System.Numerics;
using Clew.Model;
using Clew.Storage.Columns;

namespace Clew.Query.Scan;

/// <summary>
/// What hangs on the parent: rows without a parent id are roots and get one answer, the others another. A server without a parent id
/// may share its id with a client and then is its child, which only the whole trace shows.
/// </summary>
internal sealed class ParentStep(StepOutlook ofRoots, StepOutlook ofOthers) : FieldStep
{
    private readonly ulong[] _roots = new ulong[Chunk.MaxWords];
    private readonly ulong[] _servers = new ulong[Chunk.MaxWords];

    public override double Selectivity => (ofOthers & (StepOutlook.Yes | StepOutlook.Maybe)) != 0 ? 1 : 0.06;

    public override StepOutlook Prepare(int rowGroup) => Of(ofRoots) | Of(ofOthers);

    public override void Process(Chunk chunk, Span<ulong> open, Span<ulong> yes, Span<ulong> maybe)
    {
        ColumnKernels.Between(chunk.Dense(IntrinsicColumns.ParentSpanId), 0, 0, _roots);
        var unclear = ofRoots != ofOthers;
        if (unclear)
        {
            ColumnKernels.Between(chunk.Dense(IntrinsicColumns.Kind), (long)SpanKind.Server, (long)SpanKind.Server, _servers);
        }

        for (var i = 0; i < open.Length; i++)
        {
            var roots = open[i] & _roots[i];
            var others = open[i] & ~_roots[i];
            var shared = unclear ? Unclear(chunk, roots & _servers[i], i << 6) : 0;
            maybe[i] |= shared;
            Give(ofRoots, roots & ~shared, ref yes[i], ref maybe[i]);
            Give(ofOthers, others, ref yes[i], ref maybe[i]);
        }

        open.Clear();
    }

    public override void AddColumns(ICollection<ColumnId> columns)
    {
        columns.Add(IntrinsicColumns.ParentSpanId);
        if (ofRoots != ofOthers)
        {
            columns.Add(IntrinsicColumns.Kind);
            columns.Add(IntrinsicColumns.SpanId);
            columns.Add(IntrinsicColumns.Trace);
        }
    }

    /// <summary>The rows among those of a word that may share their id with a client.</summary>
    private static ulong Unclear(Chunk chunk, ulong servers, int firstRow)
    {
        if (chunk.Split is null)
        {
            return servers;
        }

        var unclear = servers;
        if (servers != 0)
        {
            var traces = chunk.Dense(IntrinsicColumns.Trace);
            var ids = chunk.Dense(IntrinsicColumns.SpanId);
            for (var rest = servers; rest != 0; rest &= rest - 1)
            {
                if (HasOwnId(chunk, traces, ids, firstRow + BitOperations.TrailingZeroCount(rest)))
                {
                    unclear &= ~(rest & (0 - rest));
                }
            }
        }

        return unclear;
    }

    /// <summary>Whether no other span of the trace has the id of this row's: only asked of whole traces.</summary>
    private static bool HasOwnId(Chunk chunk, ReadOnlySpan<long> traces, ReadOnlySpan<long> ids, int row)
    {
        var trace = (int)traces[row];
        if (Bits.Get(chunk.Split, trace))
        {
            return false;
        }

        if (chunk.Source.IsHead)
        {
            return true;
        }

        // In a block the spans of a trace are neighbours.
        var (first, last) = (row, row);
        while (first > 0 && traces[first - 1] == trace)
        {
            if (ids[--first] == ids[row])
            {
                return false;
            }
        }

        while (last + 1 < traces.Length && traces[last + 1] == trace)
        {
            if (ids[++last] == ids[row])
            {
                return false;
            }
        }

        return (first > 0 && last + 1 < traces.Length) || last - first + 1 == chunk.Source.Traces[trace].SpanCount || IsOnceIn(chunk, trace, ids[row]);
    }

    /// <summary>Reads the ids of a trace that goes beyond the chunk; one that is larger than a chunk stays unclear.</summary>
    private static bool IsOnceIn(Chunk chunk, int trace, long id)
    {
        var spans = chunk.Source.Spans;
        if (!chunk.Source.Traces.TryRows(trace, out var row, out var left) || left > Chunk.MaxRows || !spans.TryColumn(IntrinsicColumns.SpanId, out var reader))
        {
            return false;
        }

        var found = 0;
        Span<ulong> validity = stackalloc ulong[Chunk.MaxWords];
        for (var group = 0; left > 0 && group < spans.RowGroups; group++)
        {
            var rows = spans.Stats(group).RowCount;
            if (row < rows)
            {
                var pages = new PageRange(group, row, Math.Min(left, rows - row));
                reader.ReadInt64(pages, chunk.Numbers, validity);
                found += chunk.Numbers.AsSpan(0, pages.RowCount).Count(id);
                left -= pages.RowCount;
            }

            row = Math.Max(0, row - rows);
        }

        return left == 0 && found == 1;
    }

    private static StepOutlook Of(StepOutlook outlook) => outlook & (StepOutlook.Yes | StepOutlook.Maybe);

    private static void Give(StepOutlook outlook, ulong rows, ref ulong yes, ref ulong maybe)
    {
        yes |= outlook == StepOutlook.Yes ? rows : 0;
        maybe |= outlook == StepOutlook.Maybe ? rows : 0;
    }
}
