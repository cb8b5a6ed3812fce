using Clew.Query.Evaluation;
using Clew.Query.Search;
using Clew.Query.Traces;
using Clew.Query.Values;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Metrics;

/// <summary>
/// <c>compare()</c>: divides spans into a selection and the rest, and counts every value of every attribute in both. Per attribute the most
/// frequent values are kept; totals say how many spans had the attribute at all.
/// </summary>
internal sealed class ComparisonBuilder(MetricsCompare function, TimeGrid grid, QueryLimits limits)
{
    private const string TypeLabel = "__meta_type";
    private const string ErrorLabel = "__meta_error";
    private const string TooManyValues = "__too_many_values__";

    // Values of one attribute that are counted before the most frequent are chosen. Ids have one value a span and would take all memory;
    // beyond this an attribute is marked as cut.
    private const int MaxValues = 10_000;

    private readonly FieldNode _selection = FieldNode.Compile(function.Selection.Condition);
    private readonly Side _baseline = new();
    private readonly Side _selected = new();

    public void Add(int interval, SpanData span, SpanFields fields)
    {
        var inTime = function.StartUnixNano is not { } start || (span.StartUnixNano >= start && span.StartUnixNano <= function.EndUnixNano);
        var side = inTime && _selection.Holds(fields) ? _selected : _baseline;
        AddAll(side, interval, "span.", span.Attributes);
        AddAll(side, interval, "resource.", span.Resource.Attributes);
        Add(side, interval, "name", QueryValue.String(span.Name));
        Add(side, interval, "kind", QueryValue.SpanKind(span.Kind));
        Add(side, interval, "status", QueryValue.Status(span.Status));
        if (span.StatusMessage.Length > 0)
        {
            Add(side, interval, "statusMessage", QueryValue.String(span.StatusMessage));
        }

        if (fields.Trace.Root is { } root)
        {
            Add(side, interval, "rootName", QueryValue.String(root.Name));
            Add(side, interval, "rootServiceName", QueryValue.String(root.Resource.ServiceName));
        }
    }

    public List<Series> Build()
    {
        var series = new List<Series>();
        Build(series, _baseline, "baseline");
        Build(series, _selected, "selection");
        series.Sort(static (a, b) => LabelSet.Compare(a.Labels, b.Labels));
        if (series.Count > limits.MaxSeries)
        {
            series.RemoveRange(limits.MaxSeries, series.Count - limits.MaxSeries);
        }

        return series;
    }

    private void AddAll(Side side, int interval, string prefix, AttributeData[] attributes)
    {
        foreach (var attribute in attributes)
        {
            if (attribute.Value.Kind is ValueKind.String or ValueKind.Int or ValueKind.Float or ValueKind.Bool)
            {
                Add(side, interval, prefix + attribute.Key, attribute.Value);
            }
        }
    }

    private void Add(Side side, int interval, string name, QueryValue value)
    {
        if (!side.Attributes.TryGetValue(name, out var counts))
        {
            side.Attributes.Add(name, counts = new Counts(grid.Count));
        }

        counts.Total[interval]++;
        if (!counts.Values.TryGetValue(value, out var ofValue))
        {
            if (counts.Values.Count >= MaxValues)
            {
                counts.IsCut = true;
                return;
            }

            counts.Values.Add(value, ofValue = new double[grid.Count]);
        }

        ofValue[interval]++;
    }

    private void Build(List<Series> series, Side side, string type)
    {
        foreach (var (name, counts) in side.Attributes)
        {
            var ranked = counts.Values.Select(static pair => (pair.Key, pair.Value, Sum: pair.Value.Sum()))
                .OrderByDescending(static pair => pair.Sum).ThenBy(static pair => pair.Key.ToString(), StringComparer.Ordinal).ThenBy(static pair => pair.Key.Kind).ToList();
            foreach (var (value, values, _) in ranked.Take((int)function.TopN))
            {
                series.Add(new Series(Labels(type, name, value), values));
            }

            series.Add(new Series(Labels(type + "_total", name, QueryValue.Nil), counts.Total));
            if (counts.IsCut || ranked.Count > function.TopN)
            {
                series.Add(new Series(Labels(type, name, QueryValue.Nil).With(ErrorLabel, QueryValue.String(TooManyValues)), new double[grid.Count]));
            }
        }
    }

    private static LabelSet Labels(string type, string name, QueryValue value) =>
        new(new NamedValue(TypeLabel, QueryValue.String(type)), new NamedValue(name, value.IsNil ? QueryValue.String("nil") : value));

    private sealed class Side
    {
        public Dictionary<string, Counts> Attributes { get; } = [];
    }

    private sealed class Counts(int intervals)
    {
        public double[] Total { get; } = new double[intervals];

        public Dictionary<QueryValue, double[]> Values { get; } = [];

        public bool IsCut { get; set; }
    }
}
