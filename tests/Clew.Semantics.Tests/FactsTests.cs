using Clew.Model;
using Clew.Semantics.Nodes;

namespace Clew.Semantics.Tests;

public sealed class FactsTests
{
    [Fact]
    public void Old_and_new_conventions_of_http_mean_the_same()
    {
        var older = Kit.Facts(
            SpanKind.Client, ("http.method", "GET"), ("http.status_code", 503), ("http.route", "/cart/{id}"), ("net.peer.name", "cart"), ("net.peer.port", 8080));
        var newer = Kit.Facts(
            SpanKind.Client, ("http.request.method", "GET"), ("http.response.status_code", 503), ("http.route", "/cart/{id}"), ("server.address", "cart"), ("server.port", 8080));
        Assert.Equal(older with { Id = newer.Id }, newer);
        Assert.Equal(("http", "503", "GET /cart/{id}", "cart:8080"), (newer.Protocol, newer.Code, newer.Operation, newer.Callee!.App));
    }

    [Theory]
    [InlineData(SpanKind.Client, 404, true)]
    [InlineData(SpanKind.Server, 404, false)]
    [InlineData(SpanKind.Server, 500, true)]
    [InlineData(SpanKind.Client, 200, false)]
    public void Http_code_is_an_error_by_the_side_that_saw_it(SpanKind kind, int code, bool isError)
    {
        var facts = Kit.Facts(kind, ("http.request.method", "GET"), ("http.response.status_code", code));
        Assert.Equal(isError, facts.IsError(SpanStatus.Unset));
        Assert.False(facts.IsError(SpanStatus.Ok));
        Assert.True(facts.IsError(SpanStatus.Error));
    }

    [Theory]
    [InlineData("rpc.grpc.status_code", 14, "14", true)]
    [InlineData("grpc.status_code", "14", "14", true)]
    [InlineData("rpc.response.status_code", "UNAVAILABLE", "14", true)]
    [InlineData("rpc.response.status_code", "DeadlineExceeded", "4", true)]
    [InlineData("rpc.grpc.status_code", 0, "0", false)]
    public void Grpc_code_is_a_number_whoever_wrote_it(string key, object value, string code, bool isError)
    {
        var facts = Kit.Facts(SpanKind.Client, ("rpc.system", "grpc"), ("rpc.service", "shop.Cart"), ("rpc.method", "Add"), (key, value));
        Assert.Equal(("grpc", code, isError, "shop.Cart/Add"), (facts.Protocol, facts.Code, facts.CodeIsError, facts.Operation));
    }

    [Fact]
    public void Grpc_over_a_failing_http_shows_the_http_code()
    {
        var facts = Kit.Facts(SpanKind.Client, ("grpc.status_code", "14"), ("grpc.path", "/shop.Cart/Add"), ("http.status_code", "503"));
        Assert.Equal(("grpc", "503"), (facts.Protocol, facts.Code));
    }

    [Fact]
    public void Envoy_without_an_answer_has_no_code_and_its_flags_tell_why()
    {
        var facts = Kit.Facts(
            SpanKind.Client, ("component", "proxy"), ("http.method", "GET"), ("http.status_code", "0"), ("response_flags", "UF"),
            ("upstream_cluster", "outbound|9080|v1|reviews.default.svc.cluster.local"));
        Assert.Equal(("-", "UF", true, true), (facts.Code, facts.Flags, facts.CodeIsError, facts.IsProxy));
        Assert.Equal(new ServiceNode { App = "reviews", Service = "reviews", Namespace = "default", Version = "v1" }, facts.Callee);
    }

    [Theory]
    [InlineData("PassthroughCluster")]
    [InlineData("BlackHoleCluster")]
    public void Clusters_that_leave_the_mesh_are_external(string cluster)
    {
        var facts = Kit.Facts(SpanKind.Client, ("component", "proxy"), ("upstream_cluster", cluster));
        Assert.Equal(new ServiceNode { Kind = NodeKind.External, App = cluster }, facts.Callee);
    }

    [Theory]
    [InlineData("db.system", "db.name")]
    [InlineData("db.system.name", "db.namespace")]
    public void Database_is_named_by_peer_then_address_then_itself(string system, string name)
    {
        Assert.Equal(Database("orders"), Kit.Facts(SpanKind.Client, (system, "postgresql"), (name, "orders")).Callee);
        Assert.Equal(Database("pg-1"), Kit.Facts(SpanKind.Client, (system, "postgresql"), (name, "orders"), ("server.address", "pg-1")).Callee);
        Assert.Equal(Database("pg"), Kit.Facts(SpanKind.Client, (system, "postgresql"), (name, "orders"), ("server.address", "pg-1"), ("peer.service", "pg")).Callee);
        var facts = Kit.Facts(SpanKind.Client, (system, "postgresql"));
        Assert.Equal((ConnectionKind.Database, "postgresql", Database("postgresql")), (facts.Connection, facts.Protocol, facts.Callee!));
    }

    [Theory]
    [InlineData("messaging.destination.name")]
    [InlineData("messaging.destination")]
    [InlineData("message_bus.destination")]
    public void Queue_is_named_by_its_destination(string key)
    {
        var facts = Kit.Facts(SpanKind.Producer, ("messaging.system", "kafka"), (key, "orders"));
        Assert.Equal((ConnectionKind.Messaging, "kafka", "orders"), (facts.Connection, facts.Protocol, facts.Callee!.App));
    }

    [Theory]
    [InlineData("https://user:secret@api.example.com:443/v1?key=1", "api.example.com")]
    [InlineData("http://10.0.0.1:8080/x", "10.0.0.1:8080")]
    [InlineData("http://[::1]:9000", "[::1]:9000")]
    public void Callee_comes_from_the_url_when_nothing_else_tells(string url, string host) =>
        Assert.Equal(host, Kit.Facts(SpanKind.Client, ("http.method", "GET"), ("http.url", url)).Callee!.App);

    [Fact]
    public void Address_of_a_cluster_service_is_that_service() =>
        Assert.Equal(
            new ServiceNode { App = "cart", Service = "cart", Namespace = "shop" },
            Kit.Facts(SpanKind.Client, ("http.method", "GET"), ("server.address", "cart.shop.svc.cluster.local"), ("server.port", 80)).Callee);

    [Fact]
    public void Spans_that_say_the_same_share_their_facts_and_what_differs_a_span_is_not_looked_at()
    {
        var reader = new SemanticReader();
        var resource = reader.Resource(Kit.Resource(("service.name", "shop")));
        var first = reader.Read(Kit.Span(1, 0, SpanKind.Client, attributes: [("http.url", "http://a/1"), ("request_size", "10"), ("user", "x")]), resource);
        var second = reader.Read(Kit.Span(2, 0, SpanKind.Client, attributes: [("http.url", "http://a/2"), ("request_size", "20"), ("user", "y")]), resource);
        var other = reader.Read(Kit.Span(2, 0, SpanKind.Client, attributes: [("http.url", "http://b/2")]), resource);
        Assert.Same(first.Facts, second.Facts);
        Assert.NotSame(first.Facts, other.Facts);
        Assert.Equal((10, 20), (first.RequestBytes, second.RequestBytes));
    }

    [Fact]
    public void A_span_that_says_nothing_new_allocates_nothing()
    {
        var reader = new SemanticReader();
        var resourceBytes = Kit.Resource(("service.name", "shop"));
        var span = Kit.Span(1, 2, SpanKind.Client, traceState: "ot=th:8", attributes: [("http.url", "http://a/1"), ("http.status_code", 200), ("user", "y"), ("request_size", "12")]);
        reader.Read(span, reader.Resource(resourceBytes));
        // The runtime may allocate for itself on this thread, when it compiles again what runs often; not in every round.
        var least = long.MaxValue;
        for (var round = 0; round < 50 && least > 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                reader.Read(span, reader.Resource(resourceBytes));
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    [Theory]
    [InlineData("ot=th:8", 2)]
    [InlineData("congo=t61,ot=rv:0123456789abcd;th:c", 4)]
    [InlineData("ot=th:0", 1)]
    [InlineData("ot=th:fd70a3d70a3d7", 100)]
    [InlineData("ot=th:zz", 0)]
    [InlineData("th:8", 0)]
    [InlineData("", 0)]
    public void Weight_comes_from_the_tracestate(string traceState, double weight)
    {
        var reader = new SemanticReader();
        var reading = reader.Read(Kit.Span(1, 0, SpanKind.Client, traceState: traceState), reader.Resource(Kit.Resource()));
        Assert.Equal(weight, SamplingWeight.ToDouble(reading.OwnWeight), 3);
    }

    [Fact]
    public void Damaged_bytes_are_read_without_a_fault()
    {
        var random = new Random(7);
        var span = Kit.Span(1, 2, SpanKind.Client, attributes: [("http.url", "http://a/1"), ("http.status_code", 200)]);
        var reader = new SemanticReader();
        var resource = reader.Resource(Kit.Resource(("service.name", "shop")));
        for (var i = 0; i < 20_000; i++)
        {
            var damaged = span.AsSpan(0, random.Next(span.Length + 1)).ToArray();
            for (var j = random.Next(4); j > 0 && damaged.Length > 0; j--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            Assert.NotNull(reader.Read(damaged, resource).Facts);
        }
    }

    private static ServiceNode Database(string name) => new() { Kind = NodeKind.Database, App = name };
}
