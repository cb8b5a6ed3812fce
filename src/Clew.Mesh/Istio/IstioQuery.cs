using System.Globalization;
using System.Text;
using Clew.Mesh.Graph;
using Clew.Mesh.Prometheus;

namespace Clew.Mesh.Istio;

/// <summary>Writes the graph's queries for one duration, ambient mode and query scope.</summary>
internal sealed class IstioQuery(GraphRequest request, IReadOnlyDictionary<string, string> scope)
{
    private readonly string _range = $"{Math.Max(1, (long)request.Duration.TotalSeconds).ToString(CultureInfo.InvariantCulture)}s";
    private readonly string _scope = string.Concat(scope.OrderBy(static entry => entry.Key, StringComparer.Ordinal).Select(static entry => $"{entry.Key}=\"{Escape(entry.Value)}\","));

    /// <summary>With idle edges, series that stand still are answered too.</summary>
    private readonly string _least = request.IncludeIdleEdges ? "" : " > 0";

    /// <summary>The reporter, joined by waypoints where they are counted.</summary>
    public string Reporter(string side) => request.Ambient is AmbientTraffic.Total or AmbientTraffic.Waypoint ? $"reporter=~\"waypoint|{side}\"" : $"reporter=\"{side}\"";

    /// <summary>Leaves out what ztunnel reports.</summary>
    public string TcpFilter => request.Ambient is AmbientTraffic.None or AmbientTraffic.Waypoint ? "app!=\"ztunnel\"," : "";

    public string Rate(string metric, string matchers, IEnumerable<string> by) =>
        $"round(sum(rate({metric}{{{_scope}{matchers}}}[{_range}])) by ({string.Join(",", by)}),0.001){_least}";

    /// <summary>As <see cref="Rate"/> without rounding: for what is divided or put into a histogram afterwards.</summary>
    public string ExactRate(string metric, string matchers, IEnumerable<string> by) =>
        $"sum(rate({metric}{{{_scope}{matchers}}}[{_range}])) by ({string.Join(",", by)}) > 0";

    public static string Eq(string label, string value) => $"{label}=\"{Escape(value)}\"";

    public static string NotEq(string label, string value) => $"{label}!=\"{Escape(value)}\"";

    /// <summary>A host of the namespace: <c>something.NAMESPACE.something</c>.</summary>
    public static string HostIn(string ns) => $"destination_service=~\"^.+\\\\.{EscapeRegex(ns)}\\\\..+$\"";

    /// <summary>A host of the service in the namespace.</summary>
    public static string HostOf(string service, string ns) => $"destination_service=~\"^{EscapeRegex(service)}\\\\.{EscapeRegex(ns)}\\\\..*$\"";

    private static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string EscapeRegex(string value)
    {
        var text = new StringBuilder();
        foreach (var letter in value)
        {
            if (letter is '.' or '*' or '+' or '?' or '(' or ')' or '[' or ']' or '{' or '}' or '|' or '^' or '$' or '\\')
            {
                text.Append("\\\\");
            }

            text.Append(letter);
        }

        return Quote(text.ToString());
    }

    private static string Quote(string value) => value.Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}

/// <summary>One query of a graph: what to ask, and how to read the answer.</summary>
internal sealed record TrafficQuery(string Metric, string Text, IReadOnlyList<string> Labels, TrafficForm Form);

internal enum TrafficForm
{
    Requests,
    Messages,
    Tcp,
}
