using Clew.Parquet;

namespace Clew.Storage.Columns;

/// <summary>A growing list of byte strings in one buffer. Reused between reads by <see cref="Clear"/>; not safe for several threads.</summary>
public sealed class ByteColumn
{
    private byte[] _bytes = new byte[1024];
    private (int Start, int Length)[] _values = new (int, int)[64];
    private int _used;

    public int Count { get; private set; }

    /// <summary>Bytes held in memory, for a cache's books.</summary>
    internal long MemoryBytes => _bytes.Length + (8L * _values.Length);

    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
            var (start, length) = _values[index];
            return _bytes.AsSpan(start, length);
        }
    }

    public void Clear() => (Count, _used) = (0, 0);

    public void Add(ReadOnlySpan<byte> value)
    {
        Reserve(value.Length, 1);
        value.CopyTo(_bytes.AsSpan(_used));
        _values[Count++] = (_used, value.Length);
        _used += value.Length;
    }

    /// <summary>
    /// Adds values that lie in one buffer, null as the empty string. Where they lie in order, as in a page, what is between them is copied too:
    /// one copy for all costs less than one for each.
    /// </summary>
    internal void Add(ReadOnlySpan<byte> buffer, ReadOnlySpan<ByteRange> ranges)
    {
        var (first, end, sum, isOrdered) = (-1, 0, 0L, true);
        foreach (var range in ranges)
        {
            if (range.Length > 0)
            {
                first = first < 0 ? range.Offset : first;
                isOrdered &= range.Offset >= end;
                end = range.Offset + range.Length;
                sum += range.Length;
            }
        }

        if (!isOrdered || end - first > (sum * 2) + (8L * ranges.Length))
        {
            foreach (var range in ranges)
            {
                Add(range.In(buffer));
            }

            return;
        }

        Reserve(sum == 0 ? 0 : end - first, ranges.Length);
        if (sum > 0)
        {
            buffer[first..end].CopyTo(_bytes.AsSpan(_used));
        }

        foreach (var range in ranges)
        {
            _values[Count++] = range.Length > 0 ? (_used + range.Offset - first, range.Length) : (_used, 0);
        }

        _used += sum == 0 ? 0 : end - first;
    }

    private void Reserve(int bytes, int values)
    {
        if (_bytes.Length - _used < bytes)
        {
            Array.Resize(ref _bytes, checked(Math.Max(_bytes.Length * 2, _used + bytes)));
        }

        if (_values.Length - Count < values)
        {
            Array.Resize(ref _values, Math.Max(_values.Length * 2, Count + values));
        }
    }
}
