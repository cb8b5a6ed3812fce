namespace Clew.Server.Configuration;

/// <summary>The <c>otlp</c> receiver; a protocol that is null is off.</summary>
internal sealed record OtlpReceiverConfig : ReceiverConfig
{
    public OtlpGrpcServerConfig? Grpc { get; init; }

    public OtlpHttpServerConfig? Http { get; init; }
}

/// <summary>Settings shared by everything that listens for HTTP or gRPC.</summary>
internal abstract record ListenerConfig
{
    public Endpoint Endpoint { get; init; }

    /// <summary>A Unix socket's path when <c>transport: unix</c>; <see cref="Endpoint"/> then means nothing.</summary>
    public string? UnixSocket { get; init; }

    public TlsServerConfig? Tls { get; init; }

    /// <summary>Keeps the request's headers beside the batch for processors and exporters that use them.</summary>
    public bool IncludeMetadata { get; init; }

    /// <summary>The extension that checks who sends; null: nobody asks.</summary>
    public ComponentId? Authenticator { get; init; }

    public ValueList<ComponentId> Middlewares { get; init; } = [];
}

/// <summary><c>otlp.protocols.grpc</c>.</summary>
internal sealed record OtlpGrpcServerConfig : ListenerConfig
{
    public OtlpGrpcServerConfig() => Endpoint = new Endpoint("127.0.0.1", 4317);

    /// <summary>The limit before and after decompression; OTLP recommends 64 MiB.</summary>
    public ByteSize MaxReceiveMessageSize { get; init; } = ByteSize.FromMiB(64);

    /// <summary>Null: the server's own default.</summary>
    public int? MaxConcurrentStreams { get; init; }

    public ByteSize ReadBufferSize { get; init; } = ByteSize.FromKiB(512);

    /// <summary>Null: the server's own default.</summary>
    public ByteSize? WriteBufferSize { get; init; }

    public GrpcKeepaliveConfig Keepalive { get; init; } = new();
}

/// <summary>gRPC keepalive of a server; null leaves the server's own default in force.</summary>
internal sealed record GrpcKeepaliveConfig
{
    public TimeSpan? MaxConnectionIdle { get; init; }

    public TimeSpan? MaxConnectionAge { get; init; }

    public TimeSpan? MaxConnectionAgeGrace { get; init; }

    public TimeSpan? Time { get; init; }

    public TimeSpan? Timeout { get; init; }

    public TimeSpan? MinTime { get; init; }

    public bool PermitWithoutStream { get; init; }
}

/// <summary>Settings shared by the receivers that speak HTTP.</summary>
internal abstract record HttpServerConfig : ListenerConfig
{
    /// <summary>The limit of the body, before and after decompression; OTLP recommends 64 MiB.</summary>
    public ByteSize MaxRequestBodySize { get; init; } = ByteSize.FromMiB(64);

    /// <summary>Accepted values of <c>Content-Encoding</c>; the empty one means no compression.</summary>
    public ValueList<string> CompressionAlgorithms { get; init; } = ["", "gzip", "zstd", "zlib", "snappy", "deflate", "lz4", "x-snappy-framed"];

    /// <summary>Null: answers carry no CORS headers, so browsers of other origins cannot send.</summary>
    public CorsConfig? Cors { get; init; }

    /// <summary>Zero: no limit, as for the three that follow.</summary>
    public TimeSpan ReadTimeout { get; init; }

    public TimeSpan ReadHeaderTimeout { get; init; }

    public TimeSpan WriteTimeout { get; init; }

    public TimeSpan IdleTimeout { get; init; }

    public bool KeepAlivesEnabled { get; init; } = true;

    public ValueMap<string, string> ResponseHeaders { get; init; } = ValueMap<string, string>.Empty;
}

/// <summary><c>otlp.protocols.http</c>.</summary>
internal sealed record OtlpHttpServerConfig : HttpServerConfig
{
    public OtlpHttpServerConfig() => Endpoint = new Endpoint("127.0.0.1", 4318);

    public string TracesUrlPath { get; init; } = "/v1/traces";

    public string MetricsUrlPath { get; init; } = "/v1/metrics";

    public string LogsUrlPath { get; init; } = "/v1/logs";
}

/// <summary>Cross-origin rules of an HTTP receiver.</summary>
internal sealed record CorsConfig
{
    /// <summary>Origins, with <c>*</c> as wildcard.</summary>
    public ValueList<string> AllowedOrigins { get; init; } = [];

    public ValueList<string> AllowedHeaders { get; init; } = [];

    public ValueList<string> ExposedHeaders { get; init; } = [];

    /// <summary>Seconds that a browser may keep the answer; zero leaves the browser's default.</summary>
    public int MaxAgeSeconds { get; init; }
}

/// <summary>TLS of a listener.</summary>
internal sealed record TlsServerConfig
{
    public string CertFile { get; init; } = "";

    public string CertPem { get; init; } = "";

    public string KeyFile { get; init; } = "";

    public Secret KeyPem { get; init; }

    public string CaFile { get; init; } = "";

    public string CaPem { get; init; } = "";

    /// <summary>When set, a client certificate signed by it is required.</summary>
    public string ClientCaFile { get; init; } = "";

    public bool ClientCaFileReload { get; init; }

    public string MinVersion { get; init; } = "1.2";

    public string MaxVersion { get; init; } = "";

    public ValueList<string> CipherSuites { get; init; } = [];

    public ValueList<string> CurvePreferences { get; init; } = [];

    /// <summary>Zero: certificates are read once.</summary>
    public TimeSpan ReloadInterval { get; init; }

    public bool IncludeSystemCaCertsPool { get; init; }
}
