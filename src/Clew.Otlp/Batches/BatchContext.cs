using Clew.Model;

namespace Clew.Otlp.Batches;

/// <summary>Who sent a batch and how: carried beside the bytes through the whole pipeline.</summary>
public sealed record BatchContext(TenantId Tenant, long ReceivedUnixNano)
{
    /// <summary>Address of the sender, for diagnosis; null when unknown.</summary>
    public string? Peer { get; init; }

    /// <summary>The receiver's id in the configuration, for example <c>otlp</c>.</summary>
    public string Receiver { get; init; } = "otlp";

    /// <summary>Request headers kept when the receiver has <c>include_metadata</c>; keys in lower case.</summary>
    public IReadOnlyDictionary<string, string[]> Metadata { get; init; } = NoMetadata;

    private static readonly IReadOnlyDictionary<string, string[]> NoMetadata = new Dictionary<string, string[]>();
}
