using System.Net.Http.Headers;
using System.Text;

namespace Clew.EndToEnd.Tests;

/// <summary>Traces of a web shop in OTLP JSON: a request to web, which calls cart, which asks its database.</summary>
internal static class ServiceGraphTraffic
{
    public static async Task SendAsync(Uri otlpHttp, int traces)
    {
        using var client = new HttpClient();
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;
        for (var i = 1; i <= traces; i++)
        {
            var id = $"{now + i:x32}";
            var body = $$"""
                {"resourceSpans":[
                {{Resource("web", Span(id, 1, 0, 2, "GET /", now, 250), Span(id, 2, 1, 3, "GET", now, 200))}},
                {{Resource("cart", Span(id, 3, 2, 2, "GET /cart", now, 150), Span(id, 4, 3, 3, "SELECT", now, 20, "{\"key\":\"db.system\",\"value\":{\"stringValue\":\"postgresql\"}},{\"key\":\"db.name\",\"value\":{\"stringValue\":\"orders\"}}"))}}
                ]}
                """;
            using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
            using var answer = await client.PostAsync(new Uri(otlpHttp, "/v1/traces"), content);
            answer.EnsureSuccessStatusCode();
        }
    }

    private static string Resource(string service, params string[] spans) =>
        $$$"""{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"{{{service}}}"}}]},"scopeSpans":[{"spans":[{{{string.Join(',', spans)}}}]}]}""";

    private static string Span(string trace, int id, int parent, int kind, string name, long start, int millis, string attributes = "") =>
        $$"""{"traceId":"{{trace}}","spanId":"{{id:x16}}","parentSpanId":"{{(parent == 0 ? "" : parent.ToString("x16", null))}}","name":"{{name}}","kind":{{kind}},"startTimeUnixNano":"{{start}}","endTimeUnixNano":"{{start + (millis * 1_000_000L)}}","attributes":[{{attributes}}]}""";
}
