using Clew.Query.Values;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Evaluation;

/// <summary>
/// Aggregates over the values of a spanset. Values that are no numbers are skipped; without any value the result is nil. Ints and
/// durations keep their type where the result can be one; mixed types and floats give a float.
/// </summary>
internal static class AggregateMath
{
    public static QueryValue Compute(AggregateKind kind, double? quantile, List<QueryValue> values)
    {
        values.RemoveAll(static v => !v.IsNumeric);
        if (values.Count == 0)
        {
            return QueryValue.Nil;
        }

        var type = CommonType(values);
        switch (kind)
        {
            case AggregateKind.Min:
            case AggregateKind.Max:
                return Extreme(values, kind == AggregateKind.Max);
            case AggregateKind.Sum:
                return type == ValueKind.Float ? QueryValue.Float(Sum(values)) : Whole(type, WholeSum(values));
            case AggregateKind.Avg:
                return Average(type, values);
            case AggregateKind.Quantile:
                return Rounded(type, Quantile(values, quantile ?? 0.5));
            case AggregateKind.StdDev:
                return Rounded(type, Math.Sqrt(Variance(values)));
            case AggregateKind.Variance:
                return QueryValue.Float(Variance(values));
            default:
                return QueryValue.Int(values.Count);
        }
    }

    private static ValueKind CommonType(List<QueryValue> values)
    {
        var type = values[0].Kind;
        foreach (var value in values)
        {
            if (value.Kind != type)
            {
                return ValueKind.Float;
            }
        }

        return type;
    }

    private static QueryValue Extreme(List<QueryValue> values, bool max)
    {
        var best = values[0];
        var op = max ? BinaryOperator.Greater : BinaryOperator.Less;
        foreach (var value in values)
        {
            best = Comparison.Holds(op, value, best) ? value : best;
        }

        return best;
    }

    private static QueryValue Average(ValueKind type, List<QueryValue> values)
    {
        // Durations are averaged as whole nanoseconds, so that a sum beyond 2^53 loses nothing.
        return type == ValueKind.Duration
            ? Whole(type, WholeSum(values) / values.Count)
            : QueryValue.Float(type == ValueKind.Int ? (double)WholeSum(values) / values.Count : Sum(values) / values.Count);
    }

    private static QueryValue Whole(ValueKind type, Int128 value) =>
        value < long.MinValue || value > long.MaxValue ? QueryValue.Float((double)value)
        : type == ValueKind.Duration ? QueryValue.Duration((long)value)
        : QueryValue.Int((long)value);

    private static QueryValue Rounded(ValueKind type, double value) =>
        type == ValueKind.Duration ? QueryValue.Duration((long)Math.Round(value)) : QueryValue.Float(value);

    private static Int128 WholeSum(List<QueryValue> values)
    {
        Int128 sum = 0;
        foreach (var value in values)
        {
            sum += value.AsInt;
        }

        return sum;
    }

    private static double Sum(List<QueryValue> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value.AsNumber;
        }

        return sum;
    }

    private static double Quantile(List<QueryValue> values, double q)
    {
        var sorted = values.ConvertAll(static v => v.AsNumber);
        sorted.Sort();
        var position = q * (sorted.Count - 1);
        var below = (int)Math.Floor(position);
        var above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }

    private static double Variance(List<QueryValue> values)
    {
        var mean = Sum(values) / values.Count;
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += (value.AsNumber - mean) * (value.AsNumber - mean);
        }

        return sum / values.Count;
    }
}
