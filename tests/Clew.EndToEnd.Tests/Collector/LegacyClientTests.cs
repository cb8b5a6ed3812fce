using System.Text.Json;
using Clew.EndToEnd.Tests.Api;
using Clew.EndToEnd.Tests.Harness;

namespace Clew.EndToEnd.Tests.Collector;

/// <summary>Clients of the older protocols, written by others: what they send is found under the service and names that they gave.</summary>
[Trait("area", "clients")]
public sealed class LegacyClientTests : IAsyncLifetime
{
    private readonly TempFolder _data = new();
    private readonly TempFolder _files = new();
    private readonly int _jaegerGrpc = FreePorts.Take();
    private readonly int _jaegerHttp = FreePorts.Take();
    private readonly int _jaegerUdp = FreePorts.Take();
    private readonly int _zipkin = FreePorts.Take();
    private readonly int _sampling = FreePorts.Take();
    private ClewProcess _clew = null!;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(_files.Path, "clew.yaml"), $$$"""
            receivers:
              otlp: {protocols: {grpc: {}, http: {} } }
              jaeger:
                protocols:
                  grpc: {endpoint: "127.0.0.1:{{{_jaegerGrpc}}}"}
                  thrift_http: {endpoint: "127.0.0.1:{{{_jaegerHttp}}}"}
                  thrift_binary: {endpoint: "127.0.0.1:{{{_jaegerUdp}}}"}
              zipkin: {endpoint: "127.0.0.1:{{{_zipkin}}}"}
            exporters: {store: {}}
            extensions:
              jaegerremotesampling:
                http: {endpoint: "127.0.0.1:{{{_sampling}}}"}
                source: {contents: '{"default_strategy": {"type": "probabilistic", "param": 0}, "service_strategies": [{"service": "chosen", "type": "probabilistic", "param": 1}]}'}
            service: {extensions: [jaegerremotesampling], pipelines: {traces: {receivers: [otlp, jaeger, zipkin], exporters: [store] } } }
            """);
        _clew = await ClewProcess.StartAsync(_data.Path, "--config", Path.Combine(_files.Path, "clew.yaml"));
    }

    public async ValueTask DisposeAsync()
    {
        await _clew.DisposeAsync();
        _data.Dispose();
        _files.Dispose();
    }

    [Theory]
    [InlineData("jaeger-udp")]
    [InlineData("jaeger-http")]
    [InlineData("jaeger-grpc")]
    [InlineData("zipkin-v2")]
    [InlineData("zipkin-v1")]
    [InlineData("otel-zipkin")]
    public async Task Trace_of_an_older_client_is_found(string client)
    {
        var address = client switch
        {
            "jaeger-udp" => $"127.0.0.1:{_jaegerUdp}",
            "jaeger-http" => $"http://127.0.0.1:{_jaegerHttp}/api/traces",
            "jaeger-grpc" => $"127.0.0.1:{_jaegerGrpc}",
            "zipkin-v1" => $"http://127.0.0.1:{_zipkin}/api/v1/spans",
            _ => $"http://127.0.0.1:{_zipkin}/api/v2/spans",
        };
        await SendAndFindAsync(client, address, $"shop-{client}");
    }

    [Fact]
    public async Task Remote_sampler_of_a_jaeger_client_samples_as_it_is_told()
    {
        var told = new[] { "chosen", "other" };
        foreach (var service in told)
        {
            var said = await ClientProgram.OutputAsync(["node", Repository.NodeClient("legacy.mjs"), "jaeger-sampler", $"127.0.0.1:{_sampling}", service]);
            using var json = JsonDocument.Parse(said);
            Assert.Equal(service == "chosen", json.RootElement.GetProperty("sampled").GetBoolean());
        }
    }

    private async Task SendAndFindAsync(string client, string address, string service)
    {
        var said = await ClientProgram.OutputAsync(["node", Repository.NodeClient("legacy.mjs"), client, address, service]);
        using var json = JsonDocument.Parse(said);
        var traceId = json.RootElement.GetProperty("traceId").GetString()!;
        var names = json.RootElement.GetProperty("names").EnumerateArray().Select(static name => name.GetString()!).Order().ToArray();
        using var api = new ClewApi(_clew.Http);
        List<SpanView> spans = [];

        // Datagrams have no answer.
        await Poll.UntilAsync(async () => (spans = await api.TraceAsync(traceId)).Count >= names.Length, () => $"{spans.Count} of {names.Length} spans of {client} are there. clew said:\n{_clew.Output}");
        Assert.Equal(names, spans.Select(static span => span.Name).Order());
        Assert.Equal([traceId], (await api.SearchAsync($"{{ resource.service.name = \"{service}\" }}")).Select(static hit => hit.TraceId));
    }
}
