using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Clew.Model;

namespace Clew.Bench.Queries;

/// <summary>Asks a server over HTTP, on one connection: a trace as protobuf, all else as JSON, as Grafana does.</summary>
internal sealed class HttpAsker(ServerProcess server) : IAsker
{
    private static readonly MediaTypeWithQualityHeaderValue Protobuf = new("application/protobuf");
    private static readonly MediaTypeWithQualityHeaderValue Json = new("application/json");

    public TimeSpan ProcessorTime => server.ProcessorTime;

    public long? AllocatedBytes => null;

    public async Task<Lazy<string>> AskAsync(Ask ask)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Path(ask));
        request.Headers.Accept.Add(ask is Ask.Trace ? Protobuf : Json);
        using var response = await server.Http.SendAsync(request);
        var body = await response.Content.ReadAsByteArrayAsync();
        var status = response.StatusCode;
        return new(() => status == HttpStatusCode.OK ? $"{Size(ask, body)}, {body.Length} B" : $"{status}: {Encoding.UTF8.GetString(body)}");
    }

    private static string Size(Ask ask, byte[] body)
    {
        if (ask is Ask.Trace)
        {
            return "trace";
        }

        using var json = JsonDocument.Parse(body);
        return ask switch
        {
            Ask.Search => $"{json.RootElement.GetProperty("traces").GetArrayLength()} traces",
            Ask.Metrics => $"{json.RootElement.GetProperty("series").GetArrayLength()} series",
            Ask.TagNames => $"{json.RootElement.GetProperty("scopes").EnumerateArray().Sum(static scope => scope.GetProperty("tags").GetArrayLength())} names",
            _ => $"{json.RootElement.GetProperty("tagValues").GetArrayLength()} values",
        };
    }

    private static string Path(Ask ask) => ask switch
    {
        Ask.Trace trace => $"/api/v2/traces/{trace.Id}",
        Ask.Search search => $"/api/search?q={Uri.EscapeDataString(search.Query)}&limit={search.Limit}&spss=3&{Window(search.Window)}",
        Ask.Metrics metrics => $"/api/metrics/query_range?q={Uri.EscapeDataString(metrics.Query)}&step=60s&{Window(metrics.Window)}",
        Ask.TagNames names => $"/api/v2/search/tags?{Window(names.Window)}",
        Ask.TagValues values => $"/api/v2/search/tag/{values.Field}/values?q={Uri.EscapeDataString(values.Filter ?? "")}&limit={values.Limit}&{Window(values.Window)}",
        _ => throw new ArgumentOutOfRangeException(nameof(ask)),
    };

    // Nanoseconds, so that no two windows are the same.
    private static string Window(TimeRange window) => string.Create(CultureInfo.InvariantCulture, $"start={window.StartUnixNano}&end={window.EndUnixNano}");
}
