using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Pipeline.Components;
using Clew.Pipeline.Processors.Kubernetes;
using Clew.Pipeline.Tests.Support;
using k8s;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Pipeline.Tests.Processors;

public sealed class KubernetesAttributesTests : IDisposable
{
    private const string Pods = """
        {"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"shop-5d4f-abcde","namespace":"prod","uid":"u-1","labels":{"app":"shop","tier":"web"},
         "annotations":{"resource.opentelemetry.io/team":"blue"},"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"shop-5d4f","uid":"r-1"}]},
         "spec":{"nodeName":"node-1","containers":[{"name":"main","image":"registry/shop:1.2"}]},
         "status":{"podIP":"10.0.0.5","podIPs":[{"ip":"10.0.0.5"}],"startTime":"2026-01-02T03:04:05Z","containerStatuses":[{"name":"main","containerID":"containerd://abc","image":"x","imageID":"y","ready":true,"restartCount":0}]}}]}
        """;

    private const string ReplicaSets = """
        {"kind":"ReplicaSetList","apiVersion":"apps/v1","metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"shop-5d4f","namespace":"prod","uid":"r-1",
         "ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"shop","uid":"d-1"}]},"spec":{"selector":{}}}]}
        """;

    private readonly KubernetesApi _api = new(static path => path switch
    {
        "/api/v1/pods" => Pods, "/apis/apps/v1/replicasets" => ReplicaSets, _ => """{"kind":"List","apiVersion":"v1","metadata":{},"items":[]}""",
    });

    private readonly JsonRecorder _next = new();

    public void Dispose() => _api.Dispose();

    [Theory]
    [InlineData("k8s.pod.uid", "u-1", null)]
    [InlineData("k8s.pod.ip", "10.0.0.5", null)]
    [InlineData("other", "x", "10.0.0.5")]
    public async Task Pod_is_found_and_described(string key, string value, string? peer)
    {
        var options = new KubernetesAttributesOptions
        {
            Metadata = [.. KubernetesAttributesOptions.KnownMetadata], OtelAnnotations = true, WaitForMetadata = true, WaitForMetadataTimeout = TimeSpan.FromSeconds(30),
            Labels = [new ExtractedField("label.app", "app", "pod"), ExtractedField.Of(new ExtractedField("l.$1", "", "pod"), "(t.*)", out _)!],
        };
        var attributes = await SendAsync(options, key, value, peer);

        Assert.Equal("""{"stringValue":"prod"}""", attributes("k8s.namespace.name"));
        Assert.Equal("""{"stringValue":"shop-5d4f-abcde"}""", attributes("k8s.pod.name"));
        Assert.Equal("""{"stringValue":"node-1"}""", attributes("k8s.node.name"));
        Assert.Equal("""{"stringValue":"shop-5d4f"}""", attributes("k8s.replicaset.name"));
        Assert.Equal("""{"stringValue":"2026-01-02T03:04:05Z"}""", attributes("k8s.pod.start_time"));
        Assert.Equal("""{"stringValue":"abc"}""", attributes("container.id"));
        Assert.Equal("""{"stringValue":"1.2"}""", attributes("container.image.tag"));
        Assert.Equal("""{"stringValue":"shop"}""", attributes("label.app"));
        Assert.Equal("""{"stringValue":"web"}""", attributes("l.tier"));
        Assert.Equal("""{"stringValue":"blue"}""", attributes("team"));
    }

    [Fact]
    public async Task Unknown_pod_leaves_the_resource_as_it_is()
    {
        var attributes = await SendAsync(new KubernetesAttributesOptions { Metadata = KubernetesAttributesOptions.DefaultMetadata, WaitForMetadata = true }, "k8s.pod.uid", "nobody", "127.0.0.6");
        Assert.Null(attributes("k8s.namespace.name"));
    }

    private async Task<Func<string, string?>> SendAsync(KubernetesAttributesOptions options, string key, string value, string? peer)
    {
        var context = new ProcessorContext(new ComponentServices(Meters.Components(), new Meters(), NullLoggerFactory.Instance, TimeProvider.System, null), new ComponentId("traces"), _next);
        var processor = new KubernetesAttributesProcessor(
            new ComponentId("k8sattributes"), options, context, new k8s.Kubernetes(new KubernetesClientConfiguration { Host = _api.Address.ToString() }));
        await processor.StartAsync(CancellationToken.None);
        using var batch = JsonBatch.Of(
            $$$"""{"resourceSpans":[{"resource":{"attributes":[{"key":"{{{key}}}","value":{"stringValue":"{{{value}}}"}}]},"scopeSpans":[{"spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0000000000000001","name":"a"}]}]}]}""",
            new BatchContext(TenantId.Single, 7) { Peer = peer });
        Assert.True((await processor.ConsumeAsync(batch, CancellationToken.None)).IsAccepted);
        await processor.StopAsync(CancellationToken.None);
        return name => JsonRecorder.Attribute(Assert.Single(_next.Batches)["resourceSpans"]![0]!["resource"]!, name);
    }
}
