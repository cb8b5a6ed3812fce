using System.Text.Json;
using Clew.Mesh.Graph;

namespace Clew.Mesh.Kubernetes;

/// <summary>Finds the virtual services and destination rules that concern a node.</summary>
internal static class IstioBadgeReader
{
    public static IstioBadges Read(ClusterSnapshot cluster, MeshNode node)
    {
        var services = node.DestServices.Select(static service => (service.Namespace, service.Name)).ToHashSet();
        if (node.Kind == NodeKind.Service)
        {
            services.Add((node.Namespace, node.Service));
        }

        if (services.Count == 0)
        {
            return new IstioBadges();
        }

        var badges = new IstioBadges();
        foreach (var item in cluster.IstioObjects)
        {
            if (item.Kind == "DestinationRule" && IsAny(KubeAppenders.Text(item.Spec, "host"), item.Namespace, services) && HasCircuitBreaker(item.Spec, node))
            {
                badges = badges with { CircuitBreaker = true };
            }
            else if (item.Kind == "VirtualService" && Destinations(item.Spec).Any(host => IsAny(host, item.Namespace, services)))
            {
                badges = Add(badges, item.Spec);
            }
        }

        return badges;
    }

    private static bool HasCircuitBreaker(JsonElement spec, MeshNode node) =>
        IsBreaker(spec, "trafficPolicy")
        || Items(spec, "subsets").Any(subset => IsBreaker(subset, "trafficPolicy")
            && (node.Version.Length == 0 || !subset.TryGetProperty("labels", out var labels) || KubeAppenders.Text(labels, "version") is var version && (version.Length == 0 || version == node.Version)));

    private static bool IsBreaker(JsonElement element, string policy) =>
        element.TryGetProperty(policy, out var found) && found.ValueKind == JsonValueKind.Object
        && (found.TryGetProperty("connectionPool", out _) || found.TryGetProperty("outlierDetection", out _));

    private static IstioBadges Add(IstioBadges badges, JsonElement spec)
    {
        var http = Items(spec, "http").ToList();
        var tcp = Items(spec, "tcp").Concat(Items(spec, "tls")).ToList();
        return badges with
        {
            HasVirtualService = true,
            VirtualServiceHosts = [.. badges.VirtualServiceHosts.Concat(KubeAppenders.Strings(spec, "hosts")).Distinct().Order(StringComparer.Ordinal)],
            FaultInjection = badges.FaultInjection || http.Exists(static route => route.TryGetProperty("fault", out _)),
            Mirroring = badges.Mirroring || http.Exists(static route => route.TryGetProperty("mirror", out _) || route.TryGetProperty("mirrors", out _)),
            RequestTimeout = badges.RequestTimeout || http.Exists(static route => route.TryGetProperty("timeout", out _)),
            TrafficShifting = badges.TrafficShifting || http.Exists(static route => Items(route, "route").Count(IsWeighted) > 1),
            TcpTrafficShifting = badges.TcpTrafficShifting || tcp.Exists(static route => Items(route, "route").Count(IsWeighted) > 1),
            RequestRouting = badges.RequestRouting || http.Count > 1 || http.Exists(static route => route.TryGetProperty("match", out _)),
        };
    }

    private static bool IsWeighted(JsonElement route) => route.TryGetProperty("weight", out var weight) && weight.ValueKind == JsonValueKind.Number && weight.GetDouble() > 0;

    private static IEnumerable<string> Destinations(JsonElement spec)
    {
        foreach (var host in KubeAppenders.Strings(spec, "hosts"))
        {
            yield return host;
        }

        foreach (var route in new[] { "http", "tcp", "tls" }.SelectMany(kind => Items(spec, kind)).SelectMany(static rule => Items(rule, "route")))
        {
            if (route.TryGetProperty("destination", out var destination))
            {
                yield return KubeAppenders.Text(destination, "host");
            }
        }
    }

    /// <summary>A short host is in the object's own namespace.</summary>
    private static bool IsAny(string host, string ns, HashSet<(string Namespace, string Name)> services)
    {
        var parts = host.Split('.');
        return services.Contains((parts.Length > 1 ? parts[1] : ns, parts[0])) || services.Any(service => service.Name == host);
    }

    private static IEnumerable<JsonElement> Items(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(static item => item.ValueKind == JsonValueKind.Object)
            : [];
}
