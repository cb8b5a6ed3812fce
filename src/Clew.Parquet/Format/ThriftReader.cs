using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Clew.Parquet;

/// <summary>
/// Thrift compact protocol over bytes that nobody vouches for. Every length is checked against what is left before it is used,
/// nesting is bounded, and any fault throws <see cref="ParquetCorruptException"/> with the file's name and offset.
/// </summary>
/// <param name="data">The serialised structure; it may be followed by other bytes.</param>
/// <param name="file">Name for errors.</param>
/// <param name="origin">File offset of the first byte of <paramref name="data"/>, for errors.</param>
internal ref struct ThriftReader(ReadOnlySpan<byte> data, string file, long origin)
{
    private const int MaxDepth = 16;

    private readonly ReadOnlySpan<byte> _data = data;
    private int _depth;

    public int Position { get; private set; }

    /// <summary>Enters the root struct, a struct field or a struct in a list; <see cref="NextField"/> leaves it at its end.</summary>
    public void BeginStruct()
    {
        if (++_depth > MaxDepth)
        {
            Fail($"structures are nested deeper than {MaxDepth}");
        }
    }

    /// <summary>Reads the next field header; false at the end of the struct, which is left.</summary>
    public bool NextField(ref int id, out ThriftType type)
    {
        byte header = Byte();
        type = (ThriftType)(header & 0x0f);
        if (header == 0)
        {
            _depth--;
            return false;
        }

        if (type is ThriftType.Stop or > ThriftType.Struct)
        {
            Fail($"field type {(int)type} is unknown");
        }

        int delta = header >> 4;
        int next = delta != 0 ? id + delta : (int)ZigZag();
        if (next is <= 0 or > short.MaxValue)
        {
            Fail($"field number {next} is out of range");
        }

        id = next;
        return true;
    }

    public int I32(ThriftType type)
    {
        Expect(type, ThriftType.I32);
        return I32Item();
    }

    public int I32Item()
    {
        long value = ZigZag();
        if (value is < int.MinValue or > int.MaxValue)
        {
            Fail($"{value} does not fit 32 bits");
        }

        return (int)value;
    }

    public long I64(ThriftType type)
    {
        Expect(type, ThriftType.I64);
        return ZigZag();
    }

    public long I64Item() => ZigZag();

    public bool Bool(ThriftType type)
    {
        if (type is not (ThriftType.True or ThriftType.False))
        {
            Fail($"a boolean was expected, not {type}");
        }

        return type == ThriftType.True;
    }

    public bool BoolItem()
    {
        byte value = Byte();
        if (value > 2)
        {
            Fail($"{value} is not a boolean");
        }

        // Writers disagree on false: the specification says 2, old ones write 0.
        return value == (byte)ThriftType.True;
    }

    /// <summary>Start (relative to the data) and length of a byte string.</summary>
    public (int Start, int Length) Binary(ThriftType type)
    {
        Expect(type, ThriftType.Binary);
        return BinaryItem();
    }

    public (int Start, int Length) BinaryItem()
    {
        int length = Length("byte string");
        int start = Position;
        Position += length;
        return (start, length);
    }

    public string String(ThriftType type, int maxBytes)
    {
        Expect(type, ThriftType.Binary);
        return StringItem(maxBytes);
    }

    /// <summary>Compares a byte string, as <see cref="BinaryItem"/> returned it.</summary>
    public readonly bool Matches(int start, int length, ReadOnlySpan<byte> expected) => expected.SequenceEqual(_data.Slice(start, length));

    public string StringItem(int maxBytes)
    {
        (int start, int length) = BinaryItem();
        if (length > maxBytes)
        {
            Fail($"a text of {length} bytes is longer than {maxBytes}");
        }

        ReadOnlySpan<byte> text = _data.Slice(start, length);
        if (!Utf8.IsValid(text))
        {
            Fail("a text is not UTF-8");
        }

        return Encoding.UTF8.GetString(text);
    }

    /// <summary>Number of elements of a list, never more than bytes are left (each element takes at least one).</summary>
    public int BeginList(ThriftType type, ThriftType element, int maxCount)
    {
        Expect(type, ThriftType.List);
        int count = ListHeader(out ThriftType found);
        bool matches = found == element || (element == ThriftType.True && found == ThriftType.False);
        if (count > 0 && !matches)
        {
            Fail($"a list of {element} was expected, not of {found}");
        }

        if (count > maxCount)
        {
            Fail($"a list of {count} elements is longer than {maxCount}");
        }

        return count;
    }

    /// <summary>Steps over a value of any type.</summary>
    public void Skip(ThriftType type)
    {
        switch (type)
        {
            case ThriftType.True or ThriftType.False:
                break;
            case ThriftType.Byte:
                Byte();
                break;
            case ThriftType.I16 or ThriftType.I32 or ThriftType.I64:
                ZigZag();
                break;
            case ThriftType.Double:
                Need(8);
                Position += 8;
                break;
            case ThriftType.Binary:
                BinaryItem();
                break;
            case ThriftType.Struct:
                SkipStruct();
                break;
            case ThriftType.List or ThriftType.Set:
                SkipList();
                break;
            default:
                // Parquet has no maps.
                Fail($"field type {type} does not occur in Parquet");
                break;
        }
    }

    [DoesNotReturn]
    public readonly void Fail(string what) => throw new ParquetCorruptException(file, origin + Position, what);

    public void Expect(ThriftType found, ThriftType expected)
    {
        if (found != expected)
        {
            Fail($"a field of type {expected} was expected, not {found}");
        }
    }

    private void SkipStruct()
    {
        BeginStruct();
        int id = 0;
        while (NextField(ref id, out ThriftType type))
        {
            Skip(type);
        }
    }

    private void SkipList()
    {
        int count = ListHeader(out ThriftType element);
        if (++_depth > MaxDepth)
        {
            Fail($"structures are nested deeper than {MaxDepth}");
        }

        for (int i = 0; i < count; i++)
        {
            if (element is ThriftType.True or ThriftType.False)
            {
                Byte();
            }
            else
            {
                Skip(element);
            }
        }

        _depth--;
    }

    private int ListHeader(out ThriftType element)
    {
        byte header = Byte();
        element = (ThriftType)(header & 0x0f);
        int count = header >> 4;
        if (count == 15)
        {
            return Length("list");
        }

        Need(count);
        return count;
    }

    private int Length(string what)
    {
        ulong length = Varint();
        if (length > (ulong)(_data.Length - Position))
        {
            Fail($"a {what} of {length} elements runs past the end, {_data.Length - Position} bytes are left");
        }

        return (int)length;
    }

    private long ZigZag()
    {
        ulong value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte b = Byte();
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        Fail("a number is longer than 10 bytes");
        return 0;
    }

    private byte Byte()
    {
        if ((uint)Position >= (uint)_data.Length)
        {
            Fail("the structure ends early");
        }

        return _data[Position++];
    }

    private readonly void Need(int count)
    {
        if (count > _data.Length - Position)
        {
            Fail("the structure ends early");
        }
    }
}
