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

    /// <summary>What the receiver's authenticator found out about the sender.</summary>
    public IReadOnlyDictionary<string, string[]> Auth { get; init; } = NoMetadata;

    /// <summary>How network exporters shall group what they send; set by the processor <c>batch</c>, null without it.</summary>
    public BatchShape? Shape { get; init; }

    private static readonly IReadOnlyDictionary<string, string[]> NoMetadata = new Dictionary<string, string[]>();
}

/// <summary>
/// The settings of the processor <c>batch</c>, handed to the exporters behind it: nothing waits in front of an acknowledgement, so the
/// grouping happens where requests leave a queue.
/// </summary>
public sealed record BatchShape
{
    /// <summary>The processor whose settings these are, for its metrics; null for those of an exporter's own queue.</summary>
    public string? Processor { get; init; }

    /// <summary>Spans that make a request leave before <see cref="Timeout"/>.</summary>
    public int SendBatchSize { get; init; } = 8192;

    /// <summary>The longest a span waits for others; zero sends at once.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Spans of one request at most; zero is no limit.</summary>
    public int SendBatchMaxSize { get; init; }

    /// <summary>The two sizes count bytes of encoded requests and not spans (<c>sending_queue.batch.sizer: bytes</c>).</summary>
    public bool CountsBytes { get; init; }

    /// <summary>Spans are grouped by the values of these request headers as well.</summary>
    public IReadOnlyList<string> MetadataKeys { get; init; } = [];
}
