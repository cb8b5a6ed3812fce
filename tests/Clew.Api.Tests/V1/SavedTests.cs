using System.Text;
using System.Text.Json;
using Clew.Storage.Backends;

namespace Clew.Api.Tests.V1;

/// <summary>Saved searches and short links: there after a restart, a tenant's own, within limits.</summary>
public sealed class SavedTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("clew-saved").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Search_is_saved_changed_found_after_a_restart_and_deleted()
    {
        string id;
        await using (var api = await StartAsync())
        {
            var saved = await SendAsync(api, HttpMethod.Post, "/api/v1/saved-searches", """{"name":" slow ","query":"{ duration > 1s }","state":"columns=a"}""");
            id = saved.GetProperty("id").GetString()!;
            Assert.Equal("slow", saved.GetProperty("name").GetString());
            await SendAsync(api, HttpMethod.Post, "/api/v1/saved-searches", """{"name":"Errors","query":"{ status = error }"}""");
            await SendAsync(api, HttpMethod.Put, $"/api/v1/saved-searches/{id}", """{"name":"slower","query":"{ duration > 2s }"}""");
        }

        await using var again = await StartAsync();
        var all = await GetAsync(again, "/api/v1/saved-searches");
        Assert.Equal(["Errors", "slower"], all.GetProperty("searches").EnumerateArray().Select(static search => search.GetProperty("name").GetString()!));
        Assert.Equal("{ duration > 2s }", (await GetAsync(again, $"/api/v1/saved-searches/{id}")).GetProperty("query").GetString());
        using var deleted = await again.Client.DeleteAsync($"/api/v1/saved-searches/{id}");
        Assert.Equal(204, (int)deleted.StatusCode);
        Assert.Equal(404, (await again.GetAsync($"/api/v1/saved-searches/{id}")).Status);
    }

    [Fact]
    public async Task Link_is_short_and_the_same_for_the_same_address()
    {
        await using var api = await StartAsync();
        const string Path = "/explore?q=%7B%20status%20%3D%20error%20%7D&since=1h";
        var link = await SendAsync(api, HttpMethod.Post, "/api/v1/links", JsonSerializer.Serialize(new { path = Path }));
        var again = await SendAsync(api, HttpMethod.Post, "/api/v1/links", JsonSerializer.Serialize(new { path = Path }));
        var id = link.GetProperty("id").GetString()!;
        Assert.Equal((10, id), (id.Length, again.GetProperty("id").GetString()));
        Assert.Equal(Path, (await GetAsync(api, $"/api/v1/links/{id}")).GetProperty("path").GetString());
        Assert.Equal(404, (await api.GetAsync("/api/v1/links/2222222222")).Status);
        Assert.Equal(404, (await api.GetAsync("/api/v1/links/..%2F..%2Fx")).Status);
    }

    [Theory]
    [InlineData("/api/v1/links", """{"path":"https://evil.example/"}""", 400, "invalid path: 'https://evil.example/' is no address on this server")]
    [InlineData("/api/v1/links", """{"path":"//evil.example/"}""", 400, "invalid path: ")]
    [InlineData("/api/v1/links", """{"path":"/\\evil.example/"}""", 400, "invalid path: ")]
    [InlineData("/api/v1/links", """{}""", 400, "invalid path: ")]
    [InlineData("/api/v1/saved-searches", """{"name":"","query":"{}"}""", 400, "invalid name: it has 0 characters; 1 to 200 are fine")]
    [InlineData("/api/v1/saved-searches", """{"name":5}""", 400, "the request's body is not what it should be")]
    [InlineData("/api/v1/saved-searches", "", 400, "the request's body is not what it should be")]
    public async Task Bad_body_is_refused_in_words(string path, string body, int status, string start)
    {
        await using var api = await StartAsync();
        using var answer = await api.Client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.StartsWith(start, await answer.Content.ReadAsStringAsync());
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Body_has_a_limit()
    {
        await using var api = await StartAsync();
        using var answer = await api.Client.PostAsync("/api/v1/saved-searches", new StringContent(new string(' ', (1 << 20) + 1), Encoding.UTF8, "application/json"));
        Assert.Equal(413, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Number_of_searches_has_a_limit()
    {
        await using var api = await StartAsync();
        var store = new LocalObjectStore(_folder);
        for (var i = 0; i < 1000; i++)
        {
            await store.PutAsync($"single-tenant/ui/searches/s{i}.json", new MemoryStream("{}"u8.ToArray()), default);
        }

        using var answer = await api.Client.PostAsync("/api/v1/saved-searches", new StringContent("""{"name":"one more","query":"{}"}""", Encoding.UTF8, "application/json"));
        Assert.Equal((400, "there are 1000 searches already, which is as many as a tenant may have; delete some first"), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task Tenants_do_not_see_each_others_searches()
    {
        await using var api = await StartAsync(tenants: true);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/saved-searches") { Content = new StringContent("""{"name":"mine","query":"{}"}""", Encoding.UTF8, "application/json") };
        request.Headers.Add("X-Scope-OrgID", "team-a");
        using var answer = await api.Client.SendAsync(request);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Contains("mine", (await api.GetAsync("/api/v1/saved-searches", ("X-Scope-OrgID", "team-a"))).Body);
        Assert.DoesNotContain("mine", (await api.GetAsync("/api/v1/saved-searches", ("X-Scope-OrgID", "team-b"))).Body);
    }

    [Fact]
    public async Task Process_without_a_data_folder_says_so()
    {
        await using var api = await ApiFixture.StartAsync([]);
        Assert.Equal((501, "text/plain", "this process keeps no data (--data none), so it cannot keep searches or links either"), await api.GetAsync("/api/v1/saved-searches"));
    }

    private Task<ApiFixture> StartAsync(bool tenants = false) => ApiFixture.StartAsync([], tenants, objects: new LocalObjectStore(_folder));

    private static async Task<JsonElement> SendAsync(ApiFixture api, HttpMethod method, string path, string body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        using var answer = await api.Client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == 200, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private static async Task<JsonElement> GetAsync(ApiFixture api, string path)
    {
        var (status, _, body) = await api.GetAsync(path);
        Assert.True(status == 200, body);
        return JsonDocument.Parse(body).RootElement;
    }
}
