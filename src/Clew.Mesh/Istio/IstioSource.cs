using Clew.Mesh.Graph;
using Clew.Mesh.Prometheus;
using static Clew.Mesh.Istio.IstioQuery;

namespace Clew.Mesh.Istio;

/// <summary>
/// Evidence from Istio's metrics. The queries of all namespaces leave together; their answers are taken in a fixed order, so that the same
/// series always make the same graph.
/// </summary>
public sealed partial class IstioSource(PrometheusClient prometheus, IstioOptions options)
{
    private const string Requests = "istio_requests_total";
    private const string MessagesSent = "istio_request_messages_total";
    private const string MessagesReceived = "istio_response_messages_total";

    // Istio counts bytes from the server's side; Kiali's "sent" is what the client sent.
    private const string TcpSent = "istio_tcp_received_bytes_total";
    private const string TcpReceived = "istio_tcp_sent_bytes_total";

    public PrometheusClient Prometheus => prometheus;

    /// <summary>Nodes and edges with their rates, and nothing else.</summary>
    public async Task<(TrafficMap Map, EvidenceReport Report)> TrafficAsync(GraphRequest request, IReadOnlySet<string> ambientNamespaces, CancellationToken cancellationToken)
    {
        var traffic = new IstioTraffic(request, options);
        var write = new IstioQuery(request, prometheus.Options.QueryScope);
        TrafficMap map;
        if (request.Focus is { } focus)
        {
            map = await BuildAsync(request, traffic, NodeQueries(request, write, focus), cancellationToken).ConfigureAwait(false);
        }
        else
        {
            var namespaces = request.Namespaces.Distinct().Order(StringComparer.Ordinal).ToList();
            var asked = namespaces.Select(ns => AskAsync(NamespaceQueries(request, write, ns, ambientNamespaces.Contains(ns)), request, cancellationToken)).ToList();
            await Task.WhenAll(asked).ConfigureAwait(false);
            var all = new TrafficMap();
            foreach (var (ns, answers) in namespaces.Zip(asked))
            {
                NamespaceMerge.Into(all, ns, Assemble(request, traffic, await answers.ConfigureAwait(false)));
            }

            map = NamespaceMerge.Settle(all);
        }

        return (map, new EvidenceReport(Evidence.Istio, true, null) { Taken = traffic.Taken, Skipped = traffic.Skipped });
    }

    private async Task<TrafficMap> BuildAsync(GraphRequest request, IstioTraffic traffic, IReadOnlyList<TrafficQuery> queries, CancellationToken cancellationToken) =>
        Assemble(request, traffic, await AskAsync(queries, request, cancellationToken).ConfigureAwait(false));

    private static TrafficMap Assemble(GraphRequest request, IstioTraffic traffic, IReadOnlyList<(TrafficQuery Query, PromVector Answer)> answers)
    {
        var map = new TrafficMap();
        var assembler = new TrafficAssembler(map, request.Type, request.InjectServiceNodes || request.IsService);
        foreach (var (query, answer) in answers)
        {
            traffic.Add(assembler, query, answer);
        }

        return map;
    }

    private async Task<IReadOnlyList<(TrafficQuery Query, PromVector Answer)>> AskAsync(
        IReadOnlyList<TrafficQuery> queries, GraphRequest request, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(queries.Select(query => prometheus.QueryAsync(query.Text, request.Time, query.Labels, cancellationToken))).ConfigureAwait(false);
        return [.. queries.Zip(answers)];
    }

    /// <summary>
    /// What happened in and out of a namespace. Order matters, because of two reports of the same requests the first is taken: what never
    /// arrived, then what those who were called say, then what the callers say.
    /// </summary>
    private static List<TrafficQuery> NamespaceQueries(GraphRequest request, IstioQuery write, string ns, bool isAmbient)
    {
        var (source, destination) = (write.Reporter("source"), write.Reporter("destination"));
        var failed = $"{source},{NotEq("source_workload_namespace", ns)},destination_workload_namespace=\"unknown\",destination_workload=\"unknown\",{HostIn(ns)}";
        var gateway = $"reporter=\"source\",{NotEq("source_workload_namespace", ns)},{Eq("destination_workload_namespace", ns)}";
        var incoming = $"{destination},{Eq("destination_workload_namespace", ns)}";
        var outgoing = $"{source},{Eq("source_workload_namespace", ns)}";
        string[] requests = isAmbient ? [failed, gateway, incoming, outgoing] : [failed, incoming, outgoing];
        return Queries(request, write, requests, [failed, incoming, outgoing]);
    }

    private static List<TrafficQuery> NodeQueries(GraphRequest request, IstioQuery write, FocusNode focus)
    {
        var (source, destination) = (write.Reporter("source"), write.Reporter("destination"));
        if (focus.Workload.Length > 0)
        {
            string[] workload =
            [
                $"{destination},{Eq("destination_workload_namespace", focus.Namespace)},{Eq("destination_workload", focus.Workload)}{Cluster("destination_cluster", focus)}",
                $"{source},{Eq("source_workload_namespace", focus.Namespace)},{Eq("source_workload", focus.Workload)}{Cluster("source_cluster", focus)}",
            ];
            return Queries(request, write, workload, workload);
        }

        if (focus.App.Length > 0)
        {
            string[] app =
            [
                $"{destination},{Eq("destination_service_namespace", focus.Namespace)},{Eq("destination_canonical_service", focus.App)}{Version("destination_canonical_revision", focus)}{Cluster("destination_cluster", focus)}",
                $"{source},{Eq("source_workload_namespace", focus.Namespace)},{Eq("source_canonical_service", focus.App)}{Version("source_canonical_revision", focus)}{Cluster("source_cluster", focus)}",
            ];
            return Queries(request, write, app, app);
        }

        if (focus.Aggregate.Length > 0)
        {
            var of = $"{destination},{Eq("destination_service_namespace", focus.Namespace)},{Eq(focus.Aggregate, focus.AggregateValue)}";
            string[] aggregate = [focus.Service.Length > 0 ? $"{of},{Eq("destination_service_name", focus.Service)}" : of];
            return Queries(request, write, aggregate, []);
        }

        string[] service =
        [
            $"{source},destination_workload=\"unknown\",{HostOf(focus.Service, focus.Namespace)}{Cluster("destination_cluster", focus)}",
            $"{destination},{Eq("destination_service_namespace", focus.Namespace)},{HostOf(focus.Service, focus.Namespace)}{Cluster("destination_cluster", focus)}",
        ];
        return Queries(request, write, service, service);
    }

    private static List<TrafficQuery> Queries(GraphRequest request, IstioQuery write, IReadOnlyList<string> requestMatchers, IReadOnlyList<string> tcpMatchers)
    {
        var queries = new List<TrafficQuery>();
        if (request.Http || request.Grpc == MessageRate.Requests)
        {
            Add(Requests, requestMatchers, IstioLabels.Request, TrafficForm.Requests);
        }

        if (request.Grpc is MessageRate.Sent or MessageRate.Total)
        {
            Add(MessagesSent, requestMatchers, IstioLabels.Key, TrafficForm.Messages);
        }

        if (request.Grpc is MessageRate.Received or MessageRate.Total)
        {
            Add(MessagesReceived, requestMatchers, IstioLabels.Key, TrafficForm.Messages);
        }

        var tcp = tcpMatchers.Select(matchers => write.TcpFilter + matchers).ToList();
        if (request.Tcp is MessageRate.Sent or MessageRate.Total)
        {
            Add(TcpSent, tcp, IstioLabels.Tcp, TrafficForm.Tcp);
        }

        if (request.Tcp is MessageRate.Received or MessageRate.Total)
        {
            Add(TcpReceived, tcp, IstioLabels.Tcp, TrafficForm.Tcp);
        }

        return queries;

        void Add(string metric, IReadOnlyList<string> matchers, string[] labels, TrafficForm form) =>
            queries.AddRange(matchers.Select(matcher => new TrafficQuery(metric, write.Rate(metric, matcher, labels), labels, form)));
    }

    private static string Cluster(string label, FocusNode focus) => focus.Cluster.Length > 0 ? $",{Eq(label, focus.Cluster)}" : "";

    private static string Version(string label, FocusNode focus) => focus.Version.Length > 0 ? $",{Eq(label, focus.Version)}" : "";
}
