namespace Clew.Server.Configuration.Binding;

/// <summary>Reads the receivers whose settings Clew knows.</summary>
internal static class ReceiverSettings
{
    public static ReceiverConfig? Bind(Section s, ComponentId id, ComponentType type) => type.Type switch
    {
        "otlp" => Otlp(s, id),
        "jaeger" => Jaeger(s, id),
        "zipkin" => Zipkin(s, id),
        _ => null,
    };

    private static OtlpReceiverConfig Otlp(Section s, ComponentId id)
    {
        var protocols = s.Child("protocols");
        var config = new OtlpReceiverConfig
        {
            Id = id,
            Grpc = protocols.Switch("grpc") is { } grpc ? OtlpGrpc(grpc) : null,
            Http = protocols.Switch("http") is { } http ? OtlpHttp(http) : null,
        };
        if (config.Grpc is null && config.Http is null)
        {
            s.Error(s.Mark, "needs at least one protocol under protocols: grpc or http");
        }

        return config;
    }

    private static OtlpGrpcServerConfig OtlpGrpc(Section s)
    {
        var d = new OtlpGrpcServerConfig();
        return ListenerSettings.Listener(s, d) with
        {
            MaxReceiveMessageSize = MessageSize(s, d.MaxReceiveMessageSize),
            MaxConcurrentStreams = s.OptionalInt("max_concurrent_streams", "Requests at the same time on one connection.", 1),
            ReadBufferSize = s.Size("read_buffer_size", d.ReadBufferSize),
            WriteBufferSize = s.OptionalSize("write_buffer_size"),
            Keepalive = Keepalive(s.Child("keepalive")),
        };
    }

    /// <summary>Like the Collector: 0 means the default. 2047 MiB is the largest message that has an Int32 for its length.</summary>
    private static ByteSize MessageSize(Section s, ByteSize fallback)
    {
        var mebibytes = s.Int(
            "max_recv_msg_size_mib", (int)(fallback.Bytes >> 20), "The limit of a message in MiB, before and after decompression.", 0, 2047);
        return mebibytes == 0 ? fallback : ByteSize.FromMiB(mebibytes);
    }

    private static GrpcKeepaliveConfig Keepalive(Section s)
    {
        var server = s.Child("server_parameters");
        var policy = s.Child("enforcement_policy");
        return new GrpcKeepaliveConfig
        {
            MaxConnectionIdle = server.OptionalDuration("max_connection_idle"),
            MaxConnectionAge = server.OptionalDuration("max_connection_age"),
            MaxConnectionAgeGrace = server.OptionalDuration("max_connection_age_grace"),
            Time = server.OptionalDuration("time"),
            Timeout = server.OptionalDuration("timeout"),
            MinTime = policy.OptionalDuration("min_time"),
            PermitWithoutStream = policy.Bool("permit_without_stream", false),
        };
    }

    private static OtlpHttpServerConfig OtlpHttp(Section s)
    {
        var d = new OtlpHttpServerConfig();
        return ListenerSettings.Http(s, d) with
        {
            TracesUrlPath = UrlPath(s, "traces_url_path", d.TracesUrlPath),
            MetricsUrlPath = UrlPath(s, "metrics_url_path", d.MetricsUrlPath),
            LogsUrlPath = UrlPath(s, "logs_url_path", d.LogsUrlPath),
        };
    }

    private static JaegerReceiverConfig Jaeger(Section s, ComponentId id)
    {
        var protocols = s.Child("protocols");
        var config = new JaegerReceiverConfig
        {
            Id = id,
            Grpc = protocols.Switch("grpc") is { } grpc ? JaegerGrpc(grpc) : null,
            ThriftHttp = protocols.Switch("thrift_http") is { } http ? ListenerSettings.Http(http, new JaegerHttpConfig()) : null,
            ThriftCompact = protocols.Switch("thrift_compact") is { } compact ? Udp(compact, 6831) : null,
            ThriftBinary = protocols.Switch("thrift_binary") is { } binary ? Udp(binary, 6832) : null,
        };
        if (config is { Grpc: null, ThriftHttp: null, ThriftCompact: null, ThriftBinary: null })
        {
            s.Error(s.Mark, "needs at least one protocol under protocols: grpc, thrift_http, thrift_compact or thrift_binary");
        }

        return config;
    }

    private static JaegerGrpcConfig JaegerGrpc(Section s)
    {
        var d = new JaegerGrpcConfig();
        var config = ListenerSettings.Listener(s, d) with { MaxReceiveMessageSize = MessageSize(s, d.MaxReceiveMessageSize) };

        // The gRPC server's tuning is the same as the otlp receiver's; it is read there, and here only checked for its shape.
        Keepalive(s.Child("keepalive"));
        s.OptionalInt("max_concurrent_streams", "", 1);
        s.OptionalSize("read_buffer_size");
        s.OptionalSize("write_buffer_size");
        return config;
    }

    private static JaegerUdpConfig Udp(Section s, int port)
    {
        var d = new JaegerUdpConfig { Endpoint = new Endpoint("127.0.0.1", port) };
        return new JaegerUdpConfig
        {
            Endpoint = s.Endpoint("endpoint", d.Endpoint, "Where to listen."),
            QueueSize = s.Int("queue_size", d.QueueSize, "Datagrams that wait for a worker; more are dropped and counted.", 1),
            MaxPacketSize = s.Int("max_packet_size", d.MaxPacketSize, "", 1, 65_535),
            Workers = s.Int("workers", d.Workers, "", 1),
            SocketBufferSize = s.Size("socket_buffer_size", d.SocketBufferSize, "0: the system's own."),
        };
    }

    private static ZipkinReceiverConfig Zipkin(Section s, ComponentId id) => new()
    {
        Id = id,
        Http = ListenerSettings.Http(s, new ZipkinHttpConfig()),
        ParseStringTags = s.Bool("parse_string_tags", false, "Read numbers and booleans out of tags."),
    };

    private static string UrlPath(Section s, string key, string fallback)
    {
        var path = s.String(key, fallback);
        return path.Length == 0 ? fallback : path.StartsWith('/') ? path : "/" + path;
    }
}
