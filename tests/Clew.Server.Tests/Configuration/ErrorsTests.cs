namespace Clew.Server.Tests.Configuration;

/// <summary>What an operator is told. The golden files are the whole lists.</summary>
public sealed class ErrorsTests
{
    [Fact]
    public void Own_file_with_every_kind_of_mistake() => Matches("errors-own.txt", """
        server:
          http: nowhere
          prot: 1
        storage:
          backend: s4
          pth: /data
          s3: [bucket]
          head: {memory_bytes: lots, trace_idle: -1s}
        retention:
          default: soon
          rules:
            - keep: 1h
            - {match: '{ status = error }', keep: 2h, sample: 1.5}
        query: {max_concurrent: 0, timeout: 10}
        tenants:
          enabled: maybe
          overrides: {a: {retention: 1h, ingest: 2}}
        nonsense: true
        recievers: {}
        receivers:
          otlp:
            protocols:
              grcp: {endpoint: '0.0.0.0:4317'}
              http: {endpoint: 0.0.0.0, cors: {allowed_origin: ['*']}}
          otpl: {}
          1x: {}
        processors:
          batch: {send_batch_size: 100, send_batch_max_size: 10, metadata_keys: [a, A]}
          memory_limiter: {limit_mib: 10, spike_limit_mib: 20}
          memory_limiter/2: {check_interval: 1s}
          probabilistic_sampler: {sampling_percentage: ten, sampling_precision: 15, hash_seed: -1, mode: random}
          magic: {}
        exporters:
          logging: {}
          otlp: {tls: {cert_file: c}}
          otlphttp: {endpoint: 'host:4318'}
          otlp/2: {endpoint: host, sending_queue: {storage: file_storage, num_consumers: 0, batch: {min_size: 5, max_size: 2}}}
        service:
          extensions: [health]
          pipelines:
            traces:
              receivers: [otlp, jaeger]
              processors: [batch, memory_limiter, batch, sampler]
              exporters: [otlp/3]
            traces/empty: {}
            spans: {receivers: [otlp], exporters: [otlp/2]}
        """);

    [Fact]
    public void Collector_file_warns_of_what_is_not_supported_and_refuses_what_is_mistyped() => Matches("errors-collector.txt", """
        receivers:
          otlp:
            protocols:
              grpc: {endpoint: '0.0.0.0:4317', futuristic_setting: 1, max_recv_msg_size_mb: 4}
          datadog: {endpoint: 'x:1'}
        processors:
          probabilistic_sampler: {sampling_percentge: 10}
          newfangled: {}
        exporters:
          otlp: {endpoint: 'next:4317', tls: {insecure: true, tpm: {enabled: true}}}
          otlp/unused: {endpoint: 'next:4317'}
          loki: {endpoint: 'x:1'}
        service:
          pipelines:
            traces: {receivers: [otlp], processors: [probabilistic_sampler, newfangled], exporters: [otlp]}
            metrics: {receivers: [datadog], exporters: [loki]}
        """);

    [Fact]
    public void Secrets_are_not_in_messages()
    {
        var result = Load.Text("""
            storage: {s3: {secret_key: {hush: 1}}}
            exporters: {otlphttp: {endpoint: 'ftp://me:hush@host', headers: {authorization: [hush]}}}
            """);

        Assert.Equal(4, result.Errors.Count);
        Assert.DoesNotContain(result.Errors, error => error.Contains("hush", StringComparison.Ordinal));
    }

    [Fact]
    public void Ports_that_collide_are_an_error()
    {
        var errors = Load.Text("""
            server: {http: '0.0.0.0:4317'}
            receivers: {otlp: {protocols: {grpc: {endpoint: '127.0.0.1:4317'}, http: {endpoint: '127.0.0.1:4317'}}}}
            """).Errors;

        Assert.Contains(
            "a.yaml:2:49: receivers.otlp.protocols.grpc.endpoint: OTLP gRPC 127.0.0.1:4317 and API and UI 0.0.0.0:4317 want the same port; give one of them another",
            errors);
        Assert.Equal(2, errors.Count);
    }

    [Fact]
    public void Both_protocols_of_one_receiver_may_share_a_port() =>
        Load.Good("receivers: {otlp: {protocols: {grpc: {endpoint: '127.0.0.1:4317'}, http: {endpoint: '127.0.0.1:4317'}}}}");

    [Fact]
    public void Number_of_errors_is_limited()
    {
        var errors = Load.Text(string.Concat(Enumerable.Range(0, 300).Select(i => $"nonsense{i}: 1\n")) + "ui: {}\n").Errors;

        Assert.Equal(201, errors.Count);
        Assert.Equal("and 100 more", errors[^1]);
    }

    private static void Matches(string golden, string yaml)
    {
        var result = Load.Text(yaml);
        Golden.Matches(golden, string.Concat(result.Errors.Select(error => $"error: {error}\n").Concat(result.Warnings.Select(warning => $"warning: {warning}\n"))));
    }
}
