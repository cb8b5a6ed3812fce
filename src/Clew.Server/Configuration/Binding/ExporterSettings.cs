namespace Clew.Server.Configuration.Binding;

/// <summary>Reads the exporters whose settings Clew knows.</summary>
internal static class ExporterSettings
{
    public static ExporterConfig? Bind(Section s, ComponentId id, ComponentType type) => type.Type switch
    {
        "store" => new StoreExporterConfig { Id = id },
        "debug" => Debug(s, id),
        "otlp" => OtlpGrpc(s, id),
        "otlphttp" => OtlpHttp(s, id),
        "prometheus" => MetricSettings.Prometheus(s, id),
        "prometheusremotewrite" => MetricSettings.RemoteWrite(s, id),
        _ => SenderBindings.Bind(s, id, type.Type),
    };

    private static DebugExporterConfig Debug(Section s, ComponentId id)
    {
        var d = new DebugExporterConfig { Id = id };
        var config = new DebugExporterConfig
        {
            Id = id,
            Verbosity = s.Choice("verbosity", d.Verbosity, "How much is written.",
                ("basic", DebugVerbosity.Basic), ("normal", DebugVerbosity.Normal), ("detailed", DebugVerbosity.Detailed)),
            SamplingInitial = s.Int("sampling_initial", d.SamplingInitial, "Messages written in each second before sampling begins."),
            SamplingThereafter = s.Int("sampling_thereafter", d.SamplingThereafter, "Of the further ones each n-th is written.", 0),
        };

        // Both say where the messages go; ours go to the process's log in any case.
        s.Bool("use_internal_logger", true);
        s.Strings("output_paths", ["stdout"]);
        return config;
    }

    private static OtlpGrpcExporterConfig OtlpGrpc(Section s, ComponentId id)
    {
        var d = new OtlpGrpcExporterConfig { Id = id, Address = ExporterAddress.Unset };
        var tls = s.OptionalChild("tls") is { } tlsSection ? TlsSettings.Client(tlsSection) : d.Tls;
        var endpoint = s.String("endpoint", "", "`host:port`, or a URL whose scheme says whether to use TLS.");
        return Shared(s, d) with
        {
            Address = Address(s, "endpoint", endpoint, ExporterAddress.OfGrpc(endpoint, tls.Insecure, out var problem), problem),
            Tls = tls,
            Authority = s.String("authority", d.Authority),
            WaitForReady = s.Bool("wait_for_ready", d.WaitForReady),
            BalancerName = s.String("balancer_name", d.BalancerName),
            Keepalive = s.OptionalChild("keepalive") is { } keepalive ? Keepalive(keepalive) : null,
        };
    }

    private static OtlpHttpExporterConfig OtlpHttp(Section s, ComponentId id)
    {
        var d = new OtlpHttpExporterConfig { Id = id, Address = ExporterAddress.Unset };
        var endpoint = s.String("endpoint", "", "The base URL; `/v1/traces` is added.");
        var tracesEndpoint = s.String("traces_endpoint", "", "The complete URL for traces, in place of `endpoint`.");
        s.String("metrics_endpoint", "");
        s.String("logs_endpoint", "");
        var key = tracesEndpoint.Length > 0 ? "traces_endpoint" : "endpoint";
        var text = tracesEndpoint.Length > 0 ? tracesEndpoint : endpoint;
        var address = ExporterAddress.OfHttp(text, isComplete: tracesEndpoint.Length > 0, out var problem);
        var tls = s.OptionalChild("tls") is { } tlsSection ? TlsSettings.Client(tlsSection) : d.Tls;
        return Shared(s, d) with
        {
            Address = Address(s, key, text, address, problem),
            Tls = tls,
            Json = s.Choice("encoding", false, "", ("proto", false), ("json", true)),
        };
    }

    internal static T Shared<T>(Section s, T d)
        where T : NetworkExporterConfig => d with
        {
            Timeout = s.Duration("timeout", d.Timeout, "For one attempt."),
            Compression = Compression(s, d.Compression),
            Headers = s.SecretMap("headers", "Sent with every request."),
            Retry = Retry(s.Child("retry_on_failure")),
            Queue = Queue(s.Child("sending_queue")),
            Authenticator = s.OptionalChild("auth")?.Id("authenticator", "The extension that adds credentials."),
        };

    private static ExportCompression Compression(Section s, ExportCompression fallback)
    {
        var word = s.Choice("compression", fallback.ToString().ToLowerInvariant(), "How requests are compressed.",
            ("gzip", "gzip"), ("none", "none"), ("", "none"), ("zstd", "zstd"), ("deflate", "deflate"), ("zlib", "zlib"), ("snappy", "snappy"),
            ("x-snappy-framed", "snappy"), ("lz4", "lz4"));
        switch (word)
        {
            case "none":
                return ExportCompression.None;
            case "zstd":
                return ExportCompression.Zstd;
            case "deflate" or "zlib":
                // HTTP's deflate is the zlib format; the Collector has both names for it.
                return ExportCompression.Deflate;
            case "snappy" or "lz4":
                s.NoteMissing("compression", word, "requests are compressed with gzip");
                return ExportCompression.Gzip;
            default:
                return ExportCompression.Gzip;
        }
    }

    private static RetryConfig Retry(Section s)
    {
        var d = new RetryConfig();
        return new RetryConfig
        {
            Enabled = s.Bool("enabled", d.Enabled),
            InitialInterval = s.Duration("initial_interval", d.InitialInterval),
            RandomizationFactor = s.Double("randomization_factor", d.RandomizationFactor, "", 0, 1),
            Multiplier = s.Double("multiplier", d.Multiplier, "", 0),
            MaxInterval = s.Duration("max_interval", d.MaxInterval),
            MaxElapsedTime = s.OptionalDuration("max_elapsed_time", "0: for ever. Unset: for ever from a queue on disk, 300s from memory."),
        };
    }

    private static SendingQueueConfig Queue(Section s)
    {
        var d = new SendingQueueConfig();
        return new SendingQueueConfig
        {
            Enabled = s.Bool("enabled", d.Enabled),
            NumConsumers = s.Int("num_consumers", d.NumConsumers, "Requests under way at the same time.", 1),
            QueueSize = s.Long("queue_size", d.QueueSize, "Counted in `sizer`.", 1),
            Sizer = Sizer(s, d.Sizer),
            BlockOnOverflow = s.Bool("block_on_overflow", d.BlockOnOverflow, "Wait for room in place of refusing."),
            WaitForResult = s.Bool("wait_for_result", d.WaitForResult, "Answer the sender when the next hop has answered."),
            Storage = s.Id("storage", "The extension that keeps the queue; unset: the data folder."),
            Batch = s.OptionalChild("batch") is { } batch ? QueueBatch(batch) : null,
        };
    }

    private static QueueBatchConfig QueueBatch(Section s)
    {
        var d = new QueueBatchConfig();
        var config = new QueueBatchConfig
        {
            FlushTimeout = s.Duration("flush_timeout", d.FlushTimeout),
            MinSize = s.Long("min_size", d.MinSize),
            MaxSize = s.Long("max_size", d.MaxSize, "0: no limit."),
            Sizer = Sizer(s, d.Sizer),
            MetadataKeys = s.Child("partition").Strings("metadata_keys", d.MetadataKeys),
        };
        if (config.Sizer == QueueSizer.Requests)
        {
            s.ErrorAt("sizer", "'requests' does not count what is in them; use items or bytes");
        }

        if (config.MaxSize > 0 && config.MaxSize < config.MinSize)
        {
            s.ErrorAt("max_size", $"{config.MaxSize} is less than min_size {config.MinSize}");
        }

        return config;
    }

    private static QueueSizer Sizer(Section s, QueueSizer fallback) =>
        s.Choice("sizer", fallback, "", ("requests", QueueSizer.Requests), ("items", QueueSizer.Items), ("bytes", QueueSizer.Bytes));

    private static ClientKeepaliveConfig Keepalive(Section s)
    {
        var d = new ClientKeepaliveConfig();
        return new ClientKeepaliveConfig
        {
            Time = s.Duration("time", d.Time),
            Timeout = s.Duration("timeout", d.Timeout),
            PermitWithoutStream = s.Bool("permit_without_stream", d.PermitWithoutStream),
        };
    }

    private static Uri Address(Section s, string key, string text, Uri? address, string? problem)
    {
        if (address is not null || s.IsDocumenting)
        {
            return address ?? ExporterAddress.Unset;
        }

        if (text.Length == 0)
        {
            s.Error(s.Mark, $"needs {key}, the address to send to");
        }
        else
        {
            s.ErrorAt(key, $"'{SecretNames.WithoutUserInfo(text)}' is not an address; {problem}");
        }

        return ExporterAddress.Unset;
    }
}
