using System.Globalization;

namespace Clew.EndToEnd.Tests.Harness;

/// <summary>What a server says of itself at <c>/metrics</c>.</summary>
internal static class MetricsText
{
    public static async Task<string> OfAsync(ClewProcess process)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(process.Http, "/metrics"));
    }

    /// <summary>The sum of a metric over its labels; with <paramref name="label"/>, such as <c>step="cut"</c>, only of those lines. Zero when there is none.</summary>
    public static double Value(string metrics, string name, string label = "") =>
        metrics.Split('\n')
            .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is '{' or ' ' && line.Contains(label, StringComparison.Ordinal))
            .Sum(static line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
}
