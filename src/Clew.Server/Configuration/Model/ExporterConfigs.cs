namespace Clew.Server.Configuration;

/// <summary>The <c>store</c> exporter: this process's trace store.</summary>
internal sealed record StoreExporterConfig : ExporterConfig;

/// <summary>The <c>debug</c> exporter: writes what passes to the log.</summary>
internal sealed record DebugExporterConfig : ExporterConfig
{
    public DebugVerbosity Verbosity { get; init; } = DebugVerbosity.Basic;

    /// <summary>Messages written in each second before sampling begins.</summary>
    public int SamplingInitial { get; init; } = 2;

    /// <summary>Of the further messages of that second each n-th is written.</summary>
    public int SamplingThereafter { get; init; } = 1;
}

/// <summary>How much the <c>debug</c> exporter writes.</summary>
internal enum DebugVerbosity
{
    Basic,
    Normal,
    Detailed,
}

/// <summary>Settings shared by the exporters that send to another process.</summary>
internal abstract record NetworkExporterConfig : ExporterConfig
{
    /// <summary>Where to send, with scheme: <c>http</c> is plain, <c>https</c> is TLS.</summary>
    public required Uri Address { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    public ExportCompression Compression { get; init; } = ExportCompression.Gzip;

    public ValueMap<string, Secret> Headers { get; init; } = ValueMap<string, Secret>.Empty;

    public TlsClientConfig Tls { get; init; } = new();

    public RetryConfig Retry { get; init; } = new();

    public SendingQueueConfig Queue { get; init; } = new();

    public ComponentId? Authenticator { get; init; }
}

/// <summary>The <c>otlp</c> (<c>otlp_grpc</c>) exporter.</summary>
internal sealed record OtlpGrpcExporterConfig : NetworkExporterConfig
{
    /// <summary>Overrides the <c>:authority</c> of the requests; empty: the host of the address.</summary>
    public string Authority { get; init; } = "";

    public bool WaitForReady { get; init; }

    public string BalancerName { get; init; } = "round_robin";

    public ClientKeepaliveConfig? Keepalive { get; init; }
}

/// <summary>The <c>otlphttp</c> (<c>otlp_http</c>) exporter; <see cref="NetworkExporterConfig.Address"/> is the complete URL of the traces.</summary>
internal sealed record OtlpHttpExporterConfig : NetworkExporterConfig
{
    public OtlpHttpExporterConfig() => Timeout = TimeSpan.FromSeconds(30);

    /// <summary>False: protobuf.</summary>
    public bool Json { get; init; }
}

/// <summary>gRPC keepalive of a client.</summary>
internal sealed record ClientKeepaliveConfig
{
    public TimeSpan Time { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(20);

    public bool PermitWithoutStream { get; init; }
}

/// <summary>How requests of an exporter are compressed.</summary>
internal enum ExportCompression
{
    None,
    Gzip,
    Zstd,
    Deflate,
}

/// <summary>TLS of an exporter.</summary>
internal sealed record TlsClientConfig
{
    /// <summary>True: no TLS at all, unless the address says <c>https</c>.</summary>
    public bool Insecure { get; init; }

    /// <summary>True: any certificate is good.</summary>
    public bool InsecureSkipVerify { get; init; }

    public string ServerNameOverride { get; init; } = "";

    public string CaFile { get; init; } = "";

    public string CaPem { get; init; } = "";

    public string CertFile { get; init; } = "";

    public string CertPem { get; init; } = "";

    public string KeyFile { get; init; } = "";

    public Secret KeyPem { get; init; }

    public string MinVersion { get; init; } = "1.2";

    public string MaxVersion { get; init; } = "";

    public TimeSpan ReloadInterval { get; init; }

    public bool IncludeSystemCaCertsPool { get; init; }
}

/// <summary><c>retry_on_failure</c>.</summary>
internal sealed record RetryConfig
{
    public bool Enabled { get; init; } = true;

    public TimeSpan InitialInterval { get; init; } = TimeSpan.FromSeconds(5);

    public double RandomizationFactor { get; init; } = 0.5;

    public double Multiplier { get; init; } = 1.5;

    public TimeSpan MaxInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long one request is tried before it is dropped; zero: for ever. Null (not written): for ever as long as the queue is on disk,
    /// because what was acknowledged is not given up, and 300 s for a queue in memory.
    /// </summary>
    public TimeSpan? MaxElapsedTime { get; init; }
}

/// <summary>What the size of a queue or batch is counted in.</summary>
internal enum QueueSizer
{
    Requests,
    Items,
    Bytes,
}

/// <summary><c>sending_queue</c>.</summary>
internal sealed record SendingQueueConfig
{
    public bool Enabled { get; init; } = true;

    public int NumConsumers { get; init; } = 10;

    public long QueueSize { get; init; } = 1000;

    public QueueSizer Sizer { get; init; } = QueueSizer.Requests;

    public bool BlockOnOverflow { get; init; }

    public bool WaitForResult { get; init; }

    /// <summary>The storage extension that holds the queue; null: the data folder, if there is one.</summary>
    public ComponentId? Storage { get; init; }

    public QueueBatchConfig? Batch { get; init; }
}

/// <summary><c>sending_queue.batch</c>.</summary>
internal sealed record QueueBatchConfig
{
    public TimeSpan FlushTimeout { get; init; } = TimeSpan.FromMilliseconds(200);

    public long MinSize { get; init; } = 8192;

    /// <summary>Zero: no limit.</summary>
    public long MaxSize { get; init; }

    public QueueSizer Sizer { get; init; } = QueueSizer.Items;

    public ValueList<string> MetadataKeys { get; init; } = [];
}
