namespace Clew.Api.Prometheus;

/// <summary>Arithmetic, comparison and set operators between numbers and vectors.</summary>
internal static class PromOperators
{
    public static PromValue Apply(PromBinary binary, PromValue left, PromValue right)
    {
        if (left.Text is not null || right.Text is not null)
        {
            throw new PromException($"'{binary.Operator}' does not take texts");
        }

        if (binary.Operator is "and" or "or" or "unless")
        {
            return left.Vector is { } a && right.Vector is { } b
                ? PromValue.Of(Set(binary, a, b))
                : throw new PromException($"'{binary.Operator}' stands between vectors");
        }

        return (left.Vector, right.Vector) switch
        {
            (null, null) => IsComparison(binary.Operator) && !binary.IsBool
                ? throw new PromException($"comparing two numbers needs 'bool': {binary.Operator} bool")
                : PromValue.Of(Number(binary.Operator, left.Number, right.Number)),
            ({ } vector, null) => PromValue.Of(WithNumber(binary, vector, value => Number(binary.Operator, value, right.Number))),
            (null, { } vector) => PromValue.Of(WithNumber(binary, vector, value => Number(binary.Operator, left.Number, value))),
            var (vector, other) => PromValue.Of(Match(binary, vector!, other!)),
        };
    }

    private static bool IsComparison(string op) => op is "==" or "!=" or "<" or ">" or "<=" or ">=";

    private static double Number(string op, double a, double b) => op switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => a / b,
        "%" => a % b,
        "^" => Math.Pow(a, b),
        "==" => a == b ? 1 : 0,
        "!=" => a != b ? 1 : 0,
        "<" => a < b ? 1 : 0,
        ">" => a > b ? 1 : 0,
        "<=" => a <= b ? 1 : 0,
        _ => a >= b ? 1 : 0,
    };

    private static List<PromSample> WithNumber(PromBinary binary, List<PromSample> vector, Func<double, double> apply)
    {
        var result = new List<PromSample>(vector.Count);
        foreach (var sample in vector)
        {
            var value = apply(sample.Value);
            if (IsComparison(binary.Operator) && !binary.IsBool)
            {
                // A comparison keeps what it holds for, as it was.
                if (value != 0)
                {
                    result.Add(sample);
                }
            }
            else
            {
                result.Add(new PromSample(sample.Labels.Without(PromLabels.MetricName), value));
            }
        }

        return result;
    }

    private static PromLabels Key(PromBinary binary, PromLabels labels) =>
        binary.IsOn ? labels.Only(binary.Labels!) : labels.Ignoring(binary.Labels ?? []);

    private static List<PromSample> Match(PromBinary binary, List<PromSample> left, List<PromSample> right)
    {
        var others = new Dictionary<PromLabels, PromSample>();
        foreach (var sample in right)
        {
            if (!others.TryAdd(Key(binary, sample.Labels), sample))
            {
                throw new PromException($"'{binary.Operator}': several series on the right match each other; add labels to on(), or aggregate");
            }
        }

        var seen = new HashSet<PromLabels>();
        var result = new List<PromSample>();
        foreach (var sample in left)
        {
            var key = Key(binary, sample.Labels);
            if (!others.TryGetValue(key, out var other))
            {
                continue;
            }

            if (!seen.Add(key))
            {
                throw new PromException($"'{binary.Operator}': several series on the left match one on the right; group_left is not supported here");
            }

            var value = Number(binary.Operator, sample.Value, other.Value);
            if (!IsComparison(binary.Operator) || binary.IsBool)
            {
                result.Add(new PromSample(key, value));
            }
            else if (value != 0)
            {
                result.Add(sample);
            }
        }

        return result;
    }

    private static List<PromSample> Set(PromBinary binary, List<PromSample> left, List<PromSample> right)
    {
        var others = right.Select(sample => Key(binary, sample.Labels)).ToHashSet();
        switch (binary.Operator)
        {
            case "and":
                return left.FindAll(sample => others.Contains(Key(binary, sample.Labels)));
            case "unless":
                return left.FindAll(sample => !others.Contains(Key(binary, sample.Labels)));
            default:
                var own = left.Select(sample => Key(binary, sample.Labels)).ToHashSet();
                return [.. left, .. right.Where(sample => !own.Contains(Key(binary, sample.Labels)))];
        }
    }
}
