using Clew.Storage.Columns;

namespace Clew.Query.Scan;

/// <summary>What can be said about a condition in a row group before a row is read.</summary>
internal enum Outlook
{
    /// <summary>It holds for no row.</summary>
    None,

    /// <summary>It holds for every row.</summary>
    All,

    /// <summary>Rows have to be read.</summary>
    Mixed,
}

/// <summary>
/// A condition tied to one source. Decides rows in three ways: it holds, it may hold, it does not hold; "may" comes from values that
/// have no column (arrays, rare keys, events, links) and is settled later on whole traces. Keeps state of the row group it was prepared for,
/// so it belongs to one scan on one thread.
/// </summary>
internal abstract class BoundCondition
{
    /// <summary>Decides what dictionaries and small tables can tell about a row group.</summary>
    public abstract Outlook Prepare(int rowGroup);

    /// <summary>A guess of the share of rows that remain, plus a little for what reading costs; lower goes first.</summary>
    public abstract double Rank { get; }

    /// <summary>
    /// What can be said about a chunk from the bounds of its columns, before a row is read. Only after <see cref="Prepare"/> of its row group
    /// answered <see cref="Outlook.Mixed"/>.
    /// </summary>
    public virtual Outlook Look(Chunk chunk) => Outlook.Mixed;

    /// <summary>
    /// Decides the rows of <paramref name="need"/>. <paramref name="yes"/> and <paramref name="maybe"/> are overwritten with disjoint subsets of
    /// it. Only after <see cref="Prepare"/> of the row group answered <see cref="Outlook.Mixed"/>.
    /// </summary>
    public abstract void Decide(Chunk chunk, ReadOnlySpan<ulong> need, Span<ulong> yes, Span<ulong> maybe);

    /// <summary>Names the columns that it may read.</summary>
    public abstract void AddColumns(ICollection<ColumnId> columns);
}

/// <summary>The same answer for every row.</summary>
internal sealed class BoundConstant(bool holds) : BoundCondition
{
    public override double Rank => 0;

    public override Outlook Prepare(int rowGroup) => holds ? Outlook.All : Outlook.None;

    public override void Decide(Chunk chunk, ReadOnlySpan<ulong> need, Span<ulong> yes, Span<ulong> maybe)
    {
        maybe.Clear();
        if (holds)
        {
            need.CopyTo(yes);
        }
        else
        {
            yes.Clear();
        }
    }

    public override void AddColumns(ICollection<ColumnId> columns)
    {
    }
}

internal sealed class BoundNot(BoundCondition operand) : BoundCondition
{
    public override double Rank => 1 - Math.Min(1, operand.Rank);

    public override Outlook Prepare(int rowGroup) => operand.Prepare(rowGroup) switch
    {
        Outlook.None => Outlook.All,
        Outlook.All => Outlook.None,
        _ => Outlook.Mixed,
    };

    public override Outlook Look(Chunk chunk) => operand.Look(chunk) switch
    {
        Outlook.None => Outlook.All,
        Outlook.All => Outlook.None,
        _ => Outlook.Mixed,
    };

    public override void Decide(Chunk chunk, ReadOnlySpan<ulong> need, Span<ulong> yes, Span<ulong> maybe)
    {
        operand.Decide(chunk, need, yes, maybe);
        for (var i = 0; i < yes.Length; i++)
        {
            yes[i] = need[i] & ~(yes[i] | maybe[i]);
        }
    }

    public override void AddColumns(ICollection<ColumnId> columns) => operand.AddColumns(columns);
}

/// <summary>All parts hold, or one does. Parts that a row group decides as a whole drop out; the rest is read in order of their rank.</summary>
internal sealed class BoundLogical(bool and, BoundCondition[] parts) : BoundCondition
{
    private readonly List<BoundCondition> _active = [];

    // Of the chunk that was looked at last, the parts that have to read rows.
    private readonly List<BoundCondition> _reading = [];
    private readonly ulong[] _open = new ulong[Chunk.MaxWords];
    private readonly ulong[] _yes = new ulong[Chunk.MaxWords];
    private readonly ulong[] _maybe = new ulong[Chunk.MaxWords];

    public override double Rank
    {
        get
        {
            var rank = and ? 1.0 : 0.0;
            foreach (var part in _active)
            {
                rank = and ? Math.Min(rank, part.Rank) : rank + part.Rank;
            }

            return rank;
        }
    }

    public override Outlook Prepare(int rowGroup)
    {
        _active.Clear();
        var neutral = and ? Outlook.All : Outlook.None;
        foreach (var part in parts)
        {
            var outlook = part.Prepare(rowGroup);
            if (outlook == Outlook.Mixed)
            {
                _active.Add(part);
            }
            else if (outlook != neutral)
            {
                return outlook;
            }
        }

        // An || may read its parts in any order as well: the one that settles most rows saves most, whatever its cost.
        _active.Sort(and ? static (a, b) => a.Rank.CompareTo(b.Rank) : static (a, b) => b.Rank.CompareTo(a.Rank));
        return _active.Count == 0 ? neutral : Outlook.Mixed;
    }

    public override Outlook Look(Chunk chunk)
    {
        _reading.Clear();
        var neutral = and ? Outlook.All : Outlook.None;
        foreach (var part in _active)
        {
            var outlook = part.Look(chunk);
            if (outlook == Outlook.Mixed)
            {
                _reading.Add(part);
            }
            else if (outlook != neutral)
            {
                return outlook;
            }
        }

        return _reading.Count == 0 ? neutral : Outlook.Mixed;
    }

    public override void Decide(Chunk chunk, ReadOnlySpan<ulong> need, Span<ulong> yes, Span<ulong> maybe)
    {
        var outlook = Look(chunk);
        if (outlook != Outlook.Mixed)
        {
            maybe.Clear();
            yes.Clear();
            if (outlook == Outlook.All)
            {
                need.CopyTo(yes);
            }

            return;
        }

        if (and)
        {
            DecideAnd(chunk, need, yes, maybe);
        }
        else
        {
            DecideOr(chunk, need, yes, maybe);
        }
    }

    public override void AddColumns(ICollection<ColumnId> columns)
    {
        foreach (var part in parts)
        {
            part.AddColumns(columns);
        }
    }

    private void DecideAnd(Chunk chunk, ReadOnlySpan<ulong> need, Span<ulong> yes, Span<ulong> maybe)
    {
        var words = need.Length;
        var open = _open.AsSpan(0, words);
        var partYes = _yes.AsSpan(0, words);
        var partMaybe = _maybe.AsSpan(0, words);
        need.CopyTo(yes);
        maybe.Clear();
        foreach (var part in _reading)
        {
            for (var i = 0; i < words; i++)
            {
                open[i] = yes[i] | maybe[i];
            }

            if (!Bits.Any(open))
            {
                return;
            }

            part.Decide(chunk, open, partYes, partMaybe);
            for (var i = 0; i < words; i++)
            {
                var both = yes[i] & partYes[i];
                maybe[i] = (partYes[i] | partMaybe[i]) & ~both;
                yes[i] = both;
            }
        }
    }

    private void DecideOr(Chunk chunk, ReadOnlySpan<ulong> need, Span<ulong> yes, Span<ulong> maybe)
    {
        var words = need.Length;
        var open = _open.AsSpan(0, words);
        var partYes = _yes.AsSpan(0, words);
        var partMaybe = _maybe.AsSpan(0, words);
        need.CopyTo(open);
        yes.Clear();
        maybe.Clear();
        foreach (var part in _reading)
        {
            if (!Bits.Any(open))
            {
                break;
            }

            part.Decide(chunk, open, partYes, partMaybe);
            Bits.Or(yes, partYes);
            Bits.Or(maybe, partMaybe);
            Bits.AndNot(open, partYes);
        }

        Bits.AndNot(maybe, yes);
    }
}
