using System.Text;

namespace Clew.Parquet;

/// <summary>
/// Thrift compact protocol, written straight from typed values: only the shapes that Parquet's structures need. Fields must be
/// written in ascending order of id within a struct, less than 16 apart.
/// </summary>
internal sealed class ThriftWriter(ByteBuffer buffer)
{
    // Deepest nesting written: footer > row group > column chunk > column metadata > statistics.
    private readonly short[] _outer = new short[8];
    private int _depth;
    private short _last;

    /// <summary>Opens a struct that is the root or an element of a list.</summary>
    public void BeginStruct()
    {
        _outer[_depth++] = _last;
        _last = 0;
    }

    /// <summary>Opens a struct that is a field.</summary>
    public void BeginStruct(short id)
    {
        Header(id, ThriftType.Struct);
        BeginStruct();
    }

    public void EndStruct()
    {
        buffer.WriteByte((byte)ThriftType.Stop);
        _last = _outer[--_depth];
    }

    public void I32(short id, int value)
    {
        Header(id, ThriftType.I32);
        buffer.WriteZigZag(value);
    }

    public void I64(short id, long value)
    {
        Header(id, ThriftType.I64);
        buffer.WriteZigZag(value);
    }

    public void Bool(short id, bool value) => Header(id, value ? ThriftType.True : ThriftType.False);

    public void Binary(short id, ReadOnlySpan<byte> value)
    {
        Header(id, ThriftType.Binary);
        BinaryItem(value);
    }

    public void String(short id, string value)
    {
        Header(id, ThriftType.Binary);
        StringItem(value);
    }

    public void BeginList(short id, ThriftType element, int count)
    {
        Header(id, ThriftType.List);
        if (count < 15)
        {
            buffer.WriteByte((byte)((count << 4) | (int)element));
        }
        else
        {
            buffer.WriteByte((byte)(0xf0 | (int)element));
            buffer.WriteVarint((uint)count);
        }
    }

    public void I32Item(int value) => buffer.WriteZigZag(value);

    public void I64Item(long value) => buffer.WriteZigZag(value);

    public void BoolItem(bool value) => buffer.WriteByte((byte)(value ? ThriftType.True : ThriftType.False));

    public void BinaryItem(ReadOnlySpan<byte> value)
    {
        buffer.WriteVarint((uint)value.Length);
        buffer.Write(value);
    }

    public void StringItem(string value)
    {
        int bytes = Encoding.UTF8.GetByteCount(value);
        buffer.WriteVarint((uint)bytes);
        Encoding.UTF8.GetBytes(value, buffer.Reserve(bytes));
        buffer.Advance(bytes);
    }

    private void Header(short id, ThriftType type)
    {
        buffer.WriteByte((byte)(((id - _last) << 4) | (int)type));
        _last = id;
    }
}
