using System.Globalization;
using Clew.Model;
using Clew.Semantics;
using Clew.Semantics.Nodes;
using Clew.Semantics.Pairing;
using Clew.Storage.Rollups;
using Clew.TraceQL.Syntax;

namespace Clew.Api.V1.Services;

/// <summary>
/// Who calls a service and whom it calls, from the roll-ups: calls that were paired when their spans came, so that no span is read again but
/// those of the minutes at both ends.
/// </summary>
internal static class DependencyTable
{
    private const string ServiceKind = "service";

    /// <summary>Attributes of client spans that name what they call.</summary>
    private static readonly string[] PeerKeys =
    [
        "peer.service", "db.system.name", "db.system", "db.namespace", "db.name", "messaging.system", "messaging.destination.name", "server.address", "net.peer.name",
    ];

    private static readonly AttributeRef ServiceName = new(FieldScope.Resource, "service.name");

    public static async Task<ServiceDependencies> ReadAsync(IRollupSource rollups, TenantId tenant, string service, TimeRange window, CancellationToken cancellationToken)
    {
        var result = await rollups.QueryAsync(tenant, new RollupQuery
        {
            Range = window, WithExactEnds = true, WithSpans = false, EdgeGrouping = Coarse, EdgeFilter = key => NameOf(key.Client) == service || NameOf(key.Server) == service,
        }, cancellationToken).ConfigureAwait(false);
        var (callers, callees, externals) = (new Edges(result), new Edges(result), new Edges(result));
        foreach (var series in result.Edges)
        {
            var (client, server) = (NameOf(series.Key.Client), NameOf(series.Key.Server));
            var isPaired = series.Key.Pairing == CallPairing.Paired;
            foreach (var point in series.Points)
            {
                if (isPaired && client != server)
                {
                    (server == service ? callers : callees).Add(server == service ? client : server, ServiceKind, series.Key.IsError, point.Cell, point.Cell.Server);
                }
                else if (series.Key.Pairing == CallPairing.ClientOnly && client == service && series.Key.Server.Kind != NodeKind.Unknown)
                {
                    externals.Add(server, KindOf(series.Key.Connection), series.Key.IsError, point.Cell, point.Cell.Client);
                }
            }
        }

        return new ServiceDependencies(
            service,
            result.StartUnixNano.ToString(CultureInfo.InvariantCulture),
            result.EndUnixNano.ToString(CultureInfo.InvariantCulture),
            callers.Rows(name => Below(Is(name), Is(service))),
            callees.Rows(name => Below(Is(service), Is(name))),
            externals.Rows(name => External(service, name)),
            result.Incomplete);
    }

    private static EdgeSeriesKey Coarse(EdgeSeriesKey key) => key with
    {
        Client = Bare(key.Client), Server = Bare(key.Server), Operation = "", Code = "", Flags = "", Tls = MutualTls.Unknown, Protocol = "",
    };

    private static ServiceNode Bare(ServiceNode node) => new() { Kind = node.Kind, Service = NameOf(node) };

    private static string NameOf(ServiceNode node) => node.Service.Length > 0 ? node.Service : node.App;

    private static string KindOf(ConnectionKind connection) => connection switch
    {
        ConnectionKind.Database => "database",
        ConnectionKind.Messaging => "messaging",
        _ => "peer",
    };

    private static FieldBinary Is(string service) => Equal(ServiceName, service);

    private static FieldBinary Equal(FieldReference field, string text) => new(BinaryOperator.Equal, field, new Literal(StaticValue.FromString(text)));

    private static string Below(FieldExpression above, FieldExpression below) =>
        new Pipeline([new SpansetStage(new SpansetBinary(SpansetOperator.Child, new SpansetFilter(above), new SpansetFilter(below)))]).ToString();

    private static string External(string service, string name)
    {
        var named = PeerKeys.Select(key => (FieldExpression)Equal(new AttributeRef(FieldScope.Span, key), name)).Aggregate(static (left, right) => new FieldBinary(BinaryOperator.Or, left, right));
        return new Pipeline([new SpansetStage(new SpansetFilter(new FieldBinary(BinaryOperator.And, Is(service), named)))]).ToString();
    }

    /// <summary>Calls by the name of the other side.</summary>
    private sealed class Edges(RollupResult result)
    {
        private readonly Dictionary<(string Name, string Kind), Edge> _edges = [];

        public void Add(string name, string kind, bool isError, EdgeCell cell, LatencyHistogram durations)
        {
            if (!_edges.TryGetValue((name, kind), out var edge))
            {
                _edges.Add((name, kind), edge = new Edge());
            }

            edge.Calls += cell.Calls;
            edge.Errors += isError ? cell.Calls : 0;
            edge.Durations.Add(durations);
        }

        public List<ServiceEdge> Rows(Func<string, string> query)
        {
            var seconds = Math.Max((result.EndUnixNano - result.StartUnixNano) / 1e9, 1e-9);
            return
            [
                .. _edges.OrderByDescending(static pair => pair.Value.Calls).ThenBy(static pair => pair.Key.Name, StringComparer.Ordinal).Select(pair => new ServiceEdge(
                    pair.Key.Name, pair.Key.Kind, pair.Value.Calls, pair.Value.Errors, pair.Value.Calls / seconds,
                    pair.Value.Calls == 0 ? 0 : (double)pair.Value.Errors / pair.Value.Calls,
                    pair.Value.Durations.QuantileNanos(0.5), pair.Value.Durations.QuantileNanos(0.9), pair.Value.Durations.QuantileNanos(0.95),
                    pair.Value.Durations.QuantileNanos(0.99), query(pair.Key.Name))),
            ];
        }
    }

    private sealed class Edge
    {
        public long Calls { get; set; }

        public long Errors { get; set; }

        public LatencyHistogram Durations { get; } = new();
    }
}
