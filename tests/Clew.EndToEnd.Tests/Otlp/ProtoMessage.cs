using System.Buffers.Binary;
using System.Text;

namespace Clew.EndToEnd.Tests.Otlp;

/// <summary>
/// Writes one protobuf message, field by field. Written out by hand so that tests can also send what no encoder would: wrong lengths,
/// wrong wire types, cut-off messages.
/// </summary>
internal sealed class ProtoMessage
{
    private const int Varint = 0;
    private const int Eight = 1;
    private const int Length = 2;
    private const int Four = 5;

    private readonly MemoryStream _bytes = new();

    public byte[] ToArray() => _bytes.ToArray();

    public ProtoMessage Number(int field, ulong value)
    {
        Tag(field, Varint);
        WriteVarint(value);
        return this;
    }

    public ProtoMessage Fixed64(int field, ulong value)
    {
        Span<byte> eight = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(eight, value);
        Tag(field, Eight);
        _bytes.Write(eight);
        return this;
    }

    public ProtoMessage Double(int field, double value) => Fixed64(field, BitConverter.DoubleToUInt64Bits(value));

    public ProtoMessage Fixed32(int field, uint value)
    {
        Span<byte> four = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(four, value);
        Tag(field, Four);
        _bytes.Write(four);
        return this;
    }

    public ProtoMessage Bytes(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, Length);
        WriteVarint((ulong)value.Length);
        _bytes.Write(value);
        return this;
    }

    public ProtoMessage Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtoMessage Message(int field, ProtoMessage value) => Bytes(field, value._bytes.GetBuffer().AsSpan(0, (int)value._bytes.Length));

    private void Tag(int field, int wireType) => WriteVarint((ulong)((field << 3) | wireType));

    private void WriteVarint(ulong value)
    {
        while (value >= 0x80)
        {
            _bytes.WriteByte((byte)(value | 0x80));
            value >>= 7;
        }

        _bytes.WriteByte((byte)value);
    }
}
