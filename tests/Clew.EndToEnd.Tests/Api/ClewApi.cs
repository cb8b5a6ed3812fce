using System.Globalization;
using System.Net;
using System.Text.Json;
using Clew.EndToEnd.Tests.Harness;

namespace Clew.EndToEnd.Tests.Api;

/// <summary>One trace that a search found. Trace ids come back without leading zeros; here they have all 32 digits.</summary>
internal sealed record SearchHit(string TraceId, string RootService, string RootName, int Matched);

/// <summary>The query API, as a client sees it.</summary>
internal sealed class ClewApi(Uri address) : IDisposable
{
    /// <summary>More than any test sends, so that a missing trace is never one that the limit left out.</summary>
    private const int SearchLimit = 20_000;

    private readonly HttpClient _http = new() { BaseAddress = address, Timeout = Poll.Deadline };

    public Task<HttpResponseMessage> GetAsync(string path) => _http.GetAsync(new Uri(path, UriKind.Relative));

    /// <summary>The spans of a trace; empty when there is no such trace.</summary>
    public async Task<List<SpanView>> TraceAsync(string traceId)
    {
        using var json = await JsonAsync($"/api/v2/traces/{traceId}");
        var spans = new List<SpanView>();
        if (!json.RootElement.GetProperty("trace").TryGetProperty("resourceSpans", out var resources))
        {
            return spans;
        }

        foreach (var resource in resources.EnumerateArray())
        {
            foreach (var scope in Items(resource, "scopeSpans"))
            {
                spans.AddRange(Items(scope, "spans").Select(span => SpanView.Answered(resource, scope, span)));
            }
        }

        return spans;
    }

    public Task<List<SearchHit>> SearchAsync(string query) =>
        FindAsync($"q={Uri.EscapeDataString(query)}&limit={SearchLimit.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>A search with the parameters as they stand in a URL.</summary>
    public async Task<List<SearchHit>> FindAsync(string parameters)
    {
        using var json = await JsonAsync($"/api/search?{parameters}");
        return [.. Items(json.RootElement, "traces").Select(Hit)];
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Any answer in JSON. The caller disposes it.</summary>
    public async Task<JsonDocument> JsonAsync(string path)
    {
        using var answer = await GetAsync(path);
        var body = await answer.Content.ReadAsStringAsync();
        return answer.StatusCode == HttpStatusCode.OK
            ? JsonDocument.Parse(body)
            : throw new HttpRequestException($"GET {path} answered {(int)answer.StatusCode}: {body}");
    }

    private static SearchHit Hit(JsonElement trace)
    {
        var matched = Items(trace, "spanSets").Sum(static set => set.TryGetProperty("matched", out var count) ? count.GetInt32() : 0);
        return new SearchHit(
            trace.GetProperty("traceID").GetString()!.PadLeft(32, '0'), Optional(trace, "rootServiceName"), Optional(trace, "rootTraceName"), matched);
    }

    private static string Optional(JsonElement owner, string property) =>
        owner.TryGetProperty(property, out var value) ? value.GetString() ?? "" : "";

    private static IEnumerable<JsonElement> Items(JsonElement owner, string property) =>
        owner.TryGetProperty(property, out var list) ? list.EnumerateArray() : [];
}
