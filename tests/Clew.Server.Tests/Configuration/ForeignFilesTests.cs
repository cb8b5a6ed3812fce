using Clew.Server.Configuration;
using Clew.Server.Configuration.Documents;

namespace Clew.Server.Tests.Configuration;

public sealed class ForeignFilesTests
{
    private const string CollectorToTempo = """
        receivers: {otlp: {protocols: {grpc: {endpoint: '0.0.0.0:4317'}}}}
        exporters: {otlp: {endpoint: 'ENDPOINT', tls: {insecure: true}}}
        service: {pipelines: {traces: {receivers: [otlp], exporters: [otlp]}}}
        """;

    [Theory]
    [InlineData("storage: {path: x}", DocumentKind.Own)]
    [InlineData("server: {http: x}", DocumentKind.Own)]
    [InlineData("auth: {}\nreceivers: {}", DocumentKind.Own)]
    [InlineData("receivers: {}", DocumentKind.Collector)]
    [InlineData("service: {}\nx: 1", DocumentKind.Collector)]
    [InlineData("config: {}", DocumentKind.CollectorChart)]
    [InlineData("alternateConfig: {receivers: {}}", DocumentKind.CollectorChart)]
    [InlineData("mode: deployment\nimage: {repository: x}", DocumentKind.CollectorChart)]
    [InlineData("server: {http_listen_port: 3200}", DocumentKind.Tempo)]
    [InlineData("storage: {trace: {backend: local}}", DocumentKind.Tempo)]
    [InlineData("distributor: {}", DocumentKind.Tempo)]
    [InlineData("tempo: {retention: 1h}", DocumentKind.TempoChart)]
    [InlineData("external_services: {}\nauth: {strategy: anonymous}", DocumentKind.Kiali)]
    [InlineData("kind: Kiali\nspec: {}", DocumentKind.Kiali)]
    [InlineData("tempo: 1", DocumentKind.Own)]
    [InlineData("nothing: {}", DocumentKind.Own)]
    public void Kind_is_recognised(string yaml, object kind)
    {
        var root = (ConfigMap)YamlReader.Read(yaml, new SourceDocument("a", DocumentKind.Own), new ConfigProblems())!;

        Assert.Equal((DocumentKind)kind, FileRecognizer.Recognize(root));
    }

    [Fact]
    public void Tempo_file_is_mapped()
    {
        var config = Load.Good("""
            multitenancy_enabled: false
            stream_over_http_enabled: true
            server: {http_listen_port: 3100, grpc_listen_port: 9095, log_level: warn}
            distributor:
              receivers: {otlp: {protocols: {grpc: {endpoint: '0.0.0.0:4317'}}}, zipkin: }
            compactor: {compaction: {block_retention: 48h}}
            querier: {max_concurrent_queries: 7, search: {query_timeout: 11s}}
            overrides: {defaults: {ingestion: {rate_limit_bytes: 1000, max_traces_per_user: 9}, global: {max_bytes_per_trace: 77}}}
            storage:
              trace:
                backend: local
                local: {path: /var/tempo/blocks}
                wal: {path: /var/tempo/wal}
                block: {bloom_filter_false_positive: 0.01}
            """);

        Assert.Equal([new Endpoint("0.0.0.0", 3100)], config.Server.Http);
        Assert.Equal(TimeSpan.FromHours(48), config.Retention.Default);
        Assert.Equal("/var/tempo/blocks", config.Storage.Path);
        Assert.Equal(7, config.Query.MaxConcurrent);
        Assert.Equal(TimeSpan.FromSeconds(11), config.Query.Timeout);
        Assert.Equal(new ByteSize(1000), config.Tenants.Defaults.IngestBytesPerSecond);
        Assert.Equal(9, config.Tenants.Defaults.MaxLiveTraces);
        Assert.Equal(new ByteSize(77), config.Tenants.Defaults.MaxTraceBytes);
        Assert.Equal("warn", config.Pipeline.Telemetry.LogLevel);
        Assert.Equal(["otlp", "zipkin"], Assert.Single(config.Pipeline.Pipelines).Receivers.Select(id => id.ToString()));
        Assert.Equal(["tenants.defaults"], config.NotInThisVersion.Select(note => note.Component).Order());
        Assert.Contains(config.Origin.Warnings, warning => warning.Contains("storage.trace.wal.path has no effect", StringComparison.Ordinal));
    }

    [Fact]
    public void Tempo_file_without_receivers_gets_the_otlp_ones_of_clew()
    {
        var config = Load.Good("backend_scheduler: {provider: {compaction: {compaction: {block_retention: 1h}}}}");

        Assert.Equal(TimeSpan.FromHours(1), config.Retention.Default);
        Assert.Equal(["otlp"], Assert.Single(config.Pipeline.Pipelines).Receivers.Select(id => id.ToString()));
    }

    [Fact]
    public void Tempo_file_warns_of_what_is_not_supported_and_refuses_what_is_mistyped()
    {
        var result = Load.Text("""
            compactr: {}
            something_else: {}
            storage: {trace: {backend: gcs, gcs: {bucket_name: b}, shiny: 1, backnd: x}}
            """);

        Assert.Equal(["a.yaml:1:1", "a.yaml:3:28", "a.yaml:3:66"], result.Errors.Select(error => error.Split(": ")[0]));
        Assert.Equal(2, result.Warnings.Count(warning => warning.EndsWith("is not supported and has no effect", StringComparison.Ordinal)));
    }

    [Fact]
    public void Tempo_multitenancy_turns_tenants_on()
    {
        var config = Load.Good("tempo: {multitenancyEnabled: true}");

        Assert.True(config.Tenants.Enabled);
        Assert.DoesNotContain(config.NotInThisVersion, note => note.Component.StartsWith("tenants", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("tempo:4317", true)]
    [InlineData("tempo.tracing:4317", true)]
    [InlineData("Tempo.tracing.svc.cluster.local:4317", true)]
    [InlineData("tempo-distributor.tracing:4317", true)]
    [InlineData("http://tempo:4317", true)]
    [InlineData("127.0.0.1:4317", true)]
    [InlineData("localhost:4318", true)]
    [InlineData("tempo:9999", false)]
    [InlineData("temporary.example:4317", false)]
    [InlineData("other:4317", false)]
    [InlineData("my.tempo:4317", false)]
    public void Exporter_to_this_tempo_is_the_store(string endpoint, bool isStore)
    {
        var machine = Load.Machine.WithFile("c.yaml", CollectorToTempo.Replace("ENDPOINT", endpoint, StringComparison.Ordinal)).WithFile("t.yaml", "tempo: {}");

        var config = machine.Files("c.yaml", "t.yaml").Good();

        Assert.Equal([isStore ? "store" : "otlp"], config.Pipeline.Pipelines[0].Exporters.Select(id => id.ToString()));
        Assert.Equal(isStore, config.Origin.InProcess.Any(sentence => sentence.StartsWith("exporter otlp", StringComparison.Ordinal)));
        Assert.True(config.HasStore);
        Assert.DoesNotContain(config.Origin.Warnings, warning => warning.Contains("no pipeline names it", StringComparison.Ordinal));
    }

    [Fact]
    public void Tempo_has_the_name_that_the_operator_gives_it()
    {
        var machine = Load.Machine.WithFile("c.yaml", CollectorToTempo.Replace("ENDPOINT", "traces.ns:4317", StringComparison.Ordinal)).WithFile("t.yaml", "tempo: {}");

        var config = ConfigLoader.Load(new ConfigRequest { Sources = ["c.yaml", "t.yaml"], TempoName = "traces" }, machine).Good();

        Assert.Equal(["store"], config.Pipeline.Pipelines[0].Exporters.Select(id => id.ToString()));
    }

    [Fact]
    public void Ports_that_only_tempo_has_get_a_pipeline_of_their_own()
    {
        var machine = Load.Machine
            .WithFile("c.yaml", CollectorToTempo.Replace("ENDPOINT", "tempo:4444", StringComparison.Ordinal))
            .WithFile("t.yaml", "distributor: {receivers: {otlp: {protocols: {grpc: {endpoint: '0.0.0.0:4444'}, http: }}}}");

        var config = machine.Files("t.yaml", "c.yaml").Good();

        Assert.Equal(2, config.Pipeline.Pipelines.Count);
        Assert.Equal(["otlp/tempo"], config.Pipeline.Pipelines[1].Receivers.Select(id => id.ToString()));
        var otlp = (OtlpReceiverConfig)config.Pipeline.Receivers[new ComponentId("otlp", "tempo")];
        Assert.Equal(4444, otlp.Grpc!.Endpoint.Port);
        Assert.Equal(4318, otlp.Http!.Endpoint.Port);
    }

    [Fact]
    public void Exporter_and_store_in_one_pipeline_keep_each_span_once()
    {
        var machine = Load.Machine
            .WithFile("c.yaml", CollectorToTempo.Replace("ENDPOINT", "tempo:4317", StringComparison.Ordinal).Replace("exporters: [otlp]", "exporters: [store, otlp]", StringComparison.Ordinal))
            .WithFile("t.yaml", "tempo: {}");

        Assert.Equal(["store"], machine.Files("c.yaml", "t.yaml").Good().Pipeline.Pipelines[0].Exporters.Select(id => id.ToString()));
    }

    [Fact]
    public void Chart_without_a_configuration_runs_the_defaults_of_the_chart()
    {
        var config = Load.Good("mode: deployment\nimage: {repository: x}\nreplicaCount: 2");

        var pipeline = Assert.Single(config.Pipeline.Pipelines);
        Assert.Equal(["memory_limiter", "batch"], pipeline.Processors.Select(id => id.ToString()));
        Assert.Equal(["debug"], pipeline.Exporters.Select(id => id.ToString()));
        Assert.DoesNotContain(config.Origin.Warnings, warning => warning.Contains("traces only", StringComparison.Ordinal));
        Assert.Contains("no pipeline keeps spans or sends them on: they are shown by the debug exporter and gone", config.Origin.Warnings);
    }

    [Fact]
    public void Alternate_configuration_replaces_the_defaults_of_the_chart()
    {
        var config = Load.Good("alternateConfig: {receivers: {otlp: {protocols: {grpc: }}}, exporters: {debug: }, service: {pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}}");

        Assert.Single(config.Pipeline.Receivers);
        Assert.Empty(config.NotInThisVersion);
        Assert.Equal(new Endpoint("127.0.0.1", 4317), ((OtlpReceiverConfig)config.Pipeline.Receivers[new ComponentId("otlp")]).Grpc!.Endpoint);
    }

    [Fact]
    public void Pod_address_is_every_interface_unless_kubernetes_says_otherwise()
    {
        const string values = "config: {service: {pipelines: {traces: {exporters: [debug]}}}}";

        var outside = Load.Good(values);
        var inside = Load.Machine.WithVariable("MY_POD_IP", "10.1.2.3").WithFile("a.yaml", values).Files("a.yaml").Good();

        Assert.Equal(new Endpoint("0.0.0.0", 4317), ((OtlpReceiverConfig)outside.Pipeline.Receivers[new ComponentId("otlp")]).Grpc!.Endpoint);
        Assert.Equal(new Endpoint("10.1.2.3", 4317), ((OtlpReceiverConfig)inside.Pipeline.Receivers[new ComponentId("otlp")]).Grpc!.Endpoint);
        Assert.DoesNotContain(outside.Origin.Warnings, warning => warning.Contains("MY_POD_IP", StringComparison.Ordinal));
    }

    [Fact]
    public void Values_in_several_files_are_joined_before_the_defaults_apply()
    {
        var machine = Load.Machine
            .WithFile("a.yaml", "config: {processors: {batch: {timeout: 3s}}}")
            .WithFile("b.yaml", "config: {receivers: {zipkin: null}, processors: {batch: }}");

        var config = machine.Files("a.yaml", "b.yaml").Good();

        Assert.False(config.Pipeline.Receivers.ContainsKey(new ComponentId("zipkin")));
        Assert.True(config.Pipeline.Processors.ContainsKey(new ComponentId("batch")));
    }

    [Fact]
    public void Presets_and_templates_and_unknown_values_are_named()
    {
        var result = Load.Text("""
            presets: {kubernetesAttributes: {enabled: true}, hostMetrics: {enabled: false}}
            config: {exporters: {otlp: {endpoint: 'x:1', headers: {ns: '{{ .Release.Namespace }}'}}}, service: {pipelines: {traces: {exporters: [otlp]}}}}
            shiny: {}
            """);

        var config = result.Good();
        Assert.Contains(config.NotInThisVersion, note => note.Component == "presets.kubernetesAttributes");
        Assert.DoesNotContain(config.NotInThisVersion, note => note.Component == "presets.hostMetrics");
        Assert.Contains(result.Warnings, warning => warning.Contains("the template {{ … }} is not evaluated", StringComparison.Ordinal));
        Assert.Contains("a.yaml:3:1: 'shiny' is not supported and has no effect", result.Warnings);
    }

    [Fact]
    public void Metrics_and_logs_are_left_out_with_a_warning()
    {
        var config = Load.Good("""
            receivers: {otlp: {protocols: {grpc: }}, prometheus: {config: {}}}
            exporters: {otlp: {endpoint: 'x:1'}, prometheusremotewrite: {endpoint: 'http://x'}}
            service:
              pipelines:
                traces: {receivers: [otlp], exporters: [otlp]}
                metrics: {receivers: [otlp, prometheus], exporters: [prometheusremotewrite]}
            """);

        Assert.Contains("a.yaml:6:5: service.pipelines.metrics: left out, Clew carries traces only", config.Origin.Warnings);
        Assert.Single(config.Pipeline.Pipelines);
    }

    [Fact]
    public void Kiali_values_say_where_prometheus_is_and_what_health_tolerates()
    {
        var config = Load.Good("""
            external_services:
              prometheus:
                url: http://prometheus.istio-system:9090
                auth: {type: bearer, token: t0p}
                custom_headers: {X-Scope-OrgID: mesh}
                query_scope: {mesh_id: mesh1}
              tracing: {enabled: true}
            istio_namespace: istio-control
            kubernetes_config: {cluster_name: east}
            health_config:
              rate:
              - {namespace: shop, tolerance: [{code: 5XX, degraded: 5, failure: 50, protocol: http, direction: inbound}]}
            """);

        Assert.Equal("http://prometheus.istio-system:9090", config.Mesh.EffectivePrometheusUrl);
        Assert.Equal("t0p", config.Mesh.Prometheus.BearerToken.Reveal());
        Assert.Equal("mesh1", config.Mesh.Prometheus.QueryScope["mesh_id"]);
        Assert.Equal(("istio-control", "east"), (config.Mesh.IstioNamespace, config.Mesh.Cluster));
        Assert.Equal(50, config.Mesh.Health[0].Tolerances[0].Failure);
        Assert.Empty(config.NotInThisVersion);
    }
}
