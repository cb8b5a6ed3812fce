using Clew.Server.Configuration.Binding;
using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Foreign;

/// <summary>
/// The Helm chart of Tempo (single binary). Its receivers and its port are taken over as chart defaults; its folder (<c>/var/tempo</c>) and
/// its short retention are not, because nobody asked for them.
/// </summary>
internal static class TempoChart
{
    private const string Defaults = """
        tempo:
          receivers:
            jaeger:
              protocols:
                grpc: {endpoint: "0.0.0.0:14250"}
                thrift_binary: {endpoint: "0.0.0.0:6832"}
                thrift_compact: {endpoint: "0.0.0.0:6831"}
                thrift_http: {endpoint: "0.0.0.0:14268"}
            otlp: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}, http: {endpoint: "0.0.0.0:4318"}}}
          server: {http_listen_port: 3200}
        """;

    private static readonly string[] s_knownTempo =
    [
        "storage", "retention", "receivers", "server", "multitenancyEnabled", "overrides", "per_tenant_overrides", "querier", "queryFrontend",
        "metricsGenerator",
        "liveStore", "backendScheduler", "backendWorker", "ingest", "ingester", "distributor", "compactor", "memory", "memBallastSizeMbs", "reportingEnabled",
        "streamOverHttpEnabled", "global_overrides", "extraArgs", "extraEnv", "extraEnvFrom", "extraFlags", "extraVolumeMounts", "image", "repository",
        "tag", "pullPolicy", "pullSecrets", "registry", "updateStrategy", "resources", "securityContext", "livenessProbe", "readinessProbe", "podLabels",
        "podAnnotations", "service", "ingressClassName", "priorityClassName", "target", "usage_report",
    ];

    private static readonly string[] s_knownValues =
    [
        "tempo", "config", "tempoQuery", "persistence", "serviceMonitor", "serviceAccount", "service", "ingress", "replicas", "global", "fullnameOverride",
        "nameOverride", "namespaceOverride", "annotations", "labels", "podAnnotations", "podLabels", "extraLabels", "extraVolumes", "extraInitContainers",
        "extraContainers", "securityContext", "containerSecurityContext", "tolerations", "affinity", "nodeSelector", "networkPolicy", "resources",
        "priorityClassName", "hostAliases", "schedulerName", "terminationGracePeriodSeconds", "networking", "kubectlImage", "minReadySeconds",
        "topologySpreadConstraints",
        "autoscaling", "httproute", "route", "extraObjects", "revisionHistoryLimit", "image", "prometheusRule", "podDisruptionBudget",
    ];

    public static TempoSettings Map(ConfigMap values, BindContext context)
    {
        foreach (var entry in values.Entries)
        {
            if (!s_knownValues.Contains(entry.Key))
            {
                UnknownKeys.Report(context.Problems, entry.KeyMark, "", entry.Key, s_knownValues);
            }
            else if (entry.Key == "config" && !entry.Value.IsNull)
            {
                context.Problems.Warn(entry.KeyMark, "config: the chart's template is not evaluated; write what it changes as a Tempo file");
            }
        }

        var defaults = NodeMarks.ReadBuiltIn(Defaults, SourceMark.ChartDefault);
        var tempo = HelmMerge.Merge(defaults.FindMap("tempo")!, values.FindMap("tempo")!);
        var reader = new TempoReader(context, "tempo.");
        var receivers = ConfigMap.Empty(tempo.Mark);
        foreach (var entry in tempo.Entries)
        {
            switch (entry.Key)
            {
                case "storage":
                    reader.Inside(entry, "storage", ["trace"], (_, inner) => reader.StorageTrace(inner));
                    break;
                case "retention":
                    reader.MoveRetention(entry);
                    break;
                case "receivers":
                    receivers = entry.Value as ConfigMap ?? receivers;
                    break;
                case "server":
                    reader.Server(entry);
                    break;
                case "multitenancyEnabled":
                    reader.Move(entry, "tenants", "enabled");
                    break;
                case "overrides" or "global_overrides":
                    reader.Overrides(entry);
                    break;
                case "per_tenant_overrides":
                    reader.NotYet(entry, "limits of tenants are not read from a file of Tempo's", "write them under tenants.overrides");
                    break;
                case "querier":
                    reader.Querier(entry);
                    break;
                case "backendScheduler":
                    reader.Retention(entry, "provider", "compaction", "compaction");
                    break;
                case "compactor":
                    reader.Retention(entry, "compaction");
                    break;
                case "metricsGenerator":
                    if (entry.Value is ConfigMap generator && generator.TryGet("enabled", out var enabled) && enabled.Value is ConfigScalar { Text: "true" })
                    {
                        reader.NotYet(entry, "metrics are made from the stored spans only when they are asked for");
                    }

                    break;
                case var key when s_knownTempo.Contains(key):
                    break;
                default:
                    UnknownKeys.Report(context.Problems, entry.KeyMark, "tempo", entry.Key, s_knownTempo);
                    break;
            }
        }

        return new TempoSettings(reader.Result, receivers);
    }
}
