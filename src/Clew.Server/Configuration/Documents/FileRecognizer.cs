namespace Clew.Server.Configuration.Documents;

/// <summary>Tells from its top-level keys what a document is. Each kind has keys that no other kind has; those decide.</summary>
internal static class FileRecognizer
{
    /// <summary>Keys that only Clew's own file has (<c>server</c> and <c>storage</c> are Tempo's too and are looked into).</summary>
    private static readonly string[] s_ownKeys = ["retention", "query", "tenants", "mesh", "ui", "cluster"];

    private static readonly string[] s_tempoKeys =
    [
        "distributor", "ingester", "compactor", "querier", "query_frontend", "live_store", "live_store_client", "block_builder", "backend_scheduler",
        "backend_worker", "metrics_generator", "multitenancy_enabled", "auth_enabled", "stream_over_http_enabled", "http_api_prefix", "usage_report",
        "memberlist", "ingest", "overrides", "internal_server",
    ];

    private static readonly string[] s_kialiKeys =
    [
        "external_services", "istio_namespace", "kiali_feature_flags", "kiali_internal", "istio_labels", "additional_display_details",
    ];

    public static IReadOnlyList<string> CollectorKeys { get; } = ["receivers", "processors", "exporters", "connectors", "extensions", "service"];

    public static IReadOnlyList<string> OwnKeys { get; } =
    [
        "server", "storage", "retention", "query", "tenants", "mesh", "auth", "ui", "cluster", .. CollectorKeys,
    ];

    /// <summary>What an operator calls it, in the summary.</summary>
    public static string Describe(DocumentKind kind) => kind switch
    {
        DocumentKind.Collector => "OpenTelemetry Collector file",
        DocumentKind.CollectorChart => "Helm values of the OpenTelemetry Collector",
        DocumentKind.Tempo => "Tempo file",
        DocumentKind.TempoChart => "Helm values of Tempo",
        DocumentKind.Kiali => "Kiali settings",
        _ => "Clew file",
    };

    public static DocumentKind Recognize(ConfigMap root)
    {
        if (root.TryGet("tempo", out var tempo) && tempo.Value is ConfigMap)
        {
            return DocumentKind.TempoChart;
        }

        if ((root.TryGet("config", out var config) && config.Value is ConfigMap)
            || (root.TryGet("alternateConfig", out var alternate) && alternate.Value is ConfigMap))
        {
            return DocumentKind.CollectorChart;
        }

        var hasOwnKey = HasAny(root, s_ownKeys);
        if (!hasOwnKey && IsTempo(root))
        {
            return DocumentKind.Tempo;
        }

        if (!hasOwnKey && (HasAny(root, s_kialiKeys) || IsKialiResource(root)))
        {
            return DocumentKind.Kiali;
        }

        var hasCollectorKey = HasAny(root, CollectorKeys);
        if (hasOwnKey || HasAny(root, OwnKeys.Except(CollectorKeys)))
        {
            return DocumentKind.Own;
        }

        // A document that is neither, a chart's values without its configuration included, is read as our own: every key is then reported.
        return hasCollectorKey ? DocumentKind.Collector : LooksLikeCollectorChart(root) ? DocumentKind.CollectorChart : DocumentKind.Own;
    }

    private static bool IsTempo(ConfigMap root) =>
        HasAny(root, s_tempoKeys)
        || root.FindMap("storage", "trace") is not null
        || root.TryFind(out _, "server", "http_listen_port")
        || root.TryFind(out _, "server", "grpc_listen_port")
        || root.TryFind(out _, "server", "http_listen_address");

    private static bool IsKialiResource(ConfigMap root) =>
        root.TryGet("kind", out var kind) && kind.Value is ConfigScalar { Text: "Kiali" };

    /// <summary>Values that set up the chart and leave its configuration alone: <c>mode</c> is the one key that the chart insists on.</summary>
    private static bool LooksLikeCollectorChart(ConfigMap root) =>
        (root.TryGet("mode", out var mode) && mode.Value is ConfigScalar { Text: "daemonset" or "deployment" or "statefulset" }) || root.Has("presets");

    private static bool HasAny(ConfigMap root, IEnumerable<string> keys)
    {
        foreach (var key in keys)
        {
            if (root.Has(key))
            {
                return true;
            }
        }

        return false;
    }
}
