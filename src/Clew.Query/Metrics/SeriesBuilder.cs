using Clew.Query.Search;
using Clew.Query.Values;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Metrics;

/// <summary>
/// Collects the spans of a metrics function into series: counts, extremes, sums or buckets an interval. Durations count in seconds, except
/// inside buckets, which are powers of two of nanoseconds.
/// </summary>
internal sealed class SeriesBuilder(MetricsAggregate function, TimeGrid grid, QueryBudget budget, bool withExemplars)
{
    private const double NanosPerSecond = 1e9;

    private readonly Dictionary<LabelSet, SeriesState> _states = [];
    private bool _isCut;

    public MetricsAggregate Function => function;

    /// <summary>Adds one span.</summary>
    /// <param name="interval">Of its start.</param>
    /// <param name="group">Values of the <c>by</c> labels, nil where the span has none.</param>
    /// <param name="value">The function's argument; nil for counting functions.</param>
    /// <param name="weight">How many spans it stands for.</param>
    /// <returns>The series state, for exemplars; null when the span does not count.</returns>
    public SeriesState? Add(int interval, ReadOnlySpan<QueryValue> group, QueryValue value, double weight)
    {
        if (function.Argument is not null && !value.IsNumeric)
        {
            return null;
        }

        var state = StateOf(group);
        if (state is null)
        {
            return null;
        }

        if (function.Argument is null)
        {
            state.Count(interval, weight);
        }
        else
        {
            state.Add(interval, value.Kind, value.Kind == ValueKind.Float ? BitConverter.DoubleToInt64Bits(value.AsFloat) : value.AsInt, weight);
        }

        return state;
    }

    /// <summary>Adds what another builder of the same function has gathered.</summary>
    public void Merge(SeriesBuilder other)
    {
        foreach (var (labels, state) in other._states)
        {
            if (_states.TryGetValue(labels, out var present))
            {
                present.Merge(state);
            }
            else if (_states.Count < budget.Limits.MaxSeries)
            {
                _states.Add(labels, state);
            }
            else
            {
                MarkCut();
            }
        }
    }

    public SeriesState NewState() => new(function.Kind, grid.Count, withExemplars);

    /// <summary>A number as answers show it.</summary>
    public static double Number(in QueryValue value) => value.Kind == ValueKind.Duration ? value.AsInt / NanosPerSecond : value.AsNumber;

    public List<Series> Build()
    {
        var series = new List<Series>();
        foreach (var (labels, state) in _states)
        {
            switch (function.Kind)
            {
                case MetricsFunctionKind.HistogramOverTime:
                    AddHistogram(series, labels, state);
                    break;
                case MetricsFunctionKind.QuantileOverTime:
                    AddQuantiles(series, labels, state);
                    break;
                default:
                    var values = state.Values(grid);
                    series.Add(new Series(labels, values) { Exemplars = state.BuildExemplars().ConvertAll(exemplar => Place(exemplar, values)) });
                    break;
            }
        }

        series.Sort(static (a, b) => LabelSet.Compare(a.Labels, b.Labels));
        return series;
    }

    // Where the function has no value of a span, the exemplar stands on the line of its series.
    private Exemplar Place(Exemplar exemplar, double[] values) =>
        double.IsNaN(exemplar.Value) ? exemplar with { Value = values[grid.IntervalOf(exemplar.UnixNano)] } : exemplar;

    private void AddHistogram(List<Series> series, LabelSet labels, SeriesState state)
    {
        var exemplars = state.BuildExemplars();
        for (var bucket = 0; bucket < 64; bucket++)
        {
            var values = new double[grid.Count];
            var total = 0.0;
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = state.Buckets[i]?[bucket] ?? 0;
                total += values[i];
            }

            if (total > 0)
            {
                var bound = Math.Pow(2, bucket) / (state.IsDuration ? NanosPerSecond : 1);
                series.Add(new Series(Label(labels, "__bucket", bound), values) { Exemplars = exemplars.FindAll(e => Log2Buckets.BucketOf(Math.Round(e.Value * (state.IsDuration ? NanosPerSecond : 1))) == bucket) });
            }
        }
    }

    private void AddQuantiles(List<Series> series, LabelSet labels, SeriesState state)
    {
        var exemplars = state.BuildExemplars();
        foreach (var quantile in function.Quantiles)
        {
            var values = new double[grid.Count];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = (state.Buckets[i]?.Quantile(quantile) ?? 0) / (state.IsDuration ? NanosPerSecond : 1);
            }

            series.Add(new Series(Label(labels, "p", quantile), values) { Exemplars = exemplars });
        }
    }

    // The function's name is a label only where there is no other.
    private static LabelSet Label(LabelSet labels, string name, double value) =>
        labels.IsPlain ? new LabelSet(new NamedValue(name, QueryValue.Float(value))) : labels.With(name, QueryValue.Float(value));

    /// <summary>The state of a group; null when there are too many series for one more.</summary>
    public SeriesState? StateOf(ReadOnlySpan<QueryValue> group)
    {
        var labels = LabelsOf(group);
        if (_states.TryGetValue(labels, out var state))
        {
            return state;
        }

        if (_states.Count >= budget.Limits.MaxSeries)
        {
            // Spans of series that are there go on counting: what is shown is right, and the answer says that some is not shown.
            MarkCut();
            return null;
        }

        state = NewState();
        _states.Add(labels, state);
        return state;
    }

    /// <summary>Lets the answer say that series were left out.</summary>
    public void MarkCut()
    {
        if (!_isCut)
        {
            _isCut = true;
            budget.Stats.Incomplete =
                $"Response exceeds maximum series limit of {budget.Limits.MaxSeries}, a partial response is returned. Warning: the accuracy of each individual value is not guaranteed.";
        }
    }

    // Labels without a value drop out; when all do, the first says so.
    private LabelSet LabelsOf(ReadOnlySpan<QueryValue> group)
    {
        if (group.Length == 0)
        {
            return new LabelSet(new NamedValue(LabelSet.NameLabel, QueryValue.String(NameOf(function.Kind))));
        }

        var labels = new List<NamedValue>(group.Length);
        for (var i = 0; i < group.Length; i++)
        {
            if (!group[i].IsNil)
            {
                labels.Add(new NamedValue(function.By[i].ToString(), group[i]));
            }
        }

        return labels.Count > 0 ? new LabelSet([.. labels]) : new LabelSet(new NamedValue(function.By[0].ToString(), QueryValue.String("nil")));
    }

    public static string NameOf(MetricsFunctionKind kind) => kind switch
    {
        MetricsFunctionKind.Rate => "rate",
        MetricsFunctionKind.CountOverTime => "count_over_time",
        MetricsFunctionKind.MinOverTime => "min_over_time",
        MetricsFunctionKind.MaxOverTime => "max_over_time",
        MetricsFunctionKind.AvgOverTime => "avg_over_time",
        MetricsFunctionKind.SumOverTime => "sum_over_time",
        MetricsFunctionKind.HistogramOverTime => "histogram_over_time",
        _ => "quantile_over_time",
    };
}
