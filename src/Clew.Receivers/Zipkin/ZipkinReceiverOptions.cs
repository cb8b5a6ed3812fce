using Clew.Otlp;
using Clew.Receivers.Listeners;

namespace Clew.Receivers.Zipkin;

/// <summary>Settings of a Zipkin receiver.</summary>
public sealed class ZipkinReceiverOptions
{
    public ListenAddress Address { get; init; } = new("localhost", 9411);

    /// <summary>The path of a Unix socket to listen on in place of the address, in plaintext; null: the address.</summary>
    public string? UnixSocket { get; init; }

    /// <summary>Null: plaintext.</summary>
    public ListenerTls? Tls { get; init; }

    /// <summary>Bytes of one body, before and after decompression.</summary>
    public int MaxBodyBytes { get; init; } = 64 << 20;

    /// <summary>Keep the request's headers beside the batch.</summary>
    public bool IncludeMetadata { get; init; }

    /// <summary>Checks who sends; null: nobody is asked.</summary>
    public Clew.Receivers.Intake.IRequestAuthenticator? Authenticator { get; init; }

    /// <summary>True: every request names its tenant in <c>X-Scope-OrgID</c>. False: the header is ignored.</summary>
    public bool TenantsEnabled { get; init; }

    /// <summary>Reads integers, doubles and booleans out of tags, which Zipkin sends as text.</summary>
    public bool ParseStringTags { get; init; }

    /// <summary>Headers added to every answer.</summary>
    public IReadOnlyDictionary<string, string> ResponseHeaders { get; init; } = new Dictionary<string, string>();

    /// <summary>Limits of one span.</summary>
    public OtlpLimits SpanLimits { get; init; } = OtlpLimits.Default;

    /// <summary>Bytes of all requests held at once: eight of the largest size.</summary>
    public long MaxInFlightBytes { get; init; } = 512L << 20;

    public SharedPortOptions Listening { get; init; } = new();
}
