using System.Buffers.Binary;
using System.Text;

namespace Clew.Receivers.Thrift;

/// <summary>
/// Walks Thrift in the binary or the compact protocol (Apache Thrift, "Thrift Binary protocol encoding" and "Thrift Compact protocol
/// encoding") over bytes in memory. Nothing throws: a read that does not fit sets <see cref="Failed"/>, and every later read answers a
/// default, so that callers check once. Sizes are checked against the bytes that are left before anything is made of them.
/// </summary>
internal ref struct ThriftReader(ReadOnlySpan<byte> bytes, bool isCompact)
{
    /// <summary>Structs and containers inside each other; spans need five.</summary>
    public const int MaxNesting = 32;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly bool _isCompact = isCompact;
    private int _position;
    private int _nesting;
    private short _lastField;

    // The compact protocol has booleans in the type of their field.
    private bool? _fieldBool;

    public bool Failed { get; private set; }

    public readonly bool IsCompact => _isCompact;

    public readonly int Position => _position;

    /// <summary>The id of the field that <see cref="NextField"/> found.</summary>
    public short Field { get; private set; }

    public ThriftType Type { get; private set; }

    /// <summary>Steps into a struct; pass the result to <see cref="EndStruct"/>.</summary>
    public short BeginStruct()
    {
        if (++_nesting > MaxNesting)
        {
            Fail();
        }

        var outer = _lastField;
        _lastField = 0;
        return outer;
    }

    public void EndStruct(short outer)
    {
        _nesting--;
        _lastField = outer;
    }

    /// <summary>False at the end of the struct or on a fault.</summary>
    public bool NextField()
    {
        _fieldBool = null;
        var head = Byte();
        if (Failed || head == 0)
        {
            return false;
        }

        if (!_isCompact)
        {
            Type = (ThriftType)head;
            Field = I16();
            return !Failed;
        }

        var delta = head >> 4;
        Field = delta != 0 ? (short)(_lastField + delta) : I16();
        _lastField = Field;
        var type = head & 0x0F;
        _fieldBool = type switch { 1 => true, 2 => false, _ => null };
        Type = FromCompact(type);
        return !Failed;
    }

    /// <summary>True when the current field is of the type; otherwise passes over it, as Thrift readers do with fields they do not know.</summary>
    public bool Is(ThriftType type)
    {
        if (Type == type)
        {
            return true;
        }

        Skip(Type);
        return false;
    }

    /// <summary>Starts a list or set; elements that cannot be there for lack of bytes fail it.</summary>
    public int BeginList(out ThriftType element)
    {
        if (++_nesting > MaxNesting)
        {
            Fail();
        }

        int count;
        if (_isCompact)
        {
            var head = Byte();
            element = FromCompact(head & 0x0F);
            count = head >> 4 == 15 ? Size() : head >> 4;
        }
        else
        {
            element = (ThriftType)Byte();
            count = I32();
        }

        if (Failed || count < 0 || count > (_bytes.Length - _position) / SmallestSize(element))
        {
            Fail();
            return 0;
        }

        return count;
    }

    public void EndList() => _nesting--;

    public bool Bool()
    {
        if (_fieldBool is { } known)
        {
            _fieldBool = null;
            return known;
        }

        return Byte() == 1;
    }

    public byte Byte()
    {
        if (Failed || _position >= _bytes.Length)
        {
            Fail();
            return 0;
        }

        return _bytes[_position++];
    }

    public short I16() => _isCompact ? (short)ZigZag() : Take(2, out var bytes) ? BinaryPrimitives.ReadInt16BigEndian(bytes) : (short)0;

    public int I32() => _isCompact ? (int)ZigZag() : Take(4, out var bytes) ? BinaryPrimitives.ReadInt32BigEndian(bytes) : 0;

    public long I64() => _isCompact ? ZigZag() : Take(8, out var bytes) ? BinaryPrimitives.ReadInt64BigEndian(bytes) : 0;

    public double Double() => !Take(8, out var bytes) ? 0
        : _isCompact ? BinaryPrimitives.ReadDoubleLittleEndian(bytes) : BinaryPrimitives.ReadDoubleBigEndian(bytes);

    public ReadOnlySpan<byte> Binary() => Take(_isCompact ? Size() : I32(), out var bytes) ? bytes : default;

    /// <summary>Bytes that are not UTF-8 become U+FFFD.</summary>
    public string Text() => Encoding.UTF8.GetString(Binary());

    public void Skip(ThriftType type)
    {
        switch (type)
        {
            case ThriftType.Bool:
                Bool();
                break;
            case ThriftType.Byte:
                Byte();
                break;
            case ThriftType.I16:
                I16();
                break;
            case ThriftType.I32:
                I32();
                break;
            case ThriftType.I64:
                I64();
                break;
            case ThriftType.Double:
                Double();
                break;
            case ThriftType.Binary:
                Binary();
                break;
            case ThriftType.Struct:
                SkipStruct();
                break;
            case ThriftType.List or ThriftType.Set:
                SkipList();
                break;
            case ThriftType.Map:
                SkipMap();
                break;
            default:
                Fail();
                break;
        }
    }

    public void Fail() => Failed = true;

    /// <summary>
    /// The head of a message in either protocol, old and new style: its name. The caller then reads the struct of its arguments. Empty on
    /// a fault.
    /// </summary>
    public string MessageName()
    {
        if (_isCompact)
        {
            // Protocol id, then version (low five bits) and type, then the sequence number.
            if (Byte() != 0x82 || (Byte() & 0x1F) != 1)
            {
                Fail();
            }

            Varint();
            return Text();
        }

        var first = I32();
        if (first < 0)
        {
            if ((first & 0xFFFF_0000) != 0x8001_0000)
            {
                Fail();
            }

            var name = Text();
            I32();
            return name;
        }

        // Without a version a message starts with its name.
        var old = Take(first, out var bytes) ? Encoding.UTF8.GetString(bytes) : "";
        Byte();
        I32();
        return old;
    }

    private void SkipStruct()
    {
        var outer = BeginStruct();
        while (NextField())
        {
            Skip(Type);
        }

        EndStruct(outer);
    }

    private void SkipList()
    {
        var count = BeginList(out var element);
        for (var i = 0; i < count && !Failed; i++)
        {
            Skip(element);
        }

        EndList();
    }

    private void SkipMap()
    {
        if (++_nesting > MaxNesting)
        {
            Fail();
        }

        int count;
        ThriftType key, value;
        if (_isCompact)
        {
            count = Size();
            var types = count == 0 ? (byte)0 : Byte();
            (key, value) = (FromCompact(types >> 4), FromCompact(types & 0x0F));
        }
        else
        {
            (key, value) = ((ThriftType)Byte(), (ThriftType)Byte());
            count = I32();
        }

        if (count < 0 || count > _bytes.Length - _position)
        {
            Fail();
        }

        for (var i = 0; i < count && !Failed; i++)
        {
            Skip(key);
            Skip(value);
        }

        _nesting--;
    }

    private bool Take(int count, out ReadOnlySpan<byte> bytes)
    {
        if (Failed || (uint)count > (uint)(_bytes.Length - _position))
        {
            bytes = default;
            Fail();
            return false;
        }

        bytes = _bytes.Slice(_position, count);
        _position += count;
        return true;
    }

    private int Size()
    {
        var size = Varint();
        if (size > int.MaxValue)
        {
            Fail();
            return 0;
        }

        return (int)size;
    }

    private long ZigZag()
    {
        var value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        Fail();
        return 0;
    }

    /// <summary>Bytes that an element takes at the least: for the check of a list's count.</summary>
    private readonly int SmallestSize(ThriftType type) => _isCompact ? type == ThriftType.Double ? 8 : 1 : type switch
    {
        ThriftType.I16 => 2,
        ThriftType.I32 or ThriftType.Binary => 4,
        ThriftType.I64 or ThriftType.Double => 8,
        _ => 1,
    };

    private static ThriftType FromCompact(int type) => type switch
    {
        1 or 2 => ThriftType.Bool,
        3 => ThriftType.Byte,
        4 => ThriftType.I16,
        5 => ThriftType.I32,
        6 => ThriftType.I64,
        7 => ThriftType.Double,
        8 => ThriftType.Binary,
        9 => ThriftType.List,
        10 => ThriftType.Set,
        11 => ThriftType.Map,
        12 => ThriftType.Struct,
        _ => ThriftType.Stop,
    };
}
