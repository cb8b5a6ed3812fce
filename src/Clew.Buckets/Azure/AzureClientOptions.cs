using Clew.Buckets.S3;

namespace Clew.Buckets.Azure;

/// <summary>A container of Azure Blob Storage, or of a server with its interface.</summary>
public sealed record AzureClientOptions
{
    public required string Account { get; init; }

    /// <summary>Empty: credentials of the environment, or of the machine.</summary>
    public string AccountKey { get; init; } = "";

    public required string Container { get; init; }

    public string EndpointSuffix { get; init; } = "blob.core.windows.net";

    /// <summary>The whole address of the account, in place of one made of account and suffix: <c>http://127.0.0.1:10000/devstoreaccount1</c>.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>Only the machine's identity, nothing of the environment.</summary>
    public bool UseManagedIdentity { get; init; }

    public BucketTls Tls { get; init; } = new();
}
