using System.Numerics;
using Clew.Model;
using Clew.Query.Values;
using Clew.Storage.Columns;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Scan;

/// <summary>
/// Reads a field of a chunk's rows as numbers to compute with: a kind and 64 bits a row. Numeric columns and the duration are read as they
/// are; other places of a field go through <see cref="LabelReader"/>. One source, one thread.
/// </summary>
internal sealed class NumberReader
{
    /// <summary>Among the kinds: the whole trace has to tell.</summary>
    public const ValueKind Open = (ValueKind)255;

    private readonly ValueTable _values = new();
    private readonly List<IColumnReader> _columns = [];
    private readonly LabelReader? _others;
    private readonly bool _isDuration;
    private readonly int[] _labels = [];
    private readonly double[] _doubles = [];
    private readonly ulong[] _present = new ulong[Chunk.MaxWords];
    private readonly ulong[] _open = new ulong[Chunk.MaxWords];
    private readonly long[] _bits = [];
    private readonly ValueKind[] _kinds = new ValueKind[Chunk.MaxRows];

    public NumberReader(ISpanSource source, FieldReference field)
    {
        if (field is IntrinsicRef { Intrinsic: Intrinsic.Duration })
        {
            _isDuration = true;
            _kinds.AsSpan().Fill(ValueKind.Duration);
            return;
        }

        (_labels, _bits) = (new int[Chunk.MaxRows], new long[Chunk.MaxRows]);
        var inColumns = field is AttributeRef { OfParent: false, Scope: FieldScope.Any or FieldScope.Span };
        if (inColumns)
        {
            for (var type = AttributeType.String; type <= AttributeType.Bool; type++)
            {
                if (source.Spans.TryColumn(new ColumnId(AttributeScope.Span, ((AttributeRef)field).Name, type), out var reader))
                {
                    _columns.Add(reader);
                }
            }
        }

        _doubles = _columns.Exists(static column => column.Id.Type == AttributeType.Double) ? new double[Chunk.MaxRows] : [];
        _others = new LabelReader(source, field, _values, skipColumns: inColumns);
    }

    /// <summary>Whether every row has a number, and all are durations.</summary>
    public bool IsDuration => _isDuration;

    public ReadOnlySpan<ValueKind> Kinds => _kinds;

    public void AddColumns(ICollection<ColumnId> columns)
    {
        if (_isDuration)
        {
            columns.Add(IntrinsicColumns.Duration);
        }

        foreach (var reader in _columns)
        {
            columns.Add(reader.Id);
        }

        _others?.AddColumns(columns);
    }

    /// <summary>The 64 bits of the number of each row asked for; what stands at other rows is unspecified. Valid until the chunk is moved.</summary>
    public ReadOnlySpan<long> Read(Chunk chunk, ReadOnlySpan<ulong> rows)
    {
        if (_isDuration)
        {
            return chunk.Dense(IntrinsicColumns.Duration);
        }

        var open = _open.AsSpan(0, rows.Length);
        rows.CopyTo(open);
        _kinds.AsSpan(0, chunk.Rows).Fill(ValueKind.Nil);
        foreach (var reader in _columns)
        {
            ReadColumn(chunk, reader, open);
        }

        if (!Bits.Any(open) || _others!.IsEmpty)
        {
            return _bits;
        }

        _others.Read(chunk, open, _labels.AsSpan(0, chunk.Rows));
        for (var word = 0; word < open.Length; word++)
        {
            for (var rest = open[word]; rest != 0; rest &= rest - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                if (_labels[row] == ValueTable.Open)
                {
                    _kinds[row] = Open;
                    continue;
                }

                var value = _values[_labels[row]];
                if (value.IsNumeric)
                {
                    (_kinds[row], _bits[row]) = (value.Kind, value.Kind == ValueKind.Float ? BitConverter.DoubleToInt64Bits(value.AsFloat) : value.AsInt);
                }
            }
        }

        return _bits;
    }

    /// <summary>Takes the open rows that have a value in the column: those without a number keep the kind nil.</summary>
    private void ReadColumn(Chunk chunk, IColumnReader reader, Span<ulong> open)
    {
        if (reader.Bounds(chunk.Pages).AllNull)
        {
            return;
        }

        var kind = ValueKind.Nil;
        var longs = chunk.Numbers;
        switch (reader.Id.Type)
        {
            case AttributeType.Int:
                kind = ValueKind.Int;
                reader.ReadInt64(chunk.Pages, longs, _present);
                break;
            case AttributeType.Double:
                kind = ValueKind.Float;
                reader.ReadDouble(chunk.Pages, _doubles, _present);
                for (var i = 0; i < chunk.Rows; i++)
                {
                    longs[i] = BitConverter.DoubleToInt64Bits(_doubles[i]);
                }

                break;
            default:
                ColumnPresence.Read(chunk, reader, _present);
                break;
        }

        for (var word = 0; word < open.Length; word++)
        {
            var taken = open[word] & _present[word];
            open[word] &= ~taken;
            for (; kind != ValueKind.Nil && taken != 0; taken &= taken - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(taken);
                (_kinds[row], _bits[row]) = (kind, longs[row]);
            }
        }
    }
}
