using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Foreign;

/// <summary>A port that a receiver would listen on. <paramref name="Protocol"/> is the key under <c>protocols</c>, null when there are none.</summary>
internal readonly record struct ReceiverPort(string? Protocol, int Number);

/// <summary>Finds the ports of a receiver in the tree, before its settings are read.</summary>
internal static class ReceiverPorts
{
    private static readonly Dictionary<string, (string? Protocol, int Port)[]> s_defaults = new()
    {
        ["otlp"] = [("grpc", 4317), ("http", 4318)],
        ["jaeger"] = [("grpc", 14250), ("thrift_http", 14268), ("thrift_compact", 6831), ("thrift_binary", 6832)],
        ["zipkin"] = [(null, 9411)],
    };

    public static IReadOnlyList<ReceiverPort> Of(ComponentId id, ConfigNode settings)
    {
        var ports = new List<ReceiverPort>();
        if (!s_defaults.TryGetValue(id.Type, out var defaults))
        {
            return ports;
        }

        var map = settings as ConfigMap ?? ConfigMap.Empty(settings.Mark);
        foreach (var (protocol, port) in defaults)
        {
            if (protocol is null)
            {
                ports.Add(new ReceiverPort(null, PortOf(map, port)));
            }
            else if (map.TryFind(out var node, "protocols", protocol) && node is not ConfigScalar { IsNull: false })
            {
                ports.Add(new ReceiverPort(protocol, PortOf(node as ConfigMap ?? ConfigMap.Empty(node.Mark), port)));
            }
        }

        return ports;
    }

    private static int PortOf(ConfigMap settings, int fallback) =>
        settings.TryGet("endpoint", out var entry) && entry.Value is ConfigScalar scalar && Endpoint.TryParse(scalar.Text, out var endpoint)
            ? endpoint.Port
            : fallback;
}
