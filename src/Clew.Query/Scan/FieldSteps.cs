using System.Numerics;
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

    public override Outlook Look(Chunk chunk)
    {
        foreach (var column in columns)
        {
            if (column.Look(chunk) != Outlook.None)
            {
                return Outlook.Mixed;
            }
        }

        return Outlook.None;
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

    public override Outlook Look(Chunk chunk) => chunk.Bounds(count).AllNull ? Outlook.None : Outlook.Mixed;

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

/// <summary>An intrinsic that is a whole number in every row.</summary>
/// <param name="id">The column.</param>
/// <param name="reader">Reads it; null when no span has a value, so it is zero everywhere.</param>
/// <param name="ranges">The numbers that hold; null when each has to be tried.</param>
/// <param name="holds">Tries one.</param>
internal sealed class DenseStep(ColumnId id, IColumnReader? reader, RangeSet? ranges, Func<long, bool> holds) : FieldStep
{
    private readonly ulong[] _all = new ulong[Chunk.MaxWords];
    private readonly ulong[] _holding = new ulong[Chunk.MaxWords];
    private readonly ulong[] _part = new ulong[Chunk.MaxWords];

    public override double Selectivity => 0.3;

    private readonly CodeSet _codes = new();
    private bool _hasCodes;

    public override StepOutlook Prepare(int rowGroup)
    {
        var distinct = reader is null ? default : reader.Distinct(rowGroup);
        _hasCodes = !distinct.IsEmpty;
        if (!_hasCodes)
        {
            return ranges is { IsEmpty: true } ? StepOutlook.None : StepOutlook.Yes;
        }

        WholeColumn.FindNumbers(_codes, distinct, ranges, holds);
        return _codes.Count > 0 ? StepOutlook.Yes : StepOutlook.None;
    }

    public override Outlook Look(Chunk chunk) => ranges is null ? Outlook.Mixed : WholeColumn.Look(chunk.Bounds(id), ranges);

    public override void Process(Chunk chunk, Span<ulong> open, Span<ulong> yes, Span<ulong> maybe)
    {
        if (_hasCodes)
        {
            var codes = chunk.Codes.AsSpan(0, chunk.Rows);
            reader!.ReadCodes(chunk.Pages, codes);
            _codes.Decide(codes, _holding);
            for (var i = 0; i < open.Length; i++)
            {
                yes[i] |= open[i] & _holding[i];
            }
        }
        else if (ranges is not { IsEmpty: true })
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
                var trace = (int)traceOf[(word << 6) + BitOperations.TrailingZeroCount(rest)];
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

    public override Outlook Look(Chunk chunk)
    {
        // The rows of a block are in the order of its traces.
        var bounds = chunk.Bounds(IntrinsicColumns.Trace);
        if (bounds.IsKnown)
        {
            foreach (var trace in traces)
            {
                if (trace >= bounds.Min && trace <= bounds.Max)
                {
                    return Outlook.Mixed;
                }
            }

            return Outlook.None;
        }

        return Outlook.Mixed;
    }

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
