using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Clew.Otlp.Wire;

namespace Clew.Otlp.Json;

/// <summary>
/// Writes encoded OTLP messages as JSON, straight from the wire bytes. Zero values and empty lists are left out, as the proto3 JSON
/// mapping has it; 64-bit integers are strings; doubles that are not finite are strings. Bytes that are not a message are written as far
/// as they can be read: checking is the business of the scan that let them in.
/// </summary>
public static class OtlpJsonWriter
{
    // A message adds at most two JSON levels, and Utf8JsonWriter stops at 1000.
    private const int MaxMessageDepth = 400;

    /// <summary>Writer options for these answers: text outside ASCII stays readable. The JSON must not be pasted into HTML.</summary>
    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>
    /// Writes an ExportTraceServiceRequest, a TracesData or a Tempo trace (all three are the same bytes) as an object;
    /// <paramref name="topKey"/> names the list of ResourceSpans (<c>batches</c> in Tempo's first API).
    /// </summary>
    public static void WriteTraces(Utf8JsonWriter json, ReadOnlySpan<byte> traces, OtlpJsonDialect dialect, string topKey = "resourceSpans")
    {
        json.WriteStartObject();
        var open = false;
        var reader = new ProtoReader(traces);
        while (reader.Next())
        {
            if (reader.Field != OtlpFields.RequestResourceSpans || reader.Type != WireType.Length)
            {
                reader.Skip();
            }
            else if (reader.TryBytes(out var resourceSpans))
            {
                if (!open)
                {
                    json.WriteStartArray(topKey);
                    open = true;
                }

                Message(json, resourceSpans, JsonShape.ResourceSpans, dialect, 0);
            }
        }

        if (open)
        {
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>Writes one ResourceSpans message as an object.</summary>
    public static void WriteResourceSpans(Utf8JsonWriter json, ReadOnlySpan<byte> resourceSpans, OtlpJsonDialect dialect) =>
        Message(json, resourceSpans, JsonShape.ResourceSpans, dialect, 0);

    /// <summary>Writes one Resource message as an object.</summary>
    public static void WriteResource(Utf8JsonWriter json, ReadOnlySpan<byte> resource, OtlpJsonDialect dialect) =>
        Message(json, resource, JsonShape.Resource, dialect, 0);

    /// <summary>Writes one InstrumentationScope message as an object.</summary>
    public static void WriteScope(Utf8JsonWriter json, ReadOnlySpan<byte> scope, OtlpJsonDialect dialect) =>
        Message(json, scope, JsonShape.Scope, dialect, 0);

    /// <summary>Writes one Span message as an object.</summary>
    public static void WriteSpan(Utf8JsonWriter json, ReadOnlySpan<byte> span, OtlpJsonDialect dialect) =>
        Message(json, span, JsonShape.Span, dialect, 0);

    /// <summary>Writes one KeyValue message as an object.</summary>
    public static void WriteKeyValue(Utf8JsonWriter json, ReadOnlySpan<byte> keyValue, OtlpJsonDialect dialect) =>
        Message(json, keyValue, JsonShape.KeyValue, dialect, 0);

    /// <summary>Writes one AnyValue message as an object.</summary>
    public static void WriteAnyValue(Utf8JsonWriter json, ReadOnlySpan<byte> anyValue, OtlpJsonDialect dialect) =>
        Message(json, anyValue, JsonShape.AnyValue, dialect, 0);

    private static void Message(Utf8JsonWriter json, ReadOnlySpan<byte> message, JsonShape shape, OtlpJsonDialect dialect, int depth)
    {
        json.WriteStartObject();
        if (depth < MaxMessageDepth)
        {
            Fields(json, message, shape, dialect, depth);
        }

        json.WriteEndObject();
    }

    private static void Fields(Utf8JsonWriter json, ReadOnlySpan<byte> message, JsonShape shape, OtlpJsonDialect dialect, int depth)
    {
        // One plus the offset where a field stands: the first time for lists, the last time for all others (protobuf: the last wins).
        Span<int> found = stackalloc int[JsonShape.MaxFieldNumber];
        found.Clear();
        var lastNumber = 0;
        var reader = new ProtoReader(message);
        var start = 0;
        while (reader.Next())
        {
            var field = shape.ByNumber(reader.Field);
            if (field is not null && reader.Type == WireTypeOf(field.Kind) && (!field.IsRepeated || found[field.Number] == 0))
            {
                found[field.Number] = start + 1;
                lastNumber = field.Number;
            }

            if (!reader.Skip())
            {
                // The value does not fit: as if the message ended before it.
                message = message[..start];
                break;
            }

            start = reader.Position;
        }

        foreach (var field in shape.Fields)
        {
            var offset = found[field.Number] - 1;
            if (offset >= 0 && offset < message.Length && (!shape.IsOneOf || field.Number == lastNumber))
            {
                Field(json, message[offset..], field, dialect, shape.IsOneOf, depth);
            }
        }
    }

    private static void Field(
        Utf8JsonWriter json, ReadOnlySpan<byte> fromField, JsonField field, OtlpJsonDialect dialect, bool writeZero, int depth)
    {
        var reader = new ProtoReader(fromField);
        reader.Next();
        if (field.IsRepeated)
        {
            List(json, ref reader, field, dialect, depth);
            return;
        }

        switch (WireTypeOf(field.Kind))
        {
            case WireType.Length:
                if (reader.TryBytes(out var bytes) && (bytes.Length > 0 || writeZero || field.Kind == JsonKind.Message))
                {
                    LengthDelimited(json, bytes, field, dialect, depth);
                }

                break;
            case WireType.Varint:
                if (reader.TryVarint(out var number) && (number != 0 || writeZero))
                {
                    Varint(json, number, field, dialect);
                }

                break;
            case WireType.Fixed32:
                if (reader.TryFixed32(out var fixed32) && (fixed32 != 0 || writeZero))
                {
                    json.WriteNumber(field.EncodedName, fixed32);
                }

                break;
            default:
                if (reader.TryFixed64(out var fixed64) && (fixed64 != 0 || writeZero))
                {
                    json.WritePropertyName(field.EncodedName);
                    if (field.Kind == JsonKind.Double)
                    {
                        Double(json, BitConverter.UInt64BitsToDouble(fixed64));
                    }
                    else
                    {
                        Digits(json, fixed64, negative: false);
                    }
                }

                break;
        }
    }

    private static void List(Utf8JsonWriter json, scoped ref ProtoReader reader, JsonField field, OtlpJsonDialect dialect, int depth)
    {
        json.WriteStartArray(field.EncodedName);
        do
        {
            if (reader.Field != field.Number || reader.Type != WireType.Length)
            {
                reader.Skip();
            }
            else if (reader.TryBytes(out var item))
            {
                if (field.Kind == JsonKind.Texts)
                {
                    json.WriteStringValue(item);
                }
                else
                {
                    Message(json, item, field.Shape, dialect, depth + 1);
                }
            }
        }
        while (reader.Next());

        json.WriteEndArray();
    }

    private static void LengthDelimited(Utf8JsonWriter json, ReadOnlySpan<byte> bytes, JsonField field, OtlpJsonDialect dialect, int depth)
    {
        json.WritePropertyName(field.EncodedName);
        switch (field.Kind)
        {
            case JsonKind.Text:
                json.WriteStringValue(bytes);
                break;
            case JsonKind.Id when dialect == OtlpJsonDialect.OtlpHex && bytes.Length <= 16:
                Span<byte> hex = stackalloc byte[32];
                Convert.TryToHexStringLower(bytes, hex, out var length);
                json.WriteStringValue(hex[..length]);
                break;
            case JsonKind.Message:
                Message(json, bytes, field.Shape, dialect, depth + 1);
                break;
            default:
                json.WriteBase64StringValue(bytes);
                break;
        }
    }

    private static void Varint(Utf8JsonWriter json, ulong number, JsonField field, OtlpJsonDialect dialect)
    {
        json.WritePropertyName(field.EncodedName);
        switch (field.Kind)
        {
            case JsonKind.Bool:
                json.WriteBooleanValue(number != 0);
                break;
            case JsonKind.Int64:
                Digits(json, number, negative: (long)number < 0);
                break;
            case JsonKind.SpanKind or JsonKind.StatusCode when dialect == OtlpJsonDialect.Tempo && JsonNames.TryName(field.Kind, number, out var name):
                json.WriteStringValue(name);
                break;
            case JsonKind.SpanKind or JsonKind.StatusCode:
                // Enums are signed on the wire.
                json.WriteNumberValue((int)number);
                break;
            default:
                json.WriteNumberValue((uint)number);
                break;
        }
    }

    private static void Digits(Utf8JsonWriter json, ulong value, bool negative)
    {
        Span<byte> digits = stackalloc byte[20];
        int length;
        _ = negative ? Utf8Formatter.TryFormat((long)value, digits, out length) : Utf8Formatter.TryFormat(value, digits, out length);
        json.WriteStringValue(digits[..length]);
    }

    private static void Double(Utf8JsonWriter json, double value)
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

    private static WireType WireTypeOf(JsonKind kind) => kind switch
    {
        JsonKind.UInt32 or JsonKind.Int64 or JsonKind.Bool or JsonKind.SpanKind or JsonKind.StatusCode => WireType.Varint,
        JsonKind.Fixed32 => WireType.Fixed32,
        JsonKind.Fixed64 or JsonKind.Double => WireType.Fixed64,
        _ => WireType.Length,
    };
}
