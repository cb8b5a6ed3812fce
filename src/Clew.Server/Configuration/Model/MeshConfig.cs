namespace Clew.Server.Configuration;

/// <summary><c>mesh</c>: further evidence for the service graph, beside the spans, and how its health is judged.</summary>
internal sealed record MeshConfig
{
    /// <summary>Short form of <c>prometheus.url</c>.</summary>
    public string PrometheusUrl { get; init; } = "";

    public MeshPrometheusConfig Prometheus { get; init; } = new();

    /// <summary>Whether to read namespaces, workloads and sidecars from the Kubernetes API.</summary>
    public bool Kubernetes { get; init; }

    /// <summary>A kubeconfig file; empty for the service account of the pod, or the file that <c>kubectl</c> would take.</summary>
    public string Kubeconfig { get; init; } = "";

    /// <summary>What the cluster is called in Istio's metrics; empty to match its namespaces by name alone.</summary>
    public string Cluster { get; init; } = "";

    public string IstioNamespace { get; init; } = "istio-system";

    public ValueList<string> Namespaces { get; init; } = [];

    public string Tenant { get; init; } = "";

    public ValueList<MeshHealthRule> Health { get; init; } = [];

    /// <summary>The address of the Prometheus server, from either place; empty when there is none.</summary>
    public string EffectivePrometheusUrl => Prometheus.Url.Length > 0 ? Prometheus.Url : PrometheusUrl;
}

/// <summary><c>mesh.prometheus</c>: how to reach the Prometheus server with Istio's metrics.</summary>
internal sealed record MeshPrometheusConfig
{
    public string Url { get; init; } = "";

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(20);

    public int MaxConcurrent { get; init; } = 8;

    public Secret BearerToken { get; init; }

    public string Username { get; init; } = "";

    public Secret Password { get; init; }

    public ValueMap<string, Secret> Headers { get; init; } = ValueMap<string, Secret>.Empty;

    public bool InsecureSkipVerify { get; init; }

    public ValueMap<string, string> QueryScope { get; init; } = ValueMap<string, string>.Empty;
}

/// <summary>Tolerances of those whose namespace, kind and name match. Empty patterns match all.</summary>
internal sealed record MeshHealthRule(string Namespace, string Kind, string Name, ValueList<MeshTolerance> Tolerances);

/// <summary>From which share of a code on something is degraded or failed.</summary>
internal sealed record MeshTolerance(string Code, string Protocol, string Direction, double Degraded, double Failure);
