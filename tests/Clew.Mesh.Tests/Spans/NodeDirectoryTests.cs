using Clew.Mesh.Spans;
using Clew.Semantics.Nodes;
using CsCheck;

namespace Clew.Mesh.Tests.Spans;

public sealed class NodeDirectoryTests
{
    private static readonly ServiceNode V1 = new() { Cluster = "east", Namespace = "bookinfo", App = "reviews", Version = "v1", Workload = "reviews-v1" };
    private static readonly ServiceNode V2 = V1 with { Version = "v2", Workload = "reviews-v2" };

    [Fact]
    public void What_all_that_know_more_agree_on_is_taken_from_them()
    {
        var directory = new NodeDirectory([V1, V2, new ServiceNode { App = "reviews" }]);

        Assert.Equal(new ServiceNode { Cluster = "east", Namespace = "bookinfo", App = "reviews" }, directory.Complete(new ServiceNode { App = "reviews" }));
        Assert.Equal(V2, directory.Complete(new ServiceNode { App = "reviews", Version = "v2" }));
        Assert.Equal(V1, directory.Complete(new ServiceNode { App = "reviews", Workload = "reviews-v1" }));
    }

    [Fact]
    public void Namesakes_of_two_namespaces_stay_apart()
    {
        var other = V1 with { Namespace = "staging" };
        var directory = new NodeDirectory([V1, other]);

        Assert.Equal("", directory.Complete(new ServiceNode { App = "reviews" }).Namespace);
        Assert.Equal(other, directory.Complete(new ServiceNode { App = "reviews", Namespace = "staging" }));
    }

    [Fact]
    public void What_is_not_a_service_is_left_as_it_is() =>
        Assert.Same(ServiceNode.User, new NodeDirectory([V1]).Complete(ServiceNode.User));

    [Fact]
    public void Completion_never_contradicts_what_was_said_and_does_not_depend_on_the_order()
    {
        var text = Gen.OneOf("", "a", "b");
        var node = Gen.Select(text, text, text, text, Gen.OneOf("x", "y"), static (cluster, ns, version, workload, app) =>
            new ServiceNode { Cluster = cluster, Namespace = ns, Version = version, Workload = workload, App = app });
        Gen.Select(node.List[1, 8], node).Sample((seen, asked) =>
        {
            var one = new NodeDirectory(seen).Complete(asked);
            var other = new NodeDirectory(Enumerable.Reverse(seen)).Complete(asked);
            return one == other && one.IsSameAs(asked) && Kept(asked.Cluster, one.Cluster) && Kept(asked.Namespace, one.Namespace)
                && Kept(asked.Version, one.Version) && Kept(asked.Workload, one.Workload);
        });

        static bool Kept(string said, string now) => said.Length == 0 || said == now;
    }
}
