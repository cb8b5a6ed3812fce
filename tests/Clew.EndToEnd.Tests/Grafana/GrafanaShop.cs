using System.Net.Http.Headers;
using System.Text;
using Clew.EndToEnd.Tests.Harness;

namespace Clew.EndToEnd.Tests.Grafana;

/// <summary>
/// A server with what a Grafana looks at: <see cref="Traces"/> requests through web, shop and db within the last minutes, of which the first
/// failed with an exception, and one trace whose root never came.
/// </summary>
public sealed class GrafanaShop : IAsyncLifetime
{
    public const int Traces = 25;

    public const int SpansPerTrace = 5;

    /// <summary>Half of 128 bits are zero, as in traces of Zipkin: ids are asked for in 16 digits.</summary>
    public const string ShortId = "00000000000000005f3a000000000001";

    /// <summary>The trace that has no root.</summary>
    public const string OrphanId = "7a000000000000000000000000000001";

    internal RunningClew Clew { get; } = new();

    /// <summary>Seconds since the epoch: everything lies between the two.</summary>
    internal long Start { get; } = DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 300;

    internal long End => Start + 200;

    public async ValueTask InitializeAsync()
    {
        await Clew.InitializeAsync();
        for (var i = 0; i < Traces; i++)
        {
            await SendAsync(Request(i));
        }

        await SendAsync(Orphan());
    }

    public ValueTask DisposeAsync() => Clew.DisposeAsync();

    private async Task SendAsync(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var client = new HttpClient();
        using var answer = await client.PostAsync(new Uri(Clew.Process.OtlpHttp, "/v1/traces"), content);
        answer.EnsureSuccessStatusCode();
    }

    private string Request(int i)
    {
        var id = i == 0 ? ShortId : $"5f3a00000000000000000000{i:x8}";
        var start = ((Start + 5 + (i * 4L)) * 1_000_000_000) + i;
        var failed = i == 0;
        const string Exception = """{"name":"exception","timeUnixNano":"0","attributes":[{"key":"exception.type","value":{"stringValue":"Declined"}},{"key":"exception.message","value":{"stringValue":"no money"}}]}""";
        return Body(
            Resource("web", Span(id, 1, 0, 2, "GET /", start, 100, Number("http.status_code", failed ? 500 : 200) + "," + Text("a/b", "x") + "," + Text("weird key", "y"), failed)),
            Resource(
                "shop",
                Span(id, 2, 1, 2, "buy", start + 1_000_000, 80, Text("http.status_code", "200"), failed, failed ? Exception : ""),
                Span(id, 3, 2, 5, "mail", start + 2_000_000, 3, """{"key":"to","value":{"arrayValue":{"values":[{"stringValue":"p"},{"stringValue":"q"}]}}}""")),
            Resource("db", Span(id, 4, 2, 3, "SELECT", start + 3_000_000, 20, Text("db.system.name", "postgresql")), Span(id, 5, 2, 3, "COMMIT", start + 4_000_000, 2, Text("db.system.name", "postgresql"))));
    }

    private string Orphan() => Body(Resource("lost", Span(OrphanId, 1, 9, 1, "orphan", (Start + 150) * 1_000_000_000, 1, Number("n", 1))));

    private static string Body(params string[] resources) => $$"""{"resourceSpans":[{{string.Join(',', resources)}}]}""";

    private static string Resource(string service, params string[] spans) =>
        $$$"""{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"{{{service}}}"}}]},"scopeSpans":[{"spans":[{{{string.Join(',', spans)}}}]}]}""";

    private static string Span(string trace, int id, int parent, int kind, string name, long start, int millis, string attributes, bool failed = false, string events = "") =>
        $$"""{"traceId":"{{trace}}","spanId":"{{id:x16}}","parentSpanId":"{{(parent == 0 ? "" : parent.ToString("x16", null))}}","name":"{{name}}","kind":{{kind}},"startTimeUnixNano":"{{start}}","endTimeUnixNano":"{{start + (millis * 1_000_000L)}}","status":{"code":{{(failed ? 2 : 0)}}},"attributes":[{{attributes}}],"events":[{{events}}]}""";

    private static string Text(string key, string value) => $$$"""{"key":"{{{key}}}","value":{"stringValue":"{{{value}}}"}}""";

    private static string Number(string key, long value) => $$$"""{"key":"{{{key}}}","value":{"intValue":"{{{value}}}"}}""";
}
