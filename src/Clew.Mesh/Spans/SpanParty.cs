using Clew.Mesh.Graph;

namespace Clew.Mesh.Spans;

/// <summary>Who a span belongs to: the application, or the proxy that stands for it.</summary>
internal sealed record SpanParty(Party Party, ProxyRole Proxy)
{
    /// <summary>Spans of one owner that follow each other are inside one node.</summary>
    public (string, string, string, string) Owner => (Party.Cluster, Party.Namespace, Party.Workload, Party.App);

    public static SpanParty Of(SpanFacts span)
    {
        var (nodeRole, pod, podNamespace) = NodeId(span.Either("node_id"));
        var (name, suffix) = SplitService(span.ServiceName);
        var ns = First(span.Resource("k8s.namespace.name"), span.Resource("service.namespace"), span.Either("istio.namespace"), podNamespace, suffix);

        // A dot in a service's name is a namespace only where nothing else says which it is, or where both agree.
        var app = First(span.Either("istio.canonical_service"), suffix.Length > 0 && (ns == suffix || ns.Length == 0) ? name : span.ServiceName);
        var version = First(span.Either("istio.canonical_revision"), span.Resource("service.version"));
        var workload = First(
            span.Resource("k8s.deployment.name"), span.Resource("k8s.statefulset.name"), span.Resource("k8s.daemonset.name"),
            PodOwner(pod), PodOwner(First(span.Resource("k8s.pod.name"))), PodOwner(HostPod(span)));
        var cluster = First(span.Resource("k8s.cluster.name"), span.Either("istio.cluster_id"));
        return new SpanParty(
            new Party(OrUnknown(cluster), OrUnknown(ns), workload.Length > 0 ? workload : OrUnknown(app), OrUnknown(app), version.Length > 0 ? version : MeshNames.Unknown),
            nodeRole != ProxyRole.None ? nodeRole : span.Either("component") == "proxy" ? ProxyRole.Sidecar : ProxyRole.None);
    }

    /// <summary><c>sidecar~ip~pod.namespace~domain</c>.</summary>
    private static (ProxyRole Role, string Pod, string Namespace) NodeId(string? id)
    {
        if (id?.Split('~') is not [var kind, _, var pod, ..])
        {
            return (ProxyRole.None, "", "");
        }

        var dot = pod.LastIndexOf('.');
        var role = kind switch { "router" => ProxyRole.Gateway, "waypoint" => ProxyRole.Waypoint, _ => ProxyRole.Sidecar };
        return dot < 0 ? (role, pod, "") : (role, pod[..dot], pod[(dot + 1)..]);
    }

    /// <summary><c>app.namespace</c> as Istio names services for tracing; other names are whole.</summary>
    private static (string Name, string Namespace) SplitService(string service)
    {
        var dot = service.IndexOf('.');
        return dot > 0 && dot == service.LastIndexOf('.') && dot < service.Length - 1 ? (service[..dot], service[(dot + 1)..]) : (service, "");
    }

    /// <summary>A host is named after its pod only in Kubernetes; a machine's name tells nothing of a workload.</summary>
    private static string HostPod(SpanFacts span) => span.Either("hostname") is { } host && PodOwner(host) != host ? host : "";

    /// <summary>The workload that a pod's name was made of: without the hash of the pod, and that of the template.</summary>
    internal static string PodOwner(string pod)
    {
        var parts = pod.Split('-');
        if (parts.Length >= 3 && IsHash(parts[^1], 5, 5) && IsHash(parts[^2], 8, 10))
        {
            return string.Join('-', parts[..^2]);
        }

        if (parts.Length >= 2 && (IsHash(parts[^1], 5, 5) || (parts[^1].Length > 0 && parts[^1].All(char.IsAsciiDigit))))
        {
            return string.Join('-', parts[..^1]);
        }

        return pod;
    }

    /// <summary>Kubernetes makes its hashes of letters that spell no word, and digits.</summary>
    private static bool IsHash(string text, int least, int most) =>
        text.Length >= least && text.Length <= most && text.All(static letter => "bcdfghjklmnpqrstvwxz2456789013".Contains(letter, StringComparison.Ordinal) || letter is 'a' or 'e' or 'f')
        && (text.Any(char.IsAsciiDigit) || text.All(static letter => !"aeiou".Contains(letter, StringComparison.Ordinal)));

    private static string First(params ReadOnlySpan<string?> texts)
    {
        foreach (var text in texts)
        {
            if (!string.IsNullOrEmpty(text))
            {
                return text;
            }
        }

        return "";
    }

    private static string OrUnknown(string text) => text.Length > 0 ? text : MeshNames.Unknown;
}

internal enum ProxyRole
{
    None,
    Sidecar,
    Gateway,
    Waypoint,
}
