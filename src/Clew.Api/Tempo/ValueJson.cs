using System.Globalization;
using System.Text.Json;
using Clew.Query.Values;

namespace Clew.Api.Tempo;

/// <summary>Values of the language as OTLP AnyValue objects in Tempo's JSON.</summary>
internal static class ValueJson
{
    /// <summary>How a value is written. A column of one answer has one form, because Grafana gives each column one type.</summary>
    internal enum Form
    {
        String,
        Int,
        Double,
        Bool,
    }

    public static Form FormOf(in QueryValue value) => value.Kind switch
    {
        ValueKind.Int => Form.Int,
        ValueKind.Float => Form.Double,
        ValueKind.Bool => Form.Bool,
        _ => Form.String,
    };

    /// <summary>The form that holds both; numbers of both kinds become doubles, anything else text.</summary>
    public static Form Common(Form left, Form right) =>
        left == right ? left : (left, right) is (Form.Int, Form.Double) or (Form.Double, Form.Int) ? Form.Double : Form.String;

    public static void WriteKeyValue(Utf8JsonWriter json, string key, in QueryValue value, Form form)
    {
        json.WriteStartObject();
        json.WriteString("key", key);
        json.WriteStartObject("value");
        switch (form)
        {
            case Form.Int:
                json.WriteString("intValue", value.AsInt.ToString(CultureInfo.InvariantCulture));
                break;
            case Form.Double:
                WriteDouble(json, "doubleValue", value.AsNumber);
                break;
            case Form.Bool:
                json.WriteBoolean("boolValue", value.AsBool);
                break;
            default:
                json.WriteString("stringValue", value.ToString());
                break;
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>NaN and the infinities are texts in protobuf's JSON.</summary>
    public static void WriteDouble(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteString(name, double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
        }
    }
}
