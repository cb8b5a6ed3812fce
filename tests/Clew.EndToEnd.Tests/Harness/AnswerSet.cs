using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Clew.EndToEnd.Tests.Api;
using Clew.EndToEnd.Tests.Otlp;

namespace Clew.EndToEnd.Tests.Harness;

/// <summary>
/// Every kind of answer that counts spans, traces or calls, of one server, over the time that <see cref="SpanMaker"/>'s spans have. What depends on
/// when or where an answer was made is left out, so that two servers with the same spans have the same set.
/// </summary>
internal static class AnswerSet
{
    /// <summary>The mesh graph reads so many of the newest traces: with more, which ones is left to chance among those of one moment.</summary>
    public const int MaxGraphTraces = 20_000;

    private const long PerSecond = 1_000_000_000;

    // Whole minutes, because that is what roll-ups count in; all spans of a run start within seconds of their base.
    private static readonly long Start = (long)SpanMaker.Base / PerSecond / 60 * 60 - 60;
    private static readonly long End = Start + 240;

    /// <summary>Keys whose values are an example out of many, or tell of the work that was done.</summary>
    private static readonly HashSet<string> LeftOut =
        ["metrics", "exemplar", "exemplars", "trace", "traceId", "spanId", "example", "examples", "exampleTraceIds", "elapsedMs", "generated", "timestamp", "stats", "read"];

    private static readonly string[] Paths =
    [
        Metrics("{} | count_over_time() by (resource.service.name)"),
        Metrics("{} | count_over_time() by (name, kind, status)"),
        Metrics("{ status = error } | rate() by (resource.service.name, name)"),
        Metrics("{} | sum_over_time(span.order.lines) by (resource.service.name)"),
        Metrics("{} | quantile_over_time(duration, .5, .9, .99) by (kind)"),
        Metrics("{} | histogram_over_time(duration) by (resource.service.name)"),
        Metrics("{ kind = client } > { kind = server } | count_over_time() by (resource.service.name)"),
        Metrics("{ span.order.gift = true } && { status = error } | count_over_time()"),
        Windowed("/api/v2/search/tags?"),
        Windowed("/api/v2/search/tag/resource.service.name/values?"),
        Windowed("/api/v2/search/tag/span.load/values?"),
        Windowed("/api/v1/attributes/values?name=name&"),
        Windowed("/api/v1/attributes/values?name=span.load&limit=500&"),
        Windowed("/api/v1/breakdown?by=name&"),
        Windowed("/api/v1/breakdown?by=span.load&limit=500&"),
        Windowed("/api/v1/services?"),
        Instant("traces_spanmetrics_calls_total"),
        Instant("traces_spanmetrics_latency_bucket"),
        Instant("traces_service_graph_request_total"),
        Instant("traces_service_graph_request_failed_total"),
        Instant("traces_service_graph_unpaired_spans_total"),
    ];

    private static readonly string Graph = string.Create(CultureInfo.InvariantCulture, $"/api/v1/graph?queryTime={End}&duration={End - Start}s");

    /// <summary>By path: the answer in a form that is equal for equal answers. <paramref name="traces"/> is how many there are.</summary>
    public static async Task<Dictionary<string, string>> OfAsync(ClewProcess process, int traces)
    {
        using var api = new ClewApi(process.Http);
        var answers = new Dictionary<string, string>();
        foreach (var path in traces > MaxGraphTraces ? Paths : [.. Paths, Graph])
        {
            using var json = await api.JsonAsync(path);
            answers.Add(path, Canonical(JsonSerializer.SerializeToNode(json.RootElement))!.ToJsonString());
        }

        return answers;
    }

    /// <summary>Spans by service as TraceQL counts them, and as the roll-ups do.</summary>
    public static async Task<(Dictionary<string, long> Spans, Dictionary<string, long> Rollups)> SpansByServiceAsync(ClewProcess process)
    {
        using var api = new ClewApi(process.Http);
        var counted = new Dictionary<string, long>();
        using (var json = await api.JsonAsync(Metrics("{} | count_over_time() by (resource.service.name)")))
        {
            foreach (var series in json.RootElement.GetProperty("series").EnumerateArray())
            {
                var service = series.GetProperty("labels")[0].GetProperty("value").GetProperty("stringValue").GetString()!;
                counted[service] = (long)series.GetProperty("samples").EnumerateArray()
                    .Sum(static sample => sample.TryGetProperty("value", out var value) ? value.GetDouble() : 0);
            }
        }

        var rolledUp = new Dictionary<string, long>();
        using (var json = await api.JsonAsync(Instant("sum by (service) (traces_spanmetrics_calls_total)")))
        {
            foreach (var series in json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray())
            {
                rolledUp[series.GetProperty("metric").GetProperty("service").GetString()!] =
                    (long)double.Parse(series.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);
            }
        }

        return (counted, rolledUp);
    }

    private static string Metrics(string query) => Windowed($"/api/metrics/query_range?step=60s&q={Uri.EscapeDataString(query)}&");

    private static string Windowed(string path) => string.Create(CultureInfo.InvariantCulture, $"{path}start={Start}&end={End}");

    private static string Instant(string query) =>
        string.Create(CultureInfo.InvariantCulture, $"/prometheus/api/v1/query?query={Uri.EscapeDataString(query)}&time={End}");

    /// <summary>Without what is left out, and with the items of every list in order: what a list is sorted by may be equal for two items.</summary>
    private static JsonNode? Canonical(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(
            members.Where(static member => !LeftOut.Contains(member.Key))
                .OrderBy(static member => member.Key, StringComparer.Ordinal)
                .Select(static member => KeyValuePair.Create(member.Key, Canonical(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Canonical).OrderBy(static item => item?.ToJsonString() ?? "", StringComparer.Ordinal)]),
        _ => node?.DeepClone(),
    };
}
