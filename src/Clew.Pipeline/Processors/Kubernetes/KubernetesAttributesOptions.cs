using Clew.Pipeline.Text;

namespace Clew.Pipeline.Processors.Kubernetes;

/// <summary>How a pod is found: by all of these at once.</summary>
public sealed record PodAssociation(IReadOnlyList<(bool IsConnection, string Attribute)> Sources);

/// <summary>A label or annotation that becomes an attribute.</summary>
public sealed record ExtractedField(string TagName, string Key, string From)
{
    /// <summary>In place of <see cref="Key"/>: all that match; <c>$1</c> in the tag name stands for a group.</summary>
    internal GoRegex? KeyRegex { get; init; }

    /// <summary>Null, with the reason, when the pattern cannot be read.</summary>
    public static ExtractedField? Of(ExtractedField plain, string pattern, out string? problem) =>
        GoRegex.TryParse(pattern, out var regex, out problem) ? plain with { KeyRegex = regex } : null;
}

/// <summary>Settings of <c>k8sattributes</c>.</summary>
public sealed record KubernetesAttributesOptions
{
    /// <summary><c>serviceAccount</c>, <c>kubeConfig</c> or <c>none</c>.</summary>
    public string AuthType { get; init; } = "serviceAccount";

    /// <summary>Only the pod's IP is set; a collector further on does the rest.</summary>
    public bool Passthrough { get; init; }

    /// <summary>Tried in this order.</summary>
    public IReadOnlyList<PodAssociation> Associations { get; init; } = [];

    public IReadOnlyList<string> Metadata { get; init; } = [];

    public IReadOnlyList<ExtractedField> Labels { get; init; } = [];

    public IReadOnlyList<ExtractedField> Annotations { get; init; } = [];

    /// <summary>Annotations <c>resource.opentelemetry.io/NAME</c> become attributes.</summary>
    public bool OtelAnnotations { get; init; }

    /// <summary>The deployment's name from the replica set's, without asking for it.</summary>
    public bool DeploymentNameFromReplicaSet { get; init; }

    public string NodeName { get; init; } = "";

    public string Namespace { get; init; } = "";

    public string LabelSelector { get; init; } = "";

    public string FieldSelector { get; init; } = "";

    public bool WaitForMetadata { get; init; }

    public TimeSpan WaitForMetadataTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Deleted pods are remembered for this long: their last spans come late.</summary>
    public TimeSpan DeletedPodLifetime { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Pods that are remembered at most.</summary>
    public int MaxPods { get; init; } = 100_000;

    public static IReadOnlyList<string> DefaultMetadata { get; } =
        ["k8s.namespace.name", "k8s.pod.name", "k8s.pod.uid", "k8s.pod.start_time", "k8s.deployment.name", "k8s.node.name"];

    public static IReadOnlyList<string> KnownMetadata { get; } =
    [
        .. DefaultMetadata, "k8s.pod.hostname", "k8s.pod.ip", "k8s.replicaset.name", "k8s.replicaset.uid", "k8s.deployment.uid", "k8s.statefulset.name", "k8s.statefulset.uid", "k8s.daemonset.name",
        "k8s.daemonset.uid", "k8s.job.name", "k8s.job.uid", "k8s.cronjob.name", "k8s.node.uid", "k8s.cluster.uid", "k8s.container.name", "container.id", "container.image.name",
        "container.image.tag", "container.image.repo_digests", "service.namespace", "service.name", "service.version", "service.instance.id",
    ];
}
