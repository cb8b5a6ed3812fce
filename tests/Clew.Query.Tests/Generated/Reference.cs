using Clew.Model;
using Clew.Query.Evaluation;
using Clew.Query.Metrics;
using Clew.Query.Search;
using Clew.Query.Tests.Support;
using Clew.Query.Traces;
using Clew.Query.Values;
using Clew.Storage.Columns;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Tests.Generated;

/// <summary>The answer of a search found the slow way: every trace joined and evaluated, then sorted, then cut.</summary>
internal static class Reference
{
    public static List<TraceResult> Search(IEnumerable<TestSpan> spans, Pipeline pipeline, TimeRange window, int limit, int spansPerSpanset)
    {
        var evaluator = new PipelineEvaluator(pipeline);
        var builder = new ResultBuilder(pipeline, spansPerSpanset);
        var results = new List<TraceResult>();
        var kept = new Dictionary<TraceId, (TraceData Trace, List<SpanData> Spans)>();
        foreach (var trace in Traces(spans))
        {
            var spansets = evaluator.Evaluate(trace);
            if (spansets.Any(set => set.Spans.Any(span => window.Overlaps(span.StartUnixNano, span.StartUnixNano + span.DurationNanos))))
            {
                results.Add(builder.Build(trace, spansets, evaluator));
                kept.Add(trace.Id, (trace, [.. spansets.SelectMany(static set => set.Spans).Distinct()]));
            }
        }

        var keys = pipeline.Stages.OfType<Sort>().SelectMany(static sort => sort.Keys).ToList();
        var ordered = results.OrderBy(static _ => 0);
        foreach (var key in keys)
        {
            // Missing values last, whatever the direction.
            ordered = ordered.ThenBy(r => KeyOf(key, kept[r.Id].Trace, kept[r.Id].Spans, evaluator).IsNil);
            ordered = key.Ascending
                ? ordered.ThenBy(r => KeyOf(key, kept[r.Id].Trace, kept[r.Id].Spans, evaluator), Comparer<QueryValue>.Create(static (a, b) => ValueOrder.Compare(a, b)))
                : ordered.ThenByDescending(r => KeyOf(key, kept[r.Id].Trace, kept[r.Id].Spans, evaluator), Comparer<QueryValue>.Create(static (a, b) => ValueOrder.Compare(a, b)));
        }

        return [.. ordered.ThenByDescending(static r => r.StartUnixNano).ThenBy(static r => r.Id).Take(limit)];
    }

    private static QueryValue KeyOf(SortKey key, TraceData trace, List<SpanData> spans, PipelineEvaluator evaluator)
    {
        switch (key.Kind)
        {
            case SortKeyKind.Duration:
                return QueryValue.Duration(trace.DurationNanos);
            case SortKeyKind.Start:
                return QueryValue.Int(trace.StartUnixNano);
            case SortKeyKind.Spans:
                return QueryValue.Int(trace.Spans.Length);
            case SortKeyKind.Errors:
                return QueryValue.Int(trace.Spans.Count(static span => span.Status == SpanStatus.Error));
            case SortKeyKind.Matched:
                return QueryValue.Int(spans.Count);
            default:
                evaluator.Evaluate(trace);
                var values = spans.Select(span => evaluator.Value(key.Field!, span)).SelectMany(static v => v.Kind == ValueKind.Multi ? v.Items : [v])
                    .Where(static v => !v.IsNil).Order(Comparer<QueryValue>.Create(static (a, b) => ValueOrder.Compare(a, b))).ToList();
                return values.Count == 0 ? QueryValue.Nil : key.Ascending ? values[0] : values[^1];
        }
    }

    /// <summary>
    /// The series of a metrics function the slow way, in plain words: every span that the pipeline leaves, grouped by the text of its labels,
    /// then each interval computed from the list of its values. Whole numbers are summed without rounding.
    /// </summary>
    public static SortedDictionary<string, double[]> Metrics(IEnumerable<TestSpan> spans, MetricsPipeline query, TimeGrid grid)
    {
        var function = (MetricsAggregate)query.Function;
        var evaluator = new PipelineEvaluator(query.Source);
        var groups = new Dictionary<string, (List<NamedValue> Labels, List<(int Interval, QueryValue Value)> Values)>();
        foreach (var trace in Traces(spans))
        {
            foreach (var span in evaluator.Evaluate(trace).SelectMany(static set => set.Spans))
            {
                var interval = Enumerable.Range(0, grid.Count).Where(i => span.StartUnixNano <= grid.Label(i) && (span.StartUnixNano > grid.Label(i) - grid.StepNanos || grid.IsInstant))
                    .Where(_ => span.StartUnixNano >= grid.StartUnixNano && (span.StartUnixNano > grid.StartUnixNano || grid.IsInstant)).DefaultIfEmpty(-1).First();
                var value = function.Argument is { } argument ? One(evaluator.Value(argument, span)) : QueryValue.Nil;
                if (interval < 0 || (function.Argument is not null && !value.IsNumeric))
                {
                    continue;
                }

                var labels = function.By.Select(field => new NamedValue(field.ToString(), One(evaluator.Value(field, span)))).Where(static label => !label.Value.IsNil).ToList();
                if (labels.Count == 0)
                {
                    labels.Add(function.By.Count > 0 ? new NamedValue(function.By[0].ToString(), QueryValue.String("nil")) : new NamedValue("__name__", QueryValue.String(SeriesBuilder.NameOf(function.Kind))));
                }

                var key = Key(labels);
                if (!groups.TryGetValue(key, out var group))
                {
                    groups.Add(key, group = (labels, []));
                }

                group.Values.Add((interval, value));
            }
        }

        var series = new SortedDictionary<string, double[]>(StringComparer.Ordinal);
        foreach (var (labels, values) in groups.Values)
        {
            var isDuration = values.Exists(static v => v.Value.Kind == ValueKind.Duration && !double.IsNaN(v.Value.AsNumber));
            Add(series, function, labels, grid, interval => [.. values.Where(v => v.Interval == interval).Select(static v => v.Value)], isDuration);
        }

        return series;
    }

    private static void Add(
        SortedDictionary<string, double[]> series, MetricsAggregate function, List<NamedValue> labels, TimeGrid grid, Func<int, List<QueryValue>> valuesOf, bool isDuration)
    {
        var intervals = Enumerable.Range(0, grid.Count).ToArray();
        var unit = isDuration ? 1e9 : 1;
        string Name(string key, double value) => labels is [{ Name: "__name__" }]
            ? Key([new NamedValue(key, QueryValue.Float(value))])
            : Key([.. labels, new NamedValue(key, QueryValue.Float(value))]);
        int Bucket(QueryValue value) => value.AsNumber >= 2 && value.AsNumber <= 9.2e18 ? (int)Math.Ceiling(Math.Log2(value.AsNumber)) : -1;
        switch (function.Kind)
        {
            case MetricsFunctionKind.HistogramOverTime:
                for (var bucket = 1; bucket < 64; bucket++)
                {
                    var counts = intervals.Select(i => (double)valuesOf(i).Count(v => Bucket(v) == bucket)).ToArray();
                    if (counts.Sum() > 0)
                    {
                        series[Name("__bucket", Math.Pow(2, bucket) / unit)] = counts;
                    }
                }

                break;
            case MetricsFunctionKind.QuantileOverTime:
                foreach (var quantile in function.Quantiles)
                {
                    series[Name("p", quantile)] = [.. intervals.Select(i =>
                    {
                        var buckets = new Log2Buckets();
                        valuesOf(i).Select(Bucket).Where(static b => b >= 0).ToList().ForEach(buckets.Add);
                        return buckets.Quantile(quantile) / unit;
                    })];
                }

                break;
            default:
                series[Key(labels)] = [.. intervals.Select(i => Compute(function.Kind, valuesOf(i), grid))];
                break;
        }
    }

    private static double Compute(MetricsFunctionKind kind, List<QueryValue> values, TimeGrid grid)
    {
        if (kind is MetricsFunctionKind.Rate or MetricsFunctionKind.CountOverTime)
        {
            return kind == MetricsFunctionKind.Rate ? values.Count / grid.StepSeconds : values.Count;
        }

        values.RemoveAll(static v => double.IsNaN(v.AsNumber));
        if (values.Count == 0)
        {
            return double.NaN;
        }

        var numbers = values.ConvertAll(static v => SeriesBuilder.Number(v));
        return kind switch
        {
            MetricsFunctionKind.MinOverTime => numbers.Min(),
            MetricsFunctionKind.MaxOverTime => numbers.Max(),
            MetricsFunctionKind.SumOverTime => Sum(values),
            _ => Sum(values) / values.Count,
        };
    }

    private static double Sum(List<QueryValue> values)
    {
        Int128 Whole(ValueKind kind) => values.Where(v => v.Kind == kind).Aggregate((Int128)0, static (sum, v) => sum + v.AsInt);
        return values.Where(static v => v.Kind == ValueKind.Float).Sum(static v => v.AsFloat) + (double)Whole(ValueKind.Int) + ((double)Whole(ValueKind.Duration) / 1e9);
    }

    /// <summary>Labels with the kinds of their values: 1 and 1.0 are two series.</summary>
    public static string Key(IEnumerable<NamedValue> labels) => string.Join(", ", labels.Select(static label => $"{label.Name}={label.Value.Kind}:{label.Value}"));

    private static QueryValue One(QueryValue value) => value.Kind == ValueKind.Multi ? value.Items[0] : value;

    public static List<TraceData> Traces(IEnumerable<TestSpan> spans)
    {
        var decoder = new SpanDecoder();
        var traces = new Dictionary<TraceId, List<SpanData>>();
        foreach (var span in spans)
        {
            var decoded = decoder.Decode(new StoredSpan
            {
                TraceIndex = 0,
                Span = span.Encode(),
                Resource = span.EncodeResource(),
                ResourceSchemaUrl = default,
                Scope = span.EncodeScope(),
                ScopeSchemaUrl = default,
            });
            var list = traces.TryGetValue(span.TraceId, out var present) ? present : traces[span.TraceId] = [];
            var copy = list.FindIndex(other => other.Id == decoded.Id && other.Kind == decoded.Kind);
            if (copy < 0)
            {
                list.Add(decoded);
            }
            else if (SpanOrder.Wins(decoded, list[copy]))
            {
                list[copy] = decoded;
            }
        }

        return [.. traces.Select(static trace => new TraceData(trace.Key, [.. trace.Value]))];
    }
}
