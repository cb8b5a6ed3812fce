using System.Runtime.InteropServices;

namespace Clew.Parquet;

/// <summary>
/// Values of any type seen as bytes in PLAIN form (little endian): either of one width, or with offsets. The bytes of a byte
/// string come without the length in front.
/// </summary>
internal readonly ref struct ColumnValues
{
    private readonly ReadOnlySpan<int> _offsets;

    public ColumnValues(ByteArrays values)
    {
        Blob = values.Blob;
        _offsets = values.Offsets;
        Count = values.Count;
    }

    public ColumnValues(ReadOnlySpan<byte> blob, int stride)
    {
        Blob = blob;
        Stride = stride;
        Count = blob.Length / stride;
    }

    public ReadOnlySpan<byte> Blob { get; }

    /// <summary>Bytes per value, or 0 if they vary.</summary>
    public int Stride { get; }

    public int Count { get; }

    public ReadOnlySpan<byte> this[int index] =>
        Stride > 0 ? Blob.Slice(index * Stride, Stride) : Blob[_offsets[index].._offsets[index + 1]];

    public static ColumnValues Of<T>(ReadOnlySpan<T> values)
        where T : unmanaged => new(MemoryMarshal.AsBytes(values), Marshal.SizeOf<T>());

    /// <summary>Bytes that the value takes in a PLAIN page.</summary>
    public int PlainSize(int index) => Stride > 0 ? Stride : 4 + _offsets[index + 1] - _offsets[index];

    /// <summary>Appends one value in PLAIN form.</summary>
    public void AppendPlain(int index, ByteBuffer buffer)
    {
        ReadOnlySpan<byte> value = this[index];
        if (Stride == 0)
        {
            buffer.WriteInt32(value.Length);
        }

        buffer.Write(value);
    }
}
