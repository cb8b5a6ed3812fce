using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;

namespace Clew.Semantics.Attributes;

/// <summary>
/// The known attributes of one message: where each value is in its bytes, or its number. Filled by a walk over the message, used while
/// these bytes are at hand, then cleared for the next.
/// </summary>
internal sealed class AttributeSlots
{
    private readonly Slot[] _slots = new Slot[SemanticKeys.Count];
    private readonly SemanticKey[] _set = new SemanticKey[SemanticKeys.Count];

    public int Count { get; private set; }

    /// <summary>The keys that have a value, in the order in which they came.</summary>
    public ReadOnlySpan<SemanticKey> Keys => _set.AsSpan(0, Count);

    public void Clear()
    {
        foreach (var key in Keys)
        {
            _slots[(int)key].IsSet = false;
        }

        Count = 0;
    }

    public bool Has(SemanticKey key) => _slots[(int)key].IsSet;

    /// <summary>
    /// Takes one encoded KeyValue at <paramref name="offset"/> of the message. Of two equal keys the first counts; arrays, maps, bytes and
    /// empty values carry no meaning here.
    /// </summary>
    public void Add(ReadOnlySpan<byte> keyValue, int offset)
    {
        var reader = new ProtoReader(keyValue);
        var key = SemanticKey.None;
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.KeyValue.Key && reader.Type == WireType.Length)
            {
                reader.TryBytes(out var name);
                key = SemanticKeys.Find(name);
                if (key == SemanticKey.None)
                {
                    return;
                }
            }
            else if (reader.Field == OtlpFields.KeyValue.Value && reader.Type == WireType.Length && reader.TryBytes(out var value, out var valueOffset))
            {
                if (key == SemanticKey.None)
                {
                    // The value stands before the key: allowed by protobuf, written by nobody.
                    key = KeyOf(keyValue);
                }

                if (key != SemanticKey.None && !_slots[(int)key].IsSet)
                {
                    AddValue(key, value, offset + valueOffset);
                }

                return;
            }
            else
            {
                reader.Skip();
            }
        }
    }

    public AttributeType TypeOf(SemanticKey key) => _slots[(int)key].Type;

    /// <summary>The bytes of a text; empty when the key is absent or its value is a number.</summary>
    public ReadOnlySpan<byte> Bytes(SemanticKey key, ReadOnlySpan<byte> message)
    {
        ref readonly var slot = ref _slots[(int)key];
        return slot.IsSet && slot.Type == AttributeType.String ? message.Slice(slot.Offset, slot.Length) : default;
    }

    /// <summary>A text, or a number as text; empty when the key is absent.</summary>
    public string Text(SemanticKey key, ReadOnlySpan<byte> message)
    {
        ref readonly var slot = ref _slots[(int)key];
        if (!slot.IsSet)
        {
            return "";
        }

        return slot.Type switch
        {
            AttributeType.String => Encoding.UTF8.GetString(message.Slice(slot.Offset, slot.Length)),
            AttributeType.Bool => slot.Number != 0 ? "true" : "false",
            AttributeType.Double => BitConverter.Int64BitsToDouble(slot.Number).ToString(CultureInfo.InvariantCulture),
            _ => slot.Number.ToString(CultureInfo.InvariantCulture),
        };
    }

    /// <summary>The first of the keys that has a text.</summary>
    public string Text(ReadOnlySpan<SemanticKey> keys, ReadOnlySpan<byte> message)
    {
        foreach (var key in keys)
        {
            var text = Text(key, message);
            if (text.Length > 0)
            {
                return text;
            }
        }

        return "";
    }

    /// <summary>A number, also when it came as text, as Envoy sends all of its.</summary>
    public bool TryNumber(SemanticKey key, ReadOnlySpan<byte> message, out double number)
    {
        ref readonly var slot = ref _slots[(int)key];
        number = 0;
        if (!slot.IsSet)
        {
            return false;
        }

        switch (slot.Type)
        {
            case AttributeType.String:
                var text = message.Slice(slot.Offset, slot.Length);
                return Utf8Parser.TryParse(text, out number, out var used) && used == text.Length;
            case AttributeType.Double:
                number = BitConverter.Int64BitsToDouble(slot.Number);
                return true;
            default:
                number = slot.Number;
                return true;
        }
    }

    /// <summary>The number of a slot that is none of a text, to make a signature of.</summary>
    public long Raw(SemanticKey key) => _slots[(int)key].Type == AttributeType.String ? 0 : _slots[(int)key].Number;

    private static SemanticKey KeyOf(ReadOnlySpan<byte> keyValue)
    {
        var reader = new ProtoReader(keyValue);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.KeyValue.Key && reader.Type == WireType.Length && reader.TryBytes(out var name))
            {
                return SemanticKeys.Find(name);
            }

            reader.Skip();
        }

        return SemanticKey.None;
    }

    private void AddValue(SemanticKey key, ReadOnlySpan<byte> value, int offset)
    {
        var reader = new ProtoReader(value);
        if (!reader.Next())
        {
            return;
        }

        ref var slot = ref _slots[(int)key];
        switch (reader.Field)
        {
            case OtlpFields.AnyValue.String when reader.Type == WireType.Length && reader.TryBytes(out var text, out var textOffset):
                slot = new Slot { IsSet = true, Type = AttributeType.String, Offset = offset + textOffset, Length = text.Length };
                break;
            case OtlpFields.AnyValue.Int when reader.Type == WireType.Varint && reader.TryVarint(out var number):
                slot = new Slot { IsSet = true, Type = AttributeType.Int, Number = (long)number };
                break;
            case OtlpFields.AnyValue.Bool when reader.Type == WireType.Varint && reader.TryVarint(out var flag):
                slot = new Slot { IsSet = true, Type = AttributeType.Bool, Number = flag == 0 ? 0 : 1 };
                break;
            case OtlpFields.AnyValue.Double when reader.Type == WireType.Fixed64 && reader.TryFixed64(out var bits):
                slot = new Slot { IsSet = true, Type = AttributeType.Double, Number = (long)bits };
                break;
            default:
                return;
        }

        _set[Count++] = key;
    }

    private struct Slot
    {
        public bool IsSet;
        public AttributeType Type;
        public int Offset;
        public int Length;
        public long Number;
    }
}
