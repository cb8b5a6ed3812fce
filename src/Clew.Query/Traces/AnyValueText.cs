using System.Buffers;
using System.Text;
using System.Text.Json;
using Clew.Otlp;
using Clew.Otlp.Wire;

namespace Clew.Query.Traces;

/// <summary>JSON of map values, for showing them; the language cannot compare them. Bytes become base64.</summary>
internal static class AnyValueText
{
    public static string Map(ReadOnlySpan<byte> keyValueList)
    {
        var buffer = new ArrayBufferWriter<byte>();
        // SkipValidation allows a key twice, which OTLP cannot exclude.
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            WriteMap(json, keyValueList);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteMap(Utf8JsonWriter json, ReadOnlySpan<byte> message)
    {
        json.WriteStartObject();
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field != OtlpFields.AnyValue.Values || !reader.TryBytes(out var pair))
            {
                reader.Skip();
                continue;
            }

            ReadOnlySpan<byte> key = default, value = default;
            var inner = new ProtoReader(pair);
            while (inner.Next())
            {
                if (inner.Field == OtlpFields.KeyValue.Key)
                {
                    inner.TryBytes(out key);
                }
                else if (inner.Field == OtlpFields.KeyValue.Value)
                {
                    inner.TryBytes(out value);
                }
                else
                {
                    inner.Skip();
                }
            }

            json.WritePropertyName(key);
            WriteValue(json, value);
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, ReadOnlySpan<byte> message)
    {
        var written = false;
        var reader = new ProtoReader(message);
        while (!written && reader.Next())
        {
            written = true;
            switch (reader.Field)
            {
                case OtlpFields.AnyValue.String when reader.TryBytes(out var text):
                    json.WriteStringValue(text);
                    break;
                case OtlpFields.AnyValue.Bool when reader.TryVarint(out var bits):
                    json.WriteBooleanValue(bits != 0);
                    break;
                case OtlpFields.AnyValue.Int when reader.TryVarint(out var bits):
                    json.WriteNumberValue((long)bits);
                    break;
                case OtlpFields.AnyValue.Double when reader.TryFixed64(out var bits):
                    WriteDouble(json, BitConverter.UInt64BitsToDouble(bits));
                    break;
                case OtlpFields.AnyValue.Array when reader.TryBytes(out var array):
                    WriteArray(json, array);
                    break;
                case OtlpFields.AnyValue.KeyValueList when reader.TryBytes(out var map):
                    WriteMap(json, map);
                    break;
                case OtlpFields.AnyValue.Bytes when reader.TryBytes(out var bytes):
                    json.WriteBase64StringValue(bytes);
                    break;
                default:
                    written = false;
                    reader.Skip();
                    break;
            }
        }

        if (!written)
        {
            json.WriteNullValue();
        }
    }

    private static void WriteArray(Utf8JsonWriter json, ReadOnlySpan<byte> message)
    {
        json.WriteStartArray();
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.AnyValue.Values && reader.TryBytes(out var item))
            {
                WriteValue(json, item);
            }
            else
            {
                reader.Skip();
            }
        }

        json.WriteEndArray();
    }

    // JSON has no NaN and no infinity; protobuf's JSON mapping writes them as texts.
    private static void WriteDouble(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteStringValue(double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
        }
    }
}
