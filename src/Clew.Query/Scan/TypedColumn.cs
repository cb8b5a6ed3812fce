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

    /// <summary>Takes the open rows that have a value here; those that hold go to <paramref name="yes"/>.</summary>
    public void Process(Chunk chunk, Span<ulong> open, Span<ulong> yes)
    {
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
    private int[] _codes = [];
    private byte[] _table = [];
    private int _onlyCode;
    private Mode _mode;

    private enum Mode
    {
        /// <summary>Values without a dictionary.</summary>
        Values,

        /// <summary>No entry holds: only presence is read.</summary>
        NoCode,

        /// <summary>One entry holds.</summary>
        OneCode,

        /// <summary>Several do: <see cref="_table"/> says which.</summary>
        Table,
    }

    public override bool Prepare(int rowGroup)
    {
        var dictionary = Column.Dictionary(rowGroup);
        if (dictionary is null)
        {
            _mode = Mode.Values;
            Selectivity = 0.3;
            return test.Texts is not { Length: 0 };
        }

        var holding = test.Texts is { } texts ? FindTexts(dictionary, texts) : TryEntries(dictionary);
        _mode = holding switch { 0 => Mode.NoCode, 1 => Mode.OneCode, _ => Mode.Table };
        Selectivity = dictionary.Count == 0 ? 0 : (double)holding / dictionary.Count;
        return holding > 0;
    }

    protected override void Read(Chunk chunk)
    {
        if (_mode == Mode.Values)
        {
            ReadValues(chunk);
            return;
        }

        if (_codes.Length == 0)
        {
            _codes = new int[Chunk.MaxRows];
        }

        var codes = _codes.AsSpan(0, chunk.Rows);
        Column.ReadCodes(chunk.Pages, codes);
        ColumnKernels.HasCode(codes, Present);
        switch (_mode)
        {
            case Mode.NoCode:
                Holding.AsSpan(0, chunk.Words).Clear();
                break;
            case Mode.OneCode:
                ColumnKernels.EqualCode(codes, _onlyCode, Holding);
                break;
            default:
                ColumnKernels.LookUp(codes, _table, Holding);
                break;
        }
    }

    private void ReadValues(Chunk chunk)
    {
        _texts.Clear();
        Column.ReadBytes(chunk.Pages, _texts, Present);
        Holding.AsSpan(0, chunk.Words).Clear();
        for (var row = 0; row < chunk.Rows; row++)
        {
            if (Bits.Get(Present, row) && test.HoldsForText(_texts[row]))
            {
                Bits.Set(Holding, row);
            }
        }
    }

    private int FindTexts(DictionaryView dictionary, byte[][] texts)
    {
        NewTable(dictionary);
        var holding = 0;
        foreach (var text in texts)
        {
            var code = dictionary.Find(text);
            if (code >= 0)
            {
                _table[code + 1] = 1;
                _onlyCode = code;
                holding++;
            }
        }

        return holding;
    }

    private int TryEntries(DictionaryView dictionary)
    {
        NewTable(dictionary);
        var holding = 0;
        for (var code = 0; code < dictionary.Count; code++)
        {
            if (test.HoldsForText(dictionary[code]))
            {
                _table[code + 1] = 1;
                _onlyCode = code;
                holding++;
            }
        }

        return holding;
    }

    private void NewTable(DictionaryView dictionary)
    {
        if (_table.Length <= dictionary.Count)
        {
            _table = new byte[dictionary.Count + 1];
        }

        _table.AsSpan().Clear();
    }
}

/// <summary>Whole numbers and flags, by the ranges that hold; where those are not known each value is tried.</summary>
internal sealed class WholeColumn(IColumnReader column, RangeSet? ranges, Func<long, bool> holds) : TypedColumn(column)
{
    private readonly long[] _values = new long[Chunk.MaxRows];
    private readonly ulong[] _part = new ulong[Chunk.MaxWords];

    public override bool Prepare(int rowGroup) => ranges is not { IsEmpty: true };

    protected override void Read(Chunk chunk)
    {
        var values = _values.AsSpan(0, chunk.Rows);
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
