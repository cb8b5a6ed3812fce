using Clew.Mesh.Graph;
using Clew.Mesh.Health;
using CsCheck;

namespace Clew.Mesh.Tests;

/// <summary>What must hold for any traffic: identity, sums, encryption, health.</summary>
public sealed class GraphPropertyTests
{
    private static readonly Gen<string> Word = Gen.OneOf("", MeshNames.Unknown, "a", "b");

    private static readonly Gen<Party> Parties = Gen.Select(Gen.OneOf("east", "west"), Word, Word, Word, Gen.OneOf("", "latest", "v1", "v2"), Word, Word,
        static (cluster, ns, workload, app, version, serviceNs, service) => new Party(cluster, ns, workload, app, version, serviceNs, service));

    private static readonly Gen<(int From, int To, bool IsGrpc, string Code, int Rate)> Hops = Gen.Select(
        Gen.Int[0, 4], Gen.Int[0, 4], Gen.Bool, Gen.OneOf("200", "301", "404", "503", "-"), Gen.Int[1, 1000]);

    [Fact]
    public void Identity_is_a_function_of_what_its_kind_names_and_of_nothing_else() => Gen.Select(Parties, Parties, Gen.Enum<GraphType>()).Sample(static (one, other, type) =>
    {
        if (NodeIdentity.Of(one, type) is not var (key, kind))
        {
            return !MeshNames.IsOk(one.Workload) && !MeshNames.IsOk(one.App) && !MeshNames.IsOk(one.Service);
        }

        var prefix = key.Split('_')[0];
        var (changed, means) = (one, true);
        switch (prefix)
        {
            case "wl":
                // An app graph names a workload only where no app is known.
                changed = one with { Version = other.Version, Service = MeshNames.IsOk(one.Namespace) ? other.Service : one.Service };
                means = kind == NodeKind.Workload && key.EndsWith($"_{one.Workload}", StringComparison.Ordinal);
                break;
            case "app":
                changed = type == GraphType.App ? one with { Workload = other.Workload, Version = other.Version } : one;
                means = kind == NodeKind.App && key.EndsWith($"_{one.App}", StringComparison.Ordinal);
                break;
            case "vapp":
                means = kind == NodeKind.App && type == GraphType.VersionedApp;
                break;
            case "svc":
                changed = one with { Version = other.Version };
                means = kind == NodeKind.Service;
                break;
            default:
                means = kind == NodeKind.Unknown && key == $"{one.Cluster}_unknown_source";
                break;
        }

        return means && NodeIdentity.Of(changed, type)?.Key == key;
    });

    [Fact]
    public void Sums_of_edges_and_nodes_are_the_traffic_whatever_its_order_and_way() => Gen.Select(Hops.List[1, 40], Gen.Enum<GraphType>(), Gen.Bool).Sample(static (hops, type, inject) =>
    {
        var map = Build(hops, type, inject);
        var total = hops.Sum(static hop => (double)hop.Rate);

        // With service nodes between, each request goes over one edge into the service and one out of it.
        var viaServices = map.Nodes.Where(static node => node.IsInjected).SelectMany(static node => node.Edges).Sum(static edge => edge.Rates.Total);
        var direct = map.Edges.Sum(static edge => edge.Rates.Total) - viaServices;
        var errors = hops.Sum(static hop => Errors(hop.IsGrpc, hop.Code) * hop.Rate);
        return Near(direct, total)
            && (inject ? Near(viaServices, total) : viaServices == 0)
            && Near(map.Edges.Where(static edge => !edge.Source.IsInjected).Sum(static edge => edge.Rates.Errors), errors)
            && map.Edges.All(static edge => Near(edge.Rates.Total, edge.Responses.Values.Sum(static split => split.Total)))
            && map.Nodes.All(node => Near(
                node.Traffic.In(MeshProtocol.Http).Total + node.Traffic.In(MeshProtocol.Grpc).Total, map.Edges.Where(edge => edge.Target == node).Sum(static edge => edge.Rates.Total)));
    });

    [Fact]
    public void Service_graph_keeps_every_request_into_a_service() => Hops.List[1, 40].Sample(static hops =>
    {
        var whole = Build(hops, GraphType.Service, inject: true);
        var into = whole.Nodes.Where(static node => node.Kind == NodeKind.Service).ToDictionary(static node => node.Service, static node => node.Traffic.In(MeshProtocol.Http).Total + node.Traffic.In(MeshProtocol.Grpc).Total);
        var reduced = ServiceGraph.Reduce(whole);

        return into.All(service => Near(reduced.Edges.Where(edge => edge.Target.Service == service.Key).Sum(static edge => edge.Rates.Total), service.Value));
    });

    [Fact]
    public void Encryption_of_an_edge_is_the_weighted_sum_of_its_series_and_that_of_a_joined_edge_of_its_parts() => Gen.Select(Gen.Double[0.001, 1000], Gen.Bool).List[1, 20].Sample(static series =>
    {
        var (whole, left, right) = (Edge(), Edge(), Edge());
        for (var i = 0; i < series.Count; i++)
        {
            var (rate, encrypted) = series[i];
            foreach (var edge in new[] { whole, i % 2 == 0 ? left : right })
            {
                edge.SecurityRate += rate;
                edge.MutualTlsRate += encrypted ? rate : 0;
            }
        }

        left.AddFacts(right);
        var expected = series.Where(static one => one.Item2).Sum(static one => one.Item1) / series.Sum(static one => one.Item1) * 100;
        return Near(whole.MutualTlsPercent!.Value, expected) && Near(left.MutualTlsPercent!.Value, expected) && whole.MutualTlsPercent is >= 0 and <= 100.0000001;
    });

    [Fact]
    public void An_edge_of_which_nobody_says_anything_is_not_called_open() => Assert.Null(Edge().MutualTlsPercent);

    [Fact]
    public void Health_follows_the_table_and_never_gets_better_with_more_errors() =>
        Gen.Select(Gen.Int[1, 1_000_000], Gen.Int[0, 1_000_000], Gen.OneOf(("5XX", "503", 0.0, 10.0), ("4XX", "404", 10.0, 20.0), ("none", "-", 0.0, 10.0))).Sample(static (total, failed, rule) =>
        {
            var errors = Math.Min(total, failed);
            var percent = errors * 100.0 / total;
            var expected = errors == 0 ? HealthStatus.Healthy : percent >= rule.Item4 ? HealthStatus.Failure : percent >= rule.Item3 ? HealthStatus.Degraded : HealthStatus.Healthy;
            var now = Judge(rule.Item2, total, errors);
            return (now == expected || Math.Abs(percent - rule.Item3) < 1e-6 || Math.Abs(percent - rule.Item4) < 1e-6)
                && HealthNames.Worse(now, Judge(rule.Item2, total, Math.Max(0, errors - 1))) == now;
        });

    [Fact]
    public void Quantile_of_a_histogram_lies_in_the_bucket_that_holds_it() => Gen.Select(Gen.Int[0, 60].List[1, 200], Gen.Double[0.01, 0.99]).Sample(static (steps, q) =>
    {
        var histogram = new LatencyHistogram();
        foreach (var step in steps)
        {
            // Bucket n holds what is above 2^((n-1)/4) and up to 2^(n/4).
            histogram.AddBucket(step == 0 ? 0 : Math.Pow(2, (step - 1) / 4.0), Math.Pow(2, step / 4.0), 1);
        }

        var holder = steps.Order().ElementAt(Math.Max(0, (int)Math.Ceiling(q * steps.Count) - 1));
        var found = histogram.QuantileMs(q)!.Value;
        return found >= (holder == 0 ? 0 : Math.Pow(2, (holder - 1) / 4.0)) - 1e-9 && found <= Math.Pow(2, holder / 4.0) + 1e-9;
    });

    private static HealthStatus Judge(string code, int total, int errors)
    {
        var rates = new CodeRates();
        rates.Add(MeshProtocol.Http, "200", total - errors);
        rates.Add(MeshProtocol.Http, code, errors);
        return HealthCalculator.Judge(rates, HealthCalculator.Inbound, HealthRules.Standard);
    }

    private static int Errors(bool isGrpc, string code) => code == "-" || code[0] is '4' or '5' ? 1 : isGrpc && code is not "0" && code.Length < 3 ? 1 : 0;

    private static TrafficMap Build(List<(int From, int To, bool IsGrpc, string Code, int Rate)> hops, GraphType type, bool inject)
    {
        var map = new TrafficMap();
        var assembler = new TrafficAssembler(map, type, inject);
        for (var i = 0; i < hops.Count; i++)
        {
            var hop = hops[i];
            assembler.Add(new HopSample(
                Named(hop.From), Named(hop.To), hop.IsGrpc ? MeshProtocol.Grpc : MeshProtocol.Http, hop.Code, "-", "", hop.Rate, $"series{i}", Evidence.Spans));
        }

        return map;
    }

    private static Party Named(int n) => new("east", "shop", $"w{n}", $"a{n / 2}", $"v{n % 2}", "shop", $"s{n / 2}");

    private static MeshEdge Edge() => new(new MeshNode("a", NodeKind.App), new MeshNode("b", NodeKind.App), MeshProtocol.Http);

    private static bool Near(double one, double other) => Math.Abs(one - other) <= 1e-6 * Math.Max(1, Math.Abs(other));
}
