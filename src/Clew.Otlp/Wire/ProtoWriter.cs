using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Clew.Otlp.Wire;

/// <summary>Writes protobuf fields into a <see cref="PooledBuffer"/>.</summary>
public readonly ref struct ProtoWriter(PooledBuffer buffer)
{
    private readonly PooledBuffer _buffer = buffer;

    /// <summary>Bytes that a varint of this value takes.</summary>
    public static int VarintSize(ulong value) => (BitOperations.Log2(value | 1) / 7) + 1;

    /// <summary>Bytes of a length-delimited field: tag, length and content.</summary>
    public static int FieldSize(int field, int contentLength) =>
        VarintSize((uint)field << 3) + VarintSize((uint)contentLength) + contentLength;

    public void Varint(ulong value)
    {
        var span = _buffer.GetSpan(10);
        var count = 0;
        while (value >= 0x80)
        {
            span[count++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[count++] = (byte)value;
        _buffer.Advance(count);
    }

    public void Tag(int field, WireType type) => Varint(((ulong)(uint)field << 3) | (uint)type);

    public void VarintField(int field, ulong value)
    {
        Tag(field, WireType.Varint);
        Varint(value);
    }

    public void Fixed64Field(int field, ulong value)
    {
        Tag(field, WireType.Fixed64);
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.GetSpan(8), value);
        _buffer.Advance(8);
    }

    public void Fixed32Field(int field, uint value)
    {
        Tag(field, WireType.Fixed32);
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.GetSpan(4), value);
        _buffer.Advance(4);
    }

    public void DoubleField(int field, double value) => Fixed64Field(field, BitConverter.DoubleToUInt64Bits(value));

    public void BytesField(int field, ReadOnlySpan<byte> value)
    {
        LengthPrefix(field, value.Length);
        _buffer.Write(value);
    }

    public void StringField(int field, ReadOnlySpan<char> value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        LengthPrefix(field, length);
        Encoding.UTF8.GetBytes(value, _buffer.GetSpan(length));
        _buffer.Advance(length);
    }

    /// <summary>Bytes that are encoded already: fields of the message that is being written.</summary>
    public void Raw(ReadOnlySpan<byte> fields) => _buffer.Write(fields);

    /// <summary>Starts a length-delimited field whose content of <paramref name="length"/> bytes the caller writes next.</summary>
    public void LengthPrefix(int field, int length)
    {
        Tag(field, WireType.Length);
        Varint((uint)length);
    }

    /// <summary>
    /// Starts a message whose length is not known yet; pass the result to <see cref="EndMessage"/>. Four bytes are kept for the length
    /// (a padded varint, which every protobuf reader takes), so content is limited to 256 MiB.
    /// </summary>
    public int BeginMessage(int field)
    {
        Tag(field, WireType.Length);
        _buffer.GetSpan(4);
        _buffer.Advance(4);
        return _buffer.Length;
    }

    public void EndMessage(int start)
    {
        var length = (uint)(_buffer.Length - start);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(length, 1u << 28);
        var prefix = _buffer.Memory.Span.Slice(start - 4, 4);
        prefix[0] = (byte)(length | 0x80);
        prefix[1] = (byte)((length >> 7) | 0x80);
        prefix[2] = (byte)((length >> 14) | 0x80);
        prefix[3] = (byte)((length >> 21) & 0x7F);
    }

    /// <summary>
    /// Starts a message that will usually be short: one byte is kept for the length, and <see cref="EndShortMessage"/> moves the
    /// content when it needs more. The result is the minimal encoding, as other protobuf writers produce it.
    /// </summary>
    public int BeginShortMessage(int field)
    {
        Tag(field, WireType.Length);
        _buffer.GetSpan(1);
        _buffer.Advance(1);
        return _buffer.Length;
    }

    public void EndShortMessage(int start)
    {
        var length = _buffer.Length - start;
        var extra = VarintSize((uint)length) - 1;
        if (extra > 0)
        {
            _buffer.GetSpan(extra);
            _buffer.Advance(extra);
            var bytes = _buffer.Memory.Span;
            bytes.Slice(start, length).CopyTo(bytes[(start + extra)..]);
        }

        var prefix = _buffer.Memory.Span[(start - 1)..];
        var rest = (uint)length;
        for (var i = 0; i < extra; i++)
        {
            prefix[i] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        prefix[extra] = (byte)rest;
    }
}
