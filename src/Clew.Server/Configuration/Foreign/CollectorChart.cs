using Clew.Server.Configuration.Binding;
using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Foreign;

/// <summary>
/// The Helm chart of the OpenTelemetry Collector: what its values mean, and the configuration that it makes when they say nothing. Only
/// the facts are used: default components, ports and pipelines.
/// </summary>
internal static class CollectorChart
{
    /// <summary>The address of the pod; the chart sets it. Outside of Kubernetes every interface is meant.</summary>
    public static IReadOnlyDictionary<string, string> Variables { get; } = new Dictionary<string, string> { ["MY_POD_IP"] = "0.0.0.0" };

    /// <summary>The receivers that the chart runs beside the ones that its values name, unless they are set to null.</summary>
    public static IReadOnlyList<string> DefaultTraceReceivers { get; } = ["jaeger", "zipkin"];

    private const string Defaults = """
        receivers:
          otlp: {protocols: {grpc: {endpoint: "${env:MY_POD_IP}:4317"}, http: {endpoint: "${env:MY_POD_IP}:4318"}}}
          jaeger:
            protocols:
              grpc: {endpoint: "${env:MY_POD_IP}:14250"}
              thrift_http: {endpoint: "${env:MY_POD_IP}:14268"}
              thrift_compact: {endpoint: "${env:MY_POD_IP}:6831"}
          zipkin: {endpoint: "${env:MY_POD_IP}:9411"}
          prometheus: {}
        processors:
          batch: {}
          memory_limiter: {check_interval: 5s, limit_percentage: 80, spike_limit_percentage: 25}
        exporters:
          debug: {}
        extensions:
          health_check: {endpoint: "${env:MY_POD_IP}:13133"}
        service:
          extensions: [health_check]
          pipelines:
            logs: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [debug]}
            metrics: {receivers: [otlp, prometheus], processors: [memory_limiter, batch], exporters: [debug]}
            traces: {receivers: [otlp, jaeger, zipkin], processors: [memory_limiter, batch], exporters: [debug]}
        """;

    /// <summary>Values that configure what Kubernetes does with the Collector; one process has no use for them.</summary>
    private static readonly string[] s_knownValues =
    [
        "config", "alternateConfig", "mode", "image", "presets", "additionalLabels", "affinity", "annotations", "apiVersion", "autoscaling", "clusterRole",
        "command", "configMap", "dnsConfig", "dnsPolicy", "enableConfigChecksumAnnotation", "extraContainers", "extraEnvs", "extraEnvsFrom",
        "extraManifests", "extraVolumes", "extraVolumeMounts", "fullnameOverride", "global", "hostAliases", "hostNetwork", "hostPID", "httproute",
        "imagePullSecrets", "ingress", "initContainers", "internalTelemetryViaOTLP", "lifecycleHooks", "livenessProbe", "nameOverride",
        "namespaceOverride", "networkPolicy", "nodeSelector", "podAnnotations", "podDisruptionBudget", "podLabels", "podMonitor",
        "podSecurityContext", "ports", "priorityClassName", "prometheusRule", "readinessProbe", "replicaCount", "resizePolicy", "resources",
        "revisionHistoryLimit", "rewriteDeprecatedComponentNames", "rollout", "schedulerName", "securityContext", "service", "serviceAccount",
        "serviceMonitor", "shareProcessNamespace", "startupProbe", "statefulset", "terminationGracePeriodSeconds", "tolerations",
        "topologySpreadConstraints", "useGOMEMLIMIT",
    ];

    /// <summary>
    /// The Collector's configuration that the chart would make of these values. <paramref name="defaults"/> is the chart's own, with its
    /// variables replaced; <paramref name="usesDefaults"/> is false when the values replace it wholly.
    /// </summary>
    public static ConfigMap Map(ConfigMap values, ConfigMap defaults, BindContext context, out bool usesDefaults)
    {
        foreach (var entry in values.Entries)
        {
            if (!s_knownValues.Contains(entry.Key))
            {
                UnknownKeys.Report(context.Problems, entry.KeyMark, "", entry.Key, s_knownValues);
            }
        }

        NotePresets(values, context);
        if (values.FindMap("alternateConfig") is { Entries.Count: > 0 } alternate)
        {
            usesDefaults = false;
            return alternate;
        }

        usesDefaults = true;
        var config = values.FindMap("config") ?? ConfigMap.Empty(values.Mark);
        return WithoutRemoved(HelmMerge.Merge(defaults, config, keepsDefault: ["processors", "exporters"]));
    }

    public static ConfigMap ReadDefaults(Substitution substitution) =>
        (ConfigMap)substitution.Expand(NodeMarks.ReadBuiltIn(Defaults, SourceMark.ChartDefault));

    /// <summary>
    /// The chart's own pipelines name its own receivers; one that the values took away goes from those lists too. (With the chart alone the
    /// values must repeat the list.)
    /// </summary>
    private static ConfigMap WithoutRemoved(ConfigMap config)
    {
        foreach (var pipeline in config.FindMap("service", "pipelines")?.Entries ?? [])
        {
            if (pipeline.Value is ConfigMap map && map.TryGet("receivers", out var receivers)
                && receivers.Value is ConfigList { Mark.Document.Kind: DocumentKind.ChartDefault } list)
            {
                var kept = list.Items.Where(item => item is ConfigScalar scalar && config.TryFind(out _, "receivers", scalar.Text));
                config = config.WithPath(new ConfigList([.. kept], list.Mark), "service", "pipelines", pipeline.Key, "receivers");
            }
        }

        return config;
    }

    private static void NotePresets(ConfigMap values, BindContext context)
    {
        if (values.FindMap("presets") is not { } presets)
        {
            return;
        }

        foreach (var preset in presets.Entries)
        {
            if (preset.Value is ConfigMap settings && settings.TryGet("enabled", out var enabled) && enabled.Value is ConfigScalar { Text: "true" })
            {
                context.Note(null, new NotInThisVersion(
                    $"presets.{preset.Key}", preset.KeyMark.ToString(), "what the preset adds is not added", "", Refuses: false));
            }
        }
    }
}
