namespace Clew.Server.Configuration;

/// <summary>The five kinds of component; the name of a kind is its section in the file.</summary>
internal enum ComponentKind
{
    Receivers,
    Processors,
    Exporters,
    Connectors,
    Extensions,
}

/// <summary>What becomes of something that a configuration names.</summary>
internal enum Capability
{
    /// <summary>This version runs it.</summary>
    Runs,

    /// <summary>Not in this version yet. The process runs without it and says so: nothing that was asked of the spans is changed by that.</summary>
    LeftOut,

    /// <summary>Not in this version yet. Running without it would be weaker than what was asked for, so <c>serve</c> refuses.</summary>
    Refused,

    /// <summary>This version runs it in a metrics pipeline that a connector feeds. Named by a trace pipeline it is an error.</summary>
    Metrics,

    /// <summary>The Collector has it; it has nothing to do with traces. Named by a trace pipeline it is an error, elsewhere it is passed over.</summary>
    NotTraces,
}

/// <summary>A component type that configurations may name.</summary>
internal sealed record ComponentType(ComponentKind Kind, string Type, Capability Capability)
{
    /// <summary>Other spellings of the type, kept by the Collector after a renaming.</summary>
    public string[] Aliases { get; init; } = [];

    /// <summary>What an operator can do as long as it does not run.</summary>
    public string WayOut { get; init; } = "";
}

/// <summary>
/// A setting that is read and not acted on by this version. <paramref name="Path"/> is dotted, with component types in place of ids and
/// <c>*</c> for any one key.
/// </summary>
internal sealed record SettingCapability(string Path, Capability Capability, string Why, string WayOut);

/// <summary>
/// What this version runs, in one place. A component or setting that becomes ready changes its line here and nothing else in the
/// configuration.
/// </summary>
internal static class Capabilities
{
    public static IReadOnlyList<ComponentType> Components { get; } =
    [
        new(ComponentKind.Receivers, "otlp", Capability.Runs),
        new(ComponentKind.Receivers, "jaeger", Capability.Runs),
        new(ComponentKind.Receivers, "zipkin", Capability.Runs),
        new(ComponentKind.Receivers, "kafka", Capability.LeftOut) { WayOut = "send OTLP to 4317 or 4318" },
        new(ComponentKind.Receivers, "prometheus", Capability.NotTraces),
        new(ComponentKind.Receivers, "hostmetrics", Capability.NotTraces) { Aliases = ["host_metrics"] },
        new(ComponentKind.Receivers, "kubeletstats", Capability.NotTraces) { Aliases = ["kubelet_stats"] },
        new(ComponentKind.Receivers, "k8s_cluster", Capability.NotTraces),
        new(ComponentKind.Receivers, "k8s_events", Capability.NotTraces),
        new(ComponentKind.Receivers, "k8sobjects", Capability.NotTraces) { Aliases = ["k8s_objects"] },
        new(ComponentKind.Receivers, "filelog", Capability.NotTraces) { Aliases = ["file_log"] },
        new(ComponentKind.Receivers, "journald", Capability.NotTraces),
        new(ComponentKind.Receivers, "statsd", Capability.NotTraces),

        new(ComponentKind.Processors, "batch", Capability.Runs),
        new(ComponentKind.Processors, "memory_limiter", Capability.Runs),
        new(ComponentKind.Processors, "probabilistic_sampler", Capability.Runs),
        new(ComponentKind.Processors, "tail_sampling", Capability.Runs),
        new(ComponentKind.Processors, "filter", Capability.Runs),
        new(ComponentKind.Processors, "transform", Capability.Runs),
        new(ComponentKind.Processors, "attributes", Capability.Runs),
        new(ComponentKind.Processors, "resource", Capability.Runs),
        new(ComponentKind.Processors, "span", Capability.Runs),
        new(ComponentKind.Processors, "redaction", Capability.Runs),
        new(ComponentKind.Processors, "k8sattributes", Capability.Runs) { Aliases = ["k8s_attributes"] },
        new(ComponentKind.Processors, "resourcedetection", Capability.Runs) { Aliases = ["resource_detection"] },
        new(ComponentKind.Processors, "groupbyattrs", Capability.Runs) { Aliases = ["group_by_attrs"] },
        new(ComponentKind.Processors, "groupbytrace", Capability.Runs) { Aliases = ["group_by_trace"] },
        new(ComponentKind.Processors, "cumulativetodelta", Capability.NotTraces),
        new(ComponentKind.Processors, "metricstransform", Capability.NotTraces),

        new(ComponentKind.Exporters, "store", Capability.Runs),
        new(ComponentKind.Exporters, "otlp", Capability.Runs) { Aliases = ["otlp_grpc"] },
        new(ComponentKind.Exporters, "otlphttp", Capability.Runs) { Aliases = ["otlp_http"] },
        new(ComponentKind.Exporters, "debug", Capability.Runs),
        new(ComponentKind.Exporters, "nop", Capability.Runs),
        new(ComponentKind.Exporters, "zipkin", Capability.Runs),
        new(ComponentKind.Exporters, "file", Capability.Runs),
        new(ComponentKind.Exporters, "kafka", Capability.Runs),
        new(ComponentKind.Exporters, "loadbalancing", Capability.Runs) { Aliases = ["load_balancing"] },
        new(ComponentKind.Exporters, "prometheusremotewrite", Capability.Metrics) { Aliases = ["prometheus_remote_write"] },
        new(ComponentKind.Exporters, "prometheus", Capability.Metrics),
        new(ComponentKind.Exporters, "loki", Capability.NotTraces),

        new(ComponentKind.Connectors, "servicegraph", Capability.Runs) { Aliases = ["service_graph"] },
        new(ComponentKind.Connectors, "spanmetrics", Capability.Runs) { Aliases = ["span_metrics"] },
        new(ComponentKind.Connectors, "count", Capability.Runs),
        new(ComponentKind.Connectors, "forward", Capability.Runs),
        new(ComponentKind.Connectors, "routing", Capability.Runs),

        new(ComponentKind.Extensions, "health_check", Capability.Runs) { Aliases = ["healthcheck"] },
        new(ComponentKind.Extensions, "file_storage", Capability.Runs),
        new(ComponentKind.Extensions, "healthcheckv2", Capability.LeftOut) { Aliases = ["health_check_v2"], WayOut = "use health_check" },
        new(ComponentKind.Extensions, "zpages", Capability.Runs),
        new(ComponentKind.Extensions, "pprof", Capability.LeftOut),
        new(ComponentKind.Extensions, "jaegerremotesampling", Capability.Runs) { Aliases = ["jaeger_remote_sampling"] },
        new(ComponentKind.Extensions, "basicauth", Capability.Runs) { Aliases = ["basic_auth"] },
        new(ComponentKind.Extensions, "bearertokenauth", Capability.Runs) { Aliases = ["bearer_token_auth"] },
        new(ComponentKind.Extensions, "oidc", Capability.Runs),
        new(ComponentKind.Extensions, "oauth2client", Capability.Runs) { Aliases = ["oauth2_client"] },
        new(ComponentKind.Extensions, "headers_setter", Capability.Runs),
        new(ComponentKind.Extensions, "opamp", Capability.LeftOut),
        new(ComponentKind.Extensions, "k8s_observer", Capability.NotTraces),
    ];

    private const string NoAuthenticator = "nobody would be asked who they are";
    private const string OwnSizes = "the server chooses its buffers itself";
    private const string OwnTimeouts = "the server's own time limits apply";
    private const string OwnCollections = "memory is collected when it is above the hard limit, at each check";

    /// <summary>Settings that are read, printed and kept, and that nothing acts on yet. A setting that is not here is acted on.</summary>
    public static IReadOnlyList<SettingCapability> Settings { get; } =
    [
        new("tenants.defaults", Capability.LeftOut, "limits of tenants other than retention are not enforced", ""),
        new("tenants.overrides", Capability.LeftOut, "limits of tenants other than retention are not enforced", ""),
        new("cluster.enabled", Capability.Refused, "this process would run alone", "--set cluster.enabled=false"),

        new("receivers.otlp.protocols.*.tls.cipher_suites", Capability.Refused, "the system's choice of ciphers would apply", "take it out"),
        new("receivers.otlp.protocols.*.tls.curve_preferences", Capability.LeftOut, "the system's choice of curves applies", ""),
        new("receivers.otlp.protocols.*.middlewares", Capability.LeftOut, "there are no middlewares", ""),
        new("receivers.otlp.protocols.*.read_buffer_size", Capability.LeftOut, OwnSizes, ""),
        new("receivers.otlp.protocols.*.write_buffer_size", Capability.LeftOut, OwnSizes, ""),
        new("receivers.otlp.protocols.grpc.keepalive.enforcement_policy", Capability.LeftOut, "pings of clients are not limited", ""),
        new("receivers.otlp.protocols.http.read_timeout", Capability.LeftOut, OwnTimeouts, ""),
        new("receivers.otlp.protocols.http.read_header_timeout", Capability.LeftOut, OwnTimeouts, ""),
        new("receivers.otlp.protocols.http.write_timeout", Capability.LeftOut, OwnTimeouts, ""),
        new("receivers.otlp.protocols.http.idle_timeout", Capability.LeftOut, OwnTimeouts, ""),
        new("receivers.otlp.protocols.http.keep_alives_enabled", Capability.LeftOut, "connections are reused", ""),
        .. ForHttpServer("receivers.zipkin"),
        .. ForHttpServer("receivers.jaeger.protocols.thrift_http"),
        .. ForListener("receivers.jaeger.protocols.grpc"),
        new("receivers.jaeger.protocols.grpc.keepalive", Capability.LeftOut, "the server's own times apply", ""),
        new("receivers.jaeger.protocols.grpc.max_concurrent_streams", Capability.LeftOut, "the limit is 100", ""),
        new("receivers.jaeger.protocols.grpc.read_buffer_size", Capability.LeftOut, OwnSizes, ""),
        new("receivers.jaeger.protocols.grpc.write_buffer_size", Capability.LeftOut, OwnSizes, ""),
        new("processors.batch.metadata_cardinality_limit", Capability.LeftOut, "the limit is 1000", ""),
        new("processors.memory_limiter.min_gc_interval_when_soft_limited", Capability.LeftOut, OwnCollections, ""),
        new("processors.memory_limiter.min_gc_interval_when_hard_limited", Capability.LeftOut, OwnCollections, ""),
        .. ForBothOtlpExporters("tls.min_version", Capability.Refused, "an older version of TLS could be agreed on", "take it out"),
        .. ForBothOtlpExporters("tls.max_version", Capability.LeftOut, "a newer version of TLS may be agreed on", ""),
        .. ForBothOtlpExporters("tls.reload_interval", Capability.LeftOut, "certificates are read at the start", "restart when they change"),
        .. ForBothOtlpExporters("tls.include_system_ca_certs_pool", Capability.LeftOut, "with ca_file only its authorities are trusted", ""),
        new("exporters.otlp.authority", Capability.LeftOut, "requests name the host of the endpoint", ""),
        new("exporters.otlp.wait_for_ready", Capability.LeftOut, "the queue waits and retries", ""),
        new("exporters.otlp.balancer_name", Capability.LeftOut, "connections go to the addresses in the system's order", ""),
        new("exporters.otlp.keepalive", Capability.LeftOut, "connections are kept with Clew's own times", ""),
        new("exporters.debug.use_internal_logger", Capability.LeftOut, "what passes is written to the process's log", ""),
        new("exporters.debug.output_paths", Capability.LeftOut, "what passes is written to the process's log", ""),
        new("service.telemetry.traces", Capability.LeftOut, "the process does not trace itself", ""),
        new("service.telemetry.resource", Capability.LeftOut, "the process's metrics carry no resource", ""),
    ];

    public static IEnumerable<ComponentType> Of(ComponentKind kind) => Components.Where(component => component.Kind == kind);

    /// <summary>The component type of a name or one of its other spellings; null when nobody knows it.</summary>
    public static ComponentType? Find(ComponentKind kind, string type)
    {
        foreach (var component in Components)
        {
            if (component.Kind == kind && (component.Type == type || component.Aliases.Contains(type)))
            {
                return component;
            }
        }

        return null;
    }

    /// <summary>
    /// What is said about a setting that is not acted on; null when it is acted on. The path has component types in place of ids:
    /// <c>receivers.otlp.protocols.grpc.tls</c>.
    /// </summary>
    public static SettingCapability? FindSetting(string path)
    {
        foreach (var setting in Settings)
        {
            if (Matches(setting.Path, path))
            {
                return setting;
            }
        }

        return null;
    }

    /// <summary>A receiver's HTTP server beside those of the otlp receiver.</summary>
    private static SettingCapability[] ForHttpServer(string path) =>
    [
        .. ForListener(path),
        new($"{path}.cors", Capability.LeftOut, "pages of other origins cannot send", "send OTLP from pages"),
        new($"{path}.read_timeout", Capability.LeftOut, OwnTimeouts, ""),
        new($"{path}.read_header_timeout", Capability.LeftOut, OwnTimeouts, ""),
        new($"{path}.write_timeout", Capability.LeftOut, OwnTimeouts, ""),
        new($"{path}.idle_timeout", Capability.LeftOut, OwnTimeouts, ""),
        new($"{path}.keep_alives_enabled", Capability.LeftOut, "connections are reused", ""),
        new($"{path}.compression_algorithms", Capability.LeftOut, "every compression that Clew knows is accepted", ""),
    ];

    private static SettingCapability[] ForListener(string path) =>
    [
        new($"{path}.tls.cipher_suites", Capability.Refused, "the system's choice of ciphers would apply", "take it out"),
        new($"{path}.tls.curve_preferences", Capability.LeftOut, "the system's choice of curves applies", ""),
        new($"{path}.middlewares", Capability.LeftOut, "there are no middlewares", ""),
    ];

    private static SettingCapability[] ForBothOtlpExporters(string path, Capability capability, string why, string wayOut) =>
    [
        new($"exporters.otlp.{path}", capability, why, wayOut),
        new($"exporters.otlphttp.{path}", capability, why, wayOut),
    ];

    private static bool Matches(string pattern, string path)
    {
        var patternParts = pattern.Split('.');
        var parts = path.Split('.');
        if (patternParts.Length != parts.Length)
        {
            return false;
        }

        for (var i = 0; i < parts.Length; i++)
        {
            if (patternParts[i] != "*" && patternParts[i] != parts[i])
            {
                return false;
            }
        }

        return true;
    }
}
