using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Clew.Otlp.Wire;

namespace Clew.Otlp.Editing;

/// <summary>A list value of an attribute: its items are of the types that <see cref="OtlpValue"/> names.</summary>
public sealed class OtlpList : List<object?>
{
    public OtlpList()
    {
    }

    public OtlpList(IEnumerable<object?> items)
        : base(items)
    {
    }
}

/// <summary>
/// Attribute values as objects: null (an AnyValue without content), <see cref="string"/>, <see cref="bool"/>, <see cref="long"/>,
/// <see cref="double"/>, <c>byte[]</c>, <see cref="OtlpList"/> and <see cref="AttributeMap"/>.
/// </summary>
public static class OtlpValue
{
    private static readonly object True = true;
    private static readonly object False = false;

    /// <summary>Decodes an AnyValue message that a scan has checked.</summary>
    public static object? Read(ReadOnlyMemory<byte> message)
    {
        var reader = new ProtoReader(message.Span);
        object? value = null;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OtlpFields.AnyValue.String when reader.TryBytes(out var text):
                    value = Encoding.UTF8.GetString(text);
                    break;
                case OtlpFields.AnyValue.Bool when reader.TryVarint(out var flag):
                    value = flag != 0 ? True : False;
                    break;
                case OtlpFields.AnyValue.Int when reader.TryVarint(out var number):
                    value = (long)number;
                    break;
                case OtlpFields.AnyValue.Double when reader.TryFixed64(out var bits):
                    value = BitConverter.UInt64BitsToDouble(bits);
                    break;
                case OtlpFields.AnyValue.Array when reader.TryBytes(out var array, out var arrayOffset):
                    value = ReadList(message.Slice(arrayOffset, array.Length));
                    break;
                case OtlpFields.AnyValue.KeyValueList when reader.TryBytes(out var map, out var mapOffset):
                    var entries = new AttributeMap();
                    entries.Load(message.Slice(mapOffset, map.Length), OtlpFields.AnyValue.Values);
                    value = entries;
                    break;
                case OtlpFields.AnyValue.Bytes when reader.TryBytes(out var bytes):
                    value = bytes.ToArray();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return value;
    }

    /// <summary>Writes the fields of an AnyValue; the caller has begun the message.</summary>
    public static void Write(PooledBuffer buffer, object? value)
    {
        var writer = new ProtoWriter(buffer);
        switch (value)
        {
            case null:
                break;
            case string text:
                writer.StringField(OtlpFields.AnyValue.String, text);
                break;
            case bool flag:
                writer.VarintField(OtlpFields.AnyValue.Bool, flag ? 1UL : 0);
                break;
            case long number:
                writer.VarintField(OtlpFields.AnyValue.Int, (ulong)number);
                break;
            case double number:
                writer.DoubleField(OtlpFields.AnyValue.Double, number);
                break;
            case byte[] bytes:
                writer.BytesField(OtlpFields.AnyValue.Bytes, bytes);
                break;
            case AttributeMap map:
                var mapStart = writer.BeginShortMessage(OtlpFields.AnyValue.KeyValueList);
                map.Write(buffer, OtlpFields.AnyValue.Values);
                writer.EndShortMessage(mapStart);
                break;
            case OtlpList list:
                var listStart = writer.BeginShortMessage(OtlpFields.AnyValue.Array);
                foreach (var item in list)
                {
                    var start = writer.BeginShortMessage(OtlpFields.AnyValue.Values);
                    Write(buffer, item);
                    writer.EndShortMessage(start);
                }

                writer.EndShortMessage(listStart);
                break;
            default:
                throw new ArgumentException($"a value of type {value.GetType().Name} is no attribute value", nameof(value));
        }
    }

    /// <summary>A value that shares nothing with the given one.</summary>
    public static object? Copy(object? value) => value switch
    {
        AttributeMap map => map.Copy(),
        OtlpList list => new OtlpList(list.Select(Copy)),
        byte[] bytes => bytes.Clone(),
        _ => value,
    };

    /// <summary>Equal in type and content; maps are equal in any order of their keys.</summary>
    public static bool AreEqual(object? left, object? right) => (left, right) switch
    {
        (byte[] a, byte[] b) => a.AsSpan().SequenceEqual(b),
        (OtlpList a, OtlpList b) => a.Count == b.Count && a.Zip(b).All(static pair => AreEqual(pair.First, pair.Second)),
        (AttributeMap a, AttributeMap b) => a.Count == b.Count && a.All(entry => b.TryGet(entry.Key, out var other) && AreEqual(entry.Value, other)),
        _ => Equals(left, right),
    };

    /// <summary>The text of a value: as the Collector writes it, lists and maps as JSON, bytes in base64, nothing as an empty text.</summary>
    public static string ToText(object? value) => value switch
    {
        null => "",
        string text => text,
        bool flag => flag ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => Number(number),
        byte[] bytes => Convert.ToBase64String(bytes),
        _ => ToJson(value),
    };

    public static string ToJson(object? value)
    {
        using var buffer = new PooledBuffer();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            WriteJson(json, value);
        }

        return Encoding.UTF8.GetString(buffer.Written);
    }

    /// <summary>A number as Go's shortest format writes it: no exponent below 10^21.</summary>
    public static string Number(double number)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "NaN" : number > 0 ? "+Inf" : "-Inf";
        }

        var size = Math.Abs(number);
        if (size is 0 or (>= 1e-6 and < 1e21))
        {
            return ((decimal)size < decimal.MaxValue && size < 1e15 && size == Math.Floor(size))
                ? number.ToString("0", CultureInfo.InvariantCulture)
                : Plain(number.ToString("R", CultureInfo.InvariantCulture));
        }

        var text = number.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant();
        return text.Contains('e', StringComparison.Ordinal) ? text : number.ToString("0.################e+00", CultureInfo.InvariantCulture);
    }

    private static string Plain(string text) =>
        text.Contains('E', StringComparison.Ordinal) && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var plain)
            ? plain.ToString(CultureInfo.InvariantCulture)
            : text;

    private static OtlpList ReadList(ReadOnlyMemory<byte> message)
    {
        var list = new OtlpList();
        var reader = new ProtoReader(message.Span);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.AnyValue.Values && reader.TryBytes(out var item, out var offset))
            {
                list.Add(Read(message.Slice(offset, item.Length)));
            }
            else
            {
                reader.Skip();
            }
        }

        return list;
    }

    private static void WriteJson(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number:
                if (double.IsFinite(number))
                {
                    json.WriteRawValue(Number(number));
                }
                else
                {
                    json.WriteStringValue(Number(number));
                }

                break;
            case byte[] bytes:
                json.WriteBase64StringValue(bytes);
                break;
            case OtlpList list:
                json.WriteStartArray();
                list.ForEach(item => WriteJson(json, item));
                json.WriteEndArray();
                break;
            case AttributeMap map:
                json.WriteStartObject();
                foreach (var (key, item) in map)
                {
                    json.WritePropertyName(key);
                    WriteJson(json, item);
                }

                json.WriteEndObject();
                break;
            default:
                json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }
}
