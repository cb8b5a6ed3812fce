using System.Globalization;
using Clew.EndToEnd.Tests.Api;
using Clew.EndToEnd.Tests.Harness;
using Clew.EndToEnd.Tests.Otlp;

namespace Clew.EndToEnd.Tests.Collector;

/// <summary>Collectors whose next hops stop, come back or change: what was acknowledged arrives.</summary>
public sealed class NextHopTests : IDisposable
{
    /// <summary>What the process may hold at most, whatever its next hop does. Measured peaks are about 140 MB.</summary>
    private const long MaxResidentBytes = 220L << 20;

    private readonly TempFolder _collectorData = new();
    private readonly TempFolder _firstData = new();
    private readonly TempFolder _secondData = new();
    private readonly TempFolder _files = new();

    private string File => Path.Combine(_files.Path, "collector.yaml");

    public void Dispose()
    {
        _collectorData.Dispose();
        _firstData.Dispose();
        _secondData.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task Every_acknowledged_span_arrives_after_the_next_hop_was_away()
    {
        var hop = await ClewProcess.StartAsync(_firstData.Path);
        Write(Collector($"otlp: {{endpoint: {hop.OtlpGrpc.Authority}, tls: {{insecure: true}}, {Retry}}}", "otlp"));
        await using var collector = await ClewProcess.StartAsync(_collectorData.Path, "--config", File);
        await using var load = new Load(collector, seed: 900, "away");
        await load.UntilAcknowledgedAsync(100);

        // Killed, so that answers on their way are lost as well: those requests are sent again.
        await hop.KillAsync();
        await load.UntilAcknowledgedAsync(600);
        await using var back = ClewProcess.LaunchOnPortsOf(hop, apiToo: true, _firstData.Path);
        await hop.DisposeAsync();
        await load.UntilAcknowledgedAsync(800);
        var result = await load.StopAsync();
        Assert.True(result.AcknowledgedRequests >= 800, $"{result.AcknowledgedRequests} requests are acknowledged. The collector said:\n{collector.Output}");
        await QueueEmptiesAsync(collector);
        await result.AssertVisibleOnceAsync(back);
        Assert.InRange(PeakResident(collector), 1, MaxResidentBytes);
    }

    [Fact]
    public async Task Members_of_loadbalancing_keep_traces_whole_and_change_without_loss()
    {
        await using var first = await ClewProcess.StartAsync(_firstData.Path);
        var second = await ClewProcess.StartAsync(_secondData.Path);
        Write(Balanced(first, second));
        await using var collector = await ClewProcess.StartAsync(_collectorData.Path, "--config", File);
        using var sender = new OtlpSender(collector);
        var maker = new SpanMaker(seed: 910, "balanced");
        var before = await SendTracesAsync(sender, maker, 40);
        await QueueEmptiesAsync(collector);
        var (atFirst, atSecond) = (await CountsAsync(first, before), await CountsAsync(second, before));
        Assert.All(before.Keys, trace => Assert.True((atFirst[trace], atSecond[trace]) is (0, 5) or (5, 0), $"trace {trace} is split: {atFirst[trace]} and {atSecond[trace]} of 5 spans"));
        Assert.InRange(atFirst.Values.Count(static count => count > 0), 1, 39);

        // One member is gone: its share waits. Then the file says so as well, and the share goes to the other.
        await second.KillAsync();
        await second.DisposeAsync();
        var after = await SendTracesAsync(sender, maker, 40);
        Write(Balanced(first));
        collector.HangUp();
        await QueueEmptiesAsync(collector);
        Assert.All((await CountsAsync(first, after)).Values, static count => Assert.Equal(5, count));
    }

    [Fact]
    public async Task Headers_of_the_sender_reach_the_next_hop_and_separate_its_tenants()
    {
        await using var hop = await ClewProcess.StartAsync(_firstData.Path, "--set", "tenants.enabled=true");
        Write(Collector(
            $"otlp: {{endpoint: {hop.OtlpGrpc.Authority}, tls: {{insecure: true}}, auth: {{authenticator: headers_setter}}, {Retry}}}", "otlp", "include_metadata: true",
            "extensions: {headers_setter: {headers: [{action: upsert, key: X-Scope-OrgID, from_context: x-scope-orgid}]}}", "extensions: [headers_setter], "));
        await using var collector = await ClewProcess.StartAsync(_collectorData.Path, "--config", File);
        using var client = new HttpClient();
        var maker = new SpanMaker(seed: 920, "tenants");
        var traces = new Dictionary<string, TestSpan[]> { ["blue"] = maker.Trace(2), ["green"] = maker.Trace(2) };
        foreach (var (tenant, trace) in traces)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(collector.OtlpHttp, "/v1/traces")) { Content = new ByteArrayContent(maker.Request(trace)) };
            request.Content.Headers.ContentType = new(OtlpSender.Protobuf);
            request.Headers.Add("X-Scope-OrgID", tenant);
            using var answer = await client.SendAsync(request);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }

        await QueueEmptiesAsync(collector);
        foreach (var (tenant, trace) in traces)
        {
            foreach (var asked in traces.Keys)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(hop.Http, $"/api/v2/traces/{trace[0].TraceHex}"));
                request.Headers.Add("X-Scope-OrgID", asked);
                using var answer = await client.SendAsync(request);
                Assert.Equal(asked == tenant, (await answer.Content.ReadAsStringAsync()).Contains("resourceSpans", StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public async Task Zipkin_exporter_file_exporter_and_routing_each_get_their_share()
    {
        var port = FreePorts.Take();
        await using var hop = await ClewProcess.StartAsync(
            _firstData.Path, "--config", $"yaml:{{receivers: {{otlp: {{protocols: {{grpc: {{}}, http: {{}}}}}}, zipkin: {{endpoint: \"127.0.0.1:{port}\"}}}}, exporters: {{store: {{}}}}, service: {{pipelines: {{traces: {{receivers: [otlp, zipkin], exporters: [store]}}}}}}}}");
        var lines = Path.Combine(_files.Path, "spans.json");
        Write($$$"""
            receivers: {otlp: {protocols: {grpc: {}, http: {} } } }
            exporters:
              zipkin: {endpoint: "http://127.0.0.1:{{{port}}}/api/v2/spans", {{{Retry}}} }
              file: {path: "{{{lines}}}"}
            connectors:
              routing:
                default_pipelines: [traces/file]
                table: [{statement: 'route() where attributes["service.name"] == "to-zipkin"', pipelines: [traces/zipkin]}]
            service:
              pipelines:
                traces/in: {receivers: [otlp], exporters: [routing]}
                traces/zipkin: {receivers: [routing], exporters: [zipkin]}
                traces/file: {receivers: [routing], exporters: [file]}
            """);
        await using var collector = await ClewProcess.StartAsync(_collectorData.Path, "--config", File);
        using var sender = new OtlpSender(collector);
        var (toZipkin, toFile) = (new SpanMaker(seed: 930, "to-zipkin"), new SpanMaker(seed: 931, "to-file"));
        var (zipkin, file) = (toZipkin.Trace(4), toFile.Trace(3));
        await sender.SendGrpcAsync(toZipkin.Request(zipkin));
        await sender.SendHttpAsync(toFile.Request(file));
        await QueueEmptiesAsync(collector);

        using var api = new ClewApi(hop.Http);
        var found = await api.TraceAsync(zipkin[0].TraceHex);
        Assert.Equal(zipkin.Select(static span => (span.SpanHex, span.Name)).Order(), found.Select(static span => (span.SpanId, span.Name)).Order());
        Assert.Empty(await api.TraceAsync(file[0].TraceHex));
        await Poll.UntilAsync(
            () => Task.FromResult(System.IO.File.Exists(lines) && System.IO.File.ReadAllText(lines).Contains(file[0].TraceHex, StringComparison.Ordinal)),
            () => $"'{lines}' has no trace {file[0].TraceHex}. The collector said:\n{collector.Output}");
        Assert.DoesNotContain(zipkin[0].TraceHex, await System.IO.File.ReadAllTextAsync(lines), StringComparison.Ordinal);
    }

    private const string Retry = "retry_on_failure: {initial_interval: 50ms, max_interval: 200ms}";

    private static string Collector(string exporters, string names, string protocol = "", string more = "", string service = "") => $$$"""
        receivers:
          otlp:
            protocols:
              grpc: { {{{protocol}}} }
              http: { {{{protocol}}} }
        processors:
          memory_limiter: {check_interval: 1s, limit_mib: 1024}
          batch: {timeout: 100ms, send_batch_size: 200}
        exporters: { {{{exporters}}} }
        {{{more}}}
        service: { {{{service}}} pipelines: {traces: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [ {{{names}}} ] } } }
        """;

    private static string Balanced(params ClewProcess[] members) => Collector(
        $"loadbalancing: {{protocol: {{otlp: {{tls: {{insecure: true}}}}}}, resolver: {{static: {{hostnames: [{string.Join(", ", members.Select(static member => $"\"{member.OtlpGrpc.Authority}\""))}]}}}}, {Retry}}}", "loadbalancing");

    private static async Task<Dictionary<string, int>> SendTracesAsync(OtlpSender sender, SpanMaker maker, int traces)
    {
        var sent = new Dictionary<string, int>();
        for (var i = 0; i < traces; i++)
        {
            var trace = maker.Trace(5);
            sent.Add(trace[0].TraceHex, trace.Length);
            await sender.SendGrpcAsync(maker.Request(trace));
        }

        return sent;
    }

    private static async Task<Dictionary<string, int>> CountsAsync(ClewProcess process, Dictionary<string, int> traces)
    {
        using var api = new ClewApi(process.Http);
        var counts = new Dictionary<string, int>();
        foreach (var trace in traces.Keys)
        {
            counts.Add(trace, (await api.TraceAsync(trace)).Count);
        }

        return counts;
    }

    private static async Task QueueEmptiesAsync(ClewProcess collector)
    {
        using var client = new HttpClient();
        var report = "";
        await Poll.UntilAsync(
            async () =>
            {
                report = await client.GetStringAsync(new Uri(collector.Http, "/api/v1/pipeline"));
                using var json = System.Text.Json.JsonDocument.Parse(report);
                return json.RootElement.GetProperty("exporters").EnumerateArray()
                    .All(static exporter => !exporter.TryGetProperty("status", out var status) || !status.TryGetProperty("queueSize", out var size) || size.GetInt64() == 0);
            },
            () => $"a queue does not empty: {report}\nThe collector said:\n{collector.Output}");
    }

    private static long PeakResident(ClewProcess process)
    {
        var line = System.IO.File.ReadLines($"/proc/{process.Id.ToString(CultureInfo.InvariantCulture)}/status").Single(static line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
    }

    // Written aside and moved, so that no half file is read.
    private void Write(string text)
    {
        System.IO.File.WriteAllText(File + ".new", text);
        System.IO.File.Move(File + ".new", File, overwrite: true);
    }
}
