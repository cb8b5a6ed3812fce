using System.Globalization;
using System.Text.Json;
using Clew.Model;
using Clew.Query.Metrics;
using Clew.Query.Search;

namespace Clew.Api.Tempo;

/// <summary>Time series in Tempo's JSON: 64-bit numbers as strings, a value of zero left out, samples without a value left out.</summary>
internal static class MetricsJson
{
    public static void WriteRange(Utf8JsonWriter json, MetricsResult result)
    {
        json.WriteStartObject();
        json.WriteStartArray("series");
        foreach (var series in result.Series)
        {
            json.WriteStartObject();
            WriteLabels(json, series.Labels.Labels);
            json.WriteStartArray("samples");
            for (var i = 0; i < series.Values.Length; i++)
            {
                if (!double.IsNaN(series.Values[i]))
                {
                    json.WriteStartObject();
                    WriteTime(json, result.Grid.Label(i));
                    WriteValue(json, series.Values[i]);
                    json.WriteEndObject();
                }
            }

            json.WriteEndArray();
            WriteExemplars(json, series.Exemplars);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        End(json, result);
    }

    public static void WriteInstant(Utf8JsonWriter json, MetricsResult result)
    {
        json.WriteStartObject();
        json.WriteStartArray("series");
        foreach (var series in result.Series)
        {
            if (!double.IsNaN(series.Values[0]))
            {
                json.WriteStartObject();
                WriteLabels(json, series.Labels.Labels);
                WriteValue(json, series.Values[0]);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        End(json, result);
    }

    private static void End(Utf8JsonWriter json, MetricsResult result)
    {
        SearchJson.WriteMetrics(json, result.Stats);
        if (result.Stats.Incomplete is { } reason)
        {
            json.WriteString("status", "PARTIAL");
            json.WriteString("message", reason);
        }

        json.WriteEndObject();
    }

    private static void WriteExemplars(Utf8JsonWriter json, IReadOnlyList<Exemplar> exemplars)
    {
        if (exemplars.Count == 0)
        {
            return;
        }

        json.WriteStartArray("exemplars");
        foreach (var exemplar in exemplars)
        {
            json.WriteStartObject();
            WriteLabels(json, exemplar.Labels);
            WriteValue(json, exemplar.Value);
            WriteTime(json, exemplar.UnixNano);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteLabels(Utf8JsonWriter json, IReadOnlyList<NamedValue> labels)
    {
        json.WriteStartArray("labels");
        foreach (var label in labels)
        {
            ValueJson.WriteKeyValue(json, label.Name, label.Value, ValueJson.FormOf(label.Value));
        }

        json.WriteEndArray();
    }

    private static void WriteTime(Utf8JsonWriter json, long unixNano) =>
        json.WriteString("timestampMs", (unixNano / UnixNano.PerMillisecond).ToString(CultureInfo.InvariantCulture));

    private static void WriteValue(Utf8JsonWriter json, double value)
    {
        if (value != 0)
        {
            ValueJson.WriteDouble(json, "value", value);
        }
    }
}
