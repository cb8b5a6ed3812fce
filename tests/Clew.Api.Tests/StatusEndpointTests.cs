namespace Clew.Api.Tests;

/// <summary>Rows H1 to H5 of Grafana's requests: is it there, which version, can it serve.</summary>
public sealed class StatusEndpointTests
{
    [Theory]
    [InlineData("/api/echo", 200, "echo")]
    [InlineData("/ready", 200, "ready")]
    [InlineData("/api/traces/0", 404, "trace not found")]
    public async Task Endpoint_answers_in_plain_text(string path, int status, string body)
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        Assert.Equal((status, "text/plain", body), await api.GetAsync(path));
    }

    [Fact]
    public async Task Ready_says_why_not()
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans, notReady: () => "replaying the log");
        Assert.Equal((503, "text/plain", "replaying the log"), await api.GetAsync("/ready"));
    }

    [Fact]
    public async Task Build_info_is_a_semantic_version_that_turns_everything_on()
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        var (status, type, body) = await api.GetAsync("/api/status/buildinfo");
        Assert.Equal((200, "application/json"), (status, type));
        Golden.Matches("buildinfo", body);
    }

    [Fact]
    public async Task Any_method_is_answered()
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        using var answer = await api.Client.PostAsync("/api/search?q={}", null);
        Assert.Equal(200, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Answers_are_compressed_when_asked_for()
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/search?q={}");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
        using var answer = await api.Client.SendAsync(request);
        Assert.Equal("gzip", Assert.Single(answer.Content.Headers.ContentEncoding));
    }
}
