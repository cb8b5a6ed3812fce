using Clew.Otlp;
using Clew.Receivers.Listeners;

namespace Clew.Receivers.Jaeger;

/// <summary>Settings of a Jaeger receiver. A protocol that is null is off; all are off by default.</summary>
public sealed class JaegerReceiverOptions
{
    /// <summary><c>jaeger.api_v2.CollectorService/PostSpans</c>, usually on 14250.</summary>
    public JaegerTcpOptions? Grpc { get; init; }

    /// <summary>Batches in Thrift over HTTP, usually on 14268.</summary>
    public JaegerTcpOptions? ThriftHttp { get; init; }

    /// <summary>Datagrams in Thrift's compact protocol, usually on 6831.</summary>
    public JaegerUdpOptions? ThriftCompact { get; init; }

    /// <summary>Datagrams in Thrift's binary protocol, usually on 6832.</summary>
    public JaegerUdpOptions? ThriftBinary { get; init; }

    /// <summary>True: every request names its tenant in <c>X-Scope-OrgID</c>; datagrams cannot and are refused.</summary>
    public bool TenantsEnabled { get; init; }

    /// <summary>Limits of one span.</summary>
    public OtlpLimits SpanLimits { get; init; } = OtlpLimits.Default;

    /// <summary>Bytes of all requests held at once: eight of the largest size.</summary>
    public long MaxInFlightBytes { get; init; } = 512L << 20;

    public SharedPortOptions Listening { get; init; } = new();
}

/// <summary>gRPC or HTTP.</summary>
public sealed class JaegerTcpOptions
{
    public required ListenAddress Address { get; init; }

    /// <summary>The path of a Unix socket to listen on in place of the address, in plaintext; null: the address.</summary>
    public string? UnixSocket { get; init; }

    /// <summary>Null: plaintext.</summary>
    public ListenerTls? Tls { get; init; }

    /// <summary>Bytes of one request, before and after decompression.</summary>
    public int MaxRequestBytes { get; init; } = 64 << 20;

    /// <summary>Keep the request's headers beside the batch.</summary>
    public bool IncludeMetadata { get; init; }

    /// <summary>Checks who sends; null: nobody is asked.</summary>
    public Clew.Receivers.Intake.IRequestAuthenticator? Authenticator { get; init; }

    /// <summary>HTTP only: headers added to every answer.</summary>
    public IReadOnlyDictionary<string, string> ResponseHeaders { get; init; } = new Dictionary<string, string>();
}

/// <summary>Datagrams: nobody is answered, so what cannot be taken is dropped and counted.</summary>
public sealed class JaegerUdpOptions
{
    public required ListenAddress Address { get; init; }

    /// <summary>Datagrams that wait for a worker; more are dropped.</summary>
    public int QueueSize { get; init; } = 1000;

    /// <summary>Bytes; larger datagrams are dropped.</summary>
    public int MaxPacketBytes { get; init; } = 65_000;

    public int Workers { get; init; } = 10;

    /// <summary>Bytes of the socket's own queue; zero: the system's default.</summary>
    public int SocketBufferBytes { get; init; }
}
