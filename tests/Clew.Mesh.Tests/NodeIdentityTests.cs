using Clew.Mesh.Graph;

namespace Clew.Mesh.Tests;

public sealed class NodeIdentityTests
{
    private const string U = "unknown";

    [Theory]
    [InlineData(GraphType.Workload, "wl_east_shop_cart-v1")]
    [InlineData(GraphType.App, "app_east_shop_cart")]
    [InlineData(GraphType.VersionedApp, "vapp_east_shop_cart-v1")]
    [InlineData(GraphType.Service, "wl_east_shop_cart-v1")]
    public void Party_with_everything_is_what_the_graph_type_says(GraphType type, string key) =>
        Assert.Equal(key, NodeIdentity.Of(new Party("east", "shop", "cart-v1", "cart", "v1", "shop", "cart"), type)!.Value.Key);

    [Fact]
    public void Versioned_app_without_workload_is_known_by_its_version_unless_that_is_latest()
    {
        Assert.Equal("vapp_east_shop_cart_v2", NodeIdentity.Of(new Party("east", "shop", U, "cart", "v2"), GraphType.VersionedApp)!.Value.Key);
        Assert.Equal("app_east_shop_cart", NodeIdentity.Of(new Party("east", "shop", U, "cart", "latest"), GraphType.VersionedApp)!.Value.Key);
    }

    [Fact]
    public void Traffic_from_nowhere_has_one_node_for_each_cluster() =>
        Assert.Equal(("unknown_unknown_source", NodeKind.Unknown), NodeIdentity.Of(new Party(U, U, U, U, U), GraphType.App));

    [Fact]
    public void Traffic_to_nowhere_has_one_node_for_each_namespace() =>
        Assert.Equal(("svc_east_shop_unknown", NodeKind.Service), NodeIdentity.Of(new Party("east", U, U, U, U, "shop", U), GraphType.Workload));

    [Fact]
    public void Party_that_names_nothing_has_no_node() => Assert.Null(NodeIdentity.Of(new Party("east", "shop", "", "", "", "", ""), GraphType.App));

    [Fact]
    public void Node_without_workload_and_app_is_its_service() =>
        Assert.Equal(("svc_east_shop_cart", NodeKind.Service), NodeIdentity.Of(new Party("east", U, U, U, U, "shop", "cart"), GraphType.VersionedApp));
}
