namespace Clew.Api.Prometheus;

/// <summary>The functions that there are, and what they take.</summary>
internal static class PromFunctions
{
    private static readonly Dictionary<string, (int Least, int Most)> Known = new()
    {
        ["rate"] = (1, 1), ["increase"] = (1, 1), ["irate"] = (1, 1), ["histogram_quantile"] = (2, 2), ["abs"] = (1, 1), ["ceil"] = (1, 1), ["floor"] = (1, 1),
        ["round"] = (1, 2), ["clamp"] = (3, 3), ["clamp_min"] = (2, 2), ["clamp_max"] = (2, 2), ["exp"] = (1, 1), ["ln"] = (1, 1), ["log2"] = (1, 1), ["log10"] = (1, 1),
        ["sqrt"] = (1, 1), ["scalar"] = (1, 1), ["vector"] = (1, 1), ["time"] = (0, 0), ["sort"] = (1, 1), ["sort_desc"] = (1, 1), ["absent"] = (1, 1),
        ["label_replace"] = (5, 5),
    };

    public static void Check(string name, List<PromExpression> arguments)
    {
        if (!Known.TryGetValue(name, out var count))
        {
            throw new PromException($"the function '{name}' is not supported here; there are {string.Join(", ", Known.Keys.Order(StringComparer.Ordinal))}");
        }

        if (arguments.Count < count.Least || arguments.Count > count.Most)
        {
            throw new PromException($"{name}() takes {(count.Least == count.Most ? $"{count.Least}" : $"{count.Least} to {count.Most}")} arguments, not {arguments.Count}");
        }

        if (name is "rate" or "increase" or "irate" && arguments[0] is not PromSelector { RangeNanos: > 0 })
        {
            throw new PromException($"{name}() takes a metric with a range, for example {name}(traces_spanmetrics_calls_total[5m])");
        }
    }
}
