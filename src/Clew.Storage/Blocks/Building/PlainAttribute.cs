using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Unicode;
using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;

namespace Clew.Storage.Blocks.Building;

/// <summary>
/// Decides which encoded attributes fit a column: those in the plain encoding that every writer sends. Heads and blocks decide alike, so that
/// a block can be made from a head's columns; everything else is overflow in both.
/// </summary>
internal static class PlainAttribute
{
    private static readonly SearchValues<byte> ControlBytes = SearchValues.Create([.. Enumerable.Range(0, 32).Select(i => (byte)i), 127]);

    /// <summary>False for keys that make no column name: empty, very long, with control characters, not UTF-8.</summary>
    public static bool MayHaveColumn(ReadOnlySpan<byte> key) =>
        key.Length is > 0 and <= BlockFormat.MaxColumnKeyBytes && key.IndexOfAny(ControlBytes) < 0 && Utf8.IsValid(key);

    /// <summary>Exactly one key, then exactly one value, and nothing else.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TrySplit(ReadOnlySpan<byte> keyValue, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        // Nearly always both lengths fit one byte: 0A len key 12 len value.
        if (keyValue.Length > 3 && keyValue[0] == ((OtlpFields.KeyValue.Key << 3) | (int)WireType.Length) && keyValue[1] < 0x80)
        {
            var at = 2 + keyValue[1];
            if (at + 2 <= keyValue.Length && keyValue[at] == ((OtlpFields.KeyValue.Value << 3) | (int)WireType.Length) && keyValue[at + 1] < 0x80
                && at + 2 + keyValue[at + 1] == keyValue.Length)
            {
                key = keyValue.Slice(2, keyValue[1]);
                value = keyValue[(at + 2)..];
                return true;
            }
        }

        return TrySplitAny(keyValue, out key, out value);
    }

    /// <summary>A single text, integer, boolean or double. Numbers are 64 bits: the integer, 0 or 1, the bits of the double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryValue(ReadOnlySpan<byte> value, out AttributeType type, out ReadOnlySpan<byte> text, out long number)
    {
        // A text whose length fits one byte: 0A len text.
        if (value.Length >= 2 && value[0] == ((OtlpFields.AnyValue.String << 3) | (int)WireType.Length) && value[1] < 0x80 && value[1] + 2 == value.Length)
        {
            type = AttributeType.String;
            text = value[2..];
            number = 0;
            return true;
        }

        return TryAnyValue(value, out type, out text, out number);
    }

    private static bool TrySplitAny(ReadOnlySpan<byte> keyValue, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        value = default;
        key = default;
        var reader = new ProtoReader(keyValue);
        return reader.Next() && reader.Field == OtlpFields.KeyValue.Key && reader.Type == WireType.Length && reader.TryBytes(out key)
            && reader.Next() && reader.Field == OtlpFields.KeyValue.Value && reader.Type == WireType.Length && reader.TryBytes(out value)
            && reader.Position == keyValue.Length;
    }

    private static bool TryAnyValue(ReadOnlySpan<byte> value, out AttributeType type, out ReadOnlySpan<byte> text, out long number)
    {
        type = AttributeType.String;
        text = default;
        number = 0;
        var reader = new ProtoReader(value);
        if (!reader.Next())
        {
            return false;
        }

        switch (reader.Field, reader.Type)
        {
            case (OtlpFields.AnyValue.String, WireType.Length) when reader.TryBytes(out text):
                return text.Length <= BlockFormat.MaxColumnTextBytes && reader.Position == value.Length;
            case (OtlpFields.AnyValue.Int, WireType.Varint) when reader.TryVarint(out var integer):
                (type, number) = (AttributeType.Int, (long)integer);
                return reader.Position == value.Length;
            case (OtlpFields.AnyValue.Bool, WireType.Varint) when reader.TryVarint(out var flag):
                (type, number) = (AttributeType.Bool, flag == 0 ? 0 : 1);
                return reader.Position == value.Length;
            case (OtlpFields.AnyValue.Double, WireType.Fixed64) when reader.TryFixed64(out var bits):
                (type, number) = (AttributeType.Double, (long)bits);
                return reader.Position == value.Length;
            default:
                return false;
        }
    }
}
