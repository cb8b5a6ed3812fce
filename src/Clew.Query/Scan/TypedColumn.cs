using System.Numerics;
using Clew.Model;
using Clew.Query.Values;
using Clew.Storage.Columns;

namespace Clew.Query.Scan;

/// <summary>A test applied to one typed column of spans: decided once an entry where the column has a dictionary, else row by row.</summary>
internal abstract class TypedColumn(IColumnReader column)
{
    protected readonly ulong[] Holding = new ulong[Chunk.MaxWords];
    protected readonly ulong[] Present = new ulong[Chunk.MaxWords];

    protected IColumnReader Column => column;

    public ColumnId Id => column.Id;

    /// <summary>The share of values that hold, guessed.</summary>
    public double Selectivity { get; protected set; } = 0.3;

    /// <summary>Whether a row of the row group can hold.</summary>
    public abstract bool Prepare(int rowGroup);

    /// <summary>None when bounds show that no row of the chunk holds. Never all.</summary>
    public virtual Outlook Look(Chunk chunk) => column.Bounds(chunk.Pages).AllNull ? Outlook.None : Outlook.Mixed;

    /// <summary>Takes the open rows that have a value here; those that hold go to <paramref name="yes"/>.</summary>
    public void Process(Chunk chunk, Span<ulong> open, Span<ulong> yes)
    {
        if (column.Bounds(chunk.Pages).AllNull)
        {
            return;
        }

        Read(chunk);
        for (var i = 0; i < open.Length; i++)
        {
            yes[i] |= open[i] & Present[i] & Holding[i];
            open[i] &= ~Present[i];
        }
    }

    /// <summary>Sets <see cref="Present"/> and, where that is set, <see cref="Holding"/>.</summary>
    protected abstract void Read(Chunk chunk);

    public static TypedColumn Create(IColumnReader column, ValueTest test) => column.Id.Type switch
    {
        AttributeType.String => new TextColumn(column, test),
        AttributeType.Int => new WholeColumn(column, test.Integers, value => test.Holds(QueryValue.Int(value))),
        AttributeType.Bool => new WholeColumn(column, Flags(test), static _ => false),
        AttributeType.Double => new DoubleColumn(column, test),
        _ => throw new ArgumentException($"column {column.Id} has a type that no attribute has", nameof(column)),
    };

    private static RangeSet Flags(ValueTest test) =>
        (test.Holds(QueryValue.Bool(false)) ? RangeSet.Between(0, 0) : RangeSet.Empty)
        .Or(test.Holds(QueryValue.Bool(true)) ? RangeSet.Between(1, 1) : RangeSet.Empty);
}

/// <summary>Texts.</summary>
internal sealed class TextColumn(IColumnReader column, ValueTest test) : TypedColumn(column)
{
    private readonly ByteColumn _texts = new();
    private readonly CodeSet _holding = new();
    private Mode _mode;

    private enum Mode
    {
        /// <summary>Values without a dictionary.</summary>
        Values,

        /// <summary>No entry holds: only presence is read.</summary>
        NoCode,

        /// <summary>Some entries hold.</summary>
        Codes,
    }

    public override bool Prepare(int rowGroup)
    {
        var dictionary = Column.Dictionary(rowGroup);
        if (dictionary is null)
        {
            _mode = Mode.Values;
            Selectivity = test.Texts is null ? 0.3 : 0.001;
            return test.Texts is not { } wanted || Array.Exists(wanted, text => Column.MayContain(rowGroup, text));
        }

        _holding.Begin(dictionary.Count);
        if (test.Texts is { } texts)
        {
            FindTexts(dictionary, texts);
        }
        else
        {
            TryEntries(dictionary);
        }

        _holding.End();
        _mode = _holding.Count == 0 ? Mode.NoCode : Mode.Codes;
        Selectivity = dictionary.Count == 0 ? 0 : (double)_holding.Count / dictionary.Count;
        return _holding.Count > 0;
    }

    protected override void Read(Chunk chunk)
    {
        if (_mode == Mode.Values)
        {
            ReadValues(chunk);
            return;
        }

        var codes = chunk.Codes.AsSpan(0, chunk.Rows);
        Column.ReadCodes(chunk.Pages, codes);
        ColumnKernels.HasCode(codes, Present);
        if (_mode == Mode.NoCode)
        {
            Holding.AsSpan(0, chunk.Words).Clear();
        }
        else
        {
            _holding.Decide(codes, Holding);
        }
    }

    private void ReadValues(Chunk chunk)
    {
        _texts.Clear();
        Column.ReadBytes(chunk.Pages, _texts, Present);
        Holding.AsSpan(0, chunk.Words).Clear();
        for (var word = 0; word < chunk.Words; word++)
        {
            // Beyond the last row a source may leave any bits.
            var beyond = chunk.Rows - (word << 6) is var left and < 64 ? ulong.MaxValue << left : 0;
            for (var rest = Present[word] & ~beyond; rest != 0; rest &= rest - 1)
            {
                if (test.HoldsForText(_texts[(word << 6) + BitOperations.TrailingZeroCount(rest)]))
                {
                    Holding[word] |= rest & (0 - rest);
                }
            }
        }
    }

    private void FindTexts(DictionaryView dictionary, byte[][] texts)
    {
        foreach (var text in texts)
        {
            if (dictionary.Find(text) is var code and >= 0)
            {
                _holding.Add(code);
            }
        }
    }

    private void TryEntries(DictionaryView dictionary)
    {
        for (var code = 0; code < dictionary.Count; code++)
        {
            if (test.HoldsForText(dictionary[code]))
            {
                _holding.Add(code);
            }
        }
    }
}

/// <summary>Whole numbers and flags, by the ranges that hold; where those are not known each value is tried.</summary>
internal sealed class WholeColumn(IColumnReader column, RangeSet? ranges, Func<long, bool> holds) : TypedColumn(column)
{
    private readonly ulong[] _part = new ulong[Chunk.MaxWords];
    private readonly CodeSet _holding = new();
    private bool _hasCodes;

    public override bool Prepare(int rowGroup)
    {
        var distinct = Column.Distinct(rowGroup);
        _hasCodes = !distinct.IsEmpty;
        if (!_hasCodes)
        {
            return ranges is not { IsEmpty: true };
        }

        FindNumbers(_holding, distinct, ranges, holds);
        Selectivity = (double)_holding.Count / distinct.Length;
        return _holding.Count > 0;
    }

    /// <summary>Finds which of the distinct numbers of a row group hold, by code.</summary>
    public static void FindNumbers(CodeSet holding, ReadOnlySpan<long> distinct, RangeSet? ranges, Func<long, bool> holds)
    {
        holding.Begin(distinct.Length);
        for (var code = 0; code < distinct.Length; code++)
        {
            if (ranges is null ? holds(distinct[code]) : ranges.Contains(distinct[code]))
            {
                holding.Add(code);
            }
        }

        holding.End();
    }

    public override Outlook Look(Chunk chunk)
    {
        var bounds = Column.Bounds(chunk.Pages);
        return bounds.AllNull || (ranges is not null && Look(bounds, ranges) == Outlook.None) ? Outlook.None : Outlook.Mixed;
    }

    /// <summary>What bounds tell of rows whose number has to lie in some ranges.</summary>
    public static Outlook Look(in ColumnBounds bounds, RangeSet ranges) =>
        !bounds.IsKnown ? Outlook.Mixed
        : !ranges.Overlaps(bounds.Min, bounds.Max) ? Outlook.None
        : bounds.NoNulls && ranges.Covers(bounds.Min, bounds.Max) ? Outlook.All
        : Outlook.Mixed;

    protected override void Read(Chunk chunk)
    {
        if (_hasCodes)
        {
            var codes = chunk.Codes.AsSpan(0, chunk.Rows);
            Column.ReadCodes(chunk.Pages, codes);
            ColumnKernels.HasCode(codes, Present);
            _holding.Decide(codes, Holding);
            return;
        }

        var values = chunk.Numbers.AsSpan(0, chunk.Rows);
        Column.ReadInt64(chunk.Pages, values, Present);
        Decide(values, Present, ranges, holds, Holding, _part);
    }

    /// <summary>Decides a run of whole numbers; rows without a value get any answer.</summary>
    public static void Decide(
        ReadOnlySpan<long> values, ReadOnlySpan<ulong> present, RangeSet? ranges, Func<long, bool> holds, Span<ulong> holding, Span<ulong> part)
    {
        var words = Bits.Words(values.Length);
        holding[..words].Clear();
        if (ranges is null)
        {
            for (var row = 0; row < values.Length; row++)
            {
                if (Bits.Get(present, row) && holds(values[row]))
                {
                    Bits.Set(holding, row);
                }
            }

            return;
        }

        foreach (var (low, high) in ranges.Ranges)
        {
            ColumnKernels.Between(values, low, high, part);
            Bits.Or(holding[..words], part[..words]);
        }
    }
}

internal sealed class DoubleColumn(IColumnReader column, ValueTest test) : TypedColumn(column)
{
    private readonly double[] _values = new double[Chunk.MaxRows];

    public override bool Prepare(int rowGroup) => true;

    protected override void Read(Chunk chunk)
    {
        Column.ReadDouble(chunk.Pages, _values, Present);
        Holding.AsSpan(0, chunk.Words).Clear();
        for (var row = 0; row < chunk.Rows; row++)
        {
            if (Bits.Get(Present, row) && test.Holds(QueryValue.Float(_values[row])))
            {
                Bits.Set(Holding, row);
            }
        }
    }
}
