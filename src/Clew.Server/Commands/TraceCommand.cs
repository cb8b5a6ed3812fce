using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Clew.Server.Commands;

/// <summary><c>clew trace</c>: one trace of a running server, as a tree.</summary>
internal static class TraceCommand
{
    public static Command Create()
    {
        var id = new Argument<string>("id") { Description = "The trace id in hex, leading zeros may be left out; or trace_id=\"…\" as it stands in many guides" };
        var server = ServerClient.ServerOption();
        var tenant = ServerClient.TenantOption();
        var json = new Option<bool>("--json") { Description = "Print the trace as OTLP/JSON" };
        var command = new Command("trace", "Show a trace of a running server") { id, server, tenant, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var client = new ServerClient(parsed.GetValue(server)!, parsed.GetValue(tenant), parsed.InvocationConfiguration);
            return await client.GetAsync(
                $"/api/v1/traces/{Uri.EscapeDataString(parsed.GetValue(id)!.Trim())}",
                async body => await parsed.InvocationConfiguration.Output.WriteLineAsync(parsed.GetValue(json) ? body : Tree(body)).ConfigureAwait(false),
                cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static string Tree(string body)
    {
        using var document = JsonDocument.Parse(body);
        var spans = Spans(document.RootElement).OrderBy(span => span.Start).ToList();
        var ids = spans.Select(span => span.Id).ToHashSet(StringComparer.Ordinal);
        var children = spans.ToLookup(span => ids.Contains(span.Parent) && span.Parent != span.Id ? span.Parent : "", StringComparer.Ordinal);
        var text = new StringBuilder();
        var first = spans.Count > 0 ? spans[0].Start : 0;
        var open = new Stack<(SpanLine Span, int Depth)>(children[""].Reverse().Select(span => (span, 0)));
        var shown = new HashSet<string>(StringComparer.Ordinal);
        while (open.TryPop(out var next))
        {
            var (span, depth) = next;
            var offset = ((span.Start - first) / 1e6).ToString("0.0", CultureInfo.InvariantCulture);
            var duration = ((span.End - span.Start) / 1e6).ToString("0.0", CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture, $"{offset,9} ms {duration,9} ms  {new string(' ', depth * 2)}{(span.IsError ? "✗ " : "")}{span.Service}: {span.Name}").AppendLine();
            if (shown.Add(span.Id))
            {
                foreach (var child in children[span.Id].Reverse())
                {
                    open.Push((child, depth + 1));
                }
            }
        }

        return text.ToString().TrimEnd();
    }

    private static IEnumerable<SpanLine> Spans(JsonElement trace)
    {
        foreach (var resourceSpans in Items(trace, "resourceSpans"))
        {
            var service = resourceSpans.TryGetProperty("resource", out var resource)
                ? Items(resource, "attributes").Where(attribute => Text(attribute, "key") == "service.name")
                    .Select(attribute => attribute.TryGetProperty("value", out var value) ? Text(value, "stringValue") : "").FirstOrDefault() ?? "unknown_service"
                : "unknown_service";
            foreach (var span in Items(resourceSpans, "scopeSpans").SelectMany(scope => Items(scope, "spans")))
            {
                var isError = span.TryGetProperty("status", out var status) && status.TryGetProperty("code", out var code) && code.GetInt32() == 2;
                yield return new SpanLine(
                    Text(span, "spanId"), Text(span, "parentSpanId"), service, Text(span, "name"),
                    Number(span, "startTimeUnixNano"), Number(span, "endTimeUnixNano"), isError);
            }
        }
    }

    private static IEnumerable<JsonElement> Items(JsonElement element, string name) =>
        element.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array ? items.EnumerateArray() : [];

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    private static long Number(JsonElement element, string name) =>
        long.TryParse(Text(element, name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private sealed record SpanLine(string Id, string Parent, string Service, string Name, long Start, long End, bool IsError);
}
