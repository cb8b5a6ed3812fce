using System.Text;
using Clew.Model;
using Clew.Semantics.Attributes;
using Clew.Semantics.Nodes;

namespace Clew.Semantics.Tests;

public sealed class NodeTests
{
    [Fact]
    public void Every_key_is_found_by_its_name_and_nothing_else_is()
    {
        for (var key = 1; key < SemanticKeys.Count; key++)
        {
            var name = SemanticKeys.Name((SemanticKey)key);
            Assert.Equal((SemanticKey)key, SemanticKeys.Find(Encoding.UTF8.GetBytes(name)));
            Assert.Equal(SemanticKey.None, SemanticKeys.Find(Encoding.UTF8.GetBytes(name + "x")));
            Assert.Equal(SemanticKey.None, SemanticKeys.Find(Encoding.UTF8.GetBytes(name[1..])));
        }

        Assert.Equal(Enum.GetValues<SemanticKey>().Length, SemanticKeys.Count);
        Assert.Equal(SemanticKey.None, SemanticKeys.Find([]));
    }

    [Fact]
    public void Application_is_named_by_its_resource()
    {
        var node = Node(("service.name", "checkout"), ("service.namespace", "shop"), ("service.version", "2.1"), ("k8s.pod.name", "checkout-7d9c5b6f4-x2v9k"), ("k8s.cluster.name", "east"));
        Assert.Equal(new ServiceNode { Service = "checkout", App = "checkout", Namespace = "shop", Version = "2.1", Workload = "checkout", Cluster = "east" }, node);
    }

    [Fact]
    public void Kubernetes_namespace_and_workload_come_before_what_names_suggest()
    {
        var node = Node(("service.name", "checkout"), ("service.namespace", "shop"), ("k8s.namespace.name", "prod"), ("k8s.statefulset.name", "checkout-set"), ("k8s.pod.name", "checkout-set-0"));
        Assert.Equal(("prod", "checkout-set"), (node.Namespace, node.Workload));
    }

    [Theory]
    [InlineData("Company.Billing", "", "Company.Billing", "")]
    [InlineData("billing.prod", "prod", "billing", "prod")]
    [InlineData("billing.", "", "billing.", "")]
    public void Dotted_name_of_an_application_is_cut_only_at_its_namespace(string service, string ns, string app, string expected)
    {
        var node = Node(("service.name", service), ("k8s.namespace.name", ns));
        Assert.Equal((app, expected, service), (node.App, node.Namespace, node.Service));
    }

    [Fact]
    public void Sidecar_of_either_generation_is_the_workload_it_stands_beside()
    {
        var reader = new SemanticReader();
        var old = reader.Read(
            Kit.Span(1, 0, SpanKind.Server, attributes:
            [
                ("component", "proxy"), ("node_id", "sidecar~10.0.0.7~reviews-v1-545db77b95-8q5cl.default~default.svc.cluster.local"),
                ("istio.canonical_service", "reviews"), ("istio.canonical_revision", "v1"), ("istio.namespace", "default"), ("istio.cluster_id", "Kubernetes"),
            ]),
            reader.Resource(Kit.Resource(("service.name", "reviews.default"))));
        var bare = reader.Read(
            Kit.Span(1, 0, SpanKind.Server, attributes: [("component", "proxy"), ("node_id", "sidecar~10.0.0.7~reviews-v1-545db77b95-8q5cl.default~default.svc.cluster.local")]),
            reader.Resource(Kit.Resource(("service.name", "reviews.default"))));
        Assert.True(old.Facts.IsProxy);
        Assert.Equal(
            new ServiceNode { Service = "reviews.default", App = "reviews", Namespace = "default", Version = "v1", Workload = "reviews-v1", Cluster = "Kubernetes" }, old.Facts.Node);
        Assert.Equal(new ServiceNode { Service = "reviews.default", App = "reviews", Namespace = "default", Workload = "reviews-v1" }, bare.Facts.Node);
        Assert.True(old.Facts.Node.IsSameAs(bare.Facts.Node));
    }

    [Fact]
    public void Istio_words_for_unknown_are_not_names()
    {
        var node = Node(("service.name", "a"), ("istio.canonical_service", "unknown"), ("istio.canonical_revision", "latest"), ("istio.namespace", "unknown"));
        Assert.Equal(("a", "", ""), (node.App, node.Version, node.Namespace));
    }

    [Theory]
    [InlineData("store-0", "store")]
    [InlineData("agent-x7k2p", "agent")]
    [InlineData("my-proxy", "my-proxy")]
    [InlineData("reviews-v1-545db77b95-8q5cl", "reviews-v1")]
    [InlineData("single", "single")]
    public void Pod_names_lose_what_kubernetes_appends(string pod, string workload) =>
        Assert.Equal(workload, Node(("service.name", "a"), ("k8s.pod.name", pod)).Workload);

    [Fact]
    public void Host_name_is_a_workload_only_when_it_is_surely_a_pod()
    {
        Assert.Equal("checkout", Node(("service.name", "a"), ("host.name", "checkout-7d9c5b6f4-x2v9k")).Workload);
        Assert.Equal("", Node(("service.name", "a"), ("host.name", "laptop-x2v9k")).Workload);
    }

    private static ServiceNode Node(params ReadOnlySpan<(string Key, object Value)> resource) =>
        new SemanticReader().Resource(Kit.Resource(resource)).Node;
}
