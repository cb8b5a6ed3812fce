using Clew.Semantics;
using Clew.Semantics.Nodes;
using Clew.Semantics.Pairing;
using Clew.Storage.Rollups;

namespace Clew.Api.Prometheus;

/// <summary>How an edge is called among the metrics of a service graph.</summary>
internal static class EdgeLabels
{
    /// <summary>The label <c>connection_type</c>; null for a half that names no other side, which is no edge there.</summary>
    public static string? Connection(EdgeSeriesKey key)
    {
        if (key.Client.Kind == NodeKind.Unknown || key.Server.Kind == NodeKind.Unknown)
        {
            return null;
        }

        if (key.Connection == ConnectionKind.Database)
        {
            return "database";
        }

        return key.Pairing != CallPairing.Paired ? "virtual_node" : key.Connection == ConnectionKind.Messaging ? "messaging_system" : "";
    }

    public static PromLabels Of(string name, EdgeSeriesKey key, string connection) => new(
    [
        (PromLabels.MetricName, name), ("client", key.Client.App), ("server", key.Server.App), ("connection_type", connection),
        ("client_service_namespace", key.Client.Namespace), ("server_service_namespace", key.Server.Namespace),
    ]);
}
