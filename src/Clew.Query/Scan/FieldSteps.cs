using Clew.Model;
using Clew.Storage.Columns;

namespace Clew.Query.Scan;

/// <summary>The typed columns of a span attribute.</summary>
internal sealed class SpanColumnsStep(TypedColumn[] columns) : FieldStep
{
    public override double Selectivity
    {
        get
        {
            var sum = 0.0;
            foreach (var column in columns)
            {
                sum += column.Selectivity;
            }

            return Math.Min(1, sum);
        }
    }

    public override StepOutlook Prepare(int rowGroup)
    {
        var outlook = StepOutlook.LeavesOpen | StepOutlook.Takes;
        foreach (var column in columns)
        {
            outlook |= column.Prepare(rowGroup) ? StepOutlook.Yes : StepOutlook.None;
        }

        return outlook;
    }

    public override void Process(Chunk chunk, Span<ulong> open, Span<ulong> yes, Span<ulong> maybe)
    {
        foreach (var column in columns)
        {
            column.Process(chunk, open, yes);
        }
    }

    public override void AddColumns(ICollection<ColumnId> ids)
    {
        foreach (var column in columns)
        {
            ids.Add(column.Id);
        }
    }
}

/// <summary>Rows that have events, links or overflow: only the second phase can tell.</summary>
internal sealed class CountedStep(ColumnId count) : FieldStep
{
    public override double Selectivity => 0.05;

    public override StepOutlook Prepare(int rowGroup) => StepOutlook.Maybe | StepOutlook.LeavesOpen;

    public override void Process(Chunk chunk, Span<ulong> open, Span<ulong> yes, Span<ulong> maybe)
    {
        var positive = chunk.Positive(count);
        for (var i = 0; i < positive.Length; i++)
        {
            maybe[i] |= open[i] & positive[i];
            open[i] &= ~positive[i];
        }
    }

    public override void AddColumns(ICollection<ColumnId> columns) => columns.Add(count);
}

/// <summary>The table of resources or instrumentation scopes, decided row by row beforehand; spans point into it.</summary>
internal sealed class ContextStep(ColumnId pointer, byte[] verdicts) : FieldStep
{
    /// <summary>The bits of a verdict; none means that there is a value and it fails.</summary>
    public const byte Holds = 1;

    public const byte MayHold = 2;

    public const byte Missing = 4;

    private readonly StepOutlook _outlook = verdicts.Aggregate(StepOutlook.None, static (all, verdict) => all | OutlookOf(verdict));

    // Rows of the table are not equally frequent; the share is a guess all the same.
    public override double Selectivity { get; } = verdicts.Length == 0 ? 0 : (double)verdicts.Count(static v => (v & (Holds | MayHold)) != 0) / verdicts.Length;

    public override StepOutlook Prepare(int rowGroup) => _outlook;

    public override void Process(Chunk chunk, Span<ulong> open, Span<ulong> yes, Span<ulong> maybe)
    {
        var pointers = chunk.Dense(pointer);
        for (var word = 0; word < open.Length; word++)
        {
            if (open[word] == 0)
            {
                continue;
            }

            var rows = pointers.Slice(word << 6, Math.Min(64, pointers.Length - (word << 6)));
            ulong holds = 0, may = 0, missing = 0;
            for (var i = 0; i < rows.Length; i++)
            {
                ulong verdict = verdicts[(int)rows[i]];
                holds |= (verdict & Holds) << i;
                may |= ((verdict & MayHold) >> 1) << i;
                missing |= (verdict >> 2) << i;
            }

            yes[word] |= open[word] & holds;
            maybe[word] |= open[word] & may;
            open[word] &= missing;
        }
    }

    public override void AddColumns(ICollection<ColumnId> columns) => columns.Add(pointer);

    private static StepOutlook OutlookOf(byte verdict) => verdict switch
    {
        Holds => StepOutlook.Yes,
        MayHold => StepOutlook.Maybe,
        Missing => StepOutlook.LeavesOpen,
        _ => StepOutlook.Takes,
    };
}

/// <summary>An intrinsic that is a whole number in every row.</summary>
internal sealed class DenseStep(ColumnId id, RangeSet? ranges, Func<long, bool> holds) : FieldStep
{
    private readonly ulong[] _all = new ulong[Chunk.MaxWords];
    private readonly ulong[] _holding = new ulong[Chunk.MaxWords];
    private readonly ulong[] _part = new ulong[Chunk.MaxWords];

    public override double Selectivity => 0.3;

    public override StepOutlook Prepare(int rowGroup) => ranges is { IsEmpty: true } ? StepOutlook.None : StepOutlook.Yes;

    public override void Process(Chunk chunk, Span<ulong> open, Span<ulong> yes, Span<ulong> maybe)
    {
        if (ranges is not { IsEmpty: true })
        {
            _all.AsSpan().Fill(ulong.MaxValue);
            WholeColumn.Decide(chunk.Dense(id), _all, ranges, holds, _holding, _part);
            for (var i = 0; i < open.Length; i++)
            {
                yes[i] |= open[i] & _holding[i];
            }
        }

        open.Clear();
    }

    public override void AddColumns(ICollection<ColumnId> columns) => columns.Add(id);
}

/// <summary>An intrinsic text: a row without one has the empty text.</summary>
internal sealed class TextStep(TextColumn? column, bool holdsForEmpty) : FieldStep
{
    public override double Selectivity => column?.Selectivity ?? 0;

    public override StepOutlook Prepare(int rowGroup)
    {
        var any = column?.Prepare(rowGroup) ?? false;
        return any || holdsForEmpty ? StepOutlook.Yes : StepOutlook.None;
    }

    public override void Process(Chunk chunk, Span<ulong> open, Span<ulong> yes, Span<ulong> maybe)
    {
        column?.Process(chunk, open, yes);
        if (holdsForEmpty)
        {
            Bits.Or(yes, open);
        }

        open.Clear();
    }

    public override void AddColumns(ICollection<ColumnId> columns)
    {
        if (column is not null)
        {
            columns.Add(column.Id);
        }
    }
}

/// <summary>Only whole traces can tell.</summary>
internal sealed class UnknownStep : FieldStep
{
    public override double Selectivity => 1;

    public override StepOutlook Prepare(int rowGroup) => StepOutlook.Maybe;

    public override void Process(Chunk chunk, Span<ulong> open, Span<ulong> yes, Span<ulong> maybe)
    {
        Bits.Or(maybe, open);
        open.Clear();
    }

    public override void AddColumns(ICollection<ColumnId> columns)
    {
    }
}

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
        for (var rest = servers; rest != 0; rest &= rest - 1)
        {
            if (HasOwnId(chunk, firstRow + System.Numerics.BitOperations.TrailingZeroCount(rest)))
            {
                unclear &= ~(rest & (0 - rest));
            }
        }

        return unclear;
    }

    /// <summary>Whether no other span of the trace has the id of this row's: only asked of whole traces.</summary>
    private static bool HasOwnId(Chunk chunk, int row)
    {
        var traces = chunk.Dense(IntrinsicColumns.Trace);
        var trace = (int)traces[row];
        if (Bits.Get(chunk.Split, trace))
        {
            return false;
        }

        if (chunk.Source.IsHead)
        {
            return true;
        }

        // In a block the spans of a trace are neighbours; a trace that goes beyond the chunk stays unclear.
        var ids = chunk.Dense(IntrinsicColumns.SpanId);
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

        return (first > 0 && last + 1 < traces.Length) || last - first + 1 == chunk.Source.Traces[trace].SpanCount;
    }

    private static StepOutlook Of(StepOutlook outlook) => outlook & (StepOutlook.Yes | StepOutlook.Maybe);

    private static void Give(StepOutlook outlook, ulong rows, ref ulong yes, ref ulong maybe)
    {
        yes |= outlook == StepOutlook.Yes ? rows : 0;
        maybe |= outlook == StepOutlook.Maybe ? rows : 0;
    }
}

/// <summary>A field of the whole trace that the trace table knows, decided once a trace. Traces that are not whole here stay unclear.</summary>
internal sealed class TraceFieldStep(ITraceTable traces, Func<TraceSummary, bool> holds) : FieldStep
{
    // 0 not decided yet, 1 holds, 2 fails.
    private readonly byte[] _verdicts = new byte[traces.Count];

    public override double Selectivity => 0.5;

    public override StepOutlook Prepare(int rowGroup) => StepOutlook.Yes | StepOutlook.Maybe;

    public override void Process(Chunk chunk, Span<ulong> open, Span<ulong> yes, Span<ulong> maybe)
    {
        if (chunk.Split is not { } split)
        {
            Bits.Or(maybe, open);
            open.Clear();
            return;
        }

        var traceOf = chunk.Dense(IntrinsicColumns.Trace);
        for (var word = 0; word < open.Length; word++)
        {
            for (var rest = open[word]; rest != 0; rest &= rest - 1)
            {
                var trace = (int)traceOf[(word << 6) + System.Numerics.BitOperations.TrailingZeroCount(rest)];
                var bit = rest & (0 - rest);
                if (Bits.Get(split, trace))
                {
                    maybe[word] |= bit;
                    continue;
                }

                ref var verdict = ref _verdicts[trace];
                if (verdict == 0)
                {
                    verdict = holds(traces[trace]) ? (byte)1 : (byte)2;
                }

                yes[word] |= verdict == 1 ? bit : 0;
            }
        }

        open.Clear();
    }

    public override void AddColumns(ICollection<ColumnId> columns) => columns.Add(IntrinsicColumns.Trace);
}

/// <summary>Rows of some traces, which the trace table found.</summary>
internal sealed class TraceRowsStep(HashSet<long> traces) : FieldStep
{
    private readonly ulong[] _part = new ulong[Chunk.MaxWords];

    public override double Selectivity => 0;

    public override StepOutlook Prepare(int rowGroup) => traces.Count == 0 ? StepOutlook.None : StepOutlook.Yes;

    public override void Process(Chunk chunk, Span<ulong> open, Span<ulong> yes, Span<ulong> maybe)
    {
        if (traces.Count > 0)
        {
            var rows = chunk.Dense(IntrinsicColumns.Trace);
            foreach (var trace in traces)
            {
                ColumnKernels.Between(rows, trace, trace, _part);
                for (var i = 0; i < open.Length; i++)
                {
                    yes[i] |= open[i] & _part[i];
                }
            }
        }

        open.Clear();
    }

    public override void AddColumns(ICollection<ColumnId> columns) => columns.Add(IntrinsicColumns.Trace);
}
