using System.Text.Json;
using Clew.Mesh.Graph;
using Clew.Mesh.Health;

namespace Clew.Api.Mesh;

/// <summary>Writes a graph by our own contract: numbers are numbers, each edge says what it rests on, and a comparison stands beside it.</summary>
internal static class GraphJson
{
    private static readonly MeshProtocol[] Protocols = [MeshProtocol.Grpc, MeshProtocol.Http, MeshProtocol.Tcp];

    private const int MaxExemplars = 6;

    public static void Write(Utf8JsonWriter json, MeshGraph graph, MeshGraph? before, (TimeSpan? Least, TimeSpan? Most) durations = default)
    {
        json.WriteStartObject();
        json.WriteNumber("time", graph.Time.ToUnixTimeSeconds());
        json.WriteNumber("durationSeconds", graph.Duration.TotalSeconds);
        json.WriteString("type", graph.Type.Name());
        json.WriteStartObject("durations");
        if (durations.Least is { } least)
        {
            json.WriteNumber("leastSeconds", least.TotalSeconds);
        }

        if (durations.Most is { } most)
        {
            json.WriteNumber("mostSeconds", most.TotalSeconds);
        }

        json.WriteEndObject();
        json.WriteStartArray("sources");
        foreach (var source in graph.Sources)
        {
            json.WriteStartObject();
            json.WriteString("source", Name(source.Source));
            json.WriteBoolean("used", source.IsUsed);
            json.WriteString("problem", source.Problem);
            json.WriteNumber("taken", source.Taken);
            json.WriteNumber("skipped", source.Skipped);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        var edges = graph.Edges.Select(static edge => (Edge: edge, Before: (MeshEdge?)null, IsGone: false)).ToList();
        var nodes = graph.Nodes.Select(static node => (Node: node, State: "")).ToList();
        if (before is not null)
        {
            (nodes, edges) = Compare(graph, before);
            json.WriteNumber("comparedWith", before.Time.ToUnixTimeSeconds());
        }

        var incoming = new Dictionary<string, ClassRates[]>(StringComparer.Ordinal);
        foreach (var (edge, _, isGone) in edges)
        {
            if (isGone)
            {
                continue;
            }

            if (!incoming.TryGetValue(edge.Target.Id, out var rates))
            {
                incoming.Add(edge.Target.Id, rates = new ClassRates[Protocols.Length]);
            }

            rates[(int)edge.Protocol].Add(edge.Rates);
        }

        json.WriteStartArray("nodes");
        foreach (var (node, state) in nodes)
        {
            WriteNode(json, node, state, incoming.GetValueOrDefault(node.Id));
        }

        json.WriteEndArray();
        json.WriteStartArray("edges");
        foreach (var (edge, earlier, isGone) in edges)
        {
            WriteEdge(json, edge, earlier, isGone, before is not null);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The elements of both moments: those that are gone are in the answer too, so that they can be shown as gone.</summary>
    private static (List<(MeshNode Node, string State)> Nodes, List<(MeshEdge Edge, MeshEdge? Before, bool IsGone)> Edges) Compare(MeshGraph graph, MeshGraph before)
    {
        var earlier = before.Edges.ToDictionary(static edge => edge.Id, StringComparer.Ordinal);
        var earlierNodes = before.Nodes.Select(static node => node.Id).ToHashSet(StringComparer.Ordinal);
        var now = graph.Edges.Select(static edge => edge.Id).ToHashSet(StringComparer.Ordinal);
        var nowNodes = graph.Nodes.Select(static node => node.Id).ToHashSet(StringComparer.Ordinal);
        var edges = graph.Edges.Select(edge => (edge, earlier.GetValueOrDefault(edge.Id), false))
            .Concat(before.Edges.Where(edge => !now.Contains(edge.Id)).Select(static edge => (edge, (MeshEdge?)edge, true))).ToList();
        var nodes = graph.Nodes.Select(node => (node, earlierNodes.Contains(node.Id) ? "" : "new"))
            .Concat(before.Nodes.Where(node => !nowNodes.Contains(node.Id)).Select(static node => (node, "gone"))).ToList();
        return (nodes, edges);
    }

    private static void WriteNode(Utf8JsonWriter json, MeshNode node, string state, ClassRates[]? incoming)
    {
        json.WriteStartObject();
        json.WriteString("id", node.Id);
        json.WriteString("kind", node.Kind.Name());
        json.WriteString("name", node.DisplayName);
        json.WriteString("cluster", node.Cluster);
        json.WriteString("namespace", node.Namespace);
        Text("workload", node.Workload);
        Text("app", node.App);
        Text("version", node.Version);
        Text("service", node.Service);
        Text("parent", node.Parent?.Id ?? "");
        Text("boxOf", node.BoxOf);
        Text("role", node.Role);
        Text("change", state);
        if (node.Aggregate is { } aggregate)
        {
            json.WriteString("operation", aggregate.Value);
        }

        KialiJson.WriteStrings(json, "evidence", Names(node.Evidence));
        KialiJson.WriteStrings(json, "flags", Flags(node));
        if (node.Labels.Count > 0)
        {
            json.WriteStartObject("labels");
            foreach (var (key, value) in node.Labels)
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
        }

        json.WriteStartArray("destServices");
        foreach (var service in node.DestServices)
        {
            json.WriteStartObject();
            json.WriteString("namespace", service.Namespace);
            json.WriteString("name", service.Name);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (node.Badges.VirtualServiceHosts.Count > 0)
        {
            KialiJson.WriteStrings(json, "virtualServiceHosts", node.Badges.VirtualServiceHosts);
        }

        if (node.GatewayHosts.Count > 0)
        {
            KialiJson.WriteStrings(json, "gatewayHosts", node.GatewayHosts);
        }

        json.WriteStartArray("traffic");
        foreach (var protocol in Protocols)
        {
            var into = incoming?[(int)protocol] ?? default;
            var outOf = new ClassRates();
            foreach (var edge in node.Edges)
            {
                if (edge.Protocol == protocol)
                {
                    outOf.Add(edge.Rates);
                }
            }

            if (into.Total > 0 || outOf.Total > 0)
            {
                json.WriteStartObject();
                json.WriteString("protocol", protocol.Name());
                json.WritePropertyName("in");
                WriteRates(json, into);
                json.WritePropertyName("out");
                WriteRates(json, outOf);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        json.WriteString("health", (node.Health?.Status ?? HealthStatus.NotApplicable).Name());
        if (node.Health is { Pods.Count: > 0 } health)
        {
            json.WriteStartArray("pods");
            foreach (var pod in health.Pods)
            {
                json.WriteStartObject();
                json.WriteString("workload", pod.Workload);
                json.WriteNumber("desired", pod.Desired);
                json.WriteNumber("available", pod.Available);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();

        void Text(string name, string value)
        {
            if (value.Length > 0)
            {
                json.WriteString(name, value);
            }
        }
    }

    private static void WriteRates(Utf8JsonWriter json, in ClassRates rates)
    {
        json.WriteStartObject();
        Number(json, "rate", rates.Total);
        Number(json, "errors", rates.Errors);
        Number(json, "redirects", rates.Redirect);
        Number(json, "clientErrors", rates.ClientError);
        Number(json, "serverErrors", rates.ServerError + rates.GrpcError);
        Number(json, "noResponse", rates.NoResponse);
        json.WriteEndObject();
    }

    private static void WriteEdge(Utf8JsonWriter json, MeshEdge edge, MeshEdge? earlier, bool isGone, bool isCompared)
    {
        var total = edge.Rates.Total;
        json.WriteStartObject();
        json.WriteString("id", edge.Id);
        json.WriteString("source", edge.Source.Id);
        json.WriteString("target", edge.Target.Id);
        json.WriteString("protocol", edge.Protocol.Name());
        KialiJson.WriteStrings(json, "evidence", Names(edge.Evidence));
        json.WriteString("health", edge.Health.Name());
        json.WritePropertyName("rates");
        WriteRates(json, edge.Rates);
        Number(json, "errorPercent", total > 0 ? edge.Rates.Errors / total * 100 : 0);
        var outOf = edge.Source.Edges.Where(other => other.Protocol == edge.Protocol).Sum(static other => other.Rates.Total);
        Number(json, "requestPercent", outOf > 0 ? total / outOf * 100 : 0);
        json.WriteStartArray("codes");
        foreach (var (code, split) in edge.Responses.Where(static response => response.Value.Total > 0))
        {
            json.WriteStartObject();
            json.WriteString("code", code);
            Number(json, "percent", total > 0 ? split.Total / total * 100 : 0);
            WriteShares(json, "flags", split.Flags, total);
            WriteShares(json, "hosts", split.Hosts, total);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteLatency(json, "latency", edge.Latency);
        WriteLatency(json, "clientLatency", edge.ClientLatency);
        if (edge.Throughput is { } bytes)
        {
            Number(json, "throughput", bytes);
        }

        if (edge.MutualTlsPercent is { } encrypted)
        {
            json.WriteStartObject("mtls");
            Number(json, "percent", encrypted);
            json.WriteString("sourcePrincipal", edge.SourcePrincipal);
            json.WriteString("destPrincipal", edge.DestPrincipal);
            json.WriteEndObject();
        }

        if (edge.SampledShare < 1 || edge.IsSampledUnknown)
        {
            json.WriteStartObject("sampled");
            Number(json, "share", edge.SampledShare);
            json.WriteBoolean("unknown", edge.IsSampledUnknown);
            json.WriteEndObject();
        }

        json.WriteStartArray("exemplars");
        foreach (var exemplar in edge.Exemplars.OrderByDescending(static one => one.IsError).ThenByDescending(static one => one.DurationMs).DistinctBy(static one => one.TraceId).Take(MaxExemplars))
        {
            WriteExemplar(json, exemplar);
        }

        json.WriteEndArray();
        if (isCompared)
        {
            WriteChange(json, edge, earlier, isGone);
        }

        json.WriteEndObject();
    }

    public static void WriteExemplar(Utf8JsonWriter json, in EdgeExemplar exemplar)
    {
        json.WriteStartObject();
        json.WriteString("traceId", exemplar.TraceId);
        Number(json, "durationMs", exemplar.DurationMs);
        json.WriteBoolean("error", exemplar.IsError);
        json.WriteNumber("startMs", exemplar.StartUnixNano / 1_000_000);
        json.WriteEndObject();
    }

    private static void WriteChange(Utf8JsonWriter json, MeshEdge edge, MeshEdge? earlier, bool isGone)
    {
        json.WriteString("change", isGone ? "gone" : earlier is null ? "new" : Changed(edge, earlier));
        if (earlier is null)
        {
            return;
        }

        json.WriteStartObject("before");
        Number(json, "rate", earlier.Rates.Total);
        Number(json, "errorPercent", earlier.Rates.Total > 0 ? earlier.Rates.Errors / earlier.Rates.Total * 100 : 0);
        WriteLatency(json, "latency", earlier.Latency);
        json.WriteEndObject();
    }

    /// <summary>What somebody would call changed: a point more of errors and half as many again, or half as slow again and ten milliseconds.</summary>
    private static string Changed(MeshEdge now, MeshEdge before)
    {
        var (errorsNow, errorsBefore) = (Percent(now), Percent(before));
        if (errorsNow - errorsBefore >= 1 && errorsNow >= errorsBefore * 1.5)
        {
            return "failing";
        }

        if (now.Latency?.QuantileMs(0.95) is { } slow && before.Latency?.QuantileMs(0.95) is { } fast)
        {
            if (slow >= fast * 1.5 && slow - fast >= 10)
            {
                return "slower";
            }

            if (fast >= slow * 1.5 && fast - slow >= 10)
            {
                return "faster";
            }
        }

        return errorsBefore - errorsNow >= 1 && errorsBefore >= errorsNow * 1.5 ? "recovered" : "same";

        static double Percent(MeshEdge edge) => edge.Rates.Total > 0 ? edge.Rates.Errors / edge.Rates.Total * 100 : 0;
    }

    private static void WriteLatency(Utf8JsonWriter json, string name, LatencyHistogram? latency)
    {
        if (latency is null || latency.IsEmpty)
        {
            return;
        }

        json.WriteStartObject(name);
        Optional("avg", latency.MeanMs);
        Optional("p50", latency.QuantileMs(0.5));
        Optional("p95", latency.QuantileMs(0.95));
        Optional("p99", latency.QuantileMs(0.99));
        json.WriteEndObject();

        void Optional(string member, double? value)
        {
            if (value is { } ms)
            {
                Number(json, member, ms);
            }
        }
    }

    private static void WriteShares(Utf8JsonWriter json, string name, SortedDictionary<string, double> rates, double total)
    {
        json.WriteStartObject(name);
        foreach (var (key, rate) in rates.Where(static entry => entry.Value > 0))
        {
            Number(json, key, total > 0 ? rate / total * 100 : 0);
        }

        json.WriteEndObject();
    }

    /// <summary>Six digits after the point are more than any source measures.</summary>
    public static void Number(Utf8JsonWriter json, string name, double value) => json.WriteNumber(name, Math.Round(double.IsFinite(value) ? value : 0, 6));

    public static string Name(Evidence evidence) => evidence switch
    {
        Evidence.Spans => "spans",
        Evidence.Istio => "istio",
        Evidence.Kubernetes => "kubernetes",
        _ => "servicegraph",
    };

    public static IEnumerable<string> Names(Evidence evidence) =>
        new[] { Evidence.Spans, Evidence.Istio, Evidence.Kubernetes, Evidence.ServiceGraphMetrics }.Where(one => evidence.HasFlag(one)).Select(Name);

    private static IEnumerable<string> Flags(MeshNode node) => new[]
    {
        ("root", node.IsRoot), ("outside", node.IsOutside), ("inaccessible", node.IsInaccessible), ("injected", node.IsInjected), ("idle", node.IsIdle), ("dead", node.IsDead),
        ("outOfMesh", node.IsOutOfMesh), ("ambient", node.IsAmbient), ("waypoint", node.IsWaypoint), ("gateway", node.IsGateway), ("serviceEntry", node.ServiceEntry is not null),
        ("workloadEntry", node.WorkloadEntries.Count > 0), ("virtualService", node.Badges.HasVirtualService), ("circuitBreaker", node.Badges.CircuitBreaker),
        ("faultInjection", node.Badges.FaultInjection), ("mirroring", node.Badges.Mirroring), ("requestRouting", node.Badges.RequestRouting),
        ("requestTimeout", node.Badges.RequestTimeout), ("trafficShifting", node.Badges.TrafficShifting), ("tcpTrafficShifting", node.Badges.TcpTrafficShifting),
    }.Where(static flag => flag.Item2).Select(static flag => flag.Item1);
}
