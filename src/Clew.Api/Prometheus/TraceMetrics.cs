using Clew.Model;
using Clew.Semantics;
using Clew.Semantics.Nodes;
using Clew.Semantics.Pairing;
using Clew.Storage.Rollups;

namespace Clew.Api.Prometheus;

/// <summary>A metric that is answered from roll-ups.</summary>
internal sealed record TraceMetric(string Name, string Type, string Help);

/// <summary>
/// The metrics of Tempo's generator, made of roll-ups: names, labels and bounds as it has them (<see cref="EdgeLabels"/> and the
/// connectors use the same).
/// </summary>
internal static class TraceMetrics
{
    public const string RequestTotal = "traces_service_graph_request_total";
    public const string FailedTotal = "traces_service_graph_request_failed_total";
    public const string ServerSeconds = "traces_service_graph_request_server_seconds";
    public const string ClientSeconds = "traces_service_graph_request_client_seconds";
    public const string UnpairedTotal = "traces_service_graph_unpaired_spans_total";
    public const string CallsTotal = "traces_spanmetrics_calls_total";
    public const string Latency = "traces_spanmetrics_latency";

    private static readonly double[] GraphBounds = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8];
    private static readonly double[] SpanBounds = [.. Enumerable.Range(0, 14).Select(static n => 0.002 * (1 << n))];

    public static readonly IReadOnlyList<TraceMetric> All =
    [
        new(RequestTotal, "counter", "Requests between two nodes."),
        new(FailedTotal, "counter", "Failed requests between two nodes."),
        new(ServerSeconds, "histogram", "Time of a request as the server saw it."),
        new(ClientSeconds, "histogram", "Time of a request as the client saw it."),
        new(UnpairedTotal, "counter", "Halves of requests whose other half did not come."),
        new(CallsTotal, "counter", "Spans by service, name, kind and status."),
        new(Latency, "histogram", "Durations of spans."),
    ];

    /// <summary>Names of series: histograms have three.</summary>
    public static IEnumerable<string> SeriesNames => All.SelectMany(static metric => metric.Type == "histogram"
        ? (string[])[$"{metric.Name}_bucket", $"{metric.Name}_count", $"{metric.Name}_sum"]
        : [metric.Name]);

    public static bool IsOfSpans(string name) => name.StartsWith("traces_spanmetrics_", StringComparison.Ordinal);

    /// <summary>The series of a selector over a result, as increments by step.</summary>
    public static List<PromSeries> Select(RollupResult result, PromSelector selector, long nowUnixNano)
    {
        var names = selector.Name.Length > 0
            ? SeriesNames.Where(name => name == selector.Name)
            : SeriesNames.Where(name => selector.Matchers.Where(static matcher => matcher.Label == PromLabels.MetricName).All(matcher => matcher.Matches(name)));
        var sink = new SeriesSink(result, selector, nowUnixNano);
        foreach (var name in names)
        {
            var (metric, part) = Split(name);
            if (IsOfSpans(name))
            {
                OfSpans(result, name, metric, part, sink);
            }
            else
            {
                OfEdges(result, name, metric, part, sink);
            }
        }

        return sink.Series;
    }

    /// <summary>Each series' name and labels with the traces to open from it.</summary>
    public static IEnumerable<(PromLabels Labels, IEnumerable<Exemplar> Exemplars)> Exemplars(RollupResult result)
    {
        foreach (var series in result.Spans)
        {
            foreach (var name in (string[])[CallsTotal, $"{Latency}_bucket", $"{Latency}_count", $"{Latency}_sum"])
            {
                yield return (SpanLabels(name, series.Key), series.Points.Select(static point => point.Cell.Exemplar));
            }
        }

        foreach (var series in result.Edges)
        {
            if (EdgeLabels.Connection(series.Key) is { } connection)
            {
                foreach (var name in (string[])[RequestTotal, $"{ServerSeconds}_bucket", $"{ServerSeconds}_count", $"{ServerSeconds}_sum", $"{ClientSeconds}_bucket"])
                {
                    yield return (EdgeLabels.Of(name, series.Key, connection), series.Points.Select(static point => point.Cell.Exemplar));
                }
            }
        }
    }

    /// <summary>Only what the labels need is kept apart, which makes the answer of the store small.</summary>
    public static EdgeSeriesKey Group(EdgeSeriesKey key) => key with
    {
        Client = Bare(key.Client), Server = Bare(key.Server), Operation = "", Code = "", Flags = "", Tls = MutualTls.Unknown, Protocol = "",
    };

    public static SpanSeriesKey Group(SpanSeriesKey key) => key with { Node = new ServiceNode { Service = ServiceLabel(key.Node) } };

    private static ServiceNode Bare(ServiceNode node) => new() { Kind = node.Kind, App = node.App, Namespace = node.Namespace };

    private static string ServiceLabel(ServiceNode node) => node.Service.Length > 0 ? node.Service : node.App;

    private static (string Metric, string Part) Split(string name)
    {
        foreach (var part in (string[])["_bucket", "_count", "_sum"])
        {
            if (name.EndsWith(part, StringComparison.Ordinal))
            {
                return (name[..^part.Length], part);
            }
        }

        return (name, "");
    }

    private static void OfSpans(RollupResult result, string name, string metric, string part, SeriesSink sink)
    {
        foreach (var series in result.Spans)
        {
            var labels = SpanLabels(name, series.Key);
            if (metric == Latency)
            {
                Histogram(labels, part, series.Points, static cell => cell.Latency, SpanBounds, sink);
            }
            else
            {
                sink.Add(labels, series.Points, static cell => cell.Count);
            }
        }
    }

    private static PromLabels SpanLabels(string name, SpanSeriesKey key) => new(
    [
        (PromLabels.MetricName, name), ("service", key.Node.Service), ("span_name", key.Operation),
        ("span_kind", $"SPAN_KIND_{key.Kind.ToString().ToUpperInvariant()}"), ("status_code", $"STATUS_CODE_{key.Status.ToString().ToUpperInvariant()}"),
    ]);

    private static void OfEdges(RollupResult result, string name, string metric, string part, SeriesSink sink)
    {
        foreach (var series in result.Edges)
        {
            if (EdgeLabels.Connection(series.Key) is not { } connection)
            {
                if (metric == UnpairedTotal)
                {
                    sink.Add(EdgeLabels.Of(name, series.Key, ""), series.Points, static cell => cell.Count);
                }

                continue;
            }

            var labels = EdgeLabels.Of(name, series.Key, connection);
            switch (metric)
            {
                case RequestTotal:
                    sink.Add(labels, series.Points, static cell => cell.Count);
                    break;
                case FailedTotal when series.Key.IsError:
                    sink.Add(labels, series.Points, static cell => cell.Count);
                    break;
                case ServerSeconds:
                    // What only the caller tells of is timed by what the caller felt.
                    Histogram(labels, part, series.Points, series.Key.Pairing == CallPairing.ClientOnly ? static cell => cell.Client : static cell => cell.Server, GraphBounds, sink);
                    break;
                case ClientSeconds:
                    Histogram(labels, part, series.Points, static cell => cell.Client, GraphBounds, sink);
                    break;
                default:
                    break;
            }
        }
    }

    private static void Histogram<TCell>(
        PromLabels labels, string part, IReadOnlyList<RollupPoint<TCell>> points, Func<TCell, LatencyHistogram> latency, double[] bounds, SeriesSink sink)
    {
        // Calls whose half on this side is missing have no time here, which is not a time of zero.
        points = [.. points.Where(point => latency(point.Cell).Weight != 0)];
        switch (part)
        {
            case "_count":
                sink.Add(labels, points, cell => SamplingWeight.ToDouble(latency(cell).Weight));
                break;
            case "_sum":
                sink.Add(labels, points, cell => latency(cell).SumNanos / 1e9);
                break;
            case "_bucket":
                foreach (var bound in bounds)
                {
                    var nanos = (long)Math.Round(bound * 1e9);
                    sink.Add(labels.With(PromLabels.Le, PromNumberText.Of(bound)), points, cell => SamplingWeight.ToDouble(latency(cell).WeightUpTo(nanos)));
                }

                sink.Add(labels.With(PromLabels.Le, "+Inf"), points, cell => SamplingWeight.ToDouble(latency(cell).Weight));
                break;
            default:
                break;
        }
    }

    /// <summary>Adds up what has equal labels and drops what does not match.</summary>
    private sealed class SeriesSink(RollupResult result, PromSelector selector, long nowUnixNano)
    {
        private readonly Dictionary<PromLabels, PromSeries> _series = [];

        public List<PromSeries> Series => [.. _series.Values.Where(static series => !series.IsEmpty)];

        public void Add<TCell>(PromLabels labels, IReadOnlyList<RollupPoint<TCell>> points, Func<TCell, double> value)
        {
            if (!selector.Matches(labels))
            {
                return;
            }

            if (points.Count == 0)
            {
                return;
            }

            if (!_series.TryGetValue(labels, out var series))
            {
                _series.Add(labels, series = new PromSeries(labels, result.StartUnixNano, result.StepNanos, nowUnixNano));
            }

            foreach (var point in points)
            {
                series.Add(point.Step, value(point.Cell));
            }
        }
    }
}
