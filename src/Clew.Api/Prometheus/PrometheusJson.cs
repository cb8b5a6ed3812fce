using System.Text.Json;

namespace Clew.Api.Prometheus;

/// <summary>Results in Prometheus' JSON.</summary>
internal static class PrometheusJson
{
    public static void WriteInstant(Utf8JsonWriter json, long at, PromValue value)
    {
        json.WriteStartObject();
        if (value.Vector is { } vector)
        {
            json.WriteString("resultType", "vector");
            json.WriteStartArray("result");
            foreach (var sample in vector)
            {
                json.WriteStartObject();
                json.WritePropertyName("metric");
                WriteLabels(json, sample.Labels);
                json.WritePropertyName("value");
                WritePoint(json, at, PromNumberText.Of(sample.Value));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
        else
        {
            json.WriteString("resultType", value.Text is null ? "scalar" : "string");
            json.WritePropertyName("result");
            WritePoint(json, at, value.Text ?? PromNumberText.Of(value.Number));
        }

        json.WriteEndObject();
    }

    public static void WriteRange(Utf8JsonWriter json, List<(long At, PromValue Value)> values)
    {
        var order = new List<PromLabels>();
        var series = new Dictionary<PromLabels, List<(long At, double Value)>>();
        foreach (var (at, value) in values)
        {
            if (value.Text is not null)
            {
                throw new PromException("a text has no range");
            }

            foreach (var sample in value.Vector ?? [new PromSample(PromLabels.None, value.Number)])
            {
                if (!series.TryGetValue(sample.Labels, out var points))
                {
                    order.Add(sample.Labels);
                    series.Add(sample.Labels, points = []);
                }

                points.Add((at, sample.Value));
            }
        }

        json.WriteStartObject();
        json.WriteString("resultType", "matrix");
        json.WriteStartArray("result");
        foreach (var labels in order)
        {
            json.WriteStartObject();
            json.WritePropertyName("metric");
            WriteLabels(json, labels);
            json.WriteStartArray("values");
            foreach (var (at, value) in series[labels])
            {
                WritePoint(json, at, PromNumberText.Of(value));
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void WriteLabels(Utf8JsonWriter json, PromLabels labels)
    {
        json.WriteStartObject();
        foreach (var (name, value) in labels.All)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
    }

    private static void WritePoint(Utf8JsonWriter json, long at, string value)
    {
        json.WriteStartArray();
        json.WriteNumberValue(Math.Round(at / 1e6) / 1e3);
        json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
