using Clew.Mesh.Graph;
using Clew.Mesh.Istio;

namespace Clew.Mesh.Tests;

public sealed class TrafficTests
{
    private static readonly Party Cart = new("c", "shop", "cart-v1", "cart", "v1", "shop", "cart");
    private static readonly Party Web = new("c", "shop", "web-v1", "web", "v1", "shop", "web");
    private static readonly Party Stock = new("c", "shop", "stock-v1", "stock", "v1", "shop", "stock");

    [Theory]
    [InlineData(MeshProtocol.Http, "200", "0", "200")]
    [InlineData(MeshProtocol.Http, "0", "", "-")]
    [InlineData(MeshProtocol.Grpc, "200", "14", "14")]
    [InlineData(MeshProtocol.Grpc, "200", "", "200")]
    [InlineData(MeshProtocol.Grpc, "503", "0", "503")]
    [InlineData(MeshProtocol.Grpc, "0", "0", "-")]
    public void Code_is_the_status_that_the_protocol_means(MeshProtocol protocol, string code, string grpc, string expected) =>
        Assert.Equal(expected, IstioTraffic.Code(protocol, code, grpc));

    [Theory]
    [InlineData("10.2.3.4", true)]
    [InlineData("10.2.3.4:9080", true)]
    [InlineData("reviews:9080", false)]
    [InlineData("10.2.3", false)]
    [InlineData("1.2.3.4.example.com", false)]
    public void Address_is_four_numbers_and_perhaps_a_port(string host, bool expected) => Assert.Equal(expected, IstioTraffic.IsAddress(host));

    [Fact]
    public void Series_that_both_proxies_report_is_counted_once()
    {
        var map = Build(false, (Web, Cart, "200", 10, "same"), (Web, Cart, "200", 10, "same"), (Web, Cart, "500", 2, "other"));

        var edge = Assert.Single(map.Edges);
        Assert.Equal(12, edge.Rates.Total);
        Assert.Equal(2, edge.Rates.ServerError);
        Assert.Equal(12, edge.Source.Traffic.Out(MeshProtocol.Http));
    }

    [Fact]
    public void Service_nodes_stand_between_callers_and_called()
    {
        var map = Build(true, (Web, Cart, "200", 10, "a"));

        Assert.Equal(["cart", "cart"], map.Nodes.Where(static node => node.DestServices.Count > 0).Select(static node => node.DestServices.Single().Name));
        Assert.Equal(2, map.Edges.Count());
        Assert.Contains(map.Nodes, static node => node is { Kind: NodeKind.Service, Service: "cart", IsInjected: true });
    }

    [Fact]
    public void Service_graph_has_services_only_and_sums_what_goes_through_workloads()
    {
        var second = Cart with { Workload = "cart-v2", Version = "v2" };
        var map = ServiceGraph.Reduce(Build(true, (Web, Cart, "200", 6, "a"), (Web, second, "200", 4, "b"), (Cart, Stock, "200", 3, "c"), (second, Stock, "500", 2, "d")));

        var call = map.Edges.Single(static edge => edge.Target.Service == "stock");
        Assert.Equal("cart", call.Source.Service);
        Assert.Equal(5, call.Rates.Total);
        Assert.Equal(2, call.Rates.ServerError);
        Assert.Equal(5, call.Source.Traffic.Out(MeshProtocol.Http));
        Assert.Equal(["web-v1"], map.Nodes.Where(static node => node.Kind != NodeKind.Service).Select(static node => node.Workload));
    }

    [Fact]
    public void Merge_of_namespaces_keeps_the_copy_of_the_nodes_own_and_counts_an_edge_once()
    {
        var other = Stock with { Namespace = "depot", ServiceNamespace = "depot" };
        var shop = Build(false, (Web, Cart, "200", 5, "a"), (Cart, other, "200", 3, "b"));
        var depot = Build(false, (Cart, other, "200", 3, "b"), (other, Stock, "200", 1, "c"));
        var all = new TrafficMap();
        NamespaceMerge.Into(all, "depot", depot);
        NamespaceMerge.Into(all, "shop", shop);
        NamespaceMerge.Settle(all);

        Assert.Equal([1, 3, 5], all.Edges.Select(static edge => edge.Rates.Total).Order());
        Assert.Equal(3, all.Find("wl_c_shop_cart-v1")!.Traffic.Out(MeshProtocol.Http));
        Assert.All(all.Edges, edge => Assert.Same(all.Find(edge.Target.Key), edge.Target));
    }

    [Fact]
    public void Box_needs_two_members_and_namespaces_need_each_other()
    {
        var alone = Build(false, (Web, Cart, "200", 5, "a"));
        Assert.Empty(Boxes.Add([.. alone.Nodes], byApp: true, byNamespace: true, byCluster: true));

        var second = Cart with { Workload = "cart-v2", Version = "v2" };
        var map = Build(false, (Web, Cart, "200", 5, "a"), (Web, second, "200", 5, "b"), (Cart, Stock with { Namespace = "depot" }, "200", 5, "c"), (Cart, Web with { Namespace = "depot" }, "200", 5, "d"));
        var boxes = Boxes.Add([.. map.Nodes], byApp: true, byNamespace: true, byCluster: true);

        Assert.Equal(["app cart", "namespace shop", "namespace depot"], boxes.Select(static box => $"{box.BoxOf} {box.DisplayName}"));
        Assert.Equal("namespace", boxes[0].Parent!.BoxOf);
    }

    [Fact]
    public void Operation_takes_its_share_of_an_edge_and_the_rest_stays()
    {
        var map = Build(false, (Web, Cart, "200", 10, "a"));
        Operations.Move(map, map.Edges.Single(), "request_operation", "Checkout", "200", "-", "cart", 4);
        Operations.Clean(map);

        Assert.Equal([4, 4, 6], map.Edges.Select(static edge => edge.Rates.Total).Order());
    }

    [Fact]
    public void Quantiles_of_merged_histograms_are_those_of_all_requests()
    {
        var left = new LatencyHistogram();
        left.AddBucket(0, 10, 50);
        var right = new LatencyHistogram();
        right.AddBucket(0, 10, 40);
        right.AddBucket(10, 100, 10);
        left.Add(right);

        Assert.Equal(10 * 50 / 90.0, left.QuantileMs(0.5)!.Value, 6);
        Assert.Equal(10 + (90 * 0.5), left.QuantileMs(0.95)!.Value, 6);
        Assert.Null(new LatencyHistogram().QuantileMs(0.5));
    }

    [Fact]
    public void Evidence_of_spans_joins_edges_of_metrics_and_does_not_add_their_rates()
    {
        var metrics = Build(false, (Web, Cart, "200", 10, "a"));
        var nowhere = MeshNames.Unknown;
        var spans = Build(false, (Web with { Cluster = nowhere }, Cart with { Cluster = nowhere }, "200", 1, "a"), (Cart with { Cluster = nowhere }, Stock with { Cluster = nowhere }, "200", 2, "b"));
        foreach (var edge in spans.Edges)
        {
            edge.Evidence = Evidence.Spans;
        }

        EvidenceMerge.Into(metrics, spans);

        Assert.Equal([(10.0, Evidence.Istio | Evidence.Spans), (2.0, Evidence.Spans)], metrics.Edges.Select(static edge => (edge.Rates.Total, edge.Evidence)).OrderByDescending(static edge => edge.Total));
        Assert.Equal(3, metrics.Nodes.Count);
    }

    private static TrafficMap Build(bool inject, params (Party Source, Party Target, string Code, double Rate, string Series)[] hops)
    {
        var map = new TrafficMap();
        var assembler = new TrafficAssembler(map, GraphType.Workload, inject);
        foreach (var (source, target, code, rate, series) in hops)
        {
            assembler.Add(new HopSample(source, target, MeshProtocol.Http, code, "-", "host", rate, series, Evidence.Istio));
        }

        return map;
    }
}
