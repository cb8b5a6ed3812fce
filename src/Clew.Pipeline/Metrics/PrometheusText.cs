using System.Globalization;
using System.Text;

namespace Clew.Pipeline.Metrics;

/// <summary>Writes families in OpenMetrics text, which has exemplars, or in Prometheus' older text, which has not.</summary>
internal static class PrometheusText
{
    public const string OpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    public const string PlainType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IEnumerable<MetricFamily> families, IReadOnlyList<KeyValuePair<string, string>> constantLabels, bool openMetrics)
    {
        var text = new StringBuilder();
        foreach (var family in families)
        {
            // In OpenMetrics a counter is declared without its suffix.
            var declared = family.Kind == MetricKind.Counter && !openMetrics ? family.Name + "_total" : family.Name;
            text.Append("# HELP ").Append(declared).Append(' ').Append(family.Help).Append('\n');
            text.Append("# TYPE ").Append(declared).Append(' ').Append(family.Kind == MetricKind.Counter ? "counter" : "histogram").Append('\n');
            foreach (var point in family.Points)
            {
                if (family.Kind == MetricKind.Counter)
                {
                    Line(text, family.Name + "_total", point.Labels, constantLabels, null, point.Value, Newest(point, openMetrics));
                }
                else
                {
                    Histogram(text, family, point, constantLabels, openMetrics);
                }
            }
        }

        if (openMetrics)
        {
            text.Append("# EOF\n");
        }

        return text.ToString();
    }

    public static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static void Histogram(StringBuilder text, MetricFamily family, MetricPoint point, IReadOnlyList<KeyValuePair<string, string>> constantLabels, bool openMetrics)
    {
        for (var i = 0; i <= family.Bounds.Count; i++)
        {
            var bound = i < family.Bounds.Count ? family.Bounds[i] : double.PositiveInfinity;
            var below = i == 0 ? double.NegativeInfinity : family.Bounds[i - 1];
            MetricExemplar? exemplar = openMetrics && point.Exemplars.Any(given => given.Value > below && given.Value <= bound)
                ? point.Exemplars.Last(given => given.Value > below && given.Value <= bound)
                : null;
            Line(text, family.Name + "_bucket", point.Labels, constantLabels, Bound(bound, openMetrics), point.Buckets![i], exemplar);
        }

        Line(text, family.Name + "_sum", point.Labels, constantLabels, null, point.Sum, null);
        Line(text, family.Name + "_count", point.Labels, constantLabels, null, point.Value, null);
    }

    /// <summary>OpenMetrics wants a point in every bound, Prometheus drops it again when it reads.</summary>
    private static string Bound(double bound, bool openMetrics)
    {
        var text = Number(bound);
        return openMetrics && text.AsSpan().IndexOfAny('.', 'I', 'E') < 0 ? text + ".0" : text;
    }

    private static MetricExemplar? Newest(MetricPoint point, bool openMetrics) => openMetrics && point.Exemplars.Count > 0 ? point.Exemplars[^1] : null;

    private static void Line(
        StringBuilder text, string name, MetricLabels labels, IReadOnlyList<KeyValuePair<string, string>> constantLabels, string? le, double value, MetricExemplar? exemplar)
    {
        text.Append(name).Append('{');
        var first = true;
        foreach (var (label, labelValue) in labels.Pairs.Concat(constantLabels).Where(static pair => pair.Value.Length > 0))
        {
            Label(text, ref first, label, labelValue);
        }

        if (le is not null)
        {
            Label(text, ref first, "le", le);
        }

        text.Append("} ").Append(Number(value));
        if (exemplar is { } given)
        {
            text.Append(CultureInfo.InvariantCulture, $" # {{trace_id=\"{given.TraceId}\",span_id=\"{given.SpanId}\"}} {Number(given.Value)} {Number(given.UnixNano / 1_000_000 / 1e3)}");
        }

        text.Append('\n');
    }

    private static void Label(StringBuilder text, ref bool first, string name, string value)
    {
        text.Append(first ? "" : ",").Append(name).Append("=\"");
        first = false;
        foreach (var c in value)
        {
            text.Append(c switch { '\\' => "\\\\", '"' => "\\\"", '\n' => "\\n", _ => c.ToString() });
        }

        text.Append('"');
    }
}
