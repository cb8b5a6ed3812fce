using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Clew.TraceQL;
using Clew.TraceQL.Syntax;

namespace Clew.Server.Commands;

/// <summary><c>clew query</c>: a TraceQL search, or a metrics query, against a running server.</summary>
internal static class QueryCommand
{
    public static Command Create()
    {
        var query = new Argument<string>("query") { Description = "TraceQL, for example '{ .service.name = \"cart\" && duration > 1s }' or '{ status = error } | rate() by (resource.service.name)'" };
        var server = ServerClient.ServerOption();
        var tenant = ServerClient.TenantOption();
        var limit = new Option<int>("--limit") { Description = "Traces, or series, at most", DefaultValueFactory = _ => 20 };
        var since = new Option<string?>("--since") { Description = "Only the last while, for example 15m or 2h; without it everything that is kept, and one hour for metrics" };
        var step = new Option<string?>("--step") { Description = "Metrics only: the length of an interval, for example 30s; without it the server chooses" };
        var json = new Option<bool>("--json") { Description = "Print the server's JSON" };
        var command = new Command("query", "Search traces, or compute metrics, on a running server") { query, server, tenant, limit, since, step, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var text = parsed.GetValue(query)!;

            // What does not parse is sent as a search: the server's message is the same.
            var isMetrics = TraceQl.Parse(text) is { Success: true, Root.Body: MetricsQuery };
            var path = isMetrics
                ? $"/api/metrics/query_range?q={Uri.EscapeDataString(text)}&maxSeries={parsed.GetValue(limit)}&exemplars=1"
                : $"/api/search?q={Uri.EscapeDataString(text)}&limit={parsed.GetValue(limit)}";
            path += parsed.GetValue(since) is { } window ? $"&since={Uri.EscapeDataString(window)}" : "";
            path += isMetrics && parsed.GetValue(step) is { } interval ? $"&step={Uri.EscapeDataString(interval)}" : "";
            var client = new ServerClient(parsed.GetValue(server)!, parsed.GetValue(tenant), parsed.InvocationConfiguration);
            return await client.GetAsync(
                path,
                async body =>
                {
                    var answer = parsed.GetValue(json) ? body : isMetrics ? SeriesTable(body) : Table(body);
                    await parsed.InvocationConfiguration.Output.WriteLineAsync(answer).ConfigureAwait(false);
                },
                cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static string Table(string body)
    {
        using var document = JsonDocument.Parse(body);
        var lines = new List<string>();
        if (document.RootElement.TryGetProperty("traces", out var traces))
        {
            foreach (var trace in traces.EnumerateArray())
            {
                var start = DateTimeOffset.UnixEpoch.AddTicks(long.Parse(Text(trace, "startTimeUnixNano", "0"), CultureInfo.InvariantCulture) / 100).ToLocalTime();
                var duration = trace.TryGetProperty("durationMs", out var ms) ? ms.GetDouble() : 0;
                var errors = trace.TryGetProperty("serviceStats", out var stats)
                    ? stats.EnumerateObject().Sum(service => service.Value.TryGetProperty("errorCount", out var count) ? count.GetInt32() : 0)
                    : 0;
                lines.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Text(trace, "traceID", ""),32}  {start:yyyy-MM-dd HH:mm:ss.fff}  {duration,8:0} ms  {(errors > 0 ? $"{errors} errors" : ""),-10} {Text(trace, "rootServiceName", "")}: {Text(trace, "rootTraceName", "")}"));
            }
        }

        return lines.Count == 0 ? "No trace matches." : string.Join(Environment.NewLine, lines);
    }

    /// <summary>A line a series: its course, the latest value, the mean and the greatest.</summary>
    private static string SeriesTable(string body)
    {
        using var document = JsonDocument.Parse(body);
        var lines = new List<string>();
        if (document.RootElement.TryGetProperty("series", out var all))
        {
            foreach (var series in all.EnumerateArray())
            {
                var labels = string.Join(", ", series.GetProperty("labels").EnumerateArray().Select(static label => $"{label.GetProperty("key").GetString()}={LabelText(label.GetProperty("value"))}"));
                var values = series.GetProperty("samples").EnumerateArray().Select(static sample => sample.TryGetProperty("value", out var value) ? Number(value) : 0).ToList();
                if (values.Count > 0)
                {
                    lines.Add(string.Create(CultureInfo.InvariantCulture, $"{Course(values)}  last {values[^1],10:G6}  mean {values.Average(),10:G6}  max {values.Max(),10:G6}  {labels}"));
                }
            }
        }

        if (document.RootElement.TryGetProperty("message", out var message))
        {
            lines.Add(message.GetString() ?? "");
        }

        return lines.Count == 0 ? "No span matches." : string.Join(Environment.NewLine, lines);
    }

    private static double Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.Parse(value.GetString() ?? "NaN", CultureInfo.InvariantCulture);

    /// <summary>The values as bars; of many neighbours the mean.</summary>
    private static string Course(List<double> values)
    {
        const string bars = "▁▂▃▄▅▆▇█";
        const int width = 40;
        var (low, high) = (Math.Min(0, values.Min()), values.Max());
        var course = new StringBuilder(width);
        foreach (var part in values.Chunk((values.Count + width - 1) / width))
        {
            var share = high > low ? (part.Average() - low) / (high - low) : 0;
            course.Append(bars[double.IsFinite(share) ? (int)Math.Clamp(share * (bars.Length - 1), 0, bars.Length - 1) : 0]);
        }

        return course.ToString().PadRight(width);
    }

    private static string LabelText(JsonElement value)
    {
        foreach (var form in value.EnumerateObject())
        {
            return form.Value.ValueKind == JsonValueKind.String ? form.Value.GetString() ?? "" : form.Value.GetRawText();
        }

        return "";
    }

    private static string Text(JsonElement element, string name, string otherwise) =>
        element.TryGetProperty(name, out var value) ? value.GetString() ?? otherwise : otherwise;
}
