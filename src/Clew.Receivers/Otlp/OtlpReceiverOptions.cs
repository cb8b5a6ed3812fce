using Clew.Otlp;
using Clew.Receivers.Listeners;

namespace Clew.Receivers.Otlp;

/// <summary>Settings of an OTLP receiver. A protocol that is null is off.</summary>
public sealed class OtlpReceiverOptions
{
    public OtlpGrpcOptions? Grpc { get; init; } = new();

    public OtlpHttpOptions? Http { get; init; } = new();

    /// <summary>True: every request names its tenant in <c>X-Scope-OrgID</c>. False: the header is ignored.</summary>
    public bool TenantsEnabled { get; init; }

    /// <summary>Limits of one span. The request limits are those of the two protocols.</summary>
    public OtlpLimits SpanLimits { get; init; } = OtlpLimits.Default;

    /// <summary>
    /// Bytes of all requests held at once, from the first byte read to the answer. Eight requests of the largest size; in practice
    /// requests are hundreds of kilobytes and thousands of them fit.
    /// </summary>
    public long MaxInFlightBytes { get; init; } = 512L << 20;

    public SharedPortOptions Listening { get; init; } = new();
}

/// <summary>Settings that both protocols have.</summary>
public abstract class OtlpProtocolOptions
{
    /// <summary>Keep the request's headers beside the batch.</summary>
    public bool IncludeMetadata { get; init; }

    /// <summary>Asked who sends; null: nobody is asked.</summary>
    public Clew.Receivers.Intake.IRequestAuthenticator? Authenticator { get; init; }

    /// <summary>Null: plaintext, with HTTP/1.1 and HTTP/2 told apart by the first bytes. Otherwise TLS, where ALPN does that.</summary>
    public ListenerTls? Tls { get; init; }

    /// <summary>The path of a Unix socket to listen on instead of an address; null: an address. Plaintext, one protocol a socket.</summary>
    public string? UnixSocket { get; init; }
}

/// <summary>OTLP over gRPC.</summary>
public sealed class OtlpGrpcOptions : OtlpProtocolOptions
{
    public ListenAddress Address { get; init; } = new("localhost", 4317);

    /// <summary>Bytes of one message, before and after decompression. OTLP recommends 64 MiB.</summary>
    public int MaxMessageBytes { get; init; } = 64 << 20;

    /// <summary>Calls at the same time on one connection; null: 100.</summary>
    public int? MaxConcurrentStreams { get; init; }

    /// <summary>Close connections that have been idle for this long; null: 130 s.</summary>
    public TimeSpan? MaxConnectionIdle { get; init; }

    /// <summary>Ask connections to end at about this age; null: never.</summary>
    public TimeSpan? MaxConnectionAge { get; init; }

    /// <summary>Cut a connection that has not ended for this long after it was asked to; null: never.</summary>
    public TimeSpan? MaxConnectionAgeGrace { get; init; }

    /// <summary>Ping a silent connection after this long; null: never.</summary>
    public TimeSpan? KeepAliveTime { get; init; }

    /// <summary>Close it when the ping is not answered for this long; null: 20 s.</summary>
    public TimeSpan? KeepAliveTimeout { get; init; }
}

/// <summary>OTLP over HTTP, protobuf and JSON.</summary>
public sealed class OtlpHttpOptions : OtlpProtocolOptions
{
    public ListenAddress Address { get; init; } = new("localhost", 4318);

    public string TracesPath { get; init; } = "/v1/traces";

    public string MetricsPath { get; init; } = "/v1/metrics";

    public string LogsPath { get; init; } = "/v1/logs";

    /// <summary>Bytes of one body, before and after decompression. OTLP recommends 64 MiB.</summary>
    public int MaxBodyBytes { get; init; } = 64 << 20;

    /// <summary>Accepted values of <c>Content-Encoding</c>, where the empty one stands for none; null: every known one.</summary>
    public IReadOnlyCollection<string>? CompressionAlgorithms { get; init; }

    /// <summary>Null: no CORS headers, so pages of other origins cannot send.</summary>
    public OtlpCorsOptions? Cors { get; init; }

    /// <summary>Headers added to every answer.</summary>
    public IReadOnlyDictionary<string, string> ResponseHeaders { get; init; } = new Dictionary<string, string>();
}

/// <summary>Which web pages may send spans. Nothing is allowed until an origin is.</summary>
public sealed class OtlpCorsOptions
{
    /// <summary>Origins such as <c>https://shop.example</c>; <c>*</c> stands for any text.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Request headers beyond Accept, Content-Type, Content-Encoding and X-Requested-With; <c>*</c> allows all.</summary>
    public IReadOnlyList<string> AllowedHeaders { get; init; } = [];

    /// <summary>Answer headers that pages may read.</summary>
    public IReadOnlyList<string> ExposedHeaders { get; init; } = [];

    /// <summary>How long browsers may remember the permission; null leaves it to them.</summary>
    public TimeSpan? MaxAge { get; init; }
}
