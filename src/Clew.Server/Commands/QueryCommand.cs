using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Clew.Server.Commands;

/// <summary><c>clew query</c>: a TraceQL search against a running server.</summary>
internal static class QueryCommand
{
    public static Command Create()
    {
        var query = new Argument<string>("query") { Description = "TraceQL, for example '{ .service.name = \"cart\" && duration > 1s }', or a trace id" };
        var server = ServerClient.ServerOption();
        var tenant = ServerClient.TenantOption();
        var limit = new Option<int>("--limit") { Description = "Traces at most", DefaultValueFactory = _ => 20 };
        var since = new Option<string?>("--since") { Description = "Only the last while, for example 15m or 2h; without it everything that is kept" };
        var json = new Option<bool>("--json") { Description = "Print the server's JSON" };
        var command = new Command("query", "Search traces on a running server") { query, server, tenant, limit, since, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = $"/api/search?q={Uri.EscapeDataString(parsed.GetValue(query)!)}&limit={parsed.GetValue(limit)}";
            if (parsed.GetValue(since) is { } window)
            {
                path += $"&since={Uri.EscapeDataString(window)}";
            }

            var client = new ServerClient(parsed.GetValue(server)!, parsed.GetValue(tenant), parsed.InvocationConfiguration);
            return await client.GetAsync(
                path,
                async body => await parsed.InvocationConfiguration.Output.WriteLineAsync(parsed.GetValue(json) ? body : Table(body)).ConfigureAwait(false),
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

    private static string Text(JsonElement element, string name, string otherwise) =>
        element.TryGetProperty(name, out var value) ? value.GetString() ?? otherwise : otherwise;
}
