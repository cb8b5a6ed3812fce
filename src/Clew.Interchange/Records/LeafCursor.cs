using ParquetSharp;

namespace Clew.Interchange.Records;

/// <summary>One leaf column of a row group, entry by entry: repetition level, definition level and, where it has one, a value.</summary>
internal abstract class LeafCursor : IDisposable
{
    /// <summary>Entries read at once: a few pages' worth, so that memory does not depend on the size of the row group.</summary>
    protected const int Batch = 2048;

    /// <summary>False behind the last entry.</summary>
    public bool HasEntry { get; protected set; }

    public int Definition { get; protected set; }

    public int Repetition { get; protected set; }

    public static LeafCursor Open(RowGroupReader rowGroup, int column)
    {
        var reader = rowGroup.Column(column);
        return reader switch
        {
            ColumnReader<bool> typed => new LeafCursor<bool>(typed, static value => value),
            ColumnReader<int> typed => new LeafCursor<int>(typed, static value => (long)value),
            ColumnReader<long> typed => new LeafCursor<long>(typed, static value => value),
            ColumnReader<float> typed => new LeafCursor<float>(typed, static value => (double)value),
            ColumnReader<double> typed => new LeafCursor<double>(typed, static value => value),
            ColumnReader<ByteArray> typed => new LeafCursor<ByteArray>(typed, Copy),
            ColumnReader<FixedLenByteArray> typed => new LeafCursor<FixedLenByteArray>(typed, value => Copy(value, typed.ColumnDescriptor.TypeLength)),
            _ => throw new InvalidDataException($"column '{reader.ColumnDescriptor.Path.ToDotString()}' has the type {reader.Type}, which no trace has"),
        };
    }

    /// <summary>The value of the entry, null where it has none, then steps to the next entry.</summary>
    public abstract object? Take();

    public abstract void Dispose();

    // The reader's memory is gone with its next batch.
    private static unsafe byte[] Copy(ByteArray value) => new ReadOnlySpan<byte>((void*)value.Pointer, value.Length).ToArray();

    private static unsafe byte[] Copy(FixedLenByteArray value, int length) => new ReadOnlySpan<byte>((void*)value.Pointer, length).ToArray();
}

/// <summary>A cursor over one physical type.</summary>
internal sealed class LeafCursor<T> : LeafCursor
    where T : unmanaged
{
    private readonly ColumnReader<T> _reader;
    private readonly Func<T, object> _box;
    private readonly int _maxDefinition;
    private readonly int _maxRepetition;
    private readonly short[] _definitions = new short[Batch];
    private readonly short[] _repetitions = new short[Batch];
    private readonly T[] _values = new T[Batch];
    private readonly object?[] _boxed = new object?[Batch];
    private int _entries;
    private int _entry;
    private int _value;

    public LeafCursor(ColumnReader<T> reader, Func<T, object> box)
    {
        _reader = reader;
        _box = box;
        _maxDefinition = reader.ColumnDescriptor.MaxDefinitionLevel;
        _maxRepetition = reader.ColumnDescriptor.MaxRepetitionLevel;
        Show();
    }

    public override object? Take()
    {
        var value = Definition == _maxDefinition ? _boxed[_value++] : null;
        _entry++;
        Show();
        return value;
    }

    public override void Dispose() => _reader.Dispose();

    private void Show()
    {
        if (_entry == _entries && !Fill())
        {
            HasEntry = false;
            return;
        }

        HasEntry = true;
        Definition = _maxDefinition == 0 ? 0 : _definitions[_entry];
        Repetition = _maxRepetition == 0 ? 0 : _repetitions[_entry];
    }

    private bool Fill()
    {
        if (!_reader.HasNext)
        {
            return false;
        }

        var read = _reader.ReadBatch(Batch, _definitions, _repetitions, _values, out var values);

        // A column without levels counts its values only.
        _entries = (int)Math.Max(read, values);
        _entry = _value = 0;
        for (var i = 0; i < (int)values; i++)
        {
            _boxed[i] = _box(_values[i]);
        }

        return _entries > 0;
    }
}
