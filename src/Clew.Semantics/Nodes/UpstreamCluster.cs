namespace Clew.Semantics.Nodes;

/// <summary>
/// Envoy's name of an upstream, as Istio makes it: <c>outbound|9080|v1|reviews.default.svc.cluster.local</c>, or
/// <c>PassthroughCluster</c> and <c>BlackHoleCluster</c> for what leaves the mesh unnamed.
/// </summary>
internal static class UpstreamCluster
{
    public static ServiceNode? Target(string cluster)
    {
        if (cluster.Length == 0)
        {
            return null;
        }

        if (cluster.StartsWith("PassthroughCluster", StringComparison.Ordinal) || cluster.StartsWith("BlackHoleCluster", StringComparison.Ordinal))
        {
            return new ServiceNode { Kind = NodeKind.External, App = cluster.Split(';')[0] };
        }

        var parts = cluster.TrimEnd(';').Split('|');
        if (parts.Length != 4 || parts[0] == "inbound")
        {
            return null;
        }

        return MeshHost(parts[3], parts[2]);
    }

    /// <summary>A service of the cluster when the host says so (<c>name.namespace.svc…</c>), else an external host.</summary>
    public static ServiceNode MeshHost(string host, string version)
    {
        var labels = host.Split('.');
        return labels.Length >= 3 && labels[2] == "svc"
            ? new ServiceNode { Kind = NodeKind.Service, App = labels[0], Service = labels[0], Namespace = labels[1], Version = version }
            : new ServiceNode { Kind = NodeKind.External, App = host };
    }

    /// <summary>True for an address that names a service of a Kubernetes cluster.</summary>
    public static bool IsMeshHost(string host)
    {
        var labels = host.Split('.');
        return labels.Length >= 3 && labels[2] == "svc";
    }
}
