namespace Clew.Server.Configuration.Binding;

/// <summary>
/// One address that a component listens on. <paramref name="What"/> is a protocol's name, as the summary shows it;
/// <paramref name="Path"/> are the keys under which the address is written.
/// </summary>
internal sealed record Listener(string What, Endpoint Endpoint, string[] Path, bool IsUdp = false);

/// <summary>Which addresses a configuration would open.</summary>
internal static class Listeners
{
    /// <summary>The addresses of a receiver; Unix sockets are not addresses.</summary>
    public static IReadOnlyList<Listener> Of(ReceiverConfig receiver)
    {
        var listeners = new List<Listener>();
        switch (receiver)
        {
            case OtlpReceiverConfig otlp:
                Add("OTLP gRPC", otlp.Grpc, "grpc");
                Add("OTLP HTTP", otlp.Http, "http");
                break;
            case JaegerReceiverConfig jaeger:
                Add("Jaeger gRPC", jaeger.Grpc, "grpc");
                Add("Jaeger HTTP", jaeger.ThriftHttp, "thrift_http");
                AddUdp("Jaeger UDP compact", jaeger.ThriftCompact, "thrift_compact");
                AddUdp("Jaeger UDP binary", jaeger.ThriftBinary, "thrift_binary");
                break;
            case ZipkinReceiverConfig zipkin:
                Add("Zipkin", zipkin.Http, null);
                break;
        }

        return listeners;

        void Add(string what, ListenerConfig? config, string? protocol)
        {
            if (config is { UnixSocket: null })
            {
                listeners.Add(new Listener(what, config.Endpoint, PathOf(protocol)));
            }
        }

        void AddUdp(string what, JaegerUdpConfig? config, string protocol)
        {
            if (config is not null)
            {
                listeners.Add(new Listener(what, config.Endpoint, PathOf(protocol), IsUdp: true));
            }
        }

        string[] PathOf(string? protocol) =>
            protocol is null ? ["receivers", receiver.Id.ToString(), "endpoint"] : ["receivers", receiver.Id.ToString(), "protocols", protocol, "endpoint"];
    }

    /// <summary>Everything that a configuration opens: API, receivers that run, extensions. In this order.</summary>
    public static IReadOnlyList<Listener> Of(ClewConfig config)
    {
        var listeners = new List<Listener>();
        listeners.AddRange(config.Server.Http.Select(static endpoint => new Listener("API and UI", endpoint, ["server", "http"])));
        var receivers = config.Pipeline.Pipelines.SelectMany(static pipeline => pipeline.Receivers).Distinct();
        foreach (var id in receivers)
        {
            if (config.Pipeline.Receivers.TryGetValue(id, out var receiver))
            {
                listeners.AddRange(Of(receiver));
            }
        }

        if (config.Pipeline.Telemetry.Metrics is { } reader)
        {
            listeners.Add(new Listener("own metrics", reader.Endpoint, ["service", "telemetry", "metrics", "address"]));
        }

        foreach (var id in config.Pipeline.StartedExtensions)
        {
            if (!config.Pipeline.Extensions.TryGetValue(id, out var extension))
            {
                continue;
            }

            if (extension is HealthCheckConfig health)
            {
                listeners.Add(new Listener("health check", health.Endpoint, ["extensions", id.ToString(), "endpoint"]));
            }

            if (extension is ZPagesConfig pages)
            {
                listeners.Add(new Listener("zPages", pages.Endpoint, ["extensions", id.ToString(), "endpoint"]));
            }

            if (extension is RemoteSamplingConfig sampling)
            {
                listeners.AddRange(sampling.Endpoints.Select(endpoint => new Listener("Jaeger sampling", endpoint, ["extensions", id.ToString(), "http", "endpoint"])));
            }
        }

        return listeners;
    }
}
