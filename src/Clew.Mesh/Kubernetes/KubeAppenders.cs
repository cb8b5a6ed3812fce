using System.Text.Json;
using Clew.Mesh.Graph;

namespace Clew.Mesh.Kubernetes;

/// <summary>What the Kubernetes API adds to a graph of traffic: who is idle, dead, without a sidecar; labels and Istio's configuration.</summary>
public static class KubeAppenders
{
    /// <summary>Folds nodes of hosts into the service entry that defines the host: the exact one before a wildcard, the node's own namespace before others.</summary>
    public static void FoldServiceEntries(TrafficMap map, ClusterSnapshot cluster)
    {
        var entries = cluster.IstioObjects.Where(static item => item.Kind == "ServiceEntry").Select(static item => (Item: item, Hosts: Strings(item.Spec, "hosts"))).ToList();
        if (entries.Count == 0)
        {
            return;
        }

        var callers = map.Edges.GroupBy(static edge => edge.Target).ToDictionary(static group => group.Key, static group => group.Select(static edge => edge.Source.Namespace).ToHashSet());
        var gone = new HashSet<MeshNode>();
        foreach (var node in map.Nodes.Where(static node => node.Kind == NodeKind.Service && node.ServiceEntry is null).ToList())
        {
            var found = entries
                .Select(entry => (entry.Item, entry.Hosts, Rank: entry.Hosts.Select(host => Fits(host, node)).DefaultIfEmpty(0).Max()))
                .Where(entry => entry.Rank > 0 && IsExported(entry.Item, callers.GetValueOrDefault(node)))
                .OrderByDescending(static entry => entry.Rank)
                .ThenByDescending(entry => entry.Item.Namespace == node.Namespace)
                .FirstOrDefault();
            if (found.Item is null)
            {
                continue;
            }

            var info = new ServiceEntryInfo(
                found.Item.Name, found.Item.Namespace, Text(found.Item.Spec, "location") is { Length: > 0 } location ? location : "MESH_EXTERNAL", found.Hosts);
            var key = $"se_{node.Cluster}_{found.Item.Namespace}_{found.Item.Name}";
            if (map.Find(key) is not { } entryNode)
            {
                entryNode = new MeshNode(key, NodeKind.Service) { Cluster = node.Cluster, Namespace = found.Item.Namespace, Service = found.Item.Name, ServiceEntry = info, Evidence = Evidence.Kubernetes };
                map.Put(entryNode);
            }

            foreach (var caller in map.Nodes)
            {
                foreach (var edge in caller.Edges.Where(edge => ReferenceEquals(edge.Target, node)).ToList())
                {
                    caller.EdgeTo(entryNode, edge.Protocol).Add(edge);
                    entryNode.Traffic.In(edge.Protocol).Add(edge.Rates);
                }
            }

            foreach (var edge in node.Edges)
            {
                entryNode.EdgeTo(edge.Target, edge.Protocol).Add(edge);
                entryNode.Traffic.Out(edge.Protocol) += edge.Rates.Total;
            }

            entryNode.Evidence |= node.Evidence;
            entryNode.DestServices.UnionWith(node.DestServices);
            gone.Add(node);
        }

        map.Remove(gone);
    }

    /// <summary>Adds what a namespace has and no traffic reached.</summary>
    public static void AddIdle(TrafficMap map, ClusterSnapshot cluster, GraphRequest request)
    {
        var seenServices = map.Nodes.SelectMany(static node => node.DestServices.Select(static service => (service.Namespace, service.Name)))
            .Concat(map.Nodes.Where(static node => node.Service.Length > 0).Select(static node => (node.Namespace, Name: node.Service))).ToHashSet();
        var name = map.Nodes.Select(static node => node.Cluster).FirstOrDefault(MeshNames.IsOk) is { } seen && !cluster.IsClusterNamed ? seen : cluster.Cluster;
        foreach (var ns in request.Namespaces)
        {
            if (request.InjectServiceNodes || request.IsService)
            {
                foreach (var service in cluster.Services.Values.Where(service => service.Namespace == ns && !seenServices.Contains((ns, service.Name))))
                {
                    Add(new Party(name, "", "", "", "", ns, service.Name), GraphType.Service);
                }
            }

            if (!request.IsService)
            {
                foreach (var workload in cluster.Workloads.Values.Where(workload => workload.Namespace == ns))
                {
                    Add(new Party(name, ns, workload.Name, workload.App, workload.Version), request.Type);
                }
            }
        }

        void Add(Party party, GraphType type)
        {
            if (NodeIdentity.Of(party, type) is var (key, _) && map.Find(key) is null && map.NodeOf(party, type) is { } node)
            {
                node.IsIdle = true;
                node.Evidence = Evidence.Kubernetes;
            }
        }
    }

    /// <summary>
    /// Removes what has no traffic and exists no more, and flags what has no pods. Removing one may leave another without traffic, so this
    /// goes on until nothing changes.
    /// </summary>
    public static void RemoveDead(TrafficMap map, ClusterSnapshot cluster)
    {
        while (true)
        {
            var called = map.Edges.Where(static edge => edge.Rates.Total > 0).Select(static edge => edge.Target).ToHashSet();
            var dead = map.Nodes.Where(node => !node.IsIdle && IsDead(node, called.Contains(node), cluster)).ToHashSet();
            if (dead.Count == 0)
            {
                break;
            }

            map.Remove(dead);
        }

        foreach (var node in map.Nodes)
        {
            if (Workload(cluster, node) is { } workload && workload.PodCount == 0 && workload.Desired == 0)
            {
                node.IsDead = true;
            }
        }
    }

    public static void CheckSidecars(TrafficMap map, ClusterSnapshot cluster, string istioNamespace)
    {
        foreach (var node in map.Nodes.Where(static node => node.Kind is NodeKind.Workload or NodeKind.App))
        {
            if (node.Namespace == istioNamespace || !cluster.Covers(node.Cluster))
            {
                continue;
            }

            var workloads = Workloads(cluster, node);
            node.IsAmbient = workloads.Exists(static workload => workload.IsAmbient) || (cluster.Namespaces.GetValueOrDefault(node.Namespace)?.IsAmbient ?? false);
            node.IsOutOfMesh = !node.IsAmbient && workloads.Exists(static workload => !workload.HasSidecar && !workload.IsGateway && !workload.IsWaypoint);
        }
    }

    /// <summary>Labels, gateways, waypoints and workload entries.</summary>
    public static void AddFacts(TrafficMap map, ClusterSnapshot cluster, GraphRequest request)
    {
        foreach (var node in map.Nodes.Where(node => cluster.Covers(node.Cluster)))
        {
            var workloads = Workloads(cluster, node);
            var service = node.Kind == NodeKind.Service ? cluster.Services.GetValueOrDefault((node.Namespace, node.Service)) : null;
            if (workloads.Count > 0 || service is not null)
            {
                node.Evidence |= Evidence.Kubernetes;
            }

            if (request.Has("labeler"))
            {
                node.Labels = service?.Labels ?? (workloads.Count == 0 ? node.Labels : Common(workloads));
            }

            if (workloads.Exists(static workload => workload.IsGateway && !workload.IsWaypoint))
            {
                node.IsGateway = true;
                node.GatewayHosts = GatewayHosts(cluster, workloads);
            }

            node.IsWaypoint = workloads.Exists(static workload => workload.IsWaypoint);
            if (request.Has("workloadEntry"))
            {
                node.WorkloadEntries = [.. cluster.IstioObjects.Where(item => item.Kind == "WorkloadEntry" && item.Namespace == node.Namespace && IsEntryOf(item, node)).Select(static item => item.Name)];
            }

            if (request.Has("istio"))
            {
                node.Badges = IstioBadgeReader.Read(cluster, node);
            }
        }
    }

    public static KubeWorkload? Workload(ClusterSnapshot cluster, MeshNode node) =>
        node.Workload.Length > 0 && cluster.Covers(node.Cluster) ? cluster.Workloads.GetValueOrDefault((node.Namespace, node.Workload)) : null;

    /// <summary>The workload of a node, or all that an app node stands for.</summary>
    public static List<KubeWorkload> Workloads(ClusterSnapshot cluster, MeshNode node)
    {
        if (!cluster.Covers(node.Cluster))
        {
            return [];
        }

        if (node.Workload.Length > 0)
        {
            return Workload(cluster, node) is { } one ? [one] : [];
        }

        return node.Kind == NodeKind.App
            ? [.. cluster.Workloads.Values.Where(workload => workload.Namespace == node.Namespace && workload.App == node.App && (node.Version.Length == 0 || workload.Version == node.Version))]
            : [];
    }

    private static bool IsDead(MeshNode node, bool isCalled, ClusterSnapshot cluster)
    {
        var calls = node.Edges.Any(static edge => edge.Rates.Total > 0);
        if (isCalled || (node.Kind != NodeKind.Service && calls) || node.ServiceEntry is not null || node.IsEgressCluster || node.Kind == NodeKind.Aggregate)
        {
            return false;
        }

        return node.Kind switch
        {
            NodeKind.Unknown => !calls,
            NodeKind.Service => !calls && cluster.Covers(node.Cluster) && !cluster.Services.ContainsKey((node.Namespace, node.Service)),
            _ => cluster.Covers(node.Cluster) && MeshNames.IsOk(node.Workload) && Workload(cluster, node) is null,
        };
    }

    /// <summary>3 for the same host, 2 for its first part, 1 for a wildcard that fits, 0 for none.</summary>
    private static int Fits(string host, MeshNode node)
    {
        var service = node.Service;
        if (host == service || node.DestServices.Any(dest => dest.Name == host))
        {
            return 3;
        }

        if (host.StartsWith("*.", StringComparison.Ordinal))
        {
            return service.EndsWith(host[1..], StringComparison.Ordinal) ? 1 : 0;
        }

        return host.Split('.') is [var first, var ns, "svc" or "global", ..] && first == service && ns == node.Namespace ? 2 : 0;
    }

    private static bool IsExported(IstioObject entry, HashSet<string>? callers)
    {
        var to = Strings(entry.Spec, "exportTo");
        return to.Count == 0 || to.Contains("*") || callers is null
            || callers.Any(caller => to.Contains(caller) || (to.Contains(".") && caller == entry.Namespace));
    }

    private static bool IsEntryOf(IstioObject entry, MeshNode node)
    {
        if (entry.Spec.ValueKind != JsonValueKind.Object || !entry.Spec.TryGetProperty("labels", out var labels) || labels.ValueKind != JsonValueKind.Object || node.App.Length == 0)
        {
            return false;
        }

        return Text(labels, "app") == node.App && (node.Version.Length == 0 || Text(labels, "version") is "" || Text(labels, "version") == node.Version);
    }

    private static List<string> GatewayHosts(ClusterSnapshot cluster, List<KubeWorkload> workloads) =>
        [.. cluster.IstioObjects.Where(static item => item.Kind == "Gateway" && item.Spec.ValueKind == JsonValueKind.Object)
            .Where(item => item.Spec.TryGetProperty("selector", out var selector) && selector.ValueKind == JsonValueKind.Object
                && selector.EnumerateObject().All(entry => workloads.Exists(workload => workload.Labels.GetValueOrDefault(entry.Name) == entry.Value.ToString())))
            .SelectMany(static item => item.Spec.TryGetProperty("servers", out var servers) && servers.ValueKind == JsonValueKind.Array
                ? servers.EnumerateArray().SelectMany(static server => Strings(server, "hosts")) : [])
            .Distinct().Order(StringComparer.Ordinal)];

    private static Dictionary<string, string> Common(List<KubeWorkload> workloads) =>
        workloads[0].Labels.Where(label => workloads.TrueForAll(workload => workload.Labels.GetValueOrDefault(label.Key) == label.Value)).ToDictionary();

    internal static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    internal static List<string> Strings(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Where(static item => item.ValueKind == JsonValueKind.String).Select(static item => item.GetString()!)]
            : [];
}
