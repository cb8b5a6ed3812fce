using Clew.Mesh.Graph;
using Clew.Semantics.Nodes;
using Clew.Semantics.Pairing;
using ServiceNodeKind = Clew.Semantics.Nodes.NodeKind;

namespace Clew.Mesh.Spans;

/// <summary>The parties of a call, named as Istio's labels name them, so that both kinds of evidence draw the same nodes.</summary>
internal static class PartyNames
{
    private static readonly Party Nobody = new(MeshNames.Unknown, MeshNames.Unknown, MeshNames.Unknown, MeshNames.Unknown, MeshNames.Unknown);

    /// <summary>Caller, callee, and what the callee is when it sends no spans: <c>database</c>, <c>messaging</c>, <c>external</c>, else empty.</summary>
    public static (Party Source, Party Target, string Role) Of(ServiceNode client, ServiceNode server, CallPairing pairing)
    {
        var source = Caller(client);
        return server.Kind switch
        {
            ServiceNodeKind.Service when pairing == CallPairing.ClientOnly => (source, Called(source, server.Namespace, server.App), ""),
            ServiceNodeKind.Service => (source, Workload(server) with { ServiceNamespace = OrUnknown(server.Namespace), Service = server.App }, ""),
            ServiceNodeKind.Database => (source, Virtual(source, server.App), "database"),
            ServiceNodeKind.Messaging => (source, Virtual(source, server.App), "messaging"),
            ServiceNodeKind.External => (source, Virtual(source, server.App), "external"),
            _ => (source, Nobody with { Cluster = source.Cluster, ServiceNamespace = source.Namespace, Service = MeshNames.Unknown }, ""),
        };
    }

    private static Party Caller(ServiceNode node) => node.Kind switch
    {
        ServiceNodeKind.Service => Workload(node),
        ServiceNodeKind.User or ServiceNodeKind.Unknown => Nobody,
        _ => Nobody with { Service = node.App },
    };

    /// <summary>A service that says nothing of a workload is its own: outside of Kubernetes there is one for each service.</summary>
    private static Party Workload(ServiceNode node) => new(
        OrUnknown(node.Cluster), OrUnknown(node.Namespace), node.Workload.Length > 0 ? node.Workload : OrUnknown(node.App), OrUnknown(node.App), Version(node));

    /// <summary>A proxy names its service <c>app.namespace</c>; where it knows no version, Istio's metrics say <c>latest</c>.</summary>
    private static string Version(ServiceNode node) =>
        node.Version.Length > 0 ? node.Version : node.Namespace.Length > 0 && node.Service == $"{node.App}.{node.Namespace}" ? MeshNames.Latest : MeshNames.Unknown;

    /// <summary>A database or host: a service of the cluster when its address says so, else beside its caller, or nowhere when it has a domain of its own.</summary>
    private static Party Virtual(in Party caller, string name)
    {
        var labels = name.Split(':')[0].Split('.');
        return labels is [{ Length: > 0 }, { Length: > 0 }, "svc", ..] ? Called(caller, labels[1], labels[0])
            : Called(caller, labels.Length > 1 || MeshNames.IsEgressCluster(name) ? "" : caller.Namespace, name);
    }

    private static Party Called(in Party caller, string ns, string name) =>
        new(caller.Cluster, MeshNames.Unknown, MeshNames.Unknown, MeshNames.Unknown, MeshNames.Unknown, OrUnknown(ns), name);

    private static string OrUnknown(string text) => text.Length > 0 ? text : MeshNames.Unknown;
}
