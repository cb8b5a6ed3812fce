using Clew.Mesh.Graph;
using Clew.Mesh.Health;
using Clew.Mesh.Kubernetes;
using Clew.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Mesh.Tests.Kubernetes;

/// <summary>The official client against recorded answers of an API server, watches included.</summary>
public sealed class ClusterWatcherTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task Workloads_are_known_with_their_pods_sidecars_and_labels()
    {
        await using var api = new KubernetesApi();
        await using var watcher = Watch(api);
        var cluster = await UntilAsync(watcher, static cluster => IsWhole(cluster) && cluster.Services.Count == 5);

        Assert.Null(watcher.Problem);
        Assert.Equal(["bookinfo", "istio-system", "legacy"], cluster.Namespaces.Keys.Order());
        Assert.True(cluster.Namespaces["bookinfo"].Injection);
        Assert.Null(cluster.Namespaces["legacy"].Injection);
        var reviews = cluster.Workloads[("bookinfo", "reviews-v1")];
        Assert.Equal(("Deployment", "reviews", "v1", 2, 2), (reviews.Kind, reviews.App, reviews.Version, reviews.PodCount, reviews.PodsWithSidecar));
        Assert.Equal(HealthStatus.Degraded, reviews.Pods.Status);
        Assert.True(cluster.Workloads[("bookinfo", "reviews-v2")].HasSidecar, "a native sidecar is an init container");
        Assert.False(cluster.Workloads[("bookinfo", "report")].HasSidecar);
        Assert.True(cluster.Workloads[("istio-system", "istio-ingressgateway")].IsGateway);
        Assert.Equal(("StatefulSet", "mongodb", "v7"), (cluster.Workloads[("legacy", "mongodb")].Kind, cluster.Workloads[("legacy", "mongodb")].App, cluster.Workloads[("legacy", "mongodb")].Version));
        Assert.DoesNotContain(cluster.Workloads.Keys, static key => key.Name == "migrate");
        Assert.Equal([9080], cluster.Services[("bookinfo", "reviews")].Ports);
    }

    [Fact]
    public async Task Watch_brings_what_is_made_changed_and_deleted()
    {
        await using var api = new KubernetesApi();
        await using var watcher = Watch(api);
        await UntilAsync(watcher, IsWhole);

        api.Push("namespaces", "ADDED", """{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"staging","resourceVersion":"48300","labels":{"istio.io/dataplane-mode":"ambient"}}}""");
        Assert.True((await UntilAsync(watcher, static cluster => cluster.Namespaces.ContainsKey("staging"))).Namespaces["staging"].IsAmbient);

        api.Push("deployments", "MODIFIED", """{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"report","namespace":"bookinfo","resourceVersion":"48301"},"spec":{"replicas":0,"selector":{},"template":{"metadata":{"labels":{"app":"report"}},"spec":{"containers":[]}}},"status":{}}""");
        Assert.Equal(HealthStatus.NotReady, (await UntilAsync(watcher, static cluster => cluster.Workloads[("bookinfo", "report")].Desired == 0)).Workloads[("bookinfo", "report")].Pods.Status);

        api.Push("namespaces", "BOOKMARK", """{"kind":"Namespace","apiVersion":"v1","metadata":{"resourceVersion":"48302"}}""");
        api.Push("namespaces", "DELETED", """{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"staging","resourceVersion":"48303"}}""");
        await UntilAsync(watcher, static cluster => !cluster.Namespaces.ContainsKey("staging"));
    }

    [Fact]
    public async Task Watch_from_too_old_a_version_begins_again_with_a_list()
    {
        await using var api = new KubernetesApi();
        await using var watcher = Watch(api);
        await UntilAsync(watcher, static cluster => cluster.Namespaces.Count == 3);
        var lists = api.ListsOf("namespaces");
        api.Replace("namespaces", api.ListOf("namespaces").Replace("\"legacy\"", "\"modern\"", StringComparison.Ordinal));

        api.Push("namespaces", "ERROR", """{"kind":"Status","apiVersion":"v1","status":"Failure","message":"too old resource version","reason":"Expired","code":410}""");

        var cluster = await UntilAsync(watcher, static cluster => cluster.Namespaces.ContainsKey("modern"));
        Assert.DoesNotContain("legacy", cluster.Namespaces.Keys);
        Assert.True(api.ListsOf("namespaces") > lists);
    }

    [Fact]
    public async Task What_may_not_be_read_is_named_and_the_rest_goes_on()
    {
        await using var api = new KubernetesApi();
        api.Forbidden["services"] = true;
        api.Forbidden["replicasets"] = true;
        await using var watcher = Watch(api);

        var cluster = await UntilAsync(watcher, cluster => IsWhole(cluster) && watcher.Problem is not null && watcher.Problem.Contains("services", StringComparison.Ordinal) && watcher.Problem.Contains("replicasets", StringComparison.Ordinal));
        Assert.Empty(cluster.Services);
        Assert.Equal(2, cluster.Workloads[("bookinfo", "reviews-v1")].PodCount);
        Assert.Contains("grant get, list and watch", watcher.Problem);
    }

    [Fact]
    public async Task Server_that_is_not_there_is_a_problem_and_not_an_error()
    {
        var api = new KubernetesApi();
        await using var watcher = new ClusterWatcher(new ClusterOptions { Kubeconfig = api.Kubeconfig }, new HurriedClock(), NullLogger.Instance);
        var config = api.Kubeconfig;
        await UntilAsync(watcher, static cluster => cluster.Namespaces.Count == 3);
        await api.DisposeAsync();

        await UntilAsync(watcher, _ => watcher.Problem is not null);
        Assert.Equal(3, watcher.Current.Namespaces.Count);
        Assert.False(File.Exists(config));
    }

    [Fact]
    public async Task Graph_shows_idle_workloads_missing_sidecars_and_labels_without_any_traffic()
    {
        await using var api = new KubernetesApi();
        await using var watcher = Watch(api);
        await UntilAsync(watcher, static cluster => IsWhole(cluster) && cluster.Services.Count == 5 && cluster.IstioObjects.Count == 5);
        var mesh = new MeshService(new MeshOptions(), null, watcher, null);

        var graph = await mesh.GraphAsync(
            TenantId.Single, new GraphRequest { Namespaces = ["bookinfo", "istio-system"], Type = GraphType.VersionedApp, Time = DateTimeOffset.UnixEpoch.AddYears(60), InjectServiceNodes = true }, isStrict: false, CancellationToken.None);

        Assert.All(graph.Nodes.Where(static node => node.Kind != NodeKind.Box), static node => Assert.True(node.IsIdle));
        Assert.Equal(["report"], graph.Nodes.Where(static node => node.IsOutOfMesh).Select(static node => node.App));
        Assert.Equal(["istio-ingressgateway"], graph.Nodes.Where(static node => node.IsGateway).Select(static node => node.App));
        Assert.Equal(["books.example.com"], graph.Nodes.Single(static node => node.IsGateway).GatewayHosts);
        var service = graph.Nodes.Single(static node => node is { Kind: NodeKind.Service, Service: "reviews" });
        Assert.True(service.Badges is { HasVirtualService: true, TrafficShifting: true, RequestTimeout: true, CircuitBreaker: true, FaultInjection: false });
        Assert.Equal("reviews", service.Labels["app"]);
        Assert.Equal(HealthStatus.Degraded, graph.Nodes.Single(static node => node.Workload == "reviews-v1").Health!.Status);
        Assert.Equal(["v1", "v2", "v3"], graph.Nodes.Where(static node => node.App == "reviews" && node.Kind == NodeKind.App).Select(static node => node.Version).Order());
        await Assert.ThrowsAsync<MeshException>(() => mesh.GraphAsync(TenantId.Single, new GraphRequest { Namespaces = ["hidden"], Time = DateTimeOffset.UtcNow }, isStrict: false, CancellationToken.None));
    }

    [Fact]
    public async Task Doctor_names_workloads_without_a_sidecar_and_what_may_not_be_read()
    {
        await using var api = new KubernetesApi();
        api.Forbidden["services"] = true;
        await using var watcher = Watch(api);
        await UntilAsync(watcher, cluster => IsWhole(cluster) && watcher.Problem is not null);

        var findings = await new MeshService(new MeshOptions(), null, watcher, null).DiagnoseAsync(
            TenantId.Single, new GraphRequest { Namespaces = ["bookinfo", "istio-system"], Time = DateTimeOffset.UnixEpoch.AddYears(60) }, CancellationToken.None);

        var missing = Assert.Single(findings, static finding => finding.Code == "no_sidecar" && finding.Subject.Contains("report", StringComparison.Ordinal));
        Assert.Equal("report", missing.Subject);
        Assert.Contains("istio-injection=enabled", missing.Text);
        Assert.Contains(findings, static finding => finding.Code == "kubernetes_unreachable" && finding.Text.Contains("services", StringComparison.Ordinal));
        Assert.DoesNotContain(findings, static finding => finding.Code == "no_sidecar" && finding.Subject.Contains("istiod", StringComparison.Ordinal));
    }

    /// <summary>Each kind is listed on its own: everything that does not need services has come.</summary>
    private static bool IsWhole(ClusterSnapshot cluster) =>
        cluster.Namespaces.Count == 3 && cluster.Workloads.Count == 10 && cluster.Workloads.Values.Sum(static one => one.PodCount) == 11
        && cluster.Workloads.Values.All(static one => one.CreatedAt is not null) && cluster.Workloads.GetValueOrDefault(("legacy", "mongodb"))?.Version == "v7";

    private static ClusterWatcher Watch(KubernetesApi api) => new(new ClusterOptions { Kubeconfig = api.Kubeconfig }, new HurriedClock(), NullLogger.Instance);

    private static async Task<ClusterSnapshot> UntilAsync(ClusterWatcher watcher, Func<ClusterSnapshot, bool> isSo)
    {
        var waited = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var now = watcher.Current;
            if (isSo(now))
            {
                return now;
            }

            Assert.True(waited.Elapsed < Deadline, $"{now.Namespaces.Count} namespaces, {now.Workloads.Count} workloads, {now.Services.Count} services, {now.IstioObjects.Count} of Istio; problem: {watcher.Problem}");
            await Task.Delay(10);
        }
    }

    /// <summary>Waits a hundredth of what it is asked to, so that retries come at once.</summary>
    private sealed class HurriedClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / 100 : dueTime, period > TimeSpan.Zero ? period / 100 : period);
    }
}
