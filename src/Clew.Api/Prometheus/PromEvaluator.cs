using System.Text.RegularExpressions;

namespace Clew.Api.Prometheus;

/// <summary>A sample of a vector.</summary>
internal readonly record struct PromSample(PromLabels Labels, double Value);

/// <summary>What an expression is at a moment: a number, a text, or a vector of samples.</summary>
internal readonly struct PromValue
{
    public double Number { get; init; }

    public string? Text { get; init; }

    public List<PromSample>? Vector { get; init; }

    public static PromValue Of(double number) => new() { Number = number };

    public static PromValue Of(List<PromSample> vector) => new() { Vector = vector };
}

/// <summary>
/// Evaluates expressions at moments, over series that were fetched before. Counters start at <paramref name="baseOf"/> of the moment; a
/// range function looks at how much they grew, so it needs no samples and no extrapolation.
/// </summary>
internal sealed class PromEvaluator(Func<PromSelector, IReadOnlyList<PromSeries>> series, Func<long, long> baseOf)
{
    /// <summary>Samples of one vector at most.</summary>
    public const int MaxSamples = 100_000;

    public PromValue Evaluate(PromExpression expression, long at)
    {
        switch (expression)
        {
            case PromNumber number:
                return PromValue.Of(number.Value);
            case PromString text:
                return new PromValue { Text = text.Value };
            case PromSelector { RangeNanos: > 0 }:
                throw new PromException("a metric with a range needs a function around it, for example rate(…)");
            case PromSelector selector:
                return PromValue.Of(Counters(selector, at));
            case PromNegation negation:
                return Map(Evaluate(negation.Operand, at), static value => -value);
            case PromCall call:
                return Call(call, at);
            case PromAggregate aggregate:
                return PromValue.Of(Aggregate(aggregate, at));
            case PromBinary binary:
                return PromOperators.Apply(binary, Evaluate(binary.Left, at), Evaluate(binary.Right, at));
            default:
                throw new PromException("this expression cannot be evaluated");
        }
    }

    private List<PromSample> Counters(PromSelector selector, long at)
    {
        at -= selector.OffsetNanos;
        var start = baseOf(at);
        var samples = new List<PromSample>();
        foreach (var one in series(selector))
        {
            if (one.HasStep(start, at))
            {
                samples.Add(new PromSample(one.Labels, one.ValueAt(at) - one.ValueAt(start)));
            }
        }

        return Limited(samples);
    }

    private List<PromSample> Growth(PromSelector selector, long at, bool perSecond)
    {
        at -= selector.OffsetNanos;
        var samples = new List<PromSample>();
        foreach (var one in series(selector))
        {
            // A counter that has not begun yet has no rate; one that stands still has the rate zero.
            if (one.HasStep(long.MinValue, at))
            {
                var grown = one.ValueAt(at) - one.ValueAt(at - selector.RangeNanos);
                samples.Add(new PromSample(one.Labels.Without(PromLabels.MetricName), perSecond ? grown / (selector.RangeNanos / 1e9) : grown));
            }
        }

        return Limited(samples);
    }

    private static List<PromSample> Limited(List<PromSample> samples) => samples.Count <= MaxSamples
        ? samples
        : throw new PromException($"the query selects {samples.Count} series; {MaxSamples} at most, narrow it with matchers");

    private PromValue Call(PromCall call, long at)
    {
        var arguments = call.Arguments;
        switch (call.Function)
        {
            case "rate" or "increase" or "irate":
                return PromValue.Of(Growth((PromSelector)arguments[0], at, call.Function != "increase"));
            case "histogram_quantile":
                return PromValue.Of(PromHistogram.Quantile(Scalar(arguments[0], at), Vector(arguments[1], at)));
            case "time":
                return PromValue.Of(at / 1e9);
            case "vector":
                return PromValue.Of([new PromSample(PromLabels.None, Scalar(arguments[0], at))]);
            case "scalar":
                return PromValue.Of(Vector(arguments[0], at) is [var only] ? only.Value : double.NaN);
            case "sort":
                return PromValue.Of([.. Vector(arguments[0], at).OrderBy(static sample => sample.Value)]);
            case "sort_desc":
                return PromValue.Of([.. Vector(arguments[0], at).OrderByDescending(static sample => sample.Value)]);
            case "absent":
                return PromValue.Of(Vector(arguments[0], at).Count > 0 ? [] : [new PromSample(LabelsOfAbsent(arguments[0]), 1)]);
            case "label_replace":
                return PromValue.Of(LabelReplace(arguments, at));
            default:
                return Map(Evaluate(arguments[0], at), MathOf(call, at), dropsName: true);
        }
    }

    private Func<double, double> MathOf(PromCall call, long at)
    {
        var arguments = call.Arguments;
        switch (call.Function)
        {
            case "abs":
                return Math.Abs;
            case "ceil":
                return Math.Ceiling;
            case "floor":
                return Math.Floor;
            case "exp":
                return Math.Exp;
            case "ln":
                return Math.Log;
            case "log2":
                return Math.Log2;
            case "log10":
                return Math.Log10;
            case "sqrt":
                return Math.Sqrt;
            case "round":
                var to = arguments.Count > 1 ? Scalar(arguments[1], at) : 1;
                return value => Math.Floor((value / to) + 0.5) * to;
            case "clamp_min":
                var least = Scalar(arguments[1], at);
                return value => Math.Max(value, least);
            case "clamp_max":
                var most = Scalar(arguments[1], at);
                return value => Math.Min(value, most);
            case "clamp":
                var (low, high) = (Scalar(arguments[1], at), Scalar(arguments[2], at));
                return value => Math.Max(low, Math.Min(high, value));
            default:
                throw new PromException($"the function '{call.Function}' is not supported here");
        }
    }

    private static PromLabels LabelsOfAbsent(PromExpression expression) => expression is PromSelector selector
        ? new PromLabels(selector.Matchers.Where(static matcher => matcher.IsEquality).Select(static matcher => (matcher.Label, matcher.Value)))
        : PromLabels.None;

    private List<PromSample> LabelReplace(IReadOnlyList<PromExpression> arguments, long at)
    {
        var (target, replacement, source) = (Text(arguments[1], at), Text(arguments[2], at), Text(arguments[3], at));
        Regex regex;
        try
        {
            regex = new Regex($"^(?:{Text(arguments[4], at)})$", RegexOptions.CultureInvariant, TimeSpan.FromMilliseconds(100));
        }
        catch (ArgumentException fault)
        {
            throw new PromException($"label_replace: {fault.Message}");
        }

        return Vector(arguments[0], at).ConvertAll(sample =>
        {
            var match = regex.Match(sample.Labels[source]);
            return match.Success ? sample with { Labels = sample.Labels.With(target, match.Result(replacement)) } : sample;
        });
    }

    private List<PromSample> Aggregate(PromAggregate aggregate, long at)
    {
        var parameter = aggregate.Parameter is null ? 0 : Scalar(aggregate.Parameter, at);
        var groups = new Dictionary<PromLabels, List<PromSample>>();
        foreach (var sample in Vector(aggregate.Operand, at))
        {
            var key = aggregate.Without ? sample.Labels.Ignoring(aggregate.Labels) : sample.Labels.Only(aggregate.Labels);
            if (!groups.TryGetValue(key, out var group))
            {
                groups.Add(key, group = []);
            }

            group.Add(sample);
        }

        var result = new List<PromSample>();
        foreach (var (labels, group) in groups)
        {
            if (aggregate.Operator is "topk" or "bottomk")
            {
                var ordered = aggregate.Operator == "topk" ? group.OrderByDescending(static sample => sample.Value) : group.OrderBy(static sample => sample.Value);
                result.AddRange(ordered.Take((int)Math.Clamp(parameter, 0, int.MaxValue)));
            }
            else
            {
                result.Add(new PromSample(labels, Reduce(aggregate.Operator, parameter, group)));
            }
        }

        return result;
    }

    private static double Reduce(string op, double parameter, List<PromSample> group)
    {
        switch (op)
        {
            case "sum":
                return group.Sum(static sample => sample.Value);
            case "avg":
                return group.Average(static sample => sample.Value);
            case "min":
                return group.Min(static sample => sample.Value);
            case "max":
                return group.Max(static sample => sample.Value);
            case "count":
                return group.Count;
            case "group":
                return 1;
            case "quantile":
                return PromHistogram.QuantileOf(parameter, [.. group.Select(static sample => sample.Value).Order()]);
            default:
                var mean = group.Average(static sample => sample.Value);
                var variance = group.Average(sample => (sample.Value - mean) * (sample.Value - mean));
                return op == "stdvar" ? variance : Math.Sqrt(variance);
        }
    }

    private List<PromSample> Vector(PromExpression expression, long at) =>
        Evaluate(expression, at).Vector ?? throw new PromException("a vector is expected where a number or text stands");

    private double Scalar(PromExpression expression, long at) => Evaluate(expression, at) is { Vector: null, Text: null } value
        ? value.Number
        : throw new PromException("a number is expected");

    private string Text(PromExpression expression, long at) => Evaluate(expression, at).Text ?? throw new PromException("a text in quotes is expected");

    private static PromValue Map(PromValue value, Func<double, double> map, bool dropsName = true) => value.Vector is { } vector
        ? PromValue.Of(vector.ConvertAll(sample => new PromSample(dropsName ? sample.Labels.Without(PromLabels.MetricName) : sample.Labels, map(sample.Value))))
        : PromValue.Of(map(value.Number));
}
