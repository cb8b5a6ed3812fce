using Clew.Server.Configuration;

namespace Clew.Server.Tests.Configuration;

/// <summary>The graph: what runs, what is left out, what is refused.</summary>
public sealed class PipelineTests
{
    private const string Exporter = "exporters: {otlp: {endpoint: 'next:4317', tls: {insecure: true}}}\n";
    private const string Receiver = "receivers: {otlp: {protocols: {grpc:}}}\n";

    [Fact]
    public void Without_pipelines_every_receiver_feeds_the_store()
    {
        var config = Load.Good("receivers: {otlp: {protocols: {grpc:}}, otlp/2: {protocols: {http: {endpoint: '127.0.0.1:9'}}}, zipkin: , kafka: }");

        var pipeline = Assert.Single(config.Pipeline.Pipelines);
        Assert.Equal(["otlp", "otlp/2", "zipkin"], pipeline.Receivers.Select(id => id.ToString()));
        Assert.Equal(["store"], pipeline.Exporters.Select(id => id.ToString()));
        Assert.Equal("receivers.kafka", Assert.Single(config.NotInThisVersion).Component);
        Assert.True(config.HasStore);
    }

    [Fact]
    public void Exporters_without_a_pipeline_are_an_error() =>
        Assert.StartsWith("a.yaml:1:1: exporters: there is no pipeline that could use them", Load.Error(Exporter), StringComparison.Ordinal);

    [Fact]
    public void Collector_without_a_store_and_disk_is_good()
    {
        var config = Load.Good(Exporter + "service: {pipelines: {traces: {receivers: [otlp], exporters: [otlp]}}}", "storage.path=none");

        Assert.Null(config.Storage.Path);
        Assert.False(config.HasStore);
    }

    [Fact]
    public void Store_without_a_disk_is_an_error() =>
        Assert.StartsWith("--set storage.path: storage.path: 'none' leaves no folder for the store", Load.Error("query: {}", "storage.path=none"), StringComparison.Ordinal);

    [Fact]
    public void Configured_storage_that_nothing_feeds_is_opened_with_a_warning()
    {
        var config = Load.Good("storage: {head: {trace_idle: 5s}}\n" + Exporter + "service: {pipelines: {traces: {receivers: [otlp], exporters: [otlp]}}}");

        Assert.True(config.HasStore);
        Assert.Contains(config.Origin.Warnings, warning => warning.StartsWith("storage is configured and no pipeline ends in it", StringComparison.Ordinal));
    }

    [Fact]
    public void Component_that_is_configured_and_unused_is_a_warning_and_leaves_no_note()
    {
        var config = Load.Good(Receiver + Exporter + "processors: {filter: }\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [otlp]}}}");

        Assert.Empty(config.NotInThisVersion);
        Assert.Contains("a.yaml:3:14: processors.filter is configured and no pipeline names it, so it does not run", config.Origin.Warnings);
    }

    [Fact]
    public void Exporter_of_another_signal_in_a_trace_pipeline_is_an_error()
    {
        var error = Load.Error(Receiver + "exporters: {loki: }\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [loki]}}}");

        Assert.Equal("a.yaml:2:13: exporters.loki: 'loki' does not carry traces; take it out of the trace pipelines", error);
    }

    [Fact]
    public void Without_any_receiver_of_this_version_serve_refuses()
    {
        var config = Load.Good("receivers: {kafka: }");

        Assert.Contains(config.NotInThisVersion, note => note.Component == "service.pipelines" && note.Refuses);
    }

    [Fact]
    public void Connectors_stand_on_both_sides_and_not_in_a_circle()
    {
        var errors = Load.Text(Receiver + Exporter + """
            connectors: {forward: , forward/2: , forward/a: , forward/b: , otlp: , count: }
            service:
              pipelines:
                traces: {receivers: [otlp], exporters: [otlp, forward]}
                traces/2: {receivers: [forward/2], exporters: [otlp]}
                traces/a: {receivers: [forward/a], exporters: [forward/b]}
                traces/b: {receivers: [forward/b], exporters: [forward/a]}
            """).Errors;

        Assert.Contains(errors, error => error.Contains("connectors.forward: stands among the exporters of a pipeline and must stand among the receivers of another", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Contains("connectors.forward/2: stands among the receivers of a pipeline and must stand among the exporters of another", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Contains("spans would go round for ever: traces/a → traces/b → traces/a", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Contains("connectors.otlp: receivers.otlp has the same id", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Contains("connectors.otlp: unknown type 'otlp'", StringComparison.Ordinal));
    }

    [Fact]
    public void Settings_of_a_queue_must_name_a_started_extension()
    {
        const string exporter = "exporters: {otlp: {endpoint: 'next:4317', sending_queue: {storage: file_storage/q}}}\nextensions: {file_storage/q: {directory: /q}}\n";
        const string pipelines = "pipelines: {traces: {receivers: [otlp], exporters: [otlp]}}";

        Assert.Contains("'file_storage/q' is configured and not started; add it to service.extensions", Load.Error(Receiver + exporter + $"service: {{{pipelines}}}"), StringComparison.Ordinal);
        var config = Load.Good(Receiver + exporter + $"service: {{extensions: [file_storage/q], {pipelines}}}");
        Assert.Equal("/q", ((FileStorageConfig)config.Pipeline.Extensions[config.Pipeline.StartedExtensions[0]]).Directory);
    }

    [Fact]
    public void Settings_that_nothing_acts_on_are_noted_when_they_are_used()
    {
        var config = Load.Good("""
            retention: {rules: [{match: '{ }', keep: 1h}], default: 1h, rollups: 2h}
            cluster: {enabled: true}
            receivers: {otlp: {protocols: {http: {read_timeout: 3s}, grpc: {auth: {authenticator: basicauth}, transport: tcp}}}}
            extensions: {basicauth: {htpasswd: {inline: 'a:b'}}}
            service: {extensions: [basicauth]}
            """);

        Assert.Equal(
            [
                ("cluster.enabled: true", true), ("receivers.otlp.protocols.http.read_timeout: 3s", false),
            ],
            config.NotInThisVersion.Select(note => (note.Component, note.Refuses)).Order());
    }

    [Theory]
    [InlineData("next:4317", "{insecure: true}", "http://next:4317/")]
    [InlineData("next:4317", "{}", "https://next:4317/")]
    [InlineData("https://next:4317", "{insecure: true}", "https://next:4317/")]
    [InlineData("http://next:4317/ignored", "{}", "http://next:4317/")]
    [InlineData("dns:///next:4317", "{insecure: true}", "http://next:4317/")]
    [InlineData("[::1]:4317", "{insecure: true}", "http://[::1]:4317/")]
    public void Address_of_the_grpc_exporter(string endpoint, string tls, string expected)
    {
        var config = Load.Good($"exporters: {{otlp_grpc: {{endpoint: '{endpoint}', tls: {tls}}}}}\nservice: {{pipelines: {{traces: {{receivers: [otlp], exporters: [otlp_grpc]}}}}}}");

        Assert.Equal(expected, ((OtlpGrpcExporterConfig)config.Pipeline.Exporters[new ComponentId("otlp_grpc")]).Address.ToString());
    }

    [Theory]
    [InlineData("endpoint: 'http://next:4318'", "http://next:4318/v1/traces")]
    [InlineData("endpoint: 'https://next/otlp/'", "https://next/otlp/v1/traces")]
    [InlineData("traces_endpoint: 'http://next:4318/in'", "http://next:4318/in")]
    public void Address_of_the_http_exporter(string endpoint, string expected)
    {
        var config = Load.Good($"exporters: {{otlphttp: {{{endpoint}}}}}\nservice: {{pipelines: {{traces: {{receivers: [otlp], exporters: [otlphttp]}}}}}}");

        Assert.Equal(expected, ((OtlpHttpExporterConfig)config.Pipeline.Exporters[new ComponentId("otlphttp")]).Address.ToString());
    }

    [Fact]
    public void Exporter_settings_are_read()
    {
        var config = Load.Good("""
            receivers: {otlp: {protocols: {grpc: {max_recv_msg_size_mib: 8, max_concurrent_streams: 5, keepalive: {server_parameters: {time: 10s}}}}}}
            exporters:
              otlp:
                endpoint: next:4317
                timeout: 2s
                compression: zstd
                headers: {authorization: Bearer x, n: 1}
                tls: {ca_file: /ca, server_name_override: n}
                retry_on_failure: {initial_interval: 1s, max_elapsed_time: 0}
                sending_queue: {num_consumers: 2, queue_size: 1e3, sizer: items}
            service: {pipelines: {traces: {receivers: [otlp], exporters: [otlp]}}, telemetry: {logs: {level: debug}}}
            """);

        var exporter = (OtlpGrpcExporterConfig)config.Pipeline.Exporters[new ComponentId("otlp")];
        Assert.Equal(TimeSpan.FromSeconds(2), exporter.Timeout);
        Assert.Equal(ExportCompression.Zstd, exporter.Compression);
        Assert.Equal("Bearer x", exporter.Headers["authorization"].Reveal());
        Assert.Equal("1", exporter.Headers["n"].Reveal());
        Assert.Equal("/ca", exporter.Tls.CaFile);
        Assert.Equal(TimeSpan.Zero, exporter.Retry.MaxElapsedTime);
        Assert.Equal(TimeSpan.FromSeconds(1), exporter.Retry.InitialInterval);
        Assert.Equal(1000, exporter.Queue.QueueSize);
        Assert.Equal(QueueSizer.Items, exporter.Queue.Sizer);
        var grpc = ((OtlpReceiverConfig)config.Pipeline.Receivers[new ComponentId("otlp")]).Grpc!;
        Assert.Equal(ByteSize.FromMiB(8), grpc.MaxReceiveMessageSize);
        Assert.Equal(5, grpc.MaxConcurrentStreams);
        Assert.Equal(TimeSpan.FromSeconds(10), grpc.Keepalive.Time);
        Assert.Equal("debug", config.Pipeline.Telemetry.LogLevel);
        Assert.Empty(config.NotInThisVersion);
    }
}
