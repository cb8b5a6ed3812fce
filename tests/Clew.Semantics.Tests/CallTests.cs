using Clew.Model;
using Clew.Semantics.Nodes;
using Clew.Semantics.Pairing;

namespace Clew.Semantics.Tests;

public sealed class CallTests
{
    private static readonly byte[] Shop = Kit.Resource(("service.name", "shop"));
    private static readonly byte[] Cart = Kit.Resource(("service.name", "cart"));
    private static readonly byte[] ShopProxy = Kit.Resource(("service.name", "shop.prod"));
    private static readonly byte[] CartProxy = Kit.Resource(("service.name", "cart.prod"));

    [Fact]
    public void Client_and_server_are_one_call_and_a_root_comes_from_the_user()
    {
        var calls = Kit.Calls(
            (Shop, Kit.Span(1, 0, SpanKind.Server, "GET /")),
            (Shop, Kit.Span(2, 1, SpanKind.Client, "call", duration: 50)),
            (Cart, Kit.Span(3, 2, SpanKind.Server, "GET /cart", duration: 30)));
        Assert.Equal(2, calls.Count);
        Assert.Equal((ServiceNode.User, "shop", CallPairing.Root, -1), (calls[0].Client, calls[0].Server.App, calls[0].Pairing, calls[0].ClientNanos));
        Assert.Equal(("shop", "cart", CallPairing.Paired, 50, 30, "GET /cart"), Ends(calls[1]));
    }

    [Fact]
    public void Four_spans_of_a_hop_through_two_sidecars_are_one_call()
    {
        var call = Assert.Single(Hop(shared: false));
        Assert.Equal(("shop", "cart", CallPairing.Paired, 100, 80, "cart.prod.svc.cluster.local:80/*"), Ends(call));
        Assert.Equal(("prod", "shop", "prod", "cart", "v2"), (call.Client.Namespace, call.Client.Service, call.Server.Namespace, call.Server.Service, call.Server.Version));
        Assert.Equal(("http", "503", "UF", true), (call.Protocol, call.Code, call.Flags, call.IsError));
    }

    [Fact]
    public void Sidecars_that_share_a_span_id_are_one_call() =>
        Assert.Equal(("shop", "cart", CallPairing.Paired, 100, 80, "cart.prod.svc.cluster.local:80/*"), Ends(Assert.Single(Hop(shared: true))));

    [Fact]
    public void Calls_do_not_depend_on_the_order_of_spans()
    {
        var spans = HopSpans(shared: false);
        var expected = Assert.Single(Kit.Calls(spans));
        var random = new Random(3);
        for (var i = 0; i < 50; i++)
        {
            random.Shuffle(spans);
            Assert.Equal(expected, Assert.Single(Kit.Calls(spans)));
        }
    }

    [Fact]
    public void Sidecars_alone_make_the_call_too()
    {
        var call = Assert.Single(Kit.Calls(HopSpans(shared: false).Where(span => span.Resource != Shop && span.Resource != Cart).ToArray()), call => call.Pairing == CallPairing.Paired);
        Assert.Equal(("shop", "cart", "prod", "prod"), (call.Client.App, call.Server.App, call.Client.Namespace, call.Server.Namespace));
    }

    [Fact]
    public void Service_that_calls_itself_is_a_call()
    {
        var calls = Kit.Calls((Shop, Kit.Span(2, 9, SpanKind.Client)), (Shop, Kit.Span(3, 2, SpanKind.Server)));
        Assert.Equal(("shop", "shop"), (Assert.Single(calls).Client.App, calls[0].Server.App));
    }

    [Fact]
    public void Server_span_under_a_server_span_of_its_node_is_no_call()
    {
        var calls = Kit.Calls((Shop, Kit.Span(1, 0, SpanKind.Server)), (Shop, Kit.Span(2, 1, SpanKind.Server)), (Shop, Kit.Span(3, 2, SpanKind.Internal)));
        Assert.Equal(CallPairing.Root, Assert.Single(calls).Pairing);
    }

    [Fact]
    public void Server_whose_caller_has_no_client_span_is_still_called_by_it()
    {
        var calls = Kit.Calls((Shop, Kit.Span(1, 0, SpanKind.Server)), (Shop, Kit.Span(2, 1, SpanKind.Internal)), (Cart, Kit.Span(3, 2, SpanKind.Server)));
        Assert.Equal(("shop", "cart", CallPairing.Paired, -1, 100, "op"), Ends(calls[1]));
    }

    [Fact]
    public void Halves_without_a_partner_say_so()
    {
        var calls = Kit.Calls(
            (Cart, Kit.Span(1, 77, SpanKind.Server)),
            (Cart, Kit.Span(2, 1, SpanKind.Client, attributes: [("peer.service", "billing")])),
            (Cart, Kit.Span(3, 1, SpanKind.Client)),
            (Cart, Kit.Span(4, 1, SpanKind.Client, attributes: [("db.system", "redis")])));
        Assert.Equal(
            [("unknown", "cart", CallPairing.Orphan), ("cart", "billing", CallPairing.ClientOnly), ("cart", "unknown", CallPairing.ClientOnly), ("cart", "redis", CallPairing.ClientOnly)],
            calls.Select(call => (call.Client.App, call.Server.App, call.Pairing)));
        Assert.Equal(ConnectionKind.Database, calls[3].Connection);
    }

    [Fact]
    public void Database_call_with_a_connection_inside_is_one_call()
    {
        var calls = Kit.Calls(
            (Cart, Kit.Span(1, 9, SpanKind.Client, "SELECT", attributes: [("db.system", "postgresql"), ("db.name", "orders")])),
            (Cart, Kit.Span(2, 1, SpanKind.Client, "connect", attributes: [("net.peer.name", "pg")])));
        Assert.Equal(("cart", "orders", CallPairing.ClientOnly, 100, -1, "SELECT"), Ends(Assert.Single(calls)));
    }

    [Fact]
    public void Application_behind_its_sidecar_calls_an_external_host_once()
    {
        var calls = Kit.Calls(
            (Shop, Kit.Span(1, 9, SpanKind.Client, attributes: [("http.url", "https://pay.example.com/x")])),
            (ShopProxy, Kit.Span(2, 1, SpanKind.Client, attributes: [("component", "proxy"), ("upstream_cluster", "PassthroughCluster")])));
        Assert.Equal(("shop", "pay.example.com"), (Assert.Single(calls).Client.App, calls[0].Server.App));
    }

    [Fact]
    public void Waypoint_tells_both_sides_in_one_span_and_does_not_count_twice()
    {
        (string, object)[] tags =
        [
            ("istio.source_workload", "shop"), ("istio.source_namespace", "prod"), ("istio.source_canonical_service", "shop"),
            ("istio.destination_workload", "cart-v2"), ("istio.destination_namespace", "prod"), ("istio.destination_canonical_service", "cart"), ("component", "proxy"),
        ];
        var waypoint = Kit.Resource(("service.name", "waypoint.prod"));
        var alone = Assert.Single(Kit.Calls((waypoint, Kit.Span(5, 4, SpanKind.Server, attributes: tags))));
        Assert.Equal(("shop", "cart", "cart-v2", CallPairing.Paired), (alone.Client.App, alone.Server.App, alone.Server.Workload, alone.Pairing));
        var all = Kit.Calls(
            (Shop, Kit.Span(4, 9, SpanKind.Client, duration: 90)),
            (waypoint, Kit.Span(5, 4, SpanKind.Server, duration: 80, attributes: tags)),
            (waypoint, Kit.Span(6, 5, SpanKind.Client, duration: 70, attributes: tags)),
            (Cart, Kit.Span(7, 6, SpanKind.Server, duration: 60)));
        Assert.Equal(("shop", "cart", CallPairing.Paired, 90, 80, "op"), Ends(Assert.Single(all)));
    }

    [Fact]
    public void Message_from_producer_to_each_consumer_is_a_call_whose_sending_counts_once()
    {
        var calls = Kit.Calls(
            (Shop, Kit.Span(1, 9, SpanKind.Producer, attributes: [("messaging.system", "kafka")])),
            (Cart, Kit.Span(2, 1, SpanKind.Consumer)),
            (Kit.Resource(("service.name", "mail")), Kit.Span(3, 1, SpanKind.Consumer)));
        Assert.Equal([("cart", 100L), ("mail", -1L)], calls.Select(call => (call.Server.App, call.ClientNanos)));
        Assert.All(calls, call => Assert.Equal((ConnectionKind.Messaging, "kafka"), (call.Connection, call.Protocol)));
    }

    [Fact]
    public void Weight_of_a_trace_that_jaeger_sampled_holds_for_all_of_its_spans()
    {
        var calls = Kit.Calls(
            (Shop, Kit.Span(1, 0, SpanKind.Server, attributes: [("sampler.type", "probabilistic"), ("sampler.param", 0.25)])),
            (Shop, Kit.Span(2, 1, SpanKind.Client)), (Cart, Kit.Span(3, 2, SpanKind.Server)));
        Assert.All(calls, call => Assert.Equal(4 * SamplingWeight.One, call.Weight));
    }

    [Fact]
    public void Parents_that_form_a_loop_end()
    {
        var calls = Kit.Calls(
            (Shop, Kit.Span(1, 2, SpanKind.Client)), (Shop, Kit.Span(2, 1, SpanKind.Client)), (Shop, Kit.Span(3, 3, SpanKind.Internal)), (Cart, Kit.Span(4, 3, SpanKind.Server)));
        Assert.Contains(calls, call => call.Server.App == "cart");
    }

    [Fact]
    public void A_span_that_came_twice_counts_once()
    {
        var calls = Kit.Calls((Shop, Kit.Span(1, 0, SpanKind.Server)), (Shop, Kit.Span(1, 0, SpanKind.Server)));
        Assert.Single(calls);
    }

    private static (string, string, CallPairing, long, long, string) Ends(in Call call) =>
        (call.Client.App, call.Server.App, call.Pairing, call.ClientNanos, call.ServerNanos, call.Operation);

    private static List<Call> Hop(bool shared) => Kit.Calls(HopSpans(shared));

    private static (byte[] Resource, byte[] Span)[] HopSpans(bool shared) =>
    [
        (Shop, Kit.Span(1, 9, SpanKind.Client, "GET", duration: 100, attributes: [("http.method", "GET"), ("http.url", "http://cart/x")])),
        (ShopProxy, Kit.Span(2, 1, SpanKind.Client, "cart.prod.svc.cluster.local:80/*", duration: 90, attributes:
        [
            ("component", "proxy"), ("http.status_code", "503"), ("response_flags", "UF"), ("istio.canonical_service", "shop"), ("istio.namespace", "prod"),
            ("upstream_cluster", "outbound|80||cart.prod.svc.cluster.local"),
        ])),
        (CartProxy, Kit.Span(shared ? 2u : 3u, shared ? 1u : 2u, SpanKind.Server, "cart.prod.svc.cluster.local:80/*", duration: 80, attributes:
        [
            ("component", "proxy"), ("http.status_code", "503"), ("istio.canonical_service", "cart"), ("istio.canonical_revision", "v2"), ("istio.namespace", "prod"),
            ("upstream_cluster", "inbound|80||"),
        ])),
        (Cart, Kit.Span(4, shared ? 2u : 3u, SpanKind.Server, "GET /x", duration: 70)),
    ];
}
