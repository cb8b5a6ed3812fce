using Clew.Mesh.Graph;
using Clew.Mesh.Prometheus;
using Clew.Mesh.Spans;
using Clew.Model;

namespace Clew.Mesh;

/// <summary>A namespace that may be chosen, and how much happens in it.</summary>
public sealed record NamespaceInfo(string Name, string Cluster)
{
    public bool IsAmbient { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Requests per second that reach the namespace; null when no evidence tells.</summary>
    public double? Rate { get; init; }

    /// <summary>Share of them that fail, in percent.</summary>
    public double? ErrorPercent { get; init; }

    public Evidence Evidence { get; init; }
}

public sealed partial class MeshService
{
    /// <summary>Every namespace that any evidence knows, the busiest first.</summary>
    public async Task<IReadOnlyList<NamespaceInfo>> NamespacesAsync(TenantId tenant, DateTimeOffset time, TimeSpan duration, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, NamespaceInfo>(StringComparer.Ordinal);
        var snapshot = ClusterOf(tenant);
        foreach (var ns in snapshot.Namespaces.Values)
        {
            found[ns.Name] = new NamespaceInfo(ns.Name, snapshot.Cluster) { IsAmbient = ns.IsAmbient, Labels = ns.Labels, Evidence = Evidence.Kubernetes };
        }

        foreach (var name in options.Namespaces)
        {
            var slash = name.IndexOf('/');
            found.TryAdd(name[(slash + 1)..], new NamespaceInfo(name[(slash + 1)..], slash < 0 ? snapshot.Cluster : name[..slash]));
        }

        if (istio is not null && IsMeshOf(tenant))
        {
            await AddFromMetricsAsync(found, time, duration, cancellationToken).ConfigureAwait(false);
        }

        if (spans is not null)
        {
            await AddFromSpansAsync(found, tenant, time, duration, cancellationToken).ConfigureAwait(false);
        }

        return [.. found.Values.Where(ns => MayAsk(tenant, ns.Name)).OrderByDescending(static ns => ns.Rate ?? 0).ThenBy(static ns => ns.Name, StringComparer.Ordinal)];
    }

    private async Task AddFromMetricsAsync(Dictionary<string, NamespaceInfo> found, DateTimeOffset time, TimeSpan duration, CancellationToken cancellationToken)
    {
        try
        {
            string[] labels = ["destination_workload_namespace", "response_code"];
            string[] callers = ["source_workload_namespace"];
            var range = $"{Math.Max(60, (long)duration.TotalSeconds)}s";
            var incoming = istio!.Prometheus.QueryAsync($"sum(rate(istio_requests_total{{reporter=~\"destination|waypoint\"}}[{range}])) by (destination_workload_namespace,response_code)", time, labels, cancellationToken);
            var outgoing = istio.Prometheus.QueryAsync($"sum(rate(istio_requests_total{{reporter=\"source\"}}[{range}])) by (source_workload_namespace)", time, callers, cancellationToken);
            var tcp = istio.Prometheus.QueryAsync($"sum(rate(istio_tcp_received_bytes_total{{reporter=\"destination\"}}[{range}])) by (destination_workload_namespace)", time, ["destination_workload_namespace"], cancellationToken);
            foreach (var group in (await incoming.ConfigureAwait(false)).Rows.Where(static row => MeshNames.IsOk(row["destination_workload_namespace"])).GroupBy(static row => row["destination_workload_namespace"]))
            {
                var total = group.Sum(static row => row.Value);
                var errors = group.Where(static row => row["response_code"] is { Length: 3 } code && code[0] is '4' or '5' || row["response_code"] == "0").Sum(static row => row.Value);
                var known = found.GetValueOrDefault(group.Key) ?? new NamespaceInfo(group.Key, MeshNames.Unknown);
                found[group.Key] = known with { Rate = total, ErrorPercent = total > 0 ? errors / total * 100 : 0, Evidence = known.Evidence | Evidence.Istio };
            }

            foreach (var name in (await outgoing.ConfigureAwait(false)).Rows.Select(static row => row["source_workload_namespace"])
                .Concat((await tcp.ConfigureAwait(false)).Rows.Select(static row => row["destination_workload_namespace"])).Where(static name => MeshNames.IsOk(name)).Distinct())
            {
                var known = found.GetValueOrDefault(name) ?? new NamespaceInfo(name, MeshNames.Unknown);
                found[name] = known with { Evidence = known.Evidence | Evidence.Istio };
            }
        }
        catch (PrometheusException)
        {
            // The namespaces that others know are better than none; the graph says what is wrong with Prometheus.
        }
    }

    /// <summary>
    /// The durations that make sense: rates of metrics need two scrapes, and reach back as far as Prometheus keeps them, unless spans reach
    /// further. Null where nobody says.
    /// </summary>
    public async Task<(TimeSpan? Least, TimeSpan? Most)> DurationsAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        if (istio is null || !IsMeshOf(tenant))
        {
            return (null, null);
        }

        try
        {
            var (scrape, retention) = await istio.Prometheus.IntervalsAsync(cancellationToken).ConfigureAwait(false);
            return (scrape * 2, spans is null ? retention : null);
        }
        catch (PrometheusException)
        {
            // The graph itself says what is wrong with Prometheus.
            return (null, null);
        }
    }

    private async Task AddFromSpansAsync(Dictionary<string, NamespaceInfo> found, TenantId tenant, DateTimeOffset time, TimeSpan duration, CancellationToken cancellationToken)
    {
        var hops = await spans!.HopsAsync(tenant, HopQuery.Before(time, duration), cancellationToken).ConfigureAwait(false);
        var seconds = Math.Max(1, hops.Seconds);
        foreach (var group in hops.Hops.Where(static hop => MeshNames.IsOk(hop.Target.NodeNamespace)).GroupBy(static hop => hop.Target.NodeNamespace))
        {
            double total = 0, errors = 0;
            foreach (var hop in group)
            {
                var rates = default(ClassRates);
                rates.Add(hop.Protocol, hop.Code, hop.Weight / seconds);
                (total, errors) = (total + rates.Total, errors + rates.Errors);
            }

            var known = found.GetValueOrDefault(group.Key) ?? new NamespaceInfo(group.Key, group.First().Target.Cluster);
            found[group.Key] = known with
            {
                Rate = known.Rate ?? total, ErrorPercent = known.ErrorPercent ?? (total > 0 ? errors / total * 100 : 0), Evidence = known.Evidence | Evidence.Spans,
            };
        }

        foreach (var name in hops.Hops.Select(static hop => hop.Source.NodeNamespace).Where(static name => MeshNames.IsOk(name)).Distinct())
        {
            var known = found.GetValueOrDefault(name) ?? new NamespaceInfo(name, MeshNames.Unknown);
            found[name] = known with { Evidence = known.Evidence | Evidence.Spans };
        }
    }
}
