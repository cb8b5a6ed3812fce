using System.Net;
using Clew.EndToEnd.Tests.Harness;
using Clew.EndToEnd.Tests.Otlp;

namespace Clew.EndToEnd.Tests;

/// <summary>The API's port: both protocols on it, and the forms in which a trace can be asked for.</summary>
public sealed class QueryPortTests(RunningClew clew) : IClassFixture<RunningClew>
{
    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Port_speaks_both_versions_without_tls(string version)
    {
        using var client = new HttpClient
        {
            BaseAddress = clew.Process.Http,
            // With an exact version there is no upgrade to fall back from: HTTP/2 by prior knowledge, as a gRPC client does it.
            DefaultRequestVersion = Version.Parse(version),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        foreach (var path in (string[])["/ready", "/metrics", "/api/search?q=%7B%7D"])
        {
            using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(Version.Parse(version), answer.Version);
        }
    }

    [Fact]
    public async Task Trace_id_may_be_short_or_in_upper_case()
    {
        var maker = new SpanMaker(seed: 200, "short id");
        var span = maker.Span() with { TraceId = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xab, 0xc1, 0x23, 0xde, 0xf4, 0x56] };
        await clew.Sender.SendGrpcAsync(maker.Request(span));

        foreach (var id in (string[])["abc123def456", "ABC123DEF456", "00000000000000000000abc123def456"])
        {
            Assert.Equal(span.SpanHex, Assert.Single(await clew.Api.TraceAsync(id)).SpanId);
            using var first = await clew.Api.GetAsync($"/api/traces/{id}");
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        }
    }

    [Fact]
    public async Task Unknown_trace_is_404_in_v1_and_empty_in_v2()
    {
        using var first = await clew.Api.GetAsync("/api/traces/0123456789abcdef0123456789abcdef");
        Assert.Equal(HttpStatusCode.NotFound, first.StatusCode);
        Assert.Empty(await clew.Api.TraceAsync("0123456789abcdef0123456789abcdef"));
    }

    [Theory]
    [InlineData("/api/traces/not-hex")]
    [InlineData("/api/traces/0123456789abcdef0123456789abcdef0")]
    [InlineData("/api/search?q=%7B%20name%20%3D%20%7D")]
    [InlineData("/api/search?q=%7B%7D&limit=0")]
    public async Task Bad_question_is_400_with_a_sentence(string path)
    {
        using var answer = await clew.Api.GetAsync(path);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        Assert.NotEqual("", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Search_names_the_root()
    {
        var maker = new SpanMaker(seed: 210, "rooted");
        var trace = maker.Trace(4);
        await clew.Sender.SendGrpcAsync(maker.Request(trace));

        var hit = Assert.Single(await clew.Api.SearchAsync("{ resource.service.name = \"rooted\" }"));

        Assert.Equal((trace[0].TraceHex, "rooted", trace[0].Name, 4), (hit.TraceId, hit.RootService, hit.RootName, hit.Matched));
    }
}
