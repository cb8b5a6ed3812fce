using Clew.Storage.Columns;

namespace Clew.Query.Scan;

/// <summary>The table of resources or instrumentation scopes, decided row by row beforehand; spans point into it.</summary>
/// <param name="pointer">The spans' column.</param>
/// <param name="reader">Reads it; null when no span has a value, so all point to the first row.</param>
/// <param name="verdicts">By row of the table.</param>
internal sealed class ContextStep(ColumnId pointer, IColumnReader? reader, byte[] verdicts) : FieldStep
{
    /// <summary>The bits of a verdict; none means that there is a value and it fails.</summary>
    public const byte Holds = 1;

    public const byte MayHold = 2;

    public const byte Missing = 4;

    // Rows of the table that hold, as ranges: compared as numbers, eight at a time, while there are few.
    private const int MaxRanges = 8;

    private readonly StepOutlook _outlook = verdicts.Aggregate(StepOutlook.None, static (all, verdict) => all | OutlookOf(verdict));
    private readonly List<(int Low, int High)>? _holding = RangesOf(verdicts);
    private readonly ulong[] _part = new ulong[Chunk.MaxWords];
    private readonly bool _isPlain = Array.TrueForAll(verdicts, static verdict => verdict is Holds or 0);
    private readonly CodeSet _codes = new();
    private bool _hasCodes;

    // Rows of the table are not equally frequent; the share is a guess all the same.
    public override double Selectivity { get; } = verdicts.Length == 0 ? 0 : (double)verdicts.Count(static v => (v & (Holds | MayHold)) != 0) / verdicts.Length;

    public override StepOutlook Prepare(int rowGroup)
    {
        var distinct = reader is null ? default : reader.Distinct(rowGroup);
        _hasCodes = _isPlain && !distinct.IsEmpty;
        if (!_hasCodes)
        {
            return _outlook;
        }

        _codes.Begin(distinct.Length);
        for (var code = 0; code < distinct.Length; code++)
        {
            if (verdicts[(int)distinct[code]] == Holds)
            {
                _codes.Add(code);
            }
        }

        _codes.End();
        return _codes.Count > 0 ? StepOutlook.Yes | StepOutlook.Takes : StepOutlook.Takes;
    }

    public override Outlook Look(Chunk chunk)
    {
        // Tables of a few rows: all rows of a chunk may well point to the same.
        var bounds = chunk.Bounds(pointer);
        if (!bounds.IsKnown || bounds.Max - bounds.Min > 16 || bounds.Min < 0 || bounds.Max >= verdicts.Length)
        {
            return Outlook.Mixed;
        }

        var all = StepOutlook.None;
        foreach (var verdict in verdicts.AsSpan((int)bounds.Min, (int)(bounds.Max - bounds.Min) + 1))
        {
            all |= OutlookOf(verdict);
        }

        return all == StepOutlook.Yes && bounds.NoNulls ? Outlook.All : (all & (StepOutlook.Yes | StepOutlook.Maybe)) == 0 ? Outlook.None : Outlook.Mixed;
    }

    public override void Process(Chunk chunk, Span<ulong> open, Span<ulong> yes, Span<ulong> maybe)
    {
        if (_hasCodes)
        {
            var codes = chunk.Codes.AsSpan(0, chunk.Rows);
            reader!.ReadCodes(chunk.Pages, codes);
            _codes.Decide(codes, _part);
            for (var i = 0; i < open.Length; i++)
            {
                yes[i] |= open[i] & _part[i];
            }

            open.Clear();
            return;
        }

        var pointers = chunk.Dense(pointer);
        if (_holding is not null)
        {
            foreach (var (low, high) in _holding)
            {
                ColumnKernels.Between(pointers, low, high, _part);
                for (var i = 0; i < open.Length; i++)
                {
                    yes[i] |= open[i] & _part[i];
                }
            }

            open.Clear();
            return;
        }

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

    /// <summary>Null when they are many, or when rows may hold or lack a value.</summary>
    private static List<(int Low, int High)>? RangesOf(byte[] verdicts)
    {
        var ranges = new List<(int Low, int High)>();
        for (var row = 0; row < verdicts.Length; row++)
        {
            if (verdicts[row] is MayHold or Missing)
            {
                return null;
            }

            if (verdicts[row] != Holds)
            {
                continue;
            }

            if (ranges.Count > 0 && ranges[^1].High == row - 1)
            {
                ranges[^1] = (ranges[^1].Low, row);
            }
            else if (ranges.Count == MaxRanges)
            {
                return null;
            }
            else
            {
                ranges.Add((row, row));
            }
        }

        return ranges;
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
