using System.Globalization;
using Clew.Mesh.Graph;
using Clew.Mesh.Prometheus;

namespace Clew.Mesh.Istio;

/// <summary>
/// Evidence from the service-graph metrics that a Collector or a Tempo makes: <c>traces_service_graph_request_total</c> and its like. They
/// name services, not workloads, and say nothing of codes but failed or not.
/// </summary>
internal static class ServiceGraphMetrics
{
    private const string Prefix = "traces_service_graph_request_";
    private static readonly string[] Labels = ["client", "server", "connection_type", "client_k8s_namespace_name", "server_k8s_namespace_name", "client_service_namespace", "server_service_namespace"];
    private static readonly string[] BucketLabels = [.. Labels, "le"];

    public static async Task<(TrafficMap Map, EvidenceReport Report)> TrafficAsync(PrometheusClient prometheus, GraphRequest request, CancellationToken cancellationToken)
    {
        var write = new IstioQuery(request, prometheus.Options.QueryScope);
        var total = prometheus.QueryAsync(write.Rate(Prefix + "total", "", Labels), request.Time, Labels, cancellationToken);
        var failed = prometheus.QueryAsync(write.Rate(Prefix + "failed_total", "", Labels), request.Time, Labels, cancellationToken);
        var buckets = request.Has("responseTime")
            ? prometheus.QueryAsync(write.ExactRate(Prefix + "server_seconds_bucket", "", BucketLabels), request.Time, BucketLabels, cancellationToken)
            : Task.FromResult(new PromVector(BucketLabels));
        await Task.WhenAll(total, failed, buckets).ConfigureAwait(false);
        var map = new TrafficMap();
        var assembler = new TrafficAssembler(map, request.Type, request.InjectServiceNodes || request.IsService);
        var errors = (await failed.ConfigureAwait(false)).Rows.ToDictionary(Key, static row => row.Value, StringComparer.Ordinal);
        var latencies = (await buckets.ConfigureAwait(false)).Rows.GroupBy(Key).ToDictionary(static group => group.Key, Histogram, StringComparer.Ordinal);
        int taken = 0, skipped = 0;
        foreach (var row in (await total.ConfigureAwait(false)).Rows)
        {
            var (source, target) = (PartyOf(row, "client"), PartyOf(row, "server"));
            if (request.Focus is not null || (request.Namespaces.Count > 0 && !request.Namespaces.Contains(source.NodeNamespace) && !request.Namespaces.Contains(target.NodeNamespace)))
            {
                skipped++;
                continue;
            }

            var failures = Math.Min(row.Value, errors.GetValueOrDefault(Key(row)));
            var protocol = row["connection_type"] is "database" or "messaging_system" ? MeshProtocol.Tcp : MeshProtocol.Http;
            var key = Key(row);
            var path = assembler.Add(new HopSample(source, target, protocol, "200", "", "", row.Value - failures, key, Evidence.ServiceGraphMetrics));
            if (failures > 0)
            {
                path = assembler.Add(new HopSample(source, target, protocol, "500", "", "", failures, key + "failed", Evidence.ServiceGraphMetrics));
            }

            if (path is null)
            {
                skipped++;
                continue;
            }

            taken++;
            foreach (var edge in path.Value.Edges)
            {
                edge.Target.Role = row["connection_type"] switch { "database" => "database", "messaging_system" => "messaging", "virtual_node" => "external", _ => edge.Target.Role };
                if (latencies.TryGetValue(key, out var latency))
                {
                    (edge.Latency ??= new LatencyHistogram()).Add(latency);
                }
            }
        }

        return (map, new EvidenceReport(Evidence.ServiceGraphMetrics, true, null) { Taken = taken, Skipped = skipped });
    }

    /// <summary>A service <c>user</c> is whoever called first.</summary>
    private static Party PartyOf(PromVector.Row row, string side)
    {
        var name = row[side];
        if (name == "user" && side == "client")
        {
            return new Party(MeshNames.Unknown, MeshNames.Unknown, MeshNames.Unknown, MeshNames.Unknown, MeshNames.Unknown);
        }

        var ns = row[$"{side}_k8s_namespace_name"] is { Length: > 0 } k8s ? k8s : row[$"{side}_service_namespace"];
        if (ns.Length == 0 && name.LastIndexOf('.') is > 0 and var dot)
        {
            (name, ns) = (name[..dot], name[(dot + 1)..]);
        }

        return new Party(MeshNames.Unknown, ns.Length == 0 ? MeshNames.Unknown : ns, name, name, "", ns, side == "server" ? name : "");
    }

    private static LatencyHistogram Histogram(IGrouping<string, PromVector.Row> rows)
    {
        var histogram = new LatencyHistogram();
        double below = 0, lower = 0;
        foreach (var (upper, count) in rows.Select(static row => (Upper(row["le"]), row.Value)).OrderBy(static bucket => bucket.Item1))
        {
            histogram.AddBucket(lower, upper, Math.Max(0, count - below));
            (below, lower) = (Math.Max(below, count), upper);
        }

        return histogram;
    }

    private static double Upper(string le) =>
        double.TryParse(le, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) ? seconds * 1000 : double.PositiveInfinity;

    private static string Key(PromVector.Row row) => string.Join('\u001f', Labels.Select((_, index) => row.At(index)));
}
