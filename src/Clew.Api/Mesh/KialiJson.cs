using System.Text.Json;
using Clew.Mesh.Graph;
using Clew.Mesh.Health;
using Clew.Mesh.Kubernetes;

namespace Clew.Api.Mesh;

/// <summary>Writes a graph in the shape that Kiali's clients read: numbers are text, and what is zero or empty is left out.</summary>
internal static class KialiJson
{
    private static readonly MeshProtocol[] Protocols = [MeshProtocol.Grpc, MeshProtocol.Http, MeshProtocol.Tcp];

    public static void Write(Utf8JsonWriter json, MeshGraph graph, GraphRequest request)
    {
        json.WriteStartObject();
        json.WriteNumber("timestamp", graph.Time.ToUnixTimeSeconds());
        json.WriteNumber("duration", (long)request.Duration.TotalSeconds);
        json.WriteString("graphType", graph.Type.Name());
        json.WriteStartObject("elements");
        json.WriteStartArray("nodes");
        foreach (var node in graph.Nodes)
        {
            WriteNode(json, node);
        }

        json.WriteEndArray();
        json.WriteStartArray("edges");
        foreach (var edge in graph.Edges)
        {
            WriteEdge(json, edge, request);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteNode(Utf8JsonWriter json, MeshNode node)
    {
        json.WriteStartObject();
        json.WriteStartObject("data");
        json.WriteString("id", node.Id);
        Text("parent", node.Parent?.Id ?? "");
        json.WriteString("nodeType", node.Kind.Name());
        json.WriteString("cluster", node.Cluster);
        json.WriteString("namespace", node.Namespace);
        Text("workload", node.Workload);
        Text("app", node.App);
        Text("version", node.Version);
        Text("service", node.Service);
        if (node.Aggregate is { } aggregate)
        {
            json.WriteString("aggregate", aggregate.Attribute);
            json.WriteString("aggregateValue", aggregate.Value);
        }

        if (node.DestServices.Count > 0)
        {
            json.WriteStartArray("destServices");
            foreach (var service in node.DestServices)
            {
                json.WriteStartObject();
                json.WriteString("cluster", service.Cluster);
                json.WriteString("namespace", service.Namespace);
                json.WriteString("name", service.Name);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (node.Labels.Count > 0)
        {
            json.WriteStartObject("labels");
            foreach (var (key, value) in node.Labels.OrderBy(static label => label.Key, StringComparer.Ordinal))
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
        }

        WriteTraffic(json, node);
        json.WritePropertyName("healthData");
        WriteHealth(json, node.Health);
        Text("isBox", node.BoxOf);
        Flag("isRoot", node.IsRoot);
        Flag("isOutside", node.IsOutside);
        Flag("isInaccessible", node.IsInaccessible);
        Flag("isInjected", node.IsInjected);
        Flag("isIdle", node.IsIdle);
        Flag("isDead", node.IsDead);
        Flag("isOutOfMesh", node.IsOutOfMesh);
        Flag("isAmbient", node.IsAmbient);
        Flag("isWaypoint", node.IsWaypoint);
        if (node.IsGateway)
        {
            json.WriteStartObject("isGateway");
            json.WriteStartObject("ingressInfo");
            Strings("hostnames", node.GatewayHosts);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        if (node.ServiceEntry is { } entry)
        {
            json.WriteStartObject("isServiceEntry");
            Strings("hosts", entry.Hosts);
            json.WriteString("location", entry.Location);
            json.WriteString("namespace", entry.Namespace);
            json.WriteEndObject();
        }

        WriteBadges(json, node);
        json.WriteEndObject();
        json.WriteEndObject();

        void Text(string name, string value)
        {
            if (value.Length > 0)
            {
                json.WriteString(name, value);
            }
        }

        void Flag(string name, bool value)
        {
            if (value)
            {
                json.WriteBoolean(name, true);
            }
        }

        void Strings(string name, IEnumerable<string> values) => WriteStrings(json, name, values);
    }

    private static void WriteBadges(Utf8JsonWriter json, MeshNode node)
    {
        var badges = node.Badges;
        if (badges.HasVirtualService)
        {
            json.WriteStartObject("hasVS");
            WriteStrings(json, "hostnames", badges.VirtualServiceHosts);
            json.WriteEndObject();
        }

        foreach (var (name, isSet) in new[]
        {
            ("hasCB", badges.CircuitBreaker), ("hasFaultInjection", badges.FaultInjection), ("hasMirroring", badges.Mirroring), ("hasRequestRouting", badges.RequestRouting),
            ("hasRequestTimeout", badges.RequestTimeout), ("hasTCPTrafficShifting", badges.TcpTrafficShifting), ("hasTrafficShifting", badges.TrafficShifting),
        })
        {
            if (isSet)
            {
                json.WriteBoolean(name, true);
            }
        }

        if (node.WorkloadEntries.Count > 0)
        {
            json.WriteStartArray("hasWorkloadEntry");
            foreach (var entry in node.WorkloadEntries)
            {
                json.WriteStartObject();
                json.WriteString("name", entry);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    }

    private static void WriteTraffic(Utf8JsonWriter json, MeshNode node)
    {
        if (node.Traffic.IsEmpty)
        {
            return;
        }

        json.WriteStartArray("traffic");
        foreach (var protocol in Protocols)
        {
            ref var into = ref node.Traffic.In(protocol);
            var outOf = node.Traffic.Out(protocol);
            if (into.Total <= 0 && outOf <= 0)
            {
                continue;
            }

            var name = protocol.Name();
            json.WriteStartObject();
            json.WriteString("protocol", name);
            json.WriteStartObject("rates");
            Rate(json, $"{name}In", into.Total);
            Rate(json, $"{name}In3xx", into.Redirect);
            Rate(json, $"{name}In4xx", into.ClientError);
            Rate(json, $"{name}In5xx", into.ServerError);
            Rate(json, $"{name}InErr", into.GrpcError);
            Rate(json, $"{name}InNoResponse", into.NoResponse);
            Rate(json, $"{name}Out", outOf);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteEdge(Utf8JsonWriter json, MeshEdge edge, GraphRequest request)
    {
        json.WriteStartObject();
        json.WriteStartObject("data");
        json.WriteString("id", edge.Id);
        json.WriteString("source", edge.Source.Id);
        json.WriteString("target", edge.Target.Id);
        if (edge.MutualTlsPercent is { } encrypted && KialiNumbers.Whole(encrypted) is var percent and not "0")
        {
            json.WriteString("isMTLS", percent);
        }

        if (Latency(edge, request) is > 0 and var latency)
        {
            json.WriteString("responseTime", KialiNumbers.Whole(latency));
        }

        if (edge.Throughput is > 0 and var bytes)
        {
            json.WriteString("throughput", KialiNumbers.Whole(bytes));
        }

        if (edge.SourcePrincipal.Length > 0)
        {
            json.WriteString("sourcePrincipal", edge.SourcePrincipal);
        }

        if (edge.DestPrincipal.Length > 0)
        {
            json.WriteString("destPrincipal", edge.DestPrincipal);
        }

        if (edge.Health != HealthStatus.NotApplicable)
        {
            json.WriteString("healthStatus", edge.Health.Name());
        }

        if (edge.WaypointDirection.Length > 0)
        {
            json.WriteStartObject("waypoint");
            json.WriteString("direction", edge.WaypointDirection);
            json.WriteEndObject();
        }

        WriteEdgeTraffic(json, edge);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static double? Latency(MeshEdge edge, GraphRequest request) =>
        request.LatencyQuantile is { } quantile ? edge.Latency?.QuantileMs(quantile) : edge.Latency?.MeanMs;

    private static void WriteEdgeTraffic(Utf8JsonWriter json, MeshEdge edge)
    {
        var name = edge.Protocol.Name();
        var total = edge.Rates.Total;
        json.WriteStartObject("traffic");
        json.WriteString("protocol", name);
        if (total > 0)
        {
            json.WriteStartObject("rates");
            Rate(json, name, total);
            if (edge.Protocol != MeshProtocol.Tcp)
            {
                Rate(json, $"{name}3xx", edge.Rates.Redirect);
                Rate(json, $"{name}4xx", edge.Rates.ClientError);
                Rate(json, $"{name}5xx", edge.Rates.ServerError);
                Rate(json, $"{name}Err", edge.Rates.GrpcError);
                Rate(json, $"{name}NoResponse", edge.Rates.NoResponse);
                Percent(json, $"{name}PercentErr", edge.Rates.Errors / total * 100);
                var all = edge.Source.Traffic.Out(edge.Protocol);
                Percent(json, $"{name}PercentReq", all > 0 ? total / all * 100 : 0);
            }

            json.WriteEndObject();
            json.WriteStartObject("responses");
            foreach (var (code, split) in edge.Responses)
            {
                json.WriteStartObject(code);
                WriteShares(json, "flags", split.Flags, total);
                WriteShares(json, "hosts", split.Hosts, total);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteShares(Utf8JsonWriter json, string name, SortedDictionary<string, double> rates, double total)
    {
        if (rates.Count == 0)
        {
            return;
        }

        json.WriteStartObject(name);
        foreach (var (key, rate) in rates)
        {
            json.WriteString(key, KialiNumbers.Percent(rate / total * 100));
        }

        json.WriteEndObject();
    }

    public static void WriteHealth(Utf8JsonWriter json, NodeHealth? health)
    {
        if (health is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        json.WriteStartObject("requests");
        WriteRates(json, "inbound", health.Inbound);
        WriteRates(json, "outbound", health.Outbound);
        json.WriteStartObject("healthAnnotations");
        if (health.Annotation is { } annotation)
        {
            json.WriteString(HealthRules.Annotation, annotation);
        }

        json.WriteEndObject();
        json.WriteEndObject();
        if (health.Pods.Count > 0)
        {
            json.WriteStartArray("workloadStatuses");
            foreach (var pod in health.Pods)
            {
                json.WriteStartObject();
                json.WriteString("name", pod.Workload);
                json.WriteNumber("desiredReplicas", pod.Desired);
                json.WriteNumber("currentReplicas", pod.Current);
                json.WriteNumber("availableReplicas", pod.Available);
                json.WriteNumber("syncedProxies", pod.SyncedProxies);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteStartObject("status");
        json.WriteString("status", health.Status.Name());
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteRates(Utf8JsonWriter json, string direction, CodeRates rates)
    {
        json.WriteStartObject(direction);
        foreach (var protocol in rates.All.GroupBy(static rate => rate.Protocol).OrderBy(static group => group.Key))
        {
            json.WriteStartObject(protocol.Key.Name());
            foreach (var (_, code, rate) in protocol.OrderBy(static rate => rate.Code, StringComparer.Ordinal))
            {
                json.WriteNumber(code, Math.Round(rate, 3));
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    public static void WriteStrings(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private static void Rate(Utf8JsonWriter json, string name, double value)
    {
        if (value > 0)
        {
            json.WriteString(name, KialiNumbers.Rate(value));
        }
    }

    private static void Percent(Utf8JsonWriter json, string name, double value)
    {
        if (value > 0)
        {
            json.WriteString(name, KialiNumbers.Percent(value));
        }
    }
}
