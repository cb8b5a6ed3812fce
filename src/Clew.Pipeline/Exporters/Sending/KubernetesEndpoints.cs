using System.Net.Sockets;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Clew.Pipeline.Exporters.Sending;

/// <summary>A Kubernetes service whose endpoints are the members of <c>loadbalancing</c> (<c>resolver.k8s</c>).</summary>
public sealed record KubernetesService(string Namespace, string Name)
{
    /// <summary>Each address is a member at each of these.</summary>
    public IReadOnlyList<int> Ports { get; init; } = [4317];

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Members are named <c>pod.service.namespace</c>, which stays the same when a pod of a StatefulSet gets a new address.</summary>
    public bool ReturnHostnames { get; init; }

    /// <summary>Connects to an API server at a fixed URL in place of the one that runs this pod.</summary>
    public Uri? ApiServer { get; init; }

    /// <summary><c>service</c>, in the namespace of this pod, or <c>service.namespace</c>.</summary>
    public static KubernetesService Parse(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? new KubernetesService(OwnNamespace(), text) : new KubernetesService(text[(dot + 1)..], text[..dot]);
    }

    /// <summary>Kubernetes mounts it into every pod.</summary>
    private static string OwnNamespace()
    {
        const string Path = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
        return File.Exists(Path) ? File.ReadAllText(Path).Trim() : "default";
    }
}

/// <summary>Lists the ready endpoints of a service (EndpointSlices, <c>discovery.k8s.io/v1</c>).</summary>
internal sealed class KubernetesEndpoints(KubernetesService service) : IDisposable
{
    /// <summary>The label that ties a slice to its service.</summary>
    private const string ServiceLabel = "kubernetes.io/service-name";

    private readonly k8s.Kubernetes _client = new(
        service.ApiServer is { } server ? new KubernetesClientConfiguration { Host = server.ToString() }
        : KubernetesClientConfiguration.IsInCluster() ? KubernetesClientConfiguration.InClusterConfig()
        : KubernetesClientConfiguration.BuildConfigFromConfigFile());

    /// <summary>Null when the API server does not answer: the members that were known stay.</summary>
    public async Task<string[]?> ListAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(service.Timeout);
        try
        {
            var slices = await _client.DiscoveryV1.ListNamespacedEndpointSliceAsync(
                service.Namespace, labelSelector: $"{ServiceLabel}={service.Name}", cancellationToken: limit.Token).ConfigureAwait(false);
            return [.. slices.Items.Where(static slice => slice.AddressType is "IPv4" or "IPv6")
                .SelectMany(slice => slice.Endpoints ?? []).Where(static endpoint => endpoint.Conditions?.Ready != false)
                .SelectMany(Hosts).Distinct().SelectMany(host => service.Ports.Select(port => $"{host}:{port}"))];
        }
        catch (Exception fault) when (fault is HttpOperationException or HttpRequestException or IOException or SocketException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    public void Dispose() => _client.Dispose();

    private IEnumerable<string> Hosts(V1Endpoint endpoint) =>
        service.ReturnHostnames && endpoint.Hostname is { Length: > 0 } hostname
            ? [$"{hostname}.{service.Name}.{service.Namespace}"]
            : endpoint.Addresses.Select(static address => address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address);
}
