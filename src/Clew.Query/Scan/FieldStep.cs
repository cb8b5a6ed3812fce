using Clew.Storage.Columns;

namespace Clew.Query.Scan;

/// <summary>What a step may do with rows of a row group.</summary>
[Flags]
internal enum StepOutlook
{
    /// <summary>Nothing can hold, and no row stays open: every row has a value here, and it fails.</summary>
    None = 0,

    /// <summary>Rows may hold.</summary>
    Yes = 1,

    /// <summary>Rows may be left to the second phase.</summary>
    Maybe = 2,

    /// <summary>Rows may lack a value here.</summary>
    LeavesOpen = 4,

    /// <summary>Rows may have a value here, whether it holds or not: later places are not looked at for them.</summary>
    Takes = 8,
}

/// <summary>
/// One place where a field's value may be found: typed columns, the table of resources, events. The places of a field are tried in order;
/// each takes the rows that it can say something about out of the open ones.
/// </summary>
internal abstract class FieldStep
{
    public abstract StepOutlook Prepare(int rowGroup);

    /// <summary>
    /// What bounds tell of a chunk: none when no row holds or may hold here (rows may stay open), all when every row holds here.
    /// </summary>
    public virtual Outlook Look(Chunk chunk) => Outlook.Mixed;

    /// <summary>A guess of the share of rows for which the condition holds here.</summary>
    public abstract double Selectivity { get; }

    /// <summary>Moves rows from <paramref name="open"/> to <paramref name="yes"/>, to <paramref name="maybe"/>, or out.</summary>
    public abstract void Process(Chunk chunk, Span<ulong> open, Span<ulong> yes, Span<ulong> maybe);

    public abstract void AddColumns(ICollection<ColumnId> columns);
}

/// <summary>A condition on one field: its steps, and what holds for rows where none found a value.</summary>
internal sealed class BoundField(FieldStep[] steps, bool holdsForNil) : BoundCondition
{
    private readonly ulong[] _open = new ulong[Chunk.MaxWords];
    private readonly List<FieldStep> _active = [];
    private bool _reachesEnd;
    private double _rank;

    public override double Rank => _rank;

    public override Outlook Prepare(int rowGroup)
    {
        // A hundredth for each step: of two equally selective conditions the one with fewer columns goes first.
        const double costOfStep = 0.01;
        _active.Clear();
        _reachesEnd = true;
        _rank = 0;
        var any = StepOutlook.None;
        foreach (var step in steps)
        {
            var outlook = step.Prepare(rowGroup);
            any |= outlook;
            if (outlook != StepOutlook.LeavesOpen)
            {
                _active.Add(step);
                _rank += step.Selectivity + costOfStep;
            }

            if ((outlook & StepOutlook.LeavesOpen) == 0)
            {
                _reachesEnd = false;
                break;
            }
        }

        if (_active.Count == 0)
        {
            return holdsForNil ? Outlook.All : Outlook.None;
        }

        return (any & (StepOutlook.Yes | StepOutlook.Maybe)) != 0 || (holdsForNil && _reachesEnd) ? Outlook.Mixed : Outlook.None;
    }

    public override Outlook Look(Chunk chunk)
    {
        for (var i = 0; i < _active.Count; i++)
        {
            var outlook = _active[i].Look(chunk);
            if (outlook == Outlook.All && i == 0)
            {
                return Outlook.All;
            }

            if (outlook != Outlook.None)
            {
                return Outlook.Mixed;
            }
        }

        return holdsForNil ? Outlook.Mixed : Outlook.None;
    }

    public override void Decide(Chunk chunk, ReadOnlySpan<ulong> need, Span<ulong> yes, Span<ulong> maybe)
    {
        var open = _open.AsSpan(0, need.Length);
        need.CopyTo(open);
        yes.Clear();
        maybe.Clear();
        foreach (var step in _active)
        {
            step.Process(chunk, open, yes, maybe);
            if (!Bits.Any(open))
            {
                return;
            }
        }

        if (holdsForNil)
        {
            Bits.Or(yes, open);
        }
    }

    public override void AddColumns(ICollection<ColumnId> columns)
    {
        foreach (var step in steps)
        {
            step.AddColumns(columns);
        }
    }
}
