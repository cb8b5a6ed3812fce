using Clew.Receivers.Listeners;

namespace Clew.Receivers.Otlp;

/// <summary>Sentences for requests that went to the wrong place: what this is, and what to change in the sender.</summary>
internal sealed class OtlpHints(OtlpReceiverOptions options)
{
    private readonly string _tracesPath = options.Http?.TracesPath ?? "/v1/traces";

    /// <summary>The answer to GET /: what this port is.</summary>
    public string Greeting(int port) =>
        $"Clew takes OTLP traces on port {port}: {Join(HttpPart(), GrpcPart())}.\n";

    public string WrongMethod(string method, string path) =>
        $"{method} is not allowed on {path}; send spans with POST {path}\n";

    public string WrongContentType(string? contentType) =>
        $"content type '{contentType}' is not OTLP; use application/x-protobuf or application/json\n";

    public static string Unsupported(string signal) =>
        $"Clew takes traces only, and refuses {signal}; switch their exporter off in the sender (for an SDK: OTEL_{signal.ToUpperInvariant()}_EXPORTER=none)";

    public string HttpOff(string path) =>
        $"OTLP over HTTP is off on this receiver, so {path} takes nothing; {GrpcPart()}. To switch it on, configure protocols.http\n";

    /// <summary>For a path that means nothing here.</summary>
    public string UnknownPath(string method, string path)
    {
        if (options.Http is null)
        {
            return $"there is nothing at {path}; {GrpcPart()}\n";
        }

        if (path.Length > _tracesPath.Length && path.EndsWith(_tracesPath, StringComparison.OrdinalIgnoreCase))
        {
            return path.StartsWith(_tracesPath, StringComparison.OrdinalIgnoreCase)
                ? $"the path is doubled: {path}; give the sender the endpoint without {_tracesPath}, it appends that itself (OTEL_EXPORTER_OTLP_ENDPOINT), or set OTEL_EXPORTER_OTLP_TRACES_ENDPOINT to the whole URL\n"
                : $"there is nothing at {path}; the path of spans is {_tracesPath}, without '{path[..^_tracesPath.Length]}' in front\n";
        }

        if (path.StartsWith("/api/traces", StringComparison.OrdinalIgnoreCase))
        {
            return $"{path} is Jaeger's path and this port takes OTLP; {HttpPart()}, or send to a jaeger receiver (port 14268)\n";
        }

        if (path.StartsWith("/api/v1/spans", StringComparison.OrdinalIgnoreCase) || path.StartsWith("/api/v2/spans", StringComparison.OrdinalIgnoreCase))
        {
            return $"{path} is Zipkin's path and this port takes OTLP; {HttpPart()}, or send to a zipkin receiver (port 9411)\n";
        }

        return path == "/" && method == "POST"
            ? $"spans do not go to /; {HttpPart()}. OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is used as it stands and must end in {_tracesPath}\n"
            : $"there is nothing at {path}; {HttpPart()}\n";
    }

    /// <summary>For a gRPC call that no service here answers.</summary>
    public string UnknownGrpcMethod(string method) => options.Grpc is null
        ? $"OTLP over gRPC is off on this receiver; {HttpPart()}, or configure protocols.grpc"
        : $"there is no gRPC method {method} here; {GrpcPart()}";

    public static string GrpcNeedsHttp2(string protocol) =>
        $"gRPC needs HTTP/2 and this request came over {protocol}; a proxy in between may have changed it\n";

    private string? HttpPart() => options.Http is { } http ? $"over HTTP send POST {_tracesPath} (configured on {Shown(http.Address)})" : null;

    private string? GrpcPart() => options.Grpc is { } grpc ? $"over gRPC use {OtlpGrpcEndpoint.TraceService}/Export (configured on {Shown(grpc.Address)})" : null;

    private static string Join(params string?[] parts) => string.Join("; ", parts.Where(part => part is not null));

    // An address such as 0.0.0.0 helps nobody; the port is what a reader compares.
    private static string Shown(ListenAddress address) => address.Port == 0 ? "a port chosen by the system" : $"port {address.Port}";
}
