using Clew.Semantics.Attributes;

namespace Clew.Semantics.Nodes;

/// <summary>
/// The identity of the node that sent a span: Kubernetes' attributes, then OpenTelemetry's, then Istio's, then what can be read out of
/// names (<c>app.namespace</c>, pods).
/// </summary>
internal static class NodeDerivation
{
    public const string ProxyComponent = "proxy";

    /// <summary>Istio's words for "not known".</summary>
    private const string UnknownText = "unknown";
    private const string UnknownRevision = "latest";

    /// <param name="text">Looks a key up on the span, then on its resource.</param>
    /// <param name="isProxy">A sidecar, gateway or waypoint: its service name may carry the namespace.</param>
    public static ServiceNode Derive(Func<SemanticKey, string> text, bool isProxy)
    {
        var service = text(SemanticKey.ServiceName);
        var pod = EnvoyPod(text(SemanticKey.NodeId), out var podNamespace);
        var ns = First(
            text(SemanticKey.K8sNamespace), text(SemanticKey.ServiceNamespace), Known(text(SemanticKey.IstioNamespace)), podNamespace);
        var app = WithoutNamespace(service, isProxy, ref ns);
        var canonical = Known(text(SemanticKey.IstioService));
        var revision = text(SemanticKey.IstioRevision);
        return new ServiceNode
        {
            Kind = NodeKind.Service,
            Cluster = First(text(SemanticKey.K8sCluster), Known(text(SemanticKey.IstioCluster))),
            Namespace = ns,
            Service = service,
            App = First(canonical, app, UnknownText),
            Version = First(revision is UnknownText or UnknownRevision ? "" : revision, text(SemanticKey.ServiceVersion)),
            Workload = Workload(text, pod),
        };
    }

    /// <summary>Source or destination of a waypoint's or gateway's span; null when the span names none.</summary>
    public static ServiceNode? Waypoint(Func<SemanticKey, string> text, bool source)
    {
        var workload = Known(text(source ? SemanticKey.SourceWorkload : SemanticKey.DestinationWorkload));
        var app = First(
            Known(text(source ? SemanticKey.SourceService : SemanticKey.DestinationService)), Known(text(source ? SemanticKey.SourceApp : SemanticKey.DestinationApp)), workload);
        if (app.Length == 0)
        {
            return null;
        }

        var revision = First(
            text(source ? SemanticKey.SourceRevision : SemanticKey.DestinationRevision), text(source ? SemanticKey.SourceAppVersion : SemanticKey.DestinationAppVersion));
        return new ServiceNode
        {
            Cluster = Known(text(source ? SemanticKey.SourceCluster : SemanticKey.DestinationCluster)),
            Namespace = Known(text(source ? SemanticKey.SourceNamespace : SemanticKey.DestinationNamespace)),
            Service = app,
            App = app,
            Version = revision is UnknownText or UnknownRevision ? "" : revision,
            Workload = workload,
        };
    }

    private static string Workload(Func<SemanticKey, string> text, string envoyPod)
    {
        // A job's pods come and go under names of their own; the cron job that makes them is the workload.
        var named = First(
            text(SemanticKey.K8sDeployment), text(SemanticKey.K8sStatefulSet), text(SemanticKey.K8sDaemonSet), text(SemanticKey.K8sCronJob), text(SemanticKey.K8sJob));
        if (named.Length > 0)
        {
            return named;
        }

        var pod = First(text(SemanticKey.K8sPod), envoyPod);
        if (pod.Length > 0)
        {
            return PodName.Workload(pod);
        }

        return PodName.TryDeployment(text(SemanticKey.HostName), out var workload) ? workload : "";
    }

    /// <summary>
    /// Istio's proxies call their service <c>app.namespace</c>. Only a proxy's name is cut, or one whose end is the namespace that is known
    /// otherwise: <c>Company.Billing</c> of an application stays whole.
    /// </summary>
    private static string WithoutNamespace(string service, bool isProxy, ref string ns)
    {
        var dot = service.LastIndexOf('.');
        if (dot <= 0 || dot == service.Length - 1)
        {
            return service;
        }

        var suffix = service[(dot + 1)..];
        if (suffix == ns || (isProxy && ns.Length == 0))
        {
            ns = suffix;
            return service[..dot];
        }

        return service;
    }

    /// <summary><c>sidecar~10.0.0.7~reviews-v1-545db77b95-8q5cl.default~default.svc.cluster.local</c>: the pod and its namespace.</summary>
    private static string EnvoyPod(string nodeId, out string ns)
    {
        ns = "";
        var parts = nodeId.Split('~');
        if (parts.Length != 4)
        {
            return "";
        }

        var dot = parts[2].LastIndexOf('.');
        if (dot <= 0)
        {
            return parts[2];
        }

        ns = parts[2][(dot + 1)..];
        return parts[2][..dot];
    }

    private static string Known(string text) => text == UnknownText ? "" : text;

    private static string First(params ReadOnlySpan<string> texts)
    {
        foreach (var text in texts)
        {
            if (text.Length > 0)
            {
                return text;
            }
        }

        return "";
    }
}
