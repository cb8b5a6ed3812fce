namespace Clew.Server.Configuration;

/// <summary>The <c>jaeger</c> receiver; a protocol that is null is off.</summary>
internal sealed record JaegerReceiverConfig : ReceiverConfig
{
    public JaegerGrpcConfig? Grpc { get; init; }

    public JaegerHttpConfig? ThriftHttp { get; init; }

    public JaegerUdpConfig? ThriftCompact { get; init; }

    public JaegerUdpConfig? ThriftBinary { get; init; }
}

/// <summary><c>jaeger.protocols.grpc</c>.</summary>
internal sealed record JaegerGrpcConfig : ListenerConfig
{
    public JaegerGrpcConfig() => Endpoint = new Endpoint("127.0.0.1", 14250);

    public ByteSize MaxReceiveMessageSize { get; init; } = ByteSize.FromMiB(64);
}

/// <summary><c>jaeger.protocols.thrift_http</c>.</summary>
internal sealed record JaegerHttpConfig : HttpServerConfig
{
    public JaegerHttpConfig() => Endpoint = new Endpoint("127.0.0.1", 14268);
}

/// <summary><c>jaeger.protocols.thrift_compact</c> and <c>thrift_binary</c>: UDP.</summary>
internal sealed record JaegerUdpConfig
{
    public required Endpoint Endpoint { get; init; }

    /// <summary>Datagrams that wait for a worker; more are dropped and counted.</summary>
    public int QueueSize { get; init; } = 1000;

    public int MaxPacketSize { get; init; } = 65_000;

    public int Workers { get; init; } = 10;

    /// <summary>Zero: the system's default.</summary>
    public ByteSize SocketBufferSize { get; init; }
}

/// <summary>The <c>zipkin</c> receiver.</summary>
internal sealed record ZipkinReceiverConfig : ReceiverConfig
{
    public required ZipkinHttpConfig Http { get; init; }

    /// <summary>Reads numbers and booleans out of tags, which Zipkin sends as text.</summary>
    public bool ParseStringTags { get; init; }
}

/// <summary>The HTTP server of the <c>zipkin</c> receiver.</summary>
internal sealed record ZipkinHttpConfig : HttpServerConfig
{
    public ZipkinHttpConfig() => Endpoint = new Endpoint("127.0.0.1", 9411);
}
