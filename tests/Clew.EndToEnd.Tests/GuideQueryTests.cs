using System.Net;
using Clew.EndToEnd.Tests.Harness;
using Clew.EndToEnd.Tests.Otlp;

namespace Clew.EndToEnd.Tests;

/// <summary>Each query of the user guide finds what the guide says beside it, and nothing else.</summary>
public sealed class GuideQueryTests(GuideQueryTests.Traces traces) : IClassFixture<GuideQueryTests.Traces>
{
    [Theory]
    [InlineData("slow traces of a service", "{ .service.name = \"my-service\" && duration > 1s }", "slow")]
    [InlineData("traces with an error", "{ .status = error }", "failed")]
    [InlineData("a certain HTTP status code", "{ .http.status_code = 500 }", "failed")]
    [InlineData("several conditions", "{ .service.name = \"api-gateway\" && .http.method = \"POST\" && duration > 2s }", "gateway")]
    [InlineData("a trace id", "trace_id=\"abc123def456\"", "known id")]
    public async Task Query_of_the_guide_finds_what_its_comment_says(string comment, string query, string expected)
    {
        var found = Assert.Single(await traces.Clew.Api.SearchAsync(query));
        Assert.True(traces.Ids[expected] == found.TraceId, $"{comment}: found {found}");
    }

    [Fact]
    public async Task Search_by_tag_finds_the_service()
    {
        var found = await traces.Clew.Api.FindAsync("tags=service.name=my-service");
        Assert.Equal(new[] { traces.Ids["slow"], traces.Ids["fast"] }.Order(), found.Select(static it => it.TraceId).Order());
    }

    [Fact]
    public async Task Trace_by_id_answers()
    {
        using var answer = await traces.Clew.Api.GetAsync($"/api/traces/{traces.Ids["slow"]}");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("\"batches\"", await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A server that holds one trace of each sort that the guide asks for, and one beside each that comes close.</summary>
    public sealed class Traces : IAsyncLifetime
    {
        private readonly SpanMaker _maker = new(seed: 500, "");

        internal RunningClew Clew { get; } = new();

        internal Dictionary<string, string> Ids { get; } = [];

        public async ValueTask InitializeAsync()
        {
            await Clew.InitializeAsync();
            await SendAsync("slow", "my-service", milliseconds: 1_500);
            await SendAsync("fast", "my-service", milliseconds: 900);
            await SendAsync("slow elsewhere", "other-service", milliseconds: 1_500);
            await SendAsync("failed", "orders", milliseconds: 10, status: 2, ("http.status_code", 500L));
            await SendAsync("status in words", "orders", milliseconds: 10, status: 1, ("http.status_code", "500"));
            await SendAsync("gateway", "api-gateway", milliseconds: 2_500, status: 0, ("http.method", "POST"));
            await SendAsync("gateway get", "api-gateway", milliseconds: 2_500, status: 0, ("http.method", "GET"));
            await SendAsync("gateway fast", "api-gateway", milliseconds: 500, status: 0, ("http.method", "POST"));
            await SendAsync("known id", "orders", milliseconds: 10, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xab, 0xc1, 0x23, 0xde, 0xf4, 0x56]);
        }

        public ValueTask DisposeAsync() => Clew.DisposeAsync();

        private Task SendAsync(string what, string service, int milliseconds, params (string, object)[] attributes) =>
            SendAsync(what, service, milliseconds, status: 0, attributes);

        private Task SendAsync(string what, string service, int milliseconds, byte[] traceId) =>
            SendAsync(what, service, milliseconds, 0, _maker.Span() with { TraceId = traceId });

        private Task SendAsync(string what, string service, int milliseconds, int status, params (string, object)[] attributes) =>
            SendAsync(what, service, milliseconds, status, _maker.Span() with { Attributes = attributes });

        private async Task SendAsync(string what, string service, int milliseconds, int status, TestSpan span)
        {
            span = span with { EndUnixNano = span.StartUnixNano + (ulong)milliseconds * 1_000_000, StatusCode = status };
            await Clew.Sender.SendGrpcAsync(ExportRequest.Of(service, span));
            Ids.Add(what, span.TraceHex);
        }
    }
}
