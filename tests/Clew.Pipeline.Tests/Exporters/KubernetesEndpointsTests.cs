using System.Net;
using Clew.Pipeline.Exporters.Sending;
using Clew.Pipeline.Tests.Support;

namespace Clew.Pipeline.Tests.Exporters;

public sealed class KubernetesEndpointsTests : IDisposable
{
    private const string Slices = """
        {"kind":"EndpointSliceList","apiVersion":"discovery.k8s.io/v1","metadata":{"resourceVersion":"7"},"items":[
         {"metadata":{"name":"lb-1"},"addressType":"IPv4","ports":[{"port":4317}],"endpoints":[
          {"addresses":["10.0.0.5"],"conditions":{"ready":true},"hostname":"lb-0"},
          {"addresses":["10.0.0.6"],"conditions":{"ready":false},"hostname":"lb-1"},
          {"addresses":["10.0.0.7"],"conditions":{}}]},
         {"metadata":{"name":"lb-2"},"addressType":"IPv6","endpoints":[{"addresses":["fd00::5"],"conditions":{"ready":true}}]},
         {"metadata":{"name":"lb-3"},"addressType":"FQDN","endpoints":[{"addresses":["elsewhere.example.com"]}]}]}
        """;

    private readonly KubernetesApi _api = new(static _ => Slices);

    public void Dispose() => _api.Dispose();

    [Fact]
    public async Task Ready_addresses_are_members_at_every_port()
    {
        using var endpoints = new KubernetesEndpoints(Service() with { Ports = [4317, 4318] });
        Assert.Equal(
            ["10.0.0.5:4317", "10.0.0.5:4318", "10.0.0.7:4317", "10.0.0.7:4318", "[fd00::5]:4317", "[fd00::5]:4318"], (await endpoints.ListAsync(CancellationToken.None))!);
        Assert.Contains("/namespaces/mesh/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dlb", Assert.Single(_api.Asked), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_are_named_by_their_hostnames_when_asked()
    {
        using var endpoints = new KubernetesEndpoints(Service() with { ReturnHostnames = true });
        Assert.Equal(["lb-0.lb.mesh:4317", "10.0.0.7:4317", "[fd00::5]:4317"], (await endpoints.ListAsync(CancellationToken.None))!);
    }

    [Fact]
    public async Task Api_server_that_refuses_leaves_the_members_as_they_were()
    {
        _api.Status = HttpStatusCode.Forbidden;
        using var endpoints = new KubernetesEndpoints(Service());
        Assert.Null(await endpoints.ListAsync(CancellationToken.None));
    }

    [Fact]
    public void Service_is_named_with_or_without_its_namespace()
    {
        Assert.Equal(("mesh", "lb"), (KubernetesService.Parse("lb.mesh").Namespace, KubernetesService.Parse("lb.mesh").Name));
        Assert.Equal("lb", KubernetesService.Parse("lb").Name);
    }

    private KubernetesService Service() => KubernetesService.Parse("lb.mesh") with { ApiServer = _api.Address, Timeout = TimeSpan.FromSeconds(30) };
}
