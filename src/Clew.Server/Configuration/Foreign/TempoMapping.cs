using Clew.Server.Configuration.Binding;
using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Foreign;

/// <summary>What a Tempo file or chart says, in Clew's keys. The receivers stay apart: whose pipeline they join depends on the other files.</summary>
internal sealed record TempoSettings(ConfigMap Own, ConfigMap Receivers);

/// <summary>
/// Maps Tempo's configuration. Settings with a counterpart move over with the place where they were written; tuning of Tempo's own
/// machinery is passed over; what would be missed is named.
/// </summary>
internal static class TempoMapping
{
    public const int DefaultHttpPort = 3200;

    /// <summary>Settings that tune or connect parts that Clew does not have. Nothing is lost without them.</summary>
    private static readonly string[] s_tuning =
    [
        "target", "stream_over_http_enabled", "shutdown_delay", "memory", "internal_server", "ingester", "live_store", "live_store_client", "block_builder",
        "backend_worker", "usage_report", "ingest", "memberlist", "cache", "ingester_client", "metrics_generator_client", "backend_scheduler_client",
        "enable_go_runtime_metrics",
    ];

    public static TempoSettings MapFile(ConfigMap root, BindContext context)
    {
        var reader = new TempoReader(context, "");
        var receivers = ConfigMap.Empty(root.Mark);
        foreach (var entry in root.Entries)
        {
            switch (entry.Key)
            {
                case "server":
                    reader.Server(entry);
                    break;
                case "storage":
                    reader.Inside(entry, "storage", ["trace"], (key, inner) => reader.StorageTrace(inner));
                    break;
                case "multitenancy_enabled" or "auth_enabled":
                    reader.Move(entry, "tenants", "enabled");
                    break;
                case "distributor":
                    receivers = Distributor(reader, entry) ?? receivers;
                    break;
                case "compactor":
                    reader.Retention(entry, "compaction");
                    break;
                case "backend_scheduler":
                    reader.Retention(entry, "provider", "compaction", "compaction");
                    break;
                case "overrides":
                    reader.Overrides(entry);
                    break;
                case "querier":
                    reader.Querier(entry);
                    break;
                case "query_frontend":
                    break;
                case "metrics_generator":
                    reader.NotYet(entry, "metrics are made from the stored spans only when they are asked for");
                    break;
                case "http_api_prefix":
                    reader.NotYetUnlessEmpty(entry, "the API has no prefix", "let the proxy in front cut it off");
                    break;
                case var key when s_tuning.Contains(key):
                    break;
                default:
                    UnknownKeys.Report(context.Problems, entry.KeyMark, "", entry.Key, [.. s_known]);
                    break;
            }
        }

        return new TempoSettings(reader.Result, receivers.Entries.Count > 0 ? receivers : DefaultPipelines.OtlpReceiver);
    }

    private static readonly string[] s_known =
    [
        "server", "storage", "multitenancy_enabled", "auth_enabled", "distributor", "compactor", "backend_scheduler", "overrides", "querier", "query_frontend",
        "metrics_generator", "http_api_prefix", .. s_tuning,
    ];

    private static ConfigMap? Distributor(TempoReader reader, ConfigEntry distributor)
    {
        var receivers = default(ConfigMap);
        reader.Inside(
            distributor,
            "distributor",
            ["receivers", "forwarders", "ring", "max_attribute_bytes", "retry_after_on_resource_exhausted", "log_received_spans", "log_discarded_spans",
                "metric_received_spans", "usage", "extend_writes", "kafka_write_path_enabled", "ingester_write_path_enabled", "search_tags_deny_list"],
            (key, entry) =>
            {
                switch (key)
                {
                    case "receivers":
                        receivers = entry.Value as ConfigMap;
                        break;
                    case "forwarders":
                        reader.NotYet(entry, "spans are not forwarded", "add an otlp exporter to the pipeline");
                        break;
                    case "max_attribute_bytes":
                        reader.Move(entry, "tenants", "defaults", "max_attribute_bytes");
                        break;
                }
            });
        return receivers;
    }
}
