using Clew.Query.Search;
using Clew.Query.Values;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Metrics;

/// <summary>
/// Collects the spans of a metrics function into series: counts, extremes, sums or buckets an interval. Durations count in seconds, except
/// inside buckets, which are powers of two of nanoseconds.
/// </summary>
internal sealed class SeriesBuilder(MetricsAggregate function, TimeGrid grid, QueryBudget budget, int maxExemplarsPerInterval)
{
    private const double NanosPerSecond = 1e9;

    private readonly Dictionary<LabelSet, State> _states = [];
    private bool _isCut;

    public MetricsAggregate Function => function;

    public int SeriesCount => _states.Count;

    /// <summary>Adds one span.</summary>
    /// <param name="interval">Of its start.</param>
    /// <param name="group">Values of the <c>by</c> labels, nil where the span has none.</param>
    /// <param name="value">The function's argument; nil for counting functions.</param>
    /// <returns>The series state, for exemplars; null when the span does not count.</returns>
    public State? Add(int interval, ReadOnlySpan<QueryValue> group, QueryValue value)
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

        state.IsDuration |= value.Kind == ValueKind.Duration;
        switch (function.Kind)
        {
            case MetricsFunctionKind.Rate:
            case MetricsFunctionKind.CountOverTime:
                state.Values[interval]++;
                break;
            case MetricsFunctionKind.HistogramOverTime:
            case MetricsFunctionKind.QuantileOverTime:
                if (Log2Buckets.BucketOf(value.AsNumber) is var bucket and >= 0)
                {
                    (state.Buckets[interval] ??= new Log2Buckets()).Add(bucket);
                }

                break;
            default:
                Fold(state, interval, Number(value));
                break;
        }

        return state;
    }

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
                    var values = Finish(state);
                    series.Add(new Series(labels, values) { Exemplars = state.Exemplars.ConvertAll(exemplar => Place(exemplar, values)) });
                    break;
            }
        }

        series.Sort(static (a, b) => LabelSet.Compare(a.Labels, b.Labels));
        return series;
    }

    private double[] Finish(State state)
    {
        var values = state.Values;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = function.Kind switch
            {
                MetricsFunctionKind.Rate => values[i] / grid.StepSeconds,
                MetricsFunctionKind.AvgOverTime => values[i] / state.Counts![i],
                _ => values[i],
            };
        }

        return values;
    }

    // Where the function has no value of a span, the exemplar stands on the line of its series.
    private Exemplar Place(Exemplar exemplar, double[] values) =>
        double.IsNaN(exemplar.Value) ? exemplar with { Value = values[grid.IntervalOf(exemplar.UnixNano)] } : exemplar;

    private void AddHistogram(List<Series> series, LabelSet labels, State state)
    {
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
                series.Add(new Series(Label(labels, "__bucket", bound), values) { Exemplars = InBucket(state, bucket) });
            }
        }
    }

    private static List<Exemplar> InBucket(State state, int bucket) =>
        state.Exemplars.FindAll(e => Log2Buckets.BucketOf(Math.Round(e.Value * (state.IsDuration ? NanosPerSecond : 1))) == bucket);

    private void AddQuantiles(List<Series> series, LabelSet labels, State state)
    {
        foreach (var quantile in function.Quantiles)
        {
            var values = new double[grid.Count];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = (state.Buckets[i]?.Quantile(quantile) ?? 0) / (state.IsDuration ? NanosPerSecond : 1);
            }

            series.Add(new Series(Label(labels, "p", quantile), values) { Exemplars = state.Exemplars });
        }
    }

    // The function's name is a label only where there is no other.
    private static LabelSet Label(LabelSet labels, string name, double value) =>
        labels.IsPlain ? new LabelSet(new NamedValue(name, QueryValue.Float(value))) : labels.With(name, QueryValue.Float(value));

    private void Fold(State state, int interval, double value)
    {
        ref var present = ref state.Values[interval];
        present = function.Kind switch
        {
            _ when double.IsNaN(present) => value,
            MetricsFunctionKind.MinOverTime => Math.Min(present, value),
            MetricsFunctionKind.MaxOverTime => Math.Max(present, value),
            _ => present + value,
        };
        if (state.Counts is { } counts)
        {
            counts[interval]++;
        }
    }

    private State? StateOf(ReadOnlySpan<QueryValue> group)
    {
        var labels = LabelsOf(group);
        if (_states.TryGetValue(labels, out var state))
        {
            return state;
        }

        if (_states.Count >= budget.Limits.MaxSeries)
        {
            // Spans of series that are there go on counting: what is shown is right, and the answer says that some is not shown.
            if (!_isCut)
            {
                _isCut = true;
                budget.Stats.Incomplete =
                    $"Response exceeds maximum series limit of {budget.Limits.MaxSeries}, a partial response is returned. Warning: the accuracy of each individual value is not guaranteed.";
            }

            return null;
        }

        state = new State(function.Kind, grid.Count, maxExemplarsPerInterval);
        _states.Add(labels, state);
        return state;
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

    internal sealed class State
    {
        private readonly byte[] _exemplarsIn;
        private readonly int _maxExemplars;

        public State(MetricsFunctionKind kind, int intervals, int maxExemplars)
        {
            Values = new double[intervals];
            Buckets = kind is MetricsFunctionKind.HistogramOverTime or MetricsFunctionKind.QuantileOverTime ? new Log2Buckets?[intervals] : [];
            Counts = kind == MetricsFunctionKind.AvgOverTime ? new long[intervals] : null;
            if (kind is not (MetricsFunctionKind.Rate or MetricsFunctionKind.CountOverTime))
            {
                Values.AsSpan().Fill(double.NaN);
            }

            _exemplarsIn = maxExemplars > 0 ? new byte[intervals] : [];
            _maxExemplars = maxExemplars;
        }

        public double[] Values { get; }

        public long[]? Counts { get; }

        public Log2Buckets?[] Buckets { get; }

        public bool IsDuration { get; set; }

        public List<Exemplar> Exemplars { get; } = [];

        /// <summary>Whether an exemplar of this interval would still be taken.</summary>
        public bool TakesExemplar(int interval) => _maxExemplars > 0 && _exemplarsIn[interval] < _maxExemplars;

        public void AddExemplar(int interval, Exemplar exemplar)
        {
            _exemplarsIn[interval]++;
            Exemplars.Add(exemplar);
        }
    }
}
