using Clew.Receivers.Otlp;
using Clew.Server.Configuration;
using Clew.Server.Hosting;

namespace Clew.Server.Tests.Configuration;

/// <summary>What the file says reaches the component that acts on it.</summary>
public sealed class MappingTests
{
    [Fact]
    public void Receiver_gets_every_setting_that_it_has()
    {
        var options = Otlp("""
            receivers:
              otlp:
                protocols:
                  grpc:
                    endpoint: '0.0.0.0:1'
                    max_recv_msg_size_mib: 3
                    max_concurrent_streams: 4
                    include_metadata: true
                    keepalive: {server_parameters: {max_connection_idle: 5s, time: 6s, timeout: 7s}}
                    tls: {cert_pem: C, key_pem: K, min_version: '1.3'}
                  http:
                    endpoint: '[::1]:2'
                    max_request_body_size: 8MiB
                    traces_url_path: t
                    metrics_url_path: /m
                    logs_url_path: /l
                    response_headers: {x: y}
                    cors: {allowed_origins: ['*'], allowed_headers: [h], exposed_headers: [e], max_age: 9}
            """);

        Assert.Equal("0.0.0.0:1", options.Grpc!.Address.ToString());
        Assert.Equal(3 << 20, options.Grpc.MaxMessageBytes);
        Assert.Equal(4, options.Grpc.MaxConcurrentStreams);
        Assert.True(options.Grpc.IncludeMetadata);
        Assert.Equal(TimeSpan.FromSeconds(5), options.Grpc.MaxConnectionIdle);
        Assert.Equal(TimeSpan.FromSeconds(6), options.Grpc.KeepAliveTime);
        Assert.Equal(TimeSpan.FromSeconds(7), options.Grpc.KeepAliveTimeout);
        Assert.Equal(("C", "K", System.Security.Authentication.SslProtocols.Tls13), (options.Grpc.Tls!.CertificatePem, options.Grpc.Tls.KeyPem, options.Grpc.Tls.Protocols));
        Assert.Equal("[::1]:2", options.Http!.Address.ToString());
        Assert.Equal(8 << 20, options.Http.MaxBodyBytes);
        Assert.Equal(("/t", "/m", "/l"), (options.Http.TracesPath, options.Http.MetricsPath, options.Http.LogsPath));
        Assert.Equal("y", options.Http.ResponseHeaders["x"]);
        Assert.Equal(["*"], options.Http.Cors!.AllowedOrigins);
        Assert.Equal(["h"], options.Http.Cors.AllowedHeaders);
        Assert.Equal(["e"], options.Http.Cors.ExposedHeaders);
        Assert.Equal(TimeSpan.FromSeconds(9), options.Http.Cors.MaxAge);
        Assert.Null(options.Http.Tls);
    }

    [Fact]
    public void Certificate_that_cannot_be_read_is_an_io_error() =>
        Assert.ThrowsAny<IOException>(() => Otlp("receivers: {otlp: {protocols: {grpc: {tls: {cert_file: /nowhere/c.pem, key_file: /nowhere/k.pem}}}}}"));

    [Fact]
    public void Store_gets_every_setting_that_it_has()
    {
        var config = Load.Good("""
            storage:
              wal: {segment_bytes: 2MiB, queue_bytes: 3MiB}
              head: {memory_bytes: 20MiB, trace_idle: 4s, trace_max_age: 5s}
              block: {min_interval: 6s, max_spans: 7}
            retention: {default: 8h}
            query: {timeout: 9s, max_bytes: 10MiB, max_concurrent: 11}
            """);

        var store = StoreMapping.Options(config, "/d");
        var limits = StoreMapping.Limits(config);

        Assert.Equal(("/d", 2L << 20, 3L << 20, 20L << 20), (store.Path, store.WalSegmentBytes, store.WalQueueBytes, store.HeadMemoryBytes));
        Assert.Equal((4, 5, 6, 7), (store.TraceIdle.Seconds, store.TraceMaxAge.Seconds, store.BlockMinInterval.Seconds, store.BlockMaxSpans));
        Assert.Equal(TimeSpan.FromHours(8), store.Retention);
        Assert.Equal((9, 10L << 20, 11), (limits.Timeout.Seconds, limits.MaxBytes, limits.MaxConcurrent));
    }

    private static OtlpReceiverOptions Otlp(string yaml)
    {
        var config = Load.Good(yaml);
        return ReceiverMapping.Otlp((OtlpReceiverConfig)config.Pipeline.Receivers[new ComponentId("otlp")], tenantsEnabled: false);
    }
}
