using System.Globalization;
using Clew.Mesh.Graph;
using Clew.Mesh.Prometheus;
using static Clew.Mesh.Istio.IstioQuery;

namespace Clew.Mesh.Istio;

/// <summary>What is put onto edges that exist: response times, encryption, bytes, operations.</summary>
public sealed partial class IstioSource
{
    private const string DurationBucket = "istio_request_duration_milliseconds_bucket";
    private const string DurationSum = "istio_request_duration_milliseconds_sum";
    private const string DurationCount = "istio_request_duration_milliseconds_count";

    /// <summary>
    /// Decorates the edges of a graph with what the request asks for. Must come before the graph is reduced to services, so that what is
    /// known of workloads adds up.
    /// </summary>
    public async Task DecorateAsync(TrafficMap map, GraphRequest request, CancellationToken cancellationToken)
    {
        var hasRequests = request.Http || request.Grpc == MessageRate.Requests;
        var write = new IstioQuery(request, prometheus.Options.QueryScope);
        var namespaces = request.Namespaces.Distinct().Order(StringComparer.Ordinal).ToList();
        var assembler = new TrafficAssembler(map, request.Type, request.InjectServiceNodes || request.IsService);
        var reader = new IstioTraffic(request, options);

        // All queries leave at once; their answers are worked in one after the other.
        var latency = hasRequests && request.Has("responseTime") ? AskLatencyAsync(write, request, namespaces.Select(ns => ("destination", $"{write.Reporter("destination")},{Eq("destination_service_namespace", ns)}")), cancellationToken) : null;
        var security = request.Has("securityPolicy") ? AskSecurityAsync(write, request, namespaces, cancellationToken) : null;
        var throughput = request.Http && request.Has("throughput") ? AskThroughputAsync(write, request, namespaces, cancellationToken) : null;
        var operations = hasRequests && !request.IsService && request.Has("aggregateNode") ? AskOperationsAsync(write, request, namespaces, cancellationToken) : null;
        await Task.WhenAll(new Task?[] { latency, security, throughput, operations }.OfType<Task>()).ConfigureAwait(false);
        if (latency is not null)
        {
            var measured = new Dictionary<string, string>(StringComparer.Ordinal);
            AddLatency(await latency.ConfigureAwait(false), measured, assembler, reader);

            // Those who were called measured first. The callers are asked only where somebody who was called did not measure, and of
            // namespaces whose calls lack a time: histograms are the largest answers of all.
            var silent = namespaces.Where(ns => map.Edges.Any(edge => edge.Source.Namespace == ns && edge.Protocol != MeshProtocol.Tcp && edge.Latency is null)).ToList();
            if (silent.Count > 0)
            {
                AddLatency(
                    await AskLatencyAsync(write, request, silent.Select(ns => ("source", $"{write.Reporter("source")},{Eq("source_workload_namespace", ns)}")), cancellationToken).ConfigureAwait(false),
                    measured, assembler, reader);
            }
        }

        if (security is not null)
        {
            AddSecurity(await security.ConfigureAwait(false), assembler, reader);
        }

        if (throughput is not null)
        {
            AddThroughput(await throughput.ConfigureAwait(false), assembler, reader);
        }

        if (operations is not null)
        {
            AddOperations(await operations.ConfigureAwait(false), map, assembler, reader, request.AggregateLabel);
        }
    }

    private async Task<IReadOnlyList<(string Side, PromVector Buckets, PromVector Sums, PromVector Counts)>> AskLatencyAsync(
        IstioQuery write, GraphRequest request, IEnumerable<(string Side, string Matcher)> matchers, CancellationToken cancellationToken) =>
        await Task.WhenAll(matchers.Select(async matcher =>
        {
            var buckets = prometheus.QueryAsync(write.ExactRate(DurationBucket, matcher.Matcher, IstioLabels.LatencyBucket), request.Time, IstioLabels.LatencyBucket, cancellationToken);
            var sums = prometheus.QueryAsync(write.ExactRate(DurationSum, matcher.Matcher, IstioLabels.Latency), request.Time, IstioLabels.Latency, cancellationToken);
            var counts = prometheus.QueryAsync(write.ExactRate(DurationCount, matcher.Matcher, IstioLabels.Latency), request.Time, IstioLabels.Latency, cancellationToken);
            return (matcher.Side, await buckets.ConfigureAwait(false), await sums.ConfigureAwait(false), await counts.ConfigureAwait(false));
        })).ConfigureAwait(false);

    private static void AddLatency(
        IReadOnlyList<(string Side, PromVector Buckets, PromVector Sums, PromVector Counts)> answers, Dictionary<string, string> measured,
        TrafficAssembler assembler, IstioTraffic reader)
    {
        foreach (var (side, buckets, sums, counts) in answers)
        {
            var series = new Dictionary<string, (PromVector.Row Row, LatencyHistogram Histogram)>(StringComparer.Ordinal);
            foreach (var group in buckets.Rows.GroupBy(static row => KeyOf(row, IstioLabels.Latency.Length)))
            {
                var histogram = Start(series, group.Key, group.First());
                double below = 0, lower = 0;
                foreach (var (upper, count) in group.Select(static row => (Upper(row["le"]), row.Value)).OrderBy(static bucket => bucket.Item1))
                {
                    histogram.AddBucket(lower, upper, Math.Max(0, count - below));
                    (below, lower) = (Math.Max(below, count), upper);
                }
            }

            var requests = counts.Rows.ToDictionary(static row => KeyOf(row, IstioLabels.Latency.Length), static row => row.Value, StringComparer.Ordinal);
            foreach (var row in sums.Rows)
            {
                var key = KeyOf(row, IstioLabels.Latency.Length);
                Start(series, key, row).AddSum(row.Value, requests.GetValueOrDefault(key));
            }

            foreach (var (key, (row, histogram)) in series)
            {
                // Both sides of a hop measure it; an answer of another namespace may repeat the series.
                if (measured.TryAdd(key, side) && IstioTraffic.Protocol(row["request_protocol"]) is { } protocol
                    && reader.Parties(row) is var (source, target) && assembler.FindPath(source, target, protocol) is { } path)
                {
                    foreach (var edge in path.Edges)
                    {
                        (edge.Latency ??= new LatencyHistogram()).Add(histogram);
                    }
                }
            }
        }

        static LatencyHistogram Start(Dictionary<string, (PromVector.Row Row, LatencyHistogram Histogram)> series, string key, in PromVector.Row row)
        {
            if (!series.TryGetValue(key, out var known))
            {
                series.Add(key, known = (row, new LatencyHistogram()));
            }

            return known.Histogram;
        }
    }

    private async Task<IReadOnlyList<(MeshProtocol? Protocol, PromVector Answer)>> AskSecurityAsync(
        IstioQuery write, GraphRequest request, IReadOnlyList<string> namespaces, CancellationToken cancellationToken)
    {
        var metrics = new List<(MeshProtocol? Protocol, string Metric)>();
        if (request.Http || request.Grpc != MessageRate.None)
        {
            metrics.Add((null, Requests));
        }

        if (request.Tcp is MessageRate.Sent or MessageRate.Total)
        {
            metrics.Add((MeshProtocol.Tcp, TcpSent));
        }

        if (request.Tcp is MessageRate.Received or MessageRate.Total)
        {
            metrics.Add((MeshProtocol.Tcp, TcpReceived));
        }

        var destination = write.Reporter("destination");
        var asked = new List<Task<(MeshProtocol?, PromVector)>>();
        foreach (var ns in namespaces)
        {
            List<string> matchers =
            [
                $"{destination},{NotEq("source_workload_namespace", ns)},{Eq("destination_service_namespace", ns)}",
                $"{destination},{Eq("source_workload_namespace", ns)}",
            ];
            if (request.Ambient is AmbientTraffic.Total or AmbientTraffic.Ztunnel)
            {
                matchers.Add($"app=\"ztunnel\",reporter=\"source\",{Eq("source_workload_namespace", ns)}");
            }

            foreach (var (protocol, metric) in metrics)
            {
                asked.AddRange(matchers.Select(async matcher => (protocol, await prometheus.QueryAsync(
                    write.ExactRate(metric, matcher, IstioLabels.Security), request.Time, IstioLabels.Security, cancellationToken).ConfigureAwait(false))));
            }
        }

        return await Task.WhenAll(asked).ConfigureAwait(false);
    }

    /// <summary>
    /// Rates add up over every series of an edge and protocol: two series with the same policy are twice the traffic, and HTTP and TCP
    /// between the same two have shares of their own.
    /// </summary>
    private static void AddSecurity(IReadOnlyList<(MeshProtocol? Protocol, PromVector Answer)> answers, TrafficAssembler assembler, IstioTraffic reader)
    {
        var seen = new HashSet<(MeshProtocol, string)>();
        foreach (var (of, answer) in answers)
        {
            foreach (var row in answer.Rows)
            {
                if ((of ?? IstioTraffic.Protocol(row["request_protocol"])) is not { } protocol || !seen.Add((protocol, KeyOf(row, IstioLabels.Security.Length)))
                    || reader.Parties(row) is not var (source, target) || assembler.FindPath(source, target, protocol) is not { } path)
                {
                    continue;
                }

                foreach (var edge in path.Edges)
                {
                    edge.SecurityRate += row.Value;
                    edge.MutualTlsRate += row["connection_security_policy"] == "mutual_tls" ? row.Value : 0;
                    edge.SourcePrincipal = First(edge.SourcePrincipal, row["source_principal"]);
                    edge.DestPrincipal = First(edge.DestPrincipal, row["destination_principal"]);
                }
            }
        }

        static string First(string known, string found) => known.Length > 0 || !MeshNames.IsOk(found) ? known : found;
    }

    private async Task<IReadOnlyList<PromVector>> AskThroughputAsync(
        IstioQuery write, GraphRequest request, IReadOnlyList<string> namespaces, CancellationToken cancellationToken)
    {
        var (metric, reporter) = request.ThroughputOfRequests
            ? ("istio_request_bytes_sum", write.Reporter("source"))
            : ("istio_response_bytes_sum", write.Reporter("destination"));
        return await Task.WhenAll(namespaces.SelectMany(ns => new[]
        {
            $"{reporter},{NotEq("source_workload_namespace", ns)},{Eq("destination_service_namespace", ns)}",
            $"{reporter},{Eq("source_workload_namespace", ns)}",
        }).Select(matcher => prometheus.QueryAsync(write.ExactRate(metric, matcher, IstioLabels.Throughput), request.Time, IstioLabels.Throughput, cancellationToken))).ConfigureAwait(false);
    }

    private static void AddThroughput(IReadOnlyList<PromVector> answers, TrafficAssembler assembler, IstioTraffic reader)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in answers.SelectMany(static answer => answer.Rows))
        {
            if (!seen.Add(KeyOf(row, IstioLabels.Throughput.Length)) || reader.Parties(row) is not var (source, target)
                || assembler.FindPath(source, target, IstioTraffic.Protocol(row["request_protocol"]) ?? MeshProtocol.Http) is not { } path)
            {
                continue;
            }

            foreach (var edge in path.Edges)
            {
                edge.Throughput = (edge.Throughput ?? 0) + row.Value;
            }
        }
    }

    private async Task<IReadOnlyList<PromVector>> AskOperationsAsync(
        IstioQuery write, GraphRequest request, IReadOnlyList<string> namespaces, CancellationToken cancellationToken)
    {
        string[] labels = [.. IstioLabels.Request, request.AggregateLabel];
        var destination = write.Reporter("destination");
        return await Task.WhenAll(namespaces.SelectMany(ns => new[]
        {
            $"{destination},{NotEq("source_workload_namespace", ns)},{Eq("destination_service_namespace", ns)}",
            $"{destination},{Eq("source_workload_namespace", ns)}",
        }).Select(matcher => prometheus.QueryAsync(
            write.Rate(Requests, $"{matcher},{request.AggregateLabel}!=\"\",{request.AggregateLabel}!=\"unknown\"", labels), request.Time, labels, cancellationToken))).ConfigureAwait(false);
    }

    private static void AddOperations(IReadOnlyList<PromVector> answers, TrafficMap map, TrafficAssembler assembler, IstioTraffic reader, string label)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in answers.SelectMany(static answer => answer.Rows))
        {
            if (!seen.Add(KeyOf(row, IstioLabels.Request.Length + 1)) || IstioTraffic.Protocol(row["request_protocol"]) is not { } protocol
                || reader.Parties(row) is not var (source, target) || assembler.FindPath(source, target, protocol)?.First is not { } edge)
            {
                continue;
            }

            var code = row["response_code"].Length == 0 ? "-" : IstioTraffic.Code(protocol, row["response_code"], row["grpc_response_status"]);
            Operations.Move(map, edge, label, row[label], code, row["response_flags"], row["destination_service"], row.Value);
        }

        Operations.Clean(map);
    }

    private static double Upper(string le) =>
        le is "+Inf" or "Inf" ? double.PositiveInfinity : double.TryParse(le, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : double.PositiveInfinity;

    private static string KeyOf(PromVector.Row row, int labels)
    {
        var values = new string[labels];
        for (var i = 0; i < labels; i++)
        {
            values[i] = row.At(i);
        }

        return string.Join('\u001f', values);
    }
}
