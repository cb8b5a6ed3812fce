using Clew.Pipeline.Components;
using Clew.Pipeline.Processors.Kubernetes;

namespace Clew.Server.Configuration.Binding;

/// <summary>Reads the processors that say where spans come from.</summary>
internal static class KubernetesBindings
{
    public static BuiltProcessorConfig Attributes(Section s, ComponentId id)
    {
        var extract = s.Child("extract", "What is written into resources.");
        var metadata = extract.Strings("metadata", KubernetesAttributesOptions.DefaultMetadata.ToValueList(), "Facts about the pod, by the names of their attributes.");
        foreach (var name in metadata.Where(static name => !KubernetesAttributesOptions.KnownMetadata.Contains(name)))
        {
            var nearest = Nearest.Find(name, KubernetesAttributesOptions.KnownMetadata);
            extract.ErrorAt("metadata", $"'{name}' is not known{(nearest is null ? "" : $"; did you mean '{nearest}'?")} (known: {string.Join(", ", KubernetesAttributesOptions.KnownMetadata)})");
        }

        var filter = s.Child("filter", "Which pods are looked at.");
        var nodeVariable = filter.String("node_from_env_var", "", "The environment variable with the node's name.");
        var node = filter.String("node", "", "Pods of this node only.");
        var options = new KubernetesAttributesOptions
        {
            AuthType = s.Choice("auth_type", "serviceAccount", "How the API is reached.",
                ("serviceAccount", "serviceAccount"), ("kubeConfig", "kubeConfig"), ("none", "none"), ("tls", "serviceAccount")),
            Passthrough = s.Bool("passthrough", false, "Only the pod's IP is set, from the connection."),
            Associations = [.. s.ListOf("pod_association", "How the pod is found; the first that finds one counts.", Association)],
            Metadata = metadata,
            Labels = Fields(extract, "labels"),
            Annotations = Fields(extract, "annotations"),
            OtelAnnotations = extract.Bool("otel_annotations", false, "Annotations resource.opentelemetry.io/NAME become attributes."),
            DeploymentNameFromReplicaSet = extract.Bool("deployment_name_from_replicaset", false, "Without asking for replica sets."),
            NodeName = node.Length > 0 ? node : nodeVariable.Length > 0 ? Environment.GetEnvironmentVariable(nodeVariable) ?? "" : "",
            Namespace = filter.String("namespace", "", "Pods of this namespace only."),
            LabelSelector = string.Join(',', filter.ListOf("labels", "", Selector)),
            FieldSelector = string.Join(',', filter.ListOf("fields", "", Selector)),
            WaitForMetadata = s.Bool("wait_for_metadata", false, "Start only when the pods are known."),
            WaitForMetadataTimeout = s.Duration("wait_for_metadata_timeout", TimeSpan.FromSeconds(10)),
        };
        s.String("context", "");
        s.String("kube_config_path", "");
        s.Raw("exclude");
        return ProcessorBindings.Built(id, context => new KubernetesAttributesProcessor(
            id, options, context, options.Passthrough ? null : KubernetesAttributesProcessor.Connect(options)));
    }

    public static BuiltProcessorConfig Detection(Section s, ComponentId id)
    {
        var detectors = s.Words("detectors", $"In this order: {string.Join(", ", ResourceDetectionOptions.Known)}.");
        foreach (var word in detectors.Where(static word => !ResourceDetectionOptions.Known.Contains(word.Text)))
        {
            var nearest = Nearest.Find(word.Text, ResourceDetectionOptions.Known);
            s.Error(word.Mark, $"'{word.Text}' is no detector{(nearest is null ? "" : $"; did you mean '{nearest}'?")} (detectors: {string.Join(", ", ResourceDetectionOptions.Known)})");
        }

        var system = s.Child("system");
        var node = s.Child("k8snode");
        var options = new ResourceDetectionOptions
        {
            Detectors = detectors.Count == 0 ? ["env"] : [.. detectors.Select(static word => word.Text)],
            Override = s.Bool("override", true, "What is detected takes the place of what resources say."),
            Timeout = s.Duration("timeout", TimeSpan.FromSeconds(5), "For all detectors together."),
            Attributes = s.Strings("attributes", [], "Only these; none: all."),
            HostnameSources = system.Strings("hostname_sources", ["dns", "os"]),
            NodeFromEnvVar = node.String("node_from_env_var", "K8S_NODE_NAME"),
        };
        system.Raw("resource_attributes");
        node.Raw("resource_attributes");
        node.Raw("auth_type");
        foreach (var key in (string[])["refresh_interval", "env", "docker", "k8s_api", "kubeadm", "gcp", "ec2", "ecs", "eks", "lambda", "azure", "aks", "consul", "heroku", "openshift", "elasticbeanstalk"])
        {
            s.Raw(key);
        }

        return ProcessorBindings.Built(id, context => new ResourceDetectionProcessor(id, options, context));
    }

    private static PodAssociation Association(Section s)
    {
        var sources = s.ListOf("sources", "All of these must lead to the same pod.", static source =>
        {
            var isConnection = source.Choice("from", false, "", ("resource_attribute", false), ("connection", true));
            var name = source.String("name", "", "The attribute.");
            if (!isConnection && name.Length == 0 && !source.IsDocumenting)
            {
                source.Error(source.Mark, "needs the name of an attribute");
            }

            return (isConnection, name);
        });
        if (sources.Count > 4)
        {
            s.ErrorAt("sources", $"at most 4 sources, not {sources.Count}");
        }

        return new PodAssociation([.. sources]);
    }

    private static IReadOnlyList<ExtractedField> Fields(Section s, string key) => [.. s.ListOf(key, "", item =>
    {
        var pattern = item.String("key_regex", "", "All that match; `$$1` in tag_name stands for a group.");
        var field = new ExtractedField(
            item.String("tag_name", "", "The attribute; unset: k8s.pod.labels.KEY and the like."), item.String("key", ""),
            item.Choice("from", "pod", "", ("pod", "pod"), ("namespace", "namespace"), ("node", "node"), ("deployment", "deployment"), ("statefulset", "statefulset"), ("daemonset", "daemonset"), ("job", "job")));
        if (item.IsDocumenting)
        {
            return field;
        }

        if ((field.Key.Length == 0) == (pattern.Length == 0))
        {
            item.Error(item.Mark, "needs either key or key_regex");
        }

        if (pattern.Length == 0)
        {
            return field;
        }

        if (ExtractedField.Of(field, pattern, out var problem) is { } complete)
        {
            return complete;
        }

        item.ErrorAt("key_regex", $"'{pattern}' is no regular expression: {problem}");
        return field;
    })];

    private static string Selector(Section s)
    {
        var (key, value) = (s.String("key", ""), s.String("value", ""));
        return s.Choice("op", $"{key}={value}", "", ("equals", $"{key}={value}"), ("not-equals", $"{key}!={value}"), ("exists", key), ("does-not-exist", $"!{key}"));
    }
}
