using Clew.Mesh.Graph;
using Clew.Mesh.Health;

namespace Clew.Mesh.Tests;

public sealed class HealthTests
{
    [Theory]
    [InlineData("500", 0.05, HealthStatus.Degraded)]
    [InlineData("500", 9.9, HealthStatus.Degraded)]
    [InlineData("500", 10, HealthStatus.Failure)]
    [InlineData("404", 9.9, HealthStatus.Healthy)]
    [InlineData("404", 10, HealthStatus.Degraded)]
    [InlineData("404", 20, HealthStatus.Failure)]
    [InlineData("-", 0.1, HealthStatus.Degraded)]
    [InlineData("-", 10, HealthStatus.Failure)]
    [InlineData("301", 90, HealthStatus.Healthy)]
    public void Standard_tolerances_judge_http_by_code_and_share(string code, double percent, HealthStatus expected)
    {
        var rates = new CodeRates();
        rates.Add(MeshProtocol.Http, "200", 100 - percent);
        rates.Add(MeshProtocol.Http, code, percent);

        Assert.Equal(expected, HealthCalculator.Judge(rates, HealthCalculator.Inbound, HealthRules.Standard));
    }

    [Theory]
    [InlineData("14", 1, HealthStatus.Degraded)]
    [InlineData("14", 10, HealthStatus.Failure)]
    [InlineData("0", 100, HealthStatus.Healthy)]
    public void Standard_tolerances_judge_grpc_by_status(string code, double percent, HealthStatus expected)
    {
        var rates = new CodeRates();
        rates.Add(MeshProtocol.Grpc, "0", 100 - percent);
        rates.Add(MeshProtocol.Grpc, code, percent);

        Assert.Equal(expected, HealthCalculator.Judge(rates, HealthCalculator.Outbound, HealthRules.Standard));
    }

    [Fact]
    public void No_traffic_has_no_health() => Assert.Equal(HealthStatus.NotApplicable, HealthCalculator.Judge(new CodeRates(), HealthCalculator.Inbound, HealthRules.Standard));

    [Fact]
    public void Annotation_replaces_the_tolerances_of_its_direction_and_protocol()
    {
        var own = HealthRules.Default.For("shop", "app", "cart", "4XX,50,80,http,inbound;5XX,30,60,http,inbound");
        var rates = new CodeRates();
        rates.Add(MeshProtocol.Http, "200", 75);
        rates.Add(MeshProtocol.Http, "503", 25);

        Assert.Equal(HealthStatus.Healthy, HealthCalculator.Judge(rates, HealthCalculator.Inbound, own));
        Assert.Equal(HealthStatus.Failure, HealthCalculator.Judge(rates, HealthCalculator.Inbound, HealthRules.Standard));
    }

    [Theory]
    [InlineData("4XX,50,80,http")]
    [InlineData("4XX,much,80,http,inbound")]
    [InlineData("(,1,2,http,inbound")]
    public void Annotation_that_cannot_be_read_leaves_the_standard(string annotation) =>
        Assert.Same(HealthRules.Standard, HealthRules.Default.For("shop", "app", "cart", annotation));

    [Theory]
    [InlineData(0, 0, 0, -1, HealthStatus.NotReady)]
    [InlineData(3, 3, 2, -1, HealthStatus.Degraded)]
    [InlineData(3, 3, 0, -1, HealthStatus.Failure)]
    [InlineData(3, 4, 3, -1, HealthStatus.Failure)]
    [InlineData(3, 3, 3, 2, HealthStatus.Degraded)]
    [InlineData(3, 3, 3, 3, HealthStatus.Healthy)]
    public void Pods_are_judged_by_the_first_rule_that_matches(int desired, int current, int available, int synced, HealthStatus expected) =>
        Assert.Equal(expected, new PodStatus("cart", desired, current, available, synced).Status);

    [Fact]
    public void Edge_has_the_worse_of_what_its_two_ends_tolerate()
    {
        var rules = new HealthRules([new HealthRule(HealthRules.Pattern("shop"), HealthRules.Pattern(""), HealthRules.Pattern("strict"), [HealthRules.TryMake("2XX", "http", "inbound", 0, 50)!])]);
        var map = new TrafficMap();
        var assembler = new TrafficAssembler(map, GraphType.Workload, injectServiceNodes: false);
        assembler.Add(new HopSample(new Party("c", "shop", "caller", "", ""), new Party("c", "shop", "strict", "", ""), MeshProtocol.Http, "200", "-", "h", 1, "s", Evidence.Istio));

        HealthCalculator.Decorate(map, rules, static _ => (null, []));

        Assert.Equal(HealthStatus.Failure, map.Edges.Single().Health);
    }
}
