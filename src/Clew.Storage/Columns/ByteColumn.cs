namespace Clew.Storage.Columns;

/// <summary>A growing list of byte strings in one buffer. Reused between reads by <see cref="Clear"/>; not safe for several threads.</summary>
public sealed class ByteColumn
{
    private byte[] _bytes = new byte[1024];
    private int[] _ends = new int[64];

    public int Count { get; private set; }

    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
            var start = index == 0 ? 0 : _ends[index - 1];
            return _bytes.AsSpan(start, _ends[index] - start);
        }
    }

    public void Clear() => Count = 0;

    public void Add(ReadOnlySpan<byte> value)
    {
        var start = Count == 0 ? 0 : _ends[Count - 1];
        if (_bytes.Length - start < value.Length)
        {
            Array.Resize(ref _bytes, checked(Math.Max(_bytes.Length * 2, start + value.Length)));
        }

        if (Count == _ends.Length)
        {
            Array.Resize(ref _ends, _ends.Length * 2);
        }

        value.CopyTo(_bytes.AsSpan(start));
        _ends[Count++] = start + value.Length;
    }
}
