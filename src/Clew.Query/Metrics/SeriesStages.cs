using Clew.Query.Evaluation;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Metrics;

/// <summary>What happens to finished series: ranking, filtering by value, arithmetic.</summary>
internal static class SeriesStages
{
    public static List<Series> Apply(MetricsStage stage, List<Series> series) => stage switch
    {
        RankStage rank => Rank(rank, series),
        SampleFilter filter => Filter(filter, series),
        _ => throw new ArgumentException($"unknown stage {stage.GetType().Name}", nameof(stage)),
    };

    /// <summary>
    /// Samples meet at the same labels; a side whose only series has no labels applies to all of the other. Without a partner, and where
    /// the result is no number, there is no sample.
    /// </summary>
    public static List<Series> Combine(BinaryOperator op, List<Series> left, List<Series> right)
    {
        var result = new List<Series>();
        if (right is [{ Labels.IsPlain: true } single])
        {
            result.AddRange(left.Select(series => Combine(op, series.Labels, series, single)));
        }
        else if (left is [{ Labels.IsPlain: true } first])
        {
            result.AddRange(right.Select(series => Combine(op, series.Labels, first, series)));
        }
        else
        {
            var partners = right.ToDictionary(static series => series.Labels);
            foreach (var series in left)
            {
                if (partners.TryGetValue(series.Labels, out var partner))
                {
                    result.Add(Combine(op, series.Labels, series, partner));
                }
            }
        }

        return DropEmpty(result);
    }

    public static List<Series> Combine(BinaryOperator op, List<Series> series, double scalar, bool scalarOnLeft) =>
        DropEmpty(series.ConvertAll(one => one with
        {
            Values = Array.ConvertAll(one.Values, value => scalarOnLeft ? Compute(op, scalar, value) : Compute(op, value, scalar)),
        }));

    private static Series Combine(BinaryOperator op, LabelSet labels, Series left, Series right)
    {
        var values = new double[left.Values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Compute(op, left.Values[i], right.Values[i]);
        }

        return new Series(labels, values) { Exemplars = left.Exemplars };
    }

    private static double Compute(BinaryOperator op, double left, double right)
    {
        var value = op switch
        {
            BinaryOperator.Add => left + right,
            BinaryOperator.Subtract => left - right,
            BinaryOperator.Multiply => left * right,
            _ => right == 0 ? double.NaN : left / right,
        };
        return double.IsFinite(value) ? value : double.NaN;
    }

    private static List<Series> Rank(RankStage rank, List<Series> series)
    {
        var ranked = series.ConvertAll(static one => one with { Values = Fill(one.Values.Length) });
        var order = new List<int>();
        for (var interval = 0; series.Count > 0 && interval < series[0].Values.Length; interval++)
        {
            order.Clear();
            for (var i = 0; i < series.Count; i++)
            {
                if (!double.IsNaN(series[i].Values[interval]))
                {
                    order.Add(i);
                }
            }

            // Equal values go by the order of labels, which is the order of the series.
            var at = interval;
            order.Sort((a, b) =>
            {
                var compared = series[a].Values[at].CompareTo(series[b].Values[at]);
                return compared != 0 ? (rank.Top ? -compared : compared) : a.CompareTo(b);
            });
            foreach (var i in order.Take((int)Math.Min(rank.Limit, int.MaxValue)))
            {
                ranked[i].Values[interval] = series[i].Values[interval];
            }
        }

        return DropEmpty(ranked);
    }

    private static List<Series> Filter(SampleFilter filter, List<Series> series)
    {
        var threshold = SeriesBuilder.Number(filter.Threshold.ToQueryValue());
        return DropEmpty(series.ConvertAll(one => one with
        {
            Values = Array.ConvertAll(one.Values, value => Comparison.HoldsForDoubles(filter.Operator, value, threshold) ? value : double.NaN),
        }));
    }

    private static double[] Fill(int count)
    {
        var values = new double[count];
        values.AsSpan().Fill(double.NaN);
        return values;
    }

    private static List<Series> DropEmpty(List<Series> series)
    {
        series.RemoveAll(static one => !Array.Exists(one.Values, static value => !double.IsNaN(value)));
        return series;
    }
}
