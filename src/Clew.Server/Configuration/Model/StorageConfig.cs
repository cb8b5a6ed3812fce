namespace Clew.Server.Configuration;

/// <summary>Where blocks are kept.</summary>
internal enum StorageBackend
{
    Local,
    S3,
    Azure,
}

/// <summary><c>storage</c>: the folder of this process and the home of its blocks.</summary>
internal sealed record StorageConfig
{
    /// <summary>What <c>storage.path</c> and <c>--data</c> say when the process shall write nothing to disk.</summary>
    public const string NoPath = "none";

    /// <summary>The data folder: write-ahead log, exporter queues, cache and (backend local) blocks. Null: no disk, a collector only.</summary>
    public string? Path { get; init; } = "./data";

    public StorageBackend Backend { get; init; } = StorageBackend.Local;

    public S3Config S3 { get; init; } = new();

    public AzureConfig Azure { get; init; } = new();

    public RequestsConfig Requests { get; init; } = new();

    public WalConfig Wal { get; init; } = new();

    public HeadConfig Head { get; init; } = new();

    public BlockConfig Block { get; init; } = new();

    public CompactionConfig Compaction { get; init; } = new();

    public CacheConfig Cache { get; init; } = new();
}

/// <summary>How uploads prove their integrity. Older S3 servers reject the trailer that newer clients send.</summary>
internal enum S3Checksum
{
    /// <summary>Only where the operation demands one.</summary>
    WhenRequired,

    /// <summary>Wherever the operation supports one.</summary>
    WhenSupported,
}

/// <summary>Whether the bucket stands in the host name or in the path.</summary>
internal enum S3BucketLookup
{
    /// <summary>In the host name at Amazon, in the path elsewhere.</summary>
    Auto,
    Dns,
    Path,
}

/// <summary><c>tls</c> of the connections to a bucket.</summary>
internal sealed record BucketTlsConfig
{
    public string CaFile { get; init; } = "";

    public string CertFile { get; init; } = "";

    public string KeyFile { get; init; } = "";

    public string ServerNameOverride { get; init; } = "";

    public bool InsecureSkipVerify { get; init; }
}

/// <summary><c>storage.requests</c>: limits and patience of requests to a bucket.</summary>
internal sealed record RequestsConfig
{
    public int MaxConcurrent { get; init; } = 32;

    public int MaxAttempts { get; init; } = 6;

    public TimeSpan BackoffInitial { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan HedgeAfter { get; init; } = TimeSpan.FromSeconds(2);

    public int HedgeUpTo { get; init; } = 2;

    public ByteSize PartBytes { get; init; } = ByteSize.FromMiB(16);
}

/// <summary><c>storage.s3</c>: a bucket of Amazon S3, MinIO, Ceph or another server with that interface.</summary>
internal sealed record S3Config
{
    public string Bucket { get; init; } = "";

    public string Prefix { get; init; } = "";

    /// <summary><c>host[:port]</c> of the server; empty for Amazon's own.</summary>
    public string Endpoint { get; init; } = "";

    public string Region { get; init; } = "";

    public Secret AccessKey { get; init; }

    public Secret SecretKey { get; init; }

    public Secret SessionToken { get; init; }

    /// <summary>True: plain HTTP.</summary>
    public bool Insecure { get; init; }

    /// <summary>True: <c>endpoint/bucket/key</c> instead of <c>bucket.endpoint/key</c>.</summary>
    public bool ForcePathStyle { get; init; }

    /// <summary>How the bucket is named in addresses, where <see cref="ForcePathStyle"/> does not say.</summary>
    public S3BucketLookup BucketLookup { get; init; } = S3BucketLookup.Auto;

    public BucketTlsConfig Tls { get; init; } = new();

    public S3Checksum Checksum { get; init; } = S3Checksum.WhenRequired;
}

/// <summary><c>storage.azure</c>: a container of Azure Blob Storage.</summary>
internal sealed record AzureConfig
{
    public string Account { get; init; } = "";

    public Secret AccountKey { get; init; }

    public string Container { get; init; } = "";

    public string Prefix { get; init; } = "";

    public string EndpointSuffix { get; init; } = "blob.core.windows.net";

    public bool UseManagedIdentity { get; init; }

    /// <summary>The whole address of the account, in place of one made of account and suffix.</summary>
    public string Endpoint { get; init; } = "";

    public BucketTlsConfig Tls { get; init; } = new();
}

/// <summary><c>storage.wal</c>: the write-ahead log.</summary>
internal sealed record WalConfig
{
    /// <summary>A segment that reaches this size is followed by a new one.</summary>
    public ByteSize SegmentBytes { get; init; } = ByteSize.FromMiB(64);

    /// <summary>Accepted requests that may wait for the log; above it senders are told to retry.</summary>
    public ByteSize QueueBytes { get; init; } = ByteSize.FromMiB(64);
}

/// <summary><c>storage.head</c>: the newest spans, searchable in memory.</summary>
internal sealed record HeadConfig
{
    /// <summary>Above this the traces that have been idle longest go to a block early.</summary>
    public ByteSize MemoryBytes { get; init; } = ByteSize.FromMiB(128);

    /// <summary>A trace without a new span for this long is finished.</summary>
    public TimeSpan TraceIdle { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A trace this old goes to a block even if spans still arrive.</summary>
    public TimeSpan TraceMaxAge { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary><c>storage.block</c>: the files that traces are kept in.</summary>
internal sealed record BlockConfig
{
    /// <summary>Blocks are not cut more often than this while memory allows, so that they do not become tiny.</summary>
    public TimeSpan MinInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Spans of one block at most: bounds the memory of building it.</summary>
    public int MaxSpans { get; init; } = 512_000;
}

/// <summary><c>storage.compaction</c>: blocks are merged in the background.</summary>
internal sealed record CompactionConfig
{
    /// <summary>The share of one core that merging may take while spans arrive or queries run. Zero turns it off, deletions included.</summary>
    public double CpuShare { get; init; } = 0.25;

    /// <summary>Spans of a merged block at most.</summary>
    public int MaxSpans { get; init; } = 4_000_000;

    /// <summary>Blocks whose spans arrived further apart stay apart.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromDays(1);
}

/// <summary><c>storage.cache</c>: a local copy of what was read from a bucket.</summary>
internal sealed record CacheConfig
{
    /// <summary>Empty: <c>cache</c> in the data folder.</summary>
    public string Path { get; init; } = "";

    public ByteSize MaxBytes { get; init; } = ByteSize.FromGiB(10);
}

/// <summary><c>retention</c>: how long traces are kept, counted from their arrival.</summary>
internal sealed record RetentionConfig
{
    /// <summary>Zero keeps them for ever.</summary>
    public TimeSpan Default { get; init; } = TimeSpan.FromHours(168);

    /// <summary>How long the per-minute figures (rates, errors, durations, edges) are kept.</summary>
    public TimeSpan Rollups { get; init; } = TimeSpan.FromHours(720);

    /// <summary>How long a deletion that is done is remembered, so that late spans of its traces bring nothing back.</summary>
    public TimeSpan DeletionMemory { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The first rule whose filter a trace matches decides.</summary>
    public ValueList<RetentionRule> Rules { get; init; } = [];
}

/// <summary>Traces that match a TraceQL filter are kept this long, and of those only this share (0 to 1).</summary>
internal sealed record RetentionRule(string Match, TimeSpan Keep, double Sample = 1);
