using Clew.Mesh.Graph;
using Clew.Mesh.Health;
using Clew.Mesh.Istio;
using Clew.Mesh.Kubernetes;
using Clew.Mesh.Prometheus;
using Clew.Mesh.Spans;
using Clew.Model;

namespace Clew.Mesh;

/// <summary>Settings of the mesh graph.</summary>
public sealed record MeshOptions
{
    public IstioOptions Istio { get; init; } = new();

    public HealthRules Health { get; init; } = HealthRules.Default;

    /// <summary>Namespaces that may be seen, as <c>namespace</c> or <c>cluster/namespace</c>. Empty: what the Kubernetes API lists.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>With several tenants, the one whose mesh the metrics and the cluster are.</summary>
    public TenantId? Tenant { get; init; }
}

/// <summary>A question about the mesh that cannot be answered; the message is for the asker.</summary>
public sealed class MeshException(MeshFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    public MeshFault Fault => fault;
}

public enum MeshFault
{
    BadRequest,
    Forbidden,
    NotFound,
    Unavailable,
}

/// <summary>Builds graphs from all the evidence there is.</summary>
public sealed partial class MeshService(MeshOptions options, IstioSource? istio, IClusterSource? cluster, ISpanEvidence? spans)
{
    public MeshOptions Options => options;

    public IstioSource? Istio => istio;

    public ISpanEvidence? Spans => spans;

    public string? ClusterProblem => cluster?.Problem;

    public bool HasCluster => cluster is not null;

    public ClusterSnapshot ClusterOf(TenantId tenant) => IsMeshOf(tenant) && cluster is not null ? cluster.Current : ClusterSnapshot.Empty;

    /// <summary>The metrics and the cluster belong to one mesh; with several tenants, only its own sees them.</summary>
    public bool IsMeshOf(TenantId tenant) => options.Tenant is null || options.Tenant == tenant;

    /// <summary>Whether anybody said which namespaces there are.</summary>
    public bool KnowsNamespaces(TenantId tenant) => options.Namespaces.Count > 0 || ClusterOf(tenant).IsKnown;

    public bool IsVisible(TenantId tenant, string clusterName, string ns)
    {
        if (options.Namespaces.Count > 0)
        {
            return options.Namespaces.Contains(ns) || options.Namespaces.Contains($"{clusterName}/{ns}");
        }

        var snapshot = ClusterOf(tenant);
        return !snapshot.IsKnown || (snapshot.Covers(clusterName) && snapshot.Namespaces.ContainsKey(ns));
    }

    /// <summary>Whether a namespace may be asked for, in whatever cluster.</summary>
    public bool MayAsk(TenantId tenant, string ns)
    {
        if (options.Namespaces.Count > 0)
        {
            return options.Namespaces.Any(allowed => allowed == ns || allowed.EndsWith("/" + ns, StringComparison.Ordinal));
        }

        var snapshot = ClusterOf(tenant);
        return !snapshot.IsKnown || snapshot.Namespaces.ContainsKey(ns);
    }

    /// <summary>
    /// Builds a graph. <paramref name="isStrict"/> is for where a failing source must fail the answer, and a namespace that nobody asked
    /// for or listed counts as not visible: the way Kiali answers. Else the answer is made from what there is, with the reasons beside it.
    /// </summary>
    public async Task<MeshGraph> GraphAsync(TenantId tenant, GraphRequest request, bool isStrict, CancellationToken cancellationToken)
    {
        foreach (var ns in request.Namespaces)
        {
            if (!MayAsk(tenant, ns))
            {
                throw new MeshException(MeshFault.Forbidden, $"namespace '{ns}' does not exist or may not be seen");
            }
        }

        request = ClampToAge(tenant, request);
        var snapshot = request.Evidence.HasFlag(Evidence.Kubernetes) ? ClusterOf(tenant) : ClusterSnapshot.Empty;
        var reports = new List<EvidenceReport>();
        var fromIstio = IsMeshOf(tenant) && request.Evidence.HasFlag(Evidence.Istio) ? FromIstioAsync(request, snapshot, isStrict, reports, cancellationToken) : Task.FromResult<TrafficMap?>(null);
        var fromMetrics = IsMeshOf(tenant) && request.Evidence.HasFlag(Evidence.ServiceGraphMetrics) && !isStrict ? FromServiceGraphAsync(request, reports, cancellationToken) : Task.FromResult<TrafficMap?>(null);
        var fromSpans = request.Evidence.HasFlag(Evidence.Spans) && (!isStrict || istio is null) ? FromSpansAsync(tenant, request, snapshot, reports, cancellationToken) : Task.FromResult<TrafficMap?>(null);
        await Task.WhenAll(fromIstio, fromMetrics, fromSpans).ConfigureAwait(false);
        var map = await fromIstio.ConfigureAwait(false) ?? new TrafficMap();
        foreach (var other in new[] { await fromSpans.ConfigureAwait(false), await fromMetrics.ConfigureAwait(false) })
        {
            if (other is not null)
            {
                EvidenceMerge.Into(map, other);
            }
        }

        if (request.IsService)
        {
            map = ServiceGraph.Reduce(map);
        }

        return Finished(tenant, request, snapshot, map, isStrict, reports);
    }

    /// <summary>The edges of a graph that a trace went over, each with when and how long. What the graph does not show is left out.</summary>
    public async Task<IReadOnlyList<(MeshEdge Edge, EdgeExemplar Exemplar)>> TraceAsync(TenantId tenant, GraphRequest request, TraceId trace, CancellationToken cancellationToken)
    {
        if (spans is null)
        {
            return [];
        }

        var hops = await spans.TraceAsync(tenant, trace, Asked(request), cancellationToken).ConfigureAwait(false);
        var graph = await GraphAsync(tenant, request, isStrict: false, cancellationToken).ConfigureAwait(false);
        var map = new TrafficMap();
        foreach (var node in graph.Nodes.Where(static node => node.Kind != NodeKind.Box))
        {
            map.Put(node);
        }

        var found = new List<(MeshEdge, EdgeExemplar)>();
        foreach (var hop in hops.Hops)
        {
            var (own, _) = SpanGraph.Build(new SpanHops([hop]) { Seconds = 1 }, request with { Namespaces = [], Focus = null }, ClusterOf(tenant));
            foreach (var edge in own.Edges)
            {
                if (EvidenceMerge.Find(map, edge.Source) is { } source && EvidenceMerge.Find(map, edge.Target) is { } target && source.FindEdge(target, edge.Protocol) is { } shown)
                {
                    found.Add((shown, hop.Exemplars[0]));
                }
            }
        }

        return found;
    }

    private MeshGraph Finished(TenantId tenant, GraphRequest request, ClusterSnapshot snapshot, TrafficMap map, bool isStrict, List<EvidenceReport> reports)
    {
        if (snapshot.IsKnown)
        {
            Decorate(map, snapshot, request);
            reports.Add(new EvidenceReport(Evidence.Kubernetes, true, cluster?.Problem) { Taken = snapshot.Workloads.Count });
        }
        else if (request.Evidence.HasFlag(Evidence.Kubernetes) && cluster?.Problem is { } problem)
        {
            reports.Add(new EvidenceReport(Evidence.Kubernetes, false, problem));
        }

        Finish.Mark(map, [.. request.Namespaces], (clusterName, ns) => KnowsNamespaces(tenant) ? IsVisible(tenant, clusterName, ns) : !isStrict || request.Namespaces.Contains(ns));
        if (request.Has("health"))
        {
            HealthCalculator.Decorate(map, options.Health, node => Facts(snapshot, node));
        }

        var boxes = Boxes.Add([.. map.Nodes], request.Type is GraphType.App or GraphType.VersionedApp || request.BoxByApp, request.BoxByNamespace, request.BoxByCluster);
        return MeshGraph.Of(map, boxes, request.Type, request.Time, request.Duration, [.. reports.OrderBy(static report => report.Source)]);
    }

    private void Decorate(TrafficMap map, ClusterSnapshot snapshot, GraphRequest request)
    {
        if (request.Has("serviceEntry"))
        {
            KubeAppenders.FoldServiceEntries(map, snapshot);
        }

        if (request.Has("deadNode"))
        {
            KubeAppenders.RemoveDead(map, snapshot);
        }

        if (request.Has("idleNode") && request.Focus is null)
        {
            KubeAppenders.AddIdle(map, snapshot, request);
        }

        if (request.Has("meshCheck") || request.Has("sidecarsCheck"))
        {
            KubeAppenders.CheckSidecars(map, snapshot, options.Istio.IstioNamespace);
        }

        KubeAppenders.AddFacts(map, snapshot, request);
        if (request.Has("ambient"))
        {
            Waypoints.Apply(map, request.Waypoints);
        }
    }

    private static (string? Annotation, IReadOnlyList<PodStatus> Pods) Facts(ClusterSnapshot snapshot, MeshNode node)
    {
        if (node.Kind == NodeKind.Service)
        {
            return (snapshot.Services.GetValueOrDefault((node.Namespace, node.Service))?.Annotations.GetValueOrDefault(HealthRules.Annotation), []);
        }

        var workloads = KubeAppenders.Workloads(snapshot, node);
        return (workloads.Select(static workload => workload.Annotations.GetValueOrDefault(HealthRules.Annotation)).FirstOrDefault(static text => text is not null),
            [.. workloads.Select(static workload => workload.Pods)]);
    }

    private async Task<TrafficMap?> FromIstioAsync(GraphRequest request, ClusterSnapshot snapshot, bool isStrict, List<EvidenceReport> reports, CancellationToken cancellationToken)
    {
        if (istio is null)
        {
            return null;
        }

        try
        {
            var ambient = snapshot.Namespaces.Values.Where(static ns => ns.IsAmbient).Select(static ns => ns.Name).ToHashSet();
            var (map, report) = await istio.TrafficAsync(request, ambient, cancellationToken).ConfigureAwait(false);
            await istio.DecorateAsync(map, request, cancellationToken).ConfigureAwait(false);
            Report(reports, report);
            return map;
        }
        catch (PrometheusException fault)
        {
            if (isStrict)
            {
                throw new MeshException(MeshFault.Unavailable, fault.Message, fault);
            }

            Report(reports, new EvidenceReport(Evidence.Istio, false, fault.Message));
            return null;
        }
    }

    private async Task<TrafficMap?> FromServiceGraphAsync(GraphRequest request, List<EvidenceReport> reports, CancellationToken cancellationToken)
    {
        if (istio is null)
        {
            return null;
        }

        try
        {
            var (map, report) = await ServiceGraphMetrics.TrafficAsync(istio.Prometheus, request, cancellationToken).ConfigureAwait(false);
            if (report.Taken == 0)
            {
                return null;
            }

            Report(reports, report);
            return map;
        }
        catch (PrometheusException fault)
        {
            Report(reports, new EvidenceReport(Evidence.ServiceGraphMetrics, false, fault.Message));
            return null;
        }
    }

    private async Task<TrafficMap?> FromSpansAsync(TenantId tenant, GraphRequest request, ClusterSnapshot snapshot, List<EvidenceReport> reports, CancellationToken cancellationToken)
    {
        if (spans is null)
        {
            return null;
        }

        var hops = await spans.HopsAsync(tenant, Asked(request), cancellationToken).ConfigureAwait(false);
        var (map, taken) = SpanGraph.Build(hops, request, snapshot);
        Report(reports, new EvidenceReport(Evidence.Spans, true, hops.Problem) { Taken = taken, Skipped = hops.Hops.Count - taken });
        return map;
    }

    private static HopQuery Asked(GraphRequest request) =>
        HopQuery.Before(request.Time, request.Duration, request.Has("aggregateNode") && !request.IsService);

    /// <summary>A namespace cannot have had traffic before it was made: a longer range would only thin its rates out.</summary>
    private GraphRequest ClampToAge(TenantId tenant, GraphRequest request)
    {
        var snapshot = ClusterOf(tenant);
        if (!snapshot.IsKnown || request.Namespaces.Count == 0)
        {
            return request;
        }

        var ages = request.Namespaces.Select(ns => snapshot.Namespaces.GetValueOrDefault(ns)?.CreatedAt is { } made ? request.Time - made : TimeSpan.MaxValue).ToList();
        var oldest = ages.Max();
        if (oldest <= TimeSpan.Zero)
        {
            throw new MeshException(MeshFault.BadRequest, $"namespace '{request.Namespaces[0]}' did not exist at {request.Time:u}");
        }

        return oldest < request.Duration ? request with { Duration = oldest } : request;
    }

    private static void Report(List<EvidenceReport> reports, EvidenceReport report)
    {
        lock (reports)
        {
            reports.Add(report);
        }
    }
}
