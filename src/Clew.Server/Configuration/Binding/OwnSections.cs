using Clew.Query.Search;
using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Binding;

/// <summary>Reads the sections that are Clew's own. The texts are what <c>docs/configuration.md</c> says.</summary>
internal static class OwnSections
{
    private const double MaxShare = 1;

    public static ClewConfig Bind(Section root, PipelineConfig pipeline) => new()
    {
        Server = Server(root.Child("server", "Where the API and the UI listen.")),
        Storage = Storage(root.Child("storage", "Where spans are kept.")),
        Retention = Retention(root.Child("retention", "How long spans are kept, counted from their arrival.")),
        Query = Query(root.Child("query", "What one query may cost.")),
        Tenants = Tenants(root.Child("tenants", "Several tenants in one process, told apart by the header `X-Scope-OrgID`.")),
        Mesh = MeshSettings.Bind(root.Child("mesh", "Evidence for the service graph beside the spans.")),
        Auth = Auth(root.Child("auth", "Who may use the API and the UI.")),
        Ui = Ui(root.Child("ui", "The web interface.")),
        Cluster = Cluster(root.Child("cluster", "Several processes over one bucket.")),
        Pipeline = pipeline,
    };

    private static ServerConfig Server(Section s)
    {
        var d = new ServerConfig();
        return new ServerConfig
        {
            Http = s.Endpoints("http", d.Http,
                "HTTP/1.1 and cleartext HTTP/2 on the same port. A list listens on several. An empty host or `0.0.0.0` means every "
                + "interface; port 0 lets the system choose."),
            ShutdownTimeout = s.Duration("shutdown_timeout", d.ShutdownTimeout,
                "How long a stop may take to drain what was accepted. A second signal stops at once."),
        };
    }

    private static StorageConfig Storage(Section s)
    {
        var d = new StorageConfig();
        var path = s.String("path", d.Path!,
            "The data folder: write-ahead log, exporter queues, and the blocks when they are local. `none`: nothing is written to "
            + "disk, which suits a collector only.");
        if (path.Length == 0)
        {
            s.ErrorAt("path", $"must not be empty; name a folder, or '{StorageConfig.NoPath}' for a collector without a disk");
        }

        var config = new StorageConfig
        {
            Path = path == StorageConfig.NoPath ? null : path,
            Backend = s.Choice("backend", d.Backend, "Where finished blocks are kept.",
                ("local", StorageBackend.Local), ("s3", StorageBackend.S3), ("azure", StorageBackend.Azure)),
            S3 = S3(s.Child("s3", "A bucket of Amazon S3, MinIO, Ceph or another server with that interface.")),
            Azure = Azure(s.Child("azure", "A container of Azure Blob Storage.")),
            Requests = Requests(s.Child("requests", "Limits and patience of requests to a bucket.")),
            Wal = Wal(s.Child("wal", "The write-ahead log: what was acknowledged is in it.")),
            Head = Head(s.Child("head", "The newest spans, searchable in memory.")),
            Block = Block(s.Child("block", "The files that traces are kept in.")),
            Compaction = Compaction(s.Child("compaction", "Merging of blocks in the background.")),
            Cache = Cache(s.Child("cache", "A local copy of what was read from a bucket.")),
        };
        if (config.Backend == StorageBackend.S3 && config.S3.Bucket.Length == 0)
        {
            s.ErrorAt("backend", "s3 needs storage.s3.bucket");
        }

        if (config.Backend == StorageBackend.Azure && (config.Azure.Account.Length == 0 || config.Azure.Container.Length == 0))
        {
            s.ErrorAt("backend", "azure needs storage.azure.account and storage.azure.container");
        }

        return config;
    }

    private static S3Config S3(Section s)
    {
        var d = new S3Config();
        return new S3Config
        {
            Bucket = s.String("bucket", d.Bucket, "Must exist."),
            Prefix = s.String("prefix", d.Prefix, "Put in front of every key."),
            Endpoint = s.String("endpoint", d.Endpoint, "`host[:port]` of the server. Empty: Amazon's own for the region."),
            Region = s.String("region", d.Region, ""),
            AccessKey = s.Secret("access_key", "Empty: the environment's credentials."),
            SecretKey = s.Secret("secret_key"),
            SessionToken = s.Secret("session_token"),
            Insecure = s.Bool("insecure", d.Insecure, "Plain HTTP."),
            ForcePathStyle = s.Bool("force_path_style", d.ForcePathStyle, "`endpoint/bucket/key` in place of `bucket.endpoint/key`; the same as `bucket_lookup: path`."),
            BucketLookup = s.Choice("bucket_lookup", d.BucketLookup, "Where the bucket stands in addresses. `auto`: in the host name at Amazon, in the path elsewhere.",
                ("auto", S3BucketLookup.Auto), ("dns", S3BucketLookup.Dns), ("path", S3BucketLookup.Path)),
            Tls = BucketTls(s.Child("tls", "TLS of the connections, unless `insecure`.")),
            Checksum = s.Choice("checksum", d.Checksum, "When uploads carry the newer checksums; older servers reject them.",
                ("when_required", S3Checksum.WhenRequired), ("when_supported", S3Checksum.WhenSupported)),
        };
    }

    private static AzureConfig Azure(Section s)
    {
        var d = new AzureConfig();
        return new AzureConfig
        {
            Account = s.String("account", d.Account, "The storage account."),
            AccountKey = s.Secret("account_key"),
            Container = s.String("container", d.Container, "Must exist."),
            Prefix = s.String("prefix", d.Prefix, "Put in front of every name."),
            EndpointSuffix = s.String("endpoint_suffix", d.EndpointSuffix, ""),
            UseManagedIdentity = s.Bool("use_managed_identity", d.UseManagedIdentity, "Credentials of the machine in place of a key."),
            Endpoint = s.String("endpoint", d.Endpoint, "The whole address of the account, in place of `https://account.endpoint_suffix`."),
            Tls = BucketTls(s.Child("tls", "TLS of the connections.")),
        };
    }

    private static BucketTlsConfig BucketTls(Section s)
    {
        var d = new BucketTlsConfig();
        var config = new BucketTlsConfig
        {
            CaFile = s.String("ca_file", d.CaFile, "PEM of the authorities to trust in place of the system's."),
            CertFile = s.String("cert_file", d.CertFile, "PEM of a client certificate."),
            KeyFile = s.String("key_file", d.KeyFile),
            ServerNameOverride = s.String("server_name_override", d.ServerNameOverride, "The name to expect in the server's certificate."),
            InsecureSkipVerify = s.Bool("insecure_skip_verify", d.InsecureSkipVerify, "Take any certificate."),
        };
        if (config.KeyFile.Length > 0 && config.CertFile.Length == 0)
        {
            s.ErrorAt("key_file", "a client certificate needs cert_file, too");
        }

        return config;
    }

    private static RequestsConfig Requests(Section s)
    {
        var d = new RequestsConfig();
        return new RequestsConfig
        {
            MaxConcurrent = s.Int("max_concurrent", d.MaxConcurrent, "Requests in flight at once; others wait.", 1),
            MaxAttempts = s.Int("max_attempts", d.MaxAttempts, "Tries of one request, the first included.", 1),
            BackoffInitial = s.Duration("backoff_initial", d.BackoffInitial, "Pause after the first failed try; it doubles, with jitter."),
            BackoffMax = s.Duration("backoff_max", d.BackoffMax, ""),
            Timeout = s.Duration("timeout", d.Timeout, "One try without an answer for so long has failed.", TimeSpan.FromMilliseconds(100)),
            HedgeAfter = s.Duration("hedge_after", d.HedgeAfter, "A read without an answer for so long is asked a second time, and the first answer counts; 0: never."),
            HedgeUpTo = s.Int("hedge_up_to", d.HedgeUpTo, "Reads of one range at once, the first included.", 1),
            PartBytes = s.Size("part_bytes", d.PartBytes, "Larger objects are sent in parts of this size.", ByteSize.FromMiB(5)),
        };
    }

    private static WalConfig Wal(Section s)
    {
        var d = new WalConfig();
        return new WalConfig
        {
            SegmentBytes = s.Size("segment_bytes", d.SegmentBytes,
                "A segment that reaches this size is followed by a new one.", ByteSize.FromMiB(1)),
            QueueBytes = s.Size("queue_bytes", d.QueueBytes,
                "Accepted requests that may wait for the log; above it senders are told to retry.", ByteSize.FromMiB(1)),
        };
    }

    private static HeadConfig Head(Section s)
    {
        var d = new HeadConfig();
        return new HeadConfig
        {
            MemoryBytes = s.Size("memory_bytes", d.MemoryBytes,
                "At half of this the traces that have been idle longest go to a block early; at one and a half times it new spans are refused.", ByteSize.FromMiB(16)),
            TraceIdle = s.Duration("trace_idle", d.TraceIdle,
                "A trace without a new span for this long is finished.", TimeSpan.FromMilliseconds(100)),
            TraceMaxAge = s.Duration("trace_max_age", d.TraceMaxAge,
                "A trace this old goes to a block even if spans still arrive.", TimeSpan.FromMilliseconds(100)),
        };
    }

    private static BlockConfig Block(Section s)
    {
        var d = new BlockConfig();
        return new BlockConfig
        {
            MinInterval = s.Duration("min_interval", d.MinInterval,
                "Blocks are not cut more often than this while memory allows, so that they do not become tiny."),
            MaxSpans = s.Int("max_spans", d.MaxSpans, "Spans of one block at most: bounds the memory of building it.", 1),
        };
    }

    private static CompactionConfig Compaction(Section s)
    {
        var d = new CompactionConfig();
        return new CompactionConfig
        {
            CpuShare = s.Double("cpu_share", d.CpuShare,
                "The share of one core that merging may take while spans arrive or queries run; 0 turns it off, and deleted traces then keep their bytes.", 0, MaxShare),
            MaxSpans = s.Int("max_spans", d.MaxSpans, "Spans of a merged block at most.", 1000),
            Window = s.Duration("window", d.Window, "Blocks whose spans arrived further apart stay apart, because a block is kept until its newest span is old."),
        };
    }

    private static CacheConfig Cache(Section s)
    {
        var d = new CacheConfig();
        return new CacheConfig
        {
            Path = s.String("path", d.Path, "Empty: `cache` in the data folder."),
            MaxBytes = s.Size("max_bytes", d.MaxBytes, "What was used longest ago makes room."),
        };
    }

    private static RetentionConfig Retention(Section s)
    {
        var d = new RetentionConfig();
        var config = new RetentionConfig
        {
            Default = s.Duration("default", d.Default, "For every trace that no rule decides; 0: for ever."),
            Rollups = s.Duration("rollups", d.Rollups, "For the figures per minute: rates, errors, durations, edges; at least as long as the spans that they are of; 0: for ever."),
            DeletionMemory = s.Duration("deletion_memory", d.DeletionMemory,
                "How long a deletion that is done is remembered: spans of its traces that still arrive are taken and dropped."),
            Rules = s.ListOf("rules", "The first rule whose filter a trace matches decides.", item =>
            {
                var match = item.String("match", "", "A TraceQL filter: `{ status = error }`.");
                if (match.Length == 0 && !item.IsDocumenting)
                {
                    item.Error(item.Mark, "a rule needs match:, a TraceQL filter such as '{ status = error }'");
                }
                else if (match.Length > 0 && FaultOf(match) is { } fault)
                {
                    item.Error(item.Mark, $"match: is not TraceQL that chooses traces: {fault}");
                }

                return new RetentionRule(
                    match,
                    item.Duration("keep", d.Default, "How long traces that match are kept; 0: for ever."),
                    item.Double("sample", MaxShare, "The share of them that is kept, 0 to 1.", 0, MaxShare));
            }),
        };
        if (config.Rules.Count > Clew.Storage.Retention.RetentionRule.MaxRules)
        {
            s.Error(s.Mark, $"there are {config.Rules.Count} retention rules; {Clew.Storage.Retention.RetentionRule.MaxRules} at most, put filters that mean the same into one with ||");
        }

        return config;
    }

    private static string? FaultOf(string filter)
    {
        try
        {
            new TraceSelectorFactory().Create(filter);
            return null;
        }
        catch (FormatException fault)
        {
            return fault.Message;
        }
    }

    private static QueryConfig Query(Section s)
    {
        var d = new QueryConfig();
        return new QueryConfig
        {
            Timeout = s.Duration("timeout", d.Timeout, "A query that takes longer is stopped and says so.", TimeSpan.FromMilliseconds(1)),
            MaxBytes = s.Size("max_bytes", d.MaxBytes,
                "Bytes that one query may read from blocks before it is stopped and says so.", ByteSize.FromMiB(1)),
            MaxRequests = s.Int("max_requests", d.MaxRequests, "Requests to a bucket that one query may cause before it is stopped and says so; 0: no limit.", 0),
            MaxConcurrent = s.Int("max_concurrent", d.MaxConcurrent, "Queries that run at the same time; the others wait.", 1),
        };
    }

    private static TenantsConfig Tenants(Section s)
    {
        var d = new TenantsConfig();
        return new TenantsConfig
        {
            Enabled = s.Bool("enabled", d.Enabled, "False: everything belongs to `single-tenant` and the header is ignored."),
            Defaults = Limits(s.Child("defaults", "Limits of a tenant that has none of its own. Unset: the limit of the process; 0: none.")),
            Overrides = s.MapOf("overrides", "<tenant>", "Limits of one tenant. What it leaves open comes from `defaults`.", Limits),
        };
    }

    private static TenantLimits Limits(Section s) => new()
    {
        Retention = s.OptionalDuration("retention", "In place of `retention.default`."),
        IngestBytesPerSecond = s.OptionalSize("ingest_bytes_per_second", "More is refused with a request to retry."),
        IngestBurstBytes = s.OptionalSize("ingest_burst_bytes", "What may come at once."),
        MaxLiveTraces = s.OptionalInt("max_live_traces", "Traces that are not finished yet."),
        MaxTraceBytes = s.OptionalSize("max_trace_bytes", "Bytes of one trace."),
        MaxAttributeBytes = s.OptionalSize("max_attribute_bytes", "Bytes of one attribute's value."),
    };

    private static AuthConfig Auth(Section s) => new()
    {
        Tokens = s.Secrets("tokens", "Bearer tokens of which a request must carry one. Empty: everybody who reaches the port is let in."),
    };

    private static UiConfig Ui(Section s)
    {
        var d = new UiConfig();
        var config = new UiConfig
        {
            Enabled = s.Bool("enabled", d.Enabled, "False: the port serves the API alone."),
            Links = s.ListOf("links", $"Links shown beside a span, {UiLinks.MaxLinks} at most.", Link),
        };
        if (config.Links.Count > UiLinks.MaxLinks)
        {
            s.ErrorAt("links", $"{config.Links.Count} links are more than {UiLinks.MaxLinks}; each is shown beside every span");
        }

        return config;
    }

    private static UiLink Link(Section item)
    {
        var link = new UiLink(
            item.String("title", "", "What the link is called."),
            item.String(
                "url", "",
                "The address: `http`, `https`, or a path of this server. The span fills in `${trace.id}`, `${span.id}`, `${span.KEY}` and `${resource.KEY}` (attributes), "
                + "`${time.start}` and `${time.end}` (unix milliseconds), percent-encoded; without one of them it has no such link."));
        if (!item.IsDocumenting && UiLinks.Fault(link.Url) is { } fault)
        {
            item.ErrorAt("url", fault);
        }

        return link;
    }

    private static ClusterConfig Cluster(Section s) => new()
    {
        Enabled = s.Bool("enabled", new ClusterConfig().Enabled, "Share the bucket with other processes."),
    };
}
