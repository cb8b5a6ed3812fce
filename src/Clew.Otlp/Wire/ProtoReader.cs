using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Clew.Otlp.Wire;

/// <summary>Protobuf wire types (encoding specification, "Message Structure").</summary>
public enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Length = 2,
    StartGroup = 3,
    EndGroup = 4,
    Fixed32 = 5,
}

/// <summary>
/// Walks one protobuf message without allocating. Nothing throws: a read that does not fit sets <see cref="Failed"/> and every later
/// read answers false, so that callers check once at the end of a message.
/// </summary>
public ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    private readonly ReadOnlySpan<byte> _message = message;
    private int _position;

    /// <summary>True after a read that did not fit; <see cref="Position"/> is then where it began.</summary>
    public bool Failed { get; private set; }

    /// <summary>The offset of the next unread byte within the message.</summary>
    public readonly int Position => _position;

    /// <summary>The number of the field that <see cref="Next"/> found.</summary>
    public int Field { get; private set; }

    public WireType Type { get; private set; }

    /// <summary>Field and type in one number, <c>(field &lt;&lt; 3) | type</c>: a switch over it is one jump.</summary>
    public readonly int Tag => (Field << 3) | (int)Type;

    /// <summary>Steps to the next field; false at the end of the message or on a fault.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Next()
    {
        if (Failed || _position >= _message.Length)
        {
            return false;
        }

        if (!TryVarint(out var tag))
        {
            return false;
        }

        Field = (int)(tag >> 3);
        Type = (WireType)(tag & 7);
        return tag <= uint.MaxValue && Field != 0 && Type is not (WireType.StartGroup or WireType.EndGroup) && (int)Type <= 5 || Fail();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryVarint(out ulong value)
    {
        var rest = _message[_position..];
        if (rest.Length > 0 && rest[0] < 0x80)
        {
            value = rest[0];
            _position++;
            return true;
        }

        return TryLongVarint(rest, out value);
    }

    public bool TryFixed64(out ulong value)
    {
        if (_message.Length - _position < 8)
        {
            value = 0;
            return Fail();
        }

        value = BinaryPrimitives.ReadUInt64LittleEndian(_message[_position..]);
        _position += 8;
        return true;
    }

    public bool TryFixed32(out uint value)
    {
        if (_message.Length - _position < 4)
        {
            value = 0;
            return Fail();
        }

        value = BinaryPrimitives.ReadUInt32LittleEndian(_message[_position..]);
        _position += 4;
        return true;
    }

    /// <summary>Reads a length-delimited value; the bytes are a slice of the message, their offset is <paramref name="offset"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryBytes(out ReadOnlySpan<byte> value, out int offset)
    {
        if (!TryVarint(out var length) || length > (ulong)(_message.Length - _position))
        {
            value = default;
            offset = _position;
            return Fail();
        }

        offset = _position;
        value = _message.Slice(_position, (int)length);
        _position += (int)length;
        return true;
    }

    public bool TryBytes(out ReadOnlySpan<byte> value) => TryBytes(out value, out _);

    /// <summary>Passes over the value of the current field.</summary>
    public bool Skip() => Type switch
    {
        WireType.Varint => TryVarint(out _),
        WireType.Fixed64 => TryFixed64(out _),
        WireType.Fixed32 => TryFixed32(out _),
        WireType.Length => TryBytes(out _),
        _ => Fail(),
    };

    /// <summary>Marks the message as broken: a caller found a known field with the wrong wire type.</summary>
    public bool Fail()
    {
        Failed = true;
        return false;
    }

    private bool TryLongVarint(ReadOnlySpan<byte> rest, out ulong value)
    {
        value = 0;
        var limit = Math.Min(rest.Length, 10);
        for (var i = 0; i < limit; i++)
        {
            var b = rest[i];
            // The tenth byte may carry only the highest bit of 64.
            if (i == 9 && b > 1)
            {
                break;
            }

            value |= (ulong)(b & 0x7F) << (7 * i);
            if (b < 0x80)
            {
                _position += i + 1;
                return true;
            }
        }

        return Fail();
    }
}
