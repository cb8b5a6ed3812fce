using System.Globalization;
using Clew.Mesh.Graph;
using Clew.Mesh.Prometheus;
using Clew.Mesh.Spans;
using Clew.Model;

namespace Clew.Mesh;

/// <summary>One thing that was looked at: <c>ok</c>, <c>warning</c> or <c>problem</c>. The code names it, the text says it in English.</summary>
public sealed record MeshFinding(string Code, string State, string Subject, string Text);

/// <summary>Answers "why is the graph empty?".</summary>
public sealed partial class MeshService
{
    private const string Ok = "ok";
    private const string Warning = "warning";
    private const string Problem = "problem";

    /// <summary>Below this share of traced requests, rare calls are missing in a graph of spans.</summary>
    private const double LowSampling = 0.05;

    public async Task<IReadOnlyList<MeshFinding>> DiagnoseAsync(TenantId tenant, GraphRequest request, CancellationToken cancellationToken)
    {
        var findings = new List<MeshFinding>();
        foreach (var hidden in request.Namespaces.Where(ns => !MayAsk(tenant, ns)))
        {
            findings.Add(new MeshFinding("namespace_hidden", Problem, hidden, $"Namespace '{hidden}' does not exist or may not be seen. Choose another, or add it to mesh.namespaces."));
        }

        await DiagnoseSpansAsync(findings, tenant, request, cancellationToken).ConfigureAwait(false);
        await DiagnosePrometheusAsync(findings, tenant, request, cancellationToken).ConfigureAwait(false);
        DiagnoseCluster(findings, tenant, request);
        return findings;
    }

    private async Task DiagnoseSpansAsync(List<MeshFinding> findings, TenantId tenant, GraphRequest request, CancellationToken cancellationToken)
    {
        if (spans is null)
        {
            findings.Add(new MeshFinding("no_store", Warning, "", "This process keeps no spans, so that its graph is made of metrics alone. Run it with a data folder to add spans."));
            return;
        }

        var hops = await spans.HopsAsync(tenant, HopQuery.Before(request.Time, request.Duration), cancellationToken).ConfigureAwait(false);
        if (hops.Hops.Count == 0)
        {
            var day = await spans.HopsAsync(tenant, HopQuery.Before(request.Time, TimeSpan.FromDays(1)), cancellationToken).ConfigureAwait(false);
            findings.Add(day.Hops.Count > 0
                ? new MeshFinding("spans_earlier", Warning, LastSeen(day), "There are spans of the last day, but none in this time range. Choose a longer duration.")
                : new MeshFinding("no_spans", Problem, "", "No spans were received in the last day. Send OTLP to 4317 or 4318, or Zipkin to 9411; in Istio, set the tracing address and a sampling rate above 0."));
            return;
        }

        findings.Add(new MeshFinding("spans", Ok, hops.Hops.Sum(static hop => hop.Count).ToString(CultureInfo.InvariantCulture), "Spans tell of requests in this time range."));
        if (request.Namespaces.Count > 0)
        {
            var named = hops.Hops.SelectMany(static hop => new[] { hop.Source, hop.Target }).Where(static party => MeshNames.IsOk(party.App)).ToList();
            foreach (var ns in request.Namespaces.Where(ns => !named.Exists(party => party.NodeNamespace == ns)))
            {
                var near = named.Where(static party => !MeshNames.IsOk(party.NodeNamespace)).Select(static party => party.App).Distinct().Take(5).ToList();
                if (near.Count > 0)
                {
                    findings.Add(new MeshFinding("name_mismatch", Warning, string.Join(", ", near),
                        $"Spans of {string.Join(", ", near)} name no namespace, so that they are not in '{ns}'. Set service.namespace or k8s.namespace.name, or name services app.namespace as Istio does."));
                }
            }
        }

        if (hops.Problem is { } limit)
        {
            findings.Add(new MeshFinding("spans_limited", Warning, limit, $"Not all spans were read: {limit}."));
        }
    }

    private static string LastSeen(Spans.SpanHops hops)
    {
        var last = hops.Hops.SelectMany(static hop => hop.Exemplars).Select(static exemplar => exemplar.StartUnixNano).DefaultIfEmpty(0).Max();
        return UnixNano.ToTime(last).ToString("O", CultureInfo.InvariantCulture);
    }

    private async Task DiagnosePrometheusAsync(List<MeshFinding> findings, TenantId tenant, GraphRequest request, CancellationToken cancellationToken)
    {
        if (istio is null)
        {
            findings.Add(new MeshFinding("no_prometheus", Warning, "", "No Prometheus server is configured, so that there are no true rates, no TCP and no encryption. Set mesh.prometheus.url."));
            return;
        }

        if (!IsMeshOf(tenant))
        {
            findings.Add(new MeshFinding("not_your_mesh", Warning, "", "The metrics belong to another tenant's mesh. Set mesh.tenant to the tenant that may see them."));
            return;
        }

        try
        {
            var now = request.Time;
            var all = await istio.Prometheus.QueryAsync("count(istio_requests_total)", now, [], cancellationToken).ConfigureAwait(false);
            if (all.Rows.Count == 0)
            {
                findings.Add(new MeshFinding("no_istio_series", Problem, "istio_requests_total",
                    "Prometheus answers, but has no istio_requests_total at this time. Check that it scrapes the proxies, that telemetry is on, and that it is the right server."));
                return;
            }

            findings.Add(new MeshFinding("prometheus", Ok, "", "Prometheus answers and has Istio's metrics."));
            var complete = await istio.Prometheus.QueryAsync("count(istio_requests_total{source_workload_namespace!=\"\",destination_service_namespace!=\"\",response_code!=\"\",response_flags!=\"\",request_protocol!=\"\"})", now, [], cancellationToken).ConfigureAwait(false);
            if (complete.Rows.Count == 0)
            {
                findings.Add(new MeshFinding("labels_missing", Problem, "istio_requests_total",
                    "Istio's metrics lack labels that the graph needs (source and destination workload, service, response_code, response_flags, request_protocol). A Telemetry resource or a relabelling drops them."));
            }

            foreach (var ns in request.Namespaces.Take(20))
            {
                var escaped = ns.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
                var traffic = await istio.Prometheus.QueryAsync(
                    $"sum(rate(istio_requests_total{{destination_workload_namespace=\"{escaped}\"}}[{(long)Math.Max(60, request.Duration.TotalSeconds)}s])) > 0 or sum(rate(istio_requests_total{{source_workload_namespace=\"{escaped}\"}}[{(long)Math.Max(60, request.Duration.TotalSeconds)}s])) > 0",
                    now, [], cancellationToken).ConfigureAwait(false);
                if (traffic.Rows.Count == 0)
                {
                    findings.Add(new MeshFinding("no_traffic", Warning, ns, $"No requests went in or out of '{ns}' in this time range. A rate needs two scrapes: choose a longer duration, or send requests."));
                }
            }

            await DiagnoseSamplingAsync(findings, tenant, request, cancellationToken).ConfigureAwait(false);
            var (scrape, _) = await istio.Prometheus.IntervalsAsync(cancellationToken).ConfigureAwait(false);
            if (scrape is { } interval && request.Duration < interval * 2)
            {
                findings.Add(new MeshFinding("duration_short", Warning, interval.TotalSeconds.ToString(CultureInfo.InvariantCulture), $"Prometheus scrapes every {interval.TotalSeconds:0} s; a rate needs two scrapes. Choose at least {interval.TotalSeconds * 2:0} s."));
            }
        }
        catch (PrometheusException fault)
        {
            findings.Add(new MeshFinding("prometheus_unreachable", Problem, fault.Message, fault.Message));
        }
    }

    /// <summary>
    /// The requests that spans tell of, against those that the proxies counted: what is missing between them was sampled away, or never
    /// sent. Istio samples one request in a hundred unless it is told otherwise.
    /// </summary>
    private async Task DiagnoseSamplingAsync(List<MeshFinding> findings, TenantId tenant, GraphRequest request, CancellationToken cancellationToken)
    {
        if (spans is null)
        {
            return;
        }

        var scope = request.Namespaces.Count == 0 ? "" : $",destination_workload_namespace=~\"{string.Join('|', request.Namespaces.Select(static ns => System.Text.RegularExpressions.Regex.Escape(ns).Replace("\\", "\\\\", StringComparison.Ordinal)))}\"";
        var seconds = (long)Math.Max(60, request.Duration.TotalSeconds);
        var counted = await istio!.Prometheus.QueryAsync($"sum(rate(istio_requests_total{{reporter=\"destination\"{scope}}}[{seconds}s]))", request.Time, [], cancellationToken).ConfigureAwait(false);
        var requests = counted.Rows.Sum(static row => row.Value);
        var told = await spans.HopsAsync(tenant, HopQuery.Before(request.Time, request.Duration), cancellationToken).ConfigureAwait(false);
        var traced = told.Hops.Where(hop => request.Namespaces.Count == 0 || request.Namespaces.Contains(hop.Target.NodeNamespace)).Sum(static hop => hop.Count) / told.Seconds;
        if (requests <= 0 || traced / requests >= LowSampling)
        {
            return;
        }

        var share = (traced / requests * 100).ToString("0.##", CultureInfo.InvariantCulture);
        findings.Add(traced <= 0
            ? new MeshFinding("sampling_none", Warning, "", "Istio counts requests, but no spans of them arrive. Name this server's Zipkin port 9411 or OTLP port 4317 as tracing provider in meshConfig (extensionProviders or defaultConfig.tracing), and set its sampling above 0.")
            : new MeshFinding("sampling_low", Warning, share, $"Spans tell of {share} % of the requests that Istio counts; it samples 1 % unless told otherwise. Raise meshConfig.defaultConfig.tracing.sampling, or randomSamplingPercentage of the Telemetry resource."));
    }

    private void DiagnoseCluster(List<MeshFinding> findings, TenantId tenant, GraphRequest request)
    {
        if (cluster is null)
        {
            findings.Add(new MeshFinding("no_kubernetes", Warning, "", "The Kubernetes API is not read, so that idle workloads and missing sidecars are not shown. Set mesh.kubernetes: true."));
            return;
        }

        if (cluster.Problem is { } problem)
        {
            findings.Add(new MeshFinding("kubernetes_unreachable", Problem, problem, problem));
        }

        var snapshot = ClusterOf(tenant);
        foreach (var ns in request.Namespaces.Where(ns => ns != options.Istio.IstioNamespace))
        {
            var workloads = snapshot.Workloads.Values.Where(workload => workload.Namespace == ns && !workload.IsGateway && !workload.IsWaypoint && !workload.IsAmbient).ToList();
            var without = workloads.Where(static workload => !workload.HasSidecar).Select(static workload => workload.Name).ToList();
            if (without.Count > 0)
            {
                findings.Add(new MeshFinding("no_sidecar", Warning, string.Join(", ", without.Take(10)),
                    $"Workloads of '{ns}' without a sidecar report nothing: {string.Join(", ", without.Take(10))}. Label the namespace istio-injection=enabled and restart them."));
            }
        }
    }
}
