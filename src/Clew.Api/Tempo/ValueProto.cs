using Clew.Otlp;
using Clew.Otlp.Wire;
using Clew.Query.Values;

namespace Clew.Api.Tempo;

/// <summary>Values of the language as OTLP KeyValue messages. Zero values of numbers and texts are left out, as protobuf does it.</summary>
internal static class ValueProto
{
    public static void WriteKeyValue(ProtoWriter writer, int field, string key, in QueryValue value, ValueJson.Form form)
    {
        var pair = writer.BeginShortMessage(field);
        writer.StringField(OtlpFields.KeyValue.Key, key);
        var any = writer.BeginShortMessage(OtlpFields.KeyValue.Value);
        switch (form)
        {
            case ValueJson.Form.Int:
                writer.VarintField(OtlpFields.AnyValue.Int, (ulong)value.AsInt);
                break;
            case ValueJson.Form.Double:
                writer.DoubleField(OtlpFields.AnyValue.Double, value.AsNumber);
                break;
            case ValueJson.Form.Bool:
                writer.VarintField(OtlpFields.AnyValue.Bool, value.AsBool ? 1UL : 0UL);
                break;
            default:
                writer.StringField(OtlpFields.AnyValue.String, value.ToString());
                break;
        }

        writer.EndShortMessage(any);
        writer.EndShortMessage(pair);
    }

    /// <summary>A number that protobuf leaves out when it is zero.</summary>
    public static void WriteNumber(ProtoWriter writer, int field, long value)
    {
        if (value != 0)
        {
            writer.VarintField(field, (ulong)value);
        }
    }

    public static void WriteText(ProtoWriter writer, int field, string value)
    {
        if (value.Length > 0)
        {
            writer.StringField(field, value);
        }
    }
}
