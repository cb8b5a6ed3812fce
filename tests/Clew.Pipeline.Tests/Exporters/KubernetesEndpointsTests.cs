using System.Net;
using System.Text;
using Clew.Pipeline.Exporters.Sending;

namespace Clew.Pipeline.Tests.Exporters;

/// <summary>
/// Behind the real client library, against an answer of a Kubernetes API that is served on loopback: no cluster, so nothing here says
/// what a live API server does.
/// </summary>
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

    private readonly HttpListener _listener = new();
    private readonly int _port;
    private readonly List<string> _asked = [];
    private HttpStatusCode _status = HttpStatusCode.OK;

    public KubernetesEndpointsTests()
    {
        using (var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            _port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        _listener.Prefixes.Add($"http://127.0.0.1:{_port}/");
        _listener.Start();
        _ = ServeAsync();
    }

    public void Dispose() => _listener.Close();

    [Fact]
    public async Task Ready_addresses_are_members_at_every_port()
    {
        using var endpoints = new KubernetesEndpoints(Service() with { Ports = [4317, 4318] });
        Assert.Equal(
            ["10.0.0.5:4317", "10.0.0.5:4318", "10.0.0.7:4317", "10.0.0.7:4318", "[fd00::5]:4317", "[fd00::5]:4318"], (await endpoints.ListAsync(CancellationToken.None))!);
        Assert.Contains("/namespaces/mesh/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dlb", Assert.Single(_asked), StringComparison.Ordinal);
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
        _status = HttpStatusCode.Forbidden;
        using var endpoints = new KubernetesEndpoints(Service());
        Assert.Null(await endpoints.ListAsync(CancellationToken.None));
    }

    [Fact]
    public void Service_is_named_with_or_without_its_namespace()
    {
        Assert.Equal(("mesh", "lb"), (KubernetesService.Parse("lb.mesh").Namespace, KubernetesService.Parse("lb.mesh").Name));
        Assert.Equal("lb", KubernetesService.Parse("lb").Name);
    }

    private KubernetesService Service() => KubernetesService.Parse("lb.mesh") with { ApiServer = new Uri($"http://127.0.0.1:{_port}"), Timeout = TimeSpan.FromSeconds(30) };

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            _asked.Add(context.Request.RawUrl!);
            context.Response.StatusCode = (int)_status;
            context.Response.ContentType = "application/json";
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(Slices));
            context.Response.Close();
        }
    }
}
