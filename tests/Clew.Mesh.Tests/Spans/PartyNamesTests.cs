using Clew.Mesh.Graph;
using Clew.Mesh.Spans;
using Clew.Semantics;
using Clew.Semantics.Nodes;
using Clew.Semantics.Pairing;
using Clew.Storage.Rollups;
using CsCheck;
using NodeKind = Clew.Semantics.Nodes.NodeKind;

namespace Clew.Mesh.Tests.Spans;

public sealed class PartyNamesTests
{
    private const string U = MeshNames.Unknown;

    private static readonly ServiceNode Reviews = new() { Cluster = "east", Namespace = "bookinfo", App = "reviews", Version = "v2", Workload = "reviews-v2", Service = "reviews.bookinfo" };

    [Fact]
    public void Called_workload_is_named_by_its_labels_and_by_the_service_it_stands_behind()
    {
        var (source, target, role) = PartyNames.Of(Reviews, Reviews with { App = "ratings", Version = "", Workload = "ratings-v1", Service = "ratings" }, CallPairing.Paired);

        Assert.Equal(new Party("east", "bookinfo", "reviews-v2", "reviews", "v2"), source);
        Assert.Equal(new Party("east", "bookinfo", "ratings-v1", "ratings", U, "bookinfo", "ratings"), target);
        Assert.Empty(role);
    }

    [Fact]
    public void Proxied_workload_without_a_version_is_what_istio_calls_latest()
    {
        var gateway = new ServiceNode { Cluster = "east", Namespace = "istio-system", App = "istio-ingressgateway", Workload = "istio-ingressgateway", Service = "istio-ingressgateway.istio-system" };

        Assert.Equal(MeshNames.Latest, PartyNames.Of(gateway, Reviews, CallPairing.Paired).Source.Version);
    }

    [Fact]
    public void Service_without_kubernetes_is_its_own_workload()
    {
        var (source, _, _) = PartyNames.Of(new ServiceNode { App = "billing" }, Reviews, CallPairing.Paired);

        Assert.Equal(new Party(U, U, "billing", "billing", U), source);
    }

    [Fact]
    public void Service_that_a_proxy_chose_and_nobody_answered_is_a_service_without_workload()
    {
        var (_, target, role) = PartyNames.Of(Reviews, new ServiceNode { App = "ratings", Namespace = "bookinfo" }, CallPairing.ClientOnly);

        Assert.Equal(("svc_east_bookinfo_ratings", Graph.NodeKind.Service), NodeIdentity.Of(target, GraphType.VersionedApp));
        Assert.Empty(role);
    }

    [Theory]
    [InlineData(NodeKind.Database, "orders", "bookinfo", "orders", "database")]
    [InlineData(NodeKind.Database, "postgres.data.svc.cluster.local:5432", "data", "postgres", "database")]
    [InlineData(NodeKind.Messaging, "mails", "bookinfo", "mails", "messaging")]
    [InlineData(NodeKind.External, "api.example.com:443", U, "api.example.com:443", "external")]
    [InlineData(NodeKind.External, "legacy", "bookinfo", "legacy", "external")]
    [InlineData(NodeKind.External, "PassthroughCluster", U, "PassthroughCluster", "external")]
    public void What_sends_no_spans_stands_beside_its_caller_unless_its_address_says_where(NodeKind kind, string name, string ns, string service, string role)
    {
        var (_, target, told) = PartyNames.Of(Reviews, new ServiceNode { Kind = kind, App = name }, CallPairing.ClientOnly);

        Assert.Equal((ns, service, role, U), (target.ServiceNamespace, target.Service, told, target.Workload));
    }

    [Fact]
    public void Caller_from_outside_is_the_one_unknown_source()
    {
        var (source, _, _) = PartyNames.Of(ServiceNode.User, Reviews, CallPairing.Root);

        Assert.Equal(("unknown_unknown_source", Graph.NodeKind.Unknown), NodeIdentity.Of(source, GraphType.Workload));
    }

    [Theory]
    [InlineData("http", "200", false, MeshProtocol.Http, "200")]
    [InlineData("http", "503", true, MeshProtocol.Http, "503")]
    [InlineData("http", "404", false, MeshProtocol.Http, "404")]
    [InlineData("http", "200", true, MeshProtocol.Http, ClassRates.ErrorCode)]
    [InlineData("postgresql", "", false, MeshProtocol.Http, ClassRates.OkCode)]
    [InlineData("postgresql", "", true, MeshProtocol.Http, ClassRates.ErrorCode)]
    [InlineData("grpc", "", false, MeshProtocol.Grpc, "0")]
    [InlineData("grpc", "", true, MeshProtocol.Grpc, "2")]
    [InlineData("grpc", "14", true, MeshProtocol.Grpc, "14")]
    [InlineData("http", "-", true, MeshProtocol.Http, "-")]
    public void Failure_counts_as_one_also_when_the_code_does_not_say_so(string protocol, string code, bool isError, MeshProtocol expected, string counted) =>
        Assert.Equal((expected, counted), RollupEvidence.Outcome(Key(protocol, code, isError)));

    [Fact]
    public void Errors_are_exactly_those_that_the_code_or_the_spans_tell() => Gen.Select(Gen.OneOf("http", "grpc", "", "redis"), Gen.OneOf("", "-", "0", "2", "200", "204", "302", "404", "500", "503"), Gen.Bool)
        .Sample((protocol, code, isError) =>
        {
            var (kind, counted) = RollupEvidence.Outcome(Key(protocol, code, isError));
            var (byCode, rates) = (default(ClassRates), default(ClassRates));
            byCode.Add(kind, code, 1);
            rates.Add(kind, counted, 1);
            return rates.Errors == (isError || byCode.Errors > 0 ? 1 : 0) && rates.Total == 1;
        });

    private static EdgeSeriesKey Key(string protocol, string code, bool isError) => new()
    {
        Client = Reviews, Server = Reviews, Pairing = CallPairing.Paired, Connection = ConnectionKind.Call, Protocol = protocol, Code = code, Flags = "", Tls = MutualTls.Unknown,
        Operation = "", IsError = isError,
    };
}
