using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;

namespace Clew.Storage.Blocks;

/// <summary>Writes a value that stood in a column as the KeyValue message that it was.</summary>
internal static class AttributeEncoding
{
    /// <summary>Bytes of the AnyValue message.</summary>
    public static int ValueSize(AttributeType type, int textLength, long number) => type switch
    {
        AttributeType.String => ProtoWriter.FieldSize(OtlpFields.AnyValue.String, textLength),
        AttributeType.Int => 1 + ProtoWriter.VarintSize((ulong)number),
        AttributeType.Double => 1 + sizeof(double),
        _ => 2,
    };

    /// <summary>Writes the content of a KeyValue. Numbers are 64 bits: the integer, the bits of the double, 0 or 1.</summary>
    public static void WriteKeyValue(ProtoWriter writer, ReadOnlySpan<byte> key, AttributeType type, ReadOnlySpan<byte> text, long number)
    {
        writer.BytesField(OtlpFields.KeyValue.Key, key);
        writer.LengthPrefix(OtlpFields.KeyValue.Value, ValueSize(type, text.Length, number));
        switch (type)
        {
            case AttributeType.String:
                writer.BytesField(OtlpFields.AnyValue.String, text);
                break;
            case AttributeType.Int:
                writer.VarintField(OtlpFields.AnyValue.Int, (ulong)number);
                break;
            case AttributeType.Double:
                writer.Fixed64Field(OtlpFields.AnyValue.Double, (ulong)number);
                break;
            default:
                writer.VarintField(OtlpFields.AnyValue.Bool, (ulong)number);
                break;
        }
    }
}
