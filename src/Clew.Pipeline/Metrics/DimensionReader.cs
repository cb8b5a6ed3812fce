using System.Globalization;
using Clew.Otlp;
using Clew.Otlp.Wire;

namespace Clew.Pipeline.Metrics;

/// <summary>An attribute that becomes a label, with the value of spans that lack it (null: no label).</summary>
public sealed record Dimension(string Attribute, string? Default = null)
{
    /// <summary>The label: the attribute's name with what Prometheus does not take replaced.</summary>
    public string Label { get; } = PrometheusName.OfLabel(Attribute);
}

/// <summary>Reads the values of dimensions out of a span's bytes, then its resource's.</summary>
internal static class DimensionReader
{
    public static string[] Read(IReadOnlyList<Dimension> dimensions, ReadOnlySpan<byte> span, ReadOnlySpan<byte> resource)
    {
        if (dimensions.Count == 0)
        {
            return [];
        }

        var values = new string[dimensions.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Find(span, OtlpFields.Span.Attributes, dimensions[i].Attribute) ?? Find(resource, OtlpFields.Resource.Attributes, dimensions[i].Attribute)
                ?? dimensions[i].Default ?? "";
        }

        return values;
    }

    private static string? Find(ReadOnlySpan<byte> message, int field, string key)
    {
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == field && reader.Type == WireType.Length && reader.TryBytes(out var keyValue))
            {
                if (Value(keyValue, key) is { } value)
                {
                    return value;
                }
            }
            else
            {
                reader.Skip();
            }
        }

        return null;
    }

    private static string? Value(ReadOnlySpan<byte> keyValue, string key)
    {
        ReadOnlySpan<byte> name = default, any = default;
        var reader = new ProtoReader(keyValue);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OtlpFields.KeyValue.Key when reader.Type == WireType.Length:
                    reader.TryBytes(out name);
                    break;
                case OtlpFields.KeyValue.Value when reader.Type == WireType.Length:
                    reader.TryBytes(out any);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (name.Length != System.Text.Encoding.UTF8.GetByteCount(key) || System.Text.Encoding.UTF8.GetString(name) != key)
        {
            return null;
        }

        var value = new ProtoReader(any);
        if (!value.Next())
        {
            return null;
        }

        return value.Field switch
        {
            OtlpFields.AnyValue.String when value.TryBytes(out var text) => System.Text.Encoding.UTF8.GetString(text),
            OtlpFields.AnyValue.Int when value.TryVarint(out var number) => ((long)number).ToString(CultureInfo.InvariantCulture),
            OtlpFields.AnyValue.Bool when value.TryVarint(out var flag) => flag == 0 ? "false" : "true",
            OtlpFields.AnyValue.Double when value.TryFixed64(out var bits) => BitConverter.UInt64BitsToDouble(bits).ToString(CultureInfo.InvariantCulture),
            _ => null,
        };
    }
}
