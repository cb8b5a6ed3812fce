namespace Clew.Receivers.Telemetry;

/// <summary>What one protocol of a receiver has seen since it was made: for the status page, the doctor and the empty state of the UI.</summary>
public sealed record ReceiverStatus
{
    /// <summary>The receiver's id in the configuration.</summary>
    public required string Receiver { get; init; }

    /// <summary>For example <c>grpc</c> or <c>http</c>.</summary>
    public required string Transport { get; init; }

    /// <summary>Addresses it listens on, with real ports; empty while stopped.</summary>
    public IReadOnlyList<string> EndPoints { get; init; } = [];

    /// <summary>Requests with spans.</summary>
    public long Requests { get; init; }

    public long AcceptedSpans { get; init; }

    /// <summary>Not valid, or pushed back by the pipeline.</summary>
    public long RefusedSpans { get; init; }

    /// <summary>Kept out by a fault in this process.</summary>
    public long FailedSpans { get; init; }

    /// <summary>Requests refused before their spans could be counted: malformed, too large, wrong path and so on.</summary>
    public long RefusedRequests { get; init; }

    /// <summary>Requests with metrics, logs or profiles.</summary>
    public long UnsupportedRequests { get; init; }

    /// <summary>Connections that spoke TLS to the plaintext port.</summary>
    public long TlsAttempts { get; init; }

    public DateTimeOffset? FirstReceived { get; init; }

    public DateTimeOffset? LastReceived { get; init; }

    public string? LastPeer { get; init; }

    public DateTimeOffset? LastRefusalTime { get; init; }

    /// <summary>Why the last span or request was refused, in the words that the sender got.</summary>
    public string? LastRefusal { get; init; }

    /// <summary>Who has sent lately, latest first.</summary>
    public IReadOnlyList<SenderStatus> Senders { get; init; } = [];

    /// <summary>The same without what one program sent, told by its user agent.</summary>
    public ReceiverStatus Without(string userAgent)
    {
        var others = Senders.Where(sender => sender.UserAgent != userAgent).ToList();
        if (others.Count == Senders.Count)
        {
            return this;
        }

        var own = Senders.Except(others).ToList();
        var requests = Requests - own.Sum(static sender => sender.Requests);
        return this with
        {
            Requests = requests,
            AcceptedSpans = AcceptedSpans - own.Sum(static sender => sender.AcceptedSpans),
            // Requests that could not be read are in no sender's count.
            LastReceived = requests == 0 ? null : others.FirstOrDefault()?.LastSeen ?? LastReceived,
            LastPeer = requests == 0 ? null : others.FirstOrDefault()?.Peer ?? LastPeer,
            Senders = others,
        };
    }
}

/// <summary>One sender, told apart by its address and program.</summary>
public sealed record SenderStatus(string Peer, string UserAgent, long Requests, long AcceptedSpans, long RefusedSpans, DateTimeOffset LastSeen);
