using System.Net;
using System.Net.Http.Headers;
using Clew.EndToEnd.Tests.Harness;

namespace Clew.EndToEnd.Tests;

/// <summary><c>auth.tokens</c>: what is open without one, and the three ways to carry it.</summary>
public sealed class TokenTests
{
    private const string Token = "let-me-in-7f3a";

    [Fact]
    public async Task Without_a_token_only_the_pages_and_ready_answer()
    {
        using var data = new TempFolder();
        await using var server = await StartAsync(data);
        using var client = new HttpClient { BaseAddress = server.Http };
        foreach (var path in (string[])["/api/search?q={}", "/api/v1/status", "/api/echo", "/api/v1/openapi.json", "/metrics", "/api/v2/search/tags", "/prometheus/api/v1/labels"])
        {
            using var refused = await client.GetAsync(path);
            Assert.Equal((path, HttpStatusCode.Unauthorized), (path, refused.StatusCode));
            Assert.Equal("Bearer realm=\"clew\"", refused.Headers.WwwAuthenticate.ToString());
            Assert.Equal("a token is needed; send Authorization: Bearer TOKEN with one of auth.tokens, or sign in on the start page\n", await refused.Content.ReadAsStringAsync());
        }

        foreach (var path in (string[])["/ready", "/", "/trace/1", "/api/v1/session"])
        {
            using var open = await client.GetAsync(path);
            Assert.Equal((path, HttpStatusCode.OK), (path, open.StatusCode));
        }
    }

    [Fact]
    public async Task Token_lets_in_by_header_and_a_wrong_one_is_named_so()
    {
        using var data = new TempFolder();
        await using var server = await StartAsync(data);
        using var client = new HttpClient { BaseAddress = server.Http };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        Assert.Equal("echo", await client.GetStringAsync("/api/echo"));
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token + "x");
        using var wrong = await client.GetAsync("/api/echo");
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Contains("invalid_token", wrong.Headers.WwwAuthenticate.ToString());
        Assert.StartsWith("the token is not one of auth.tokens;", await wrong.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Grpc_without_a_token_is_told_so_as_a_status()
    {
        using var data = new TempFolder();
        await using var server = await StartAsync(data);
        using var client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = server.Http, DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var content = new ByteArrayContent([0, 0, 0, 0, 0]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var answer = await client.PostAsync("/tempopb.StreamingQuerier/Search", content);
        Assert.Equal((HttpStatusCode.OK, "16"), (answer.StatusCode, answer.Headers.GetValues("grpc-status").Single()));
    }

    [Fact]
    public async Task Session_carries_a_browser_until_it_ends()
    {
        using var data = new TempFolder();
        await using var server = await StartAsync(data);
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = server.Http };
        using var wrong = await client.PostAsync("/api/v1/session", new StringContent("guess"));
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.False(wrong.Headers.Contains("Set-Cookie"));
        using var begun = await client.PostAsync("/api/v1/session", new StringContent(Token + "\n"));
        Assert.Equal(HttpStatusCode.NoContent, begun.StatusCode);
        var cookie = begun.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Token, cookie);
        var value = cookie[..cookie.IndexOf(';')];
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(value));

        // Nobody lengthens a session, or signs one.
        var (name, ends) = (value[..(value.IndexOf('=') + 1)], long.Parse(value[(value.IndexOf('=') + 1)..value.IndexOf('.')]));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync($"{name}{ends + 1}{value[value.IndexOf('.')..]}"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync($"{name}{ends}.{new string('0', 64)}"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync($"{name}1{value[value.IndexOf('.')..]}"));

        async Task<HttpStatusCode> StatusAsync(string sent)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/status");
            request.Headers.Add("Cookie", sent);
            using var answer = await client.SendAsync(request);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Without_tokens_nobody_is_asked_for_one()
    {
        using var data = new TempFolder();
        await using var server = await ClewProcess.StartAsync(data.Path);
        using var client = new HttpClient { BaseAddress = server.Http };
        Assert.Equal("{\"tokenNeeded\":false}", await client.GetStringAsync("/api/v1/session"));
        Assert.Equal("echo", await client.GetStringAsync("/api/echo"));
    }

    private static async Task<ClewProcess> StartAsync(TempFolder data)
    {
        var store = Directory.CreateDirectory(Path.Combine(data.Path, "store")).FullName;
        var file = Path.Combine(data.Path, "clew.yaml");
        await File.WriteAllTextAsync(file, $"auth:\n  tokens: [another, {Token}]\n");
        return await ClewProcess.StartAsync(store, "--config", file);
    }
}
