using Clew.Model;

namespace Clew.Api.Tests;

public sealed class TenantTests
{
    [Theory]
    [InlineData(null, 401, "no org id")]
    [InlineData("team/a", 400, "tenant id 'team/a' has the unsupported character '/' at position 5")]
    [InlineData("..", 400, "tenant id '..' is not allowed; '.' and '..' are folder names")]
    [InlineData("a|b", 400, "X-Scope-OrgID 'a|b' names several tenants; queries over more than one are not supported, ask for one at a time")]
    public async Task Bad_tenant_is_refused(string? tenant, int status, string body)
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans, tenants: true);
        var headers = tenant is null ? [] : new[] { ("X-Scope-OrgID", tenant) };
        Assert.Equal((status, "text/plain", body), await api.GetAsync("/api/search?q={}", headers));
    }

    [Fact]
    public async Task Tenant_sees_its_own_data_alone()
    {
        Assert.True(TenantId.TryParse("team-a", out var tenant, out _));
        await using var api = await ApiFixture.StartAsync(Shop.Spans, tenants: true, tenant: tenant);
        Assert.Equal(200, (await api.GetAsync("/api/traces/abc", ("X-Scope-OrgID", "team-a"))).Status);
        Assert.Equal(404, (await api.GetAsync("/api/traces/abc", ("X-Scope-OrgID", "team-b"))).Status);
    }

    [Fact]
    public async Task Header_is_ignored_when_tenants_are_off()
    {
        await using var api = await ApiFixture.StartAsync(Shop.Spans);
        Assert.Equal(200, (await api.GetAsync("/api/traces/abc", ("X-Scope-OrgID", "a|b/c"))).Status);
    }
}
