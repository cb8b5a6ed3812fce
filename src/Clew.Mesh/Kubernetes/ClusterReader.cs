using System.Text.Json;
using k8s;
using k8s.Models;

namespace Clew.Mesh.Kubernetes;

/// <summary>Makes a snapshot of the objects of a cluster: pods are counted under the workload that owns them.</summary>
internal static class ClusterReader
{
    private static readonly string[] s_appLabels = ["service.istio.io/canonical-name", "app.kubernetes.io/name", "app"];
    private static readonly string[] s_versionLabels = ["service.istio.io/canonical-revision", "app.kubernetes.io/version", "version"];

    public static ClusterSnapshot Read(IReadOnlyDictionary<string, Dictionary<string, IKubernetesObject<V1ObjectMeta>>> objects, IReadOnlyList<IstioObject> istio, string cluster)
    {
        var namespaces = Of<V1Namespace>("namespaces").ToDictionary(
            static ns => ns.Metadata.Name,
            static ns => new KubeNamespace(ns.Metadata.Name) { Labels = Map(ns.Metadata.Labels), CreatedAt = Time(ns.Metadata.CreationTimestamp) },
            StringComparer.Ordinal);
        var owners = Of<V1ReplicaSet>("replicasets").ToDictionary(static set => (set.Metadata.NamespaceProperty, set.Metadata.Name), static set => Controller(set.Metadata));
        var pods = Of<V1Pod>("pods").Where(static pod => pod.Status?.Phase is not ("Succeeded" or "Failed")).ToLookup(pod => WorkloadOf(pod, owners));
        var workloads = new Dictionary<(string, string), KubeWorkload>();
        foreach (var item in Of<V1Deployment>("deployments"))
        {
            Put(item.Metadata, "Deployment", item.Spec?.Template, item.Spec?.Replicas ?? 1, item.Status?.Replicas ?? 0, item.Status?.AvailableReplicas ?? 0);
        }

        foreach (var item in Of<V1StatefulSet>("statefulsets"))
        {
            Put(item.Metadata, "StatefulSet", item.Spec?.Template, item.Spec?.Replicas ?? 1, item.Status?.Replicas ?? 0, item.Status?.AvailableReplicas ?? item.Status?.ReadyReplicas ?? 0);
        }

        foreach (var item in Of<V1DaemonSet>("daemonsets"))
        {
            Put(item.Metadata, "DaemonSet", item.Spec?.Template, item.Status?.DesiredNumberScheduled ?? 0, item.Status?.CurrentNumberScheduled ?? 0, item.Status?.NumberAvailable ?? 0);
        }

        // Pods whose owner is of another kind, or that have none.
        foreach (var group in pods.Where(group => group.Key.Kind is not "Job" && !workloads.ContainsKey((group.Key.Namespace, group.Key.Name))))
        {
            var ready = group.Count(static pod => pod.Status?.Conditions?.Any(static condition => condition is { Type: "Ready", Status: "True" }) ?? false);
            Put(new V1ObjectMeta { NamespaceProperty = group.Key.Namespace, Name = group.Key.Name }, group.Key.Kind, null, group.Count(), group.Count(), ready);
        }

        var services = Of<V1Service>("services").ToDictionary(static service => (service.Metadata.NamespaceProperty, service.Metadata.Name), static service => new KubeService(service.Metadata.NamespaceProperty, service.Metadata.Name)
        {
            Labels = Map(service.Metadata.Labels), Annotations = Map(service.Metadata.Annotations), Selector = Map(service.Spec?.Selector), Type = service.Spec?.Type ?? "ClusterIP",
            Ports = [.. (service.Spec?.Ports ?? []).Select(static port => port.Port)], CreatedAt = Time(service.Metadata.CreationTimestamp),
        });
        return new ClusterSnapshot
        {
            Cluster = cluster.Length > 0 ? cluster : "Kubernetes", IsClusterNamed = cluster.Length > 0, IsKnown = namespaces.Count > 0, Namespaces = namespaces,
            Workloads = workloads, Services = services, IstioObjects = istio,
        };

        IEnumerable<T> Of<T>(string kind)
            where T : class => objects.TryGetValue(kind, out var found) ? found.Values.OfType<T>() : [];

        void Put(V1ObjectMeta metadata, string kind, V1PodTemplateSpec? template, int desired, int current, int available)
        {
            var own = pods[(metadata.NamespaceProperty, metadata.Name, kind)].ToList();
            var labels = Map(template?.Metadata?.Labels ?? own.FirstOrDefault()?.Metadata.Labels ?? metadata.Labels);
            var annotations = new Dictionary<string, string>(Map(template?.Metadata?.Annotations));
            foreach (var (key, value) in Map(metadata.Annotations))
            {
                annotations[key] = value;
            }

            workloads[(metadata.NamespaceProperty, metadata.Name)] = new KubeWorkload(metadata.NamespaceProperty, metadata.Name, kind)
            {
                Labels = labels, Annotations = annotations, App = First(labels, s_appLabels), Version = First(labels, s_versionLabels),
                Desired = desired, Current = current, Available = available, PodCount = own.Count, PodsWithSidecar = own.Count(HasSidecar), CreatedAt = Time(metadata.CreationTimestamp),
                IsAmbient = own.Exists(static pod => pod.Metadata.Annotations?.TryGetValue("ambient.istio.io/redirection", out var mode) == true && mode == "enabled"),
            };
        }
    }

    /// <summary>The injector's annotation names containers, or a native sidecar runs among the init containers.</summary>
    internal static bool HasSidecar(V1Pod pod)
    {
        if (pod.Spec?.InitContainers?.Any(static container => container.Name == "istio-proxy") ?? false)
        {
            return true;
        }

        if (pod.Metadata.Annotations is null || !pod.Metadata.Annotations.TryGetValue("sidecar.istio.io/status", out var text))
        {
            return false;
        }

        try
        {
            using var status = JsonDocument.Parse(text);
            return Count(status.RootElement, "containers") + Count(status.RootElement, "initContainers") > 0;
        }
        catch (JsonException)
        {
            return false;
        }

        static int Count(JsonElement element, string name) =>
            element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.GetArrayLength() : 0;
    }

    private static (string Namespace, string Name, string Kind) WorkloadOf(V1Pod pod, Dictionary<(string, string), V1OwnerReference?> owners)
    {
        var ns = pod.Metadata.NamespaceProperty;
        if (Controller(pod.Metadata) is not { } owner)
        {
            return (ns, pod.Metadata.Name, "Pod");
        }

        if (owner.Kind != "ReplicaSet")
        {
            return (ns, owner.Name, owner.Kind);
        }

        if (owners.TryGetValue((ns, owner.Name), out var above) && above is not null)
        {
            return (ns, above.Name, above.Kind);
        }

        // A replica set that may not be read is named after its deployment and a hash.
        return pod.Metadata.Labels?.TryGetValue("pod-template-hash", out var hash) == true && owner.Name.EndsWith("-" + hash, StringComparison.Ordinal)
            ? (ns, owner.Name[..^(hash.Length + 1)], "Deployment")
            : (ns, owner.Name, owner.Kind);
    }

    private static V1OwnerReference? Controller(V1ObjectMeta metadata) =>
        metadata.OwnerReferences?.FirstOrDefault(static owner => owner.Controller == true) ?? metadata.OwnerReferences?.FirstOrDefault();

    private static string First(Dictionary<string, string> labels, string[] names) =>
        names.Select(labels.GetValueOrDefault).FirstOrDefault(static value => !string.IsNullOrEmpty(value)) ?? "";

    private static Dictionary<string, string> Map(IDictionary<string, string>? labels) => labels is null ? [] : new Dictionary<string, string>(labels);

    private static DateTimeOffset? Time(DateTime? time) => time is { } known ? new DateTimeOffset(known.ToUniversalTime()) : null;
}
