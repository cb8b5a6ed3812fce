namespace Clew.Buckets.S3;

/// <summary>How a bucket is named in the address of a request.</summary>
public enum BucketLookup
{
    /// <summary><see cref="Dns"/> at Amazon, <see cref="Path"/> elsewhere.</summary>
    Auto,

    /// <summary><c>bucket.endpoint/key</c>.</summary>
    Dns,

    /// <summary><c>endpoint/bucket/key</c>.</summary>
    Path,
}

/// <summary>A bucket of Amazon S3, MinIO, Ceph or another server with that interface.</summary>
public sealed record S3ClientOptions
{
    public required string Bucket { get; init; }

    /// <summary><c>host[:port]</c> or an address with scheme; empty for Amazon's own of the region.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>Empty: what the environment says, else us-east-1.</summary>
    public string Region { get; init; } = "";

    /// <summary>Empty: credentials of the environment (variables, profile, web identity, container, machine).</summary>
    public string AccessKey { get; init; } = "";

    public string SecretKey { get; init; } = "";

    public string SessionToken { get; init; } = "";

    /// <summary>Plain HTTP.</summary>
    public bool Insecure { get; init; }

    public BucketLookup Lookup { get; init; }

    /// <summary>Send and check the newer checksums wherever the operation has them. Older servers reject the trailer they come in.</summary>
    public bool ChecksumsWhenSupported { get; init; }

    public BucketTls Tls { get; init; } = new();
}

/// <summary>TLS of the connections to a bucket.</summary>
public sealed record BucketTls
{
    /// <summary>PEM file of the authorities to trust in place of the system's.</summary>
    public string CaFile { get; init; } = "";

    /// <summary>PEM files of a client certificate.</summary>
    public string CertFile { get; init; } = "";

    public string KeyFile { get; init; } = "";

    /// <summary>The name to expect in the server's certificate.</summary>
    public string ServerName { get; init; } = "";

    /// <summary>Take any certificate.</summary>
    public bool InsecureSkipVerify { get; init; }

    public bool IsDefault => CaFile.Length == 0 && CertFile.Length == 0 && ServerName.Length == 0 && !InsecureSkipVerify;
}
