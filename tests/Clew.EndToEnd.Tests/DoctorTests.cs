using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using Clew.EndToEnd.Tests.Harness;
using Clew.EndToEnd.Tests.Otlp;

namespace Clew.EndToEnd.Tests;

/// <summary><c>clew doctor</c> and <c>clew pipeline</c> against a running server.</summary>
public sealed class DoctorTests : IDisposable
{
    private readonly TempFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Doctor_of_a_fresh_server_says_that_nothing_arrived_and_that_its_own_span_does()
    {
        await using var clew = await ClewProcess.StartAsync(_data.Path);

        var (code, said) = await RunAsync(clew, "doctor");

        Assert.Equal(1, code);
        Assert.Contains("Likely cause: Nothing has arrived since the start.", said);
        Assert.Contains("OTEL_EXPORTER_OTLP_ENDPOINT", said);
        Assert.Equal(2, said.Split("was acknowledged and found again at once").Length - 1);

        // Its own spans are no traffic: asked again, it says the same.
        (code, said) = await RunAsync(clew, "doctor");
        Assert.Equal(1, code);
        Assert.Contains("Likely cause: Nothing has arrived since the start.", said);
    }

    [Fact]
    public async Task Doctor_sends_a_span_to_each_protocol_that_answers()
    {
        var (grpc, thrift, zipkin) = (FreePorts.Take(), FreePorts.Take(), FreePorts.Take());
        await using var clew = await ClewProcess.StartAsync(
            _data.Path, "--config",
            $"yaml:{{receivers: {{otlp: {{protocols: {{grpc: {{}}, http: {{}}}}}}, zipkin: {{endpoint: '127.0.0.1:{zipkin}'}}, jaeger: {{protocols: {{grpc: {{endpoint: '127.0.0.1:{grpc}'}}, thrift_http: {{endpoint: '127.0.0.1:{thrift}'}}}}}}}}, "
            + "exporters: {store: {}}, service: {pipelines: {traces: {receivers: [otlp, jaeger, zipkin], exporters: [store]}}}}");

        var (_, said) = await RunAsync(clew, "doctor");

        foreach (var endpoint in (string[])["otlp (grpc,", "otlp (http,", "jaeger (grpc,", "jaeger (thrift_http,", "zipkin (http_v2_json,"])
        {
            Assert.Contains($"A test span to {endpoint}", said);
        }

        Assert.Equal(5, said.Split("was acknowledged and found again at once").Length - 1);
    }

    [Fact]
    public async Task Doctor_names_the_sender_and_what_was_refused_and_why()
    {
        await using var clew = await ClewProcess.StartAsync(_data.Path);
        using var sender = new OtlpSender(clew);
        var maker = new SpanMaker(seed: 600, "known");
        await sender.SendGrpcAsync(maker.Request(maker.Trace(3)));
        using (var client = new HttpClient())
        using (var body = new StringContent("{ not json", System.Text.Encoding.UTF8, "application/json"))
        {
            using var answer = await client.PostAsync(new Uri(clew.OtlpHttp, "/v1/traces"), body);
        }

        using (var tls = new TcpClient("127.0.0.1", clew.OtlpGrpc.Port))
        {
            // The first bytes of a TLS ClientHello.
            await tls.GetStream().WriteAsync(new byte[] { 0x16, 0x03, 0x01, 0x00, 0xc8, 0x01, 0x00, 0x00, 0xc4, 0x03, 0x03 });
            await GoneAsync(tls.GetStream());
        }

        var (code, said) = await RunAsync(clew, "doctor", "--no-test");

        Assert.Equal(1, code);
        Assert.Contains("3 spans were accepted by otlp over grpc", said);
        Assert.Contains("127.0.0.1", said);
        Assert.Contains("otlp (http) refused 0 spans and 1 requests", said);
        Assert.Contains("1 connections spoke TLS to the plaintext port of otlp (grpc)", said);
        Assert.DoesNotContain("clew-doctor", said);
    }

    [Fact]
    public async Task Doctor_without_a_server_says_where_it_looked()
    {
        var (code, said) = await RunAsync(new Uri($"http://127.0.0.1:{FreePorts.Take()}"), "doctor");
        Assert.Equal(1, code);
        Assert.Contains("Is the server running?", said);
    }

    [Fact]
    public async Task Pipeline_counts_what_each_component_was_given_and_dropped()
    {
        await using var clew = await ClewProcess.StartAsync(
            _data.Path, "--config",
            "yaml:{receivers: {otlp: {protocols: {grpc: {}, http: {}}}}, processors: {probabilistic_sampler: {sampling_percentage: 0}}, exporters: {store: {}}, "
            + "service: {pipelines: {traces: {receivers: [otlp], processors: [probabilistic_sampler], exporters: [store]}}}}");
        using var sender = new OtlpSender(clew);
        var maker = new SpanMaker(seed: 610, "sampled");
        await sender.SendGrpcAsync(maker.Request(maker.Trace(4)));

        var (code, said) = await RunAsync(clew, "pipeline", "--json");
        Assert.Equal(0, code);
        using var report = JsonDocument.Parse(said);
        var stage = report.RootElement.GetProperty("stages").EnumerateArray().First(stage => stage.GetProperty("id").GetString() == "probabilistic_sampler");
        Assert.Equal(4, stage.GetProperty("spansIn").GetInt64());
        Assert.Equal(0, stage.GetProperty("spansOut").GetInt64());

        (code, said) = await RunAsync(clew, "doctor", "--no-test");
        Assert.Contains("probabilistic_sampler in pipeline traces dropped 100 % of the spans on purpose", said);
        (code, said) = await RunAsync(clew, "pipeline");
        Assert.Contains("4 dropped", said);
    }

    [Fact]
    public async Task Tap_shows_spans_that_pass_and_names_the_places_there_are()
    {
        await using var clew = await ClewProcess.StartAsync(_data.Path);
        using var client = new HttpClient();
        using var sender = new OtlpSender(clew);
        var maker = new SpanMaker(seed: 620, "tapped");
        using var answer = await client.GetAsync(new Uri(clew.Http, "/api/v1/pipeline/tap?component=store&limit=1&seconds=300"), HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var trace = maker.Trace(2);
        await sender.SendGrpcAsync(maker.Request(trace));

        using var line = JsonDocument.Parse((await lines.ReadLineAsync())!);
        Assert.Contains(trace[0].TraceHex, line.RootElement.GetRawText());

        var (code, said) = await RunAsync(clew, "pipeline", "tap", "nowhere");
        Assert.Equal(1, code);
        Assert.Contains("has no component 'nowhere'; it has: store", said);
    }

    /// <summary>Reads until the server has closed the connection, in whichever way.</summary>
    private static async Task GoneAsync(NetworkStream stream)
    {
        var answer = new byte[1024];
        try
        {
            while (await stream.ReadAsync(answer) > 0)
            {
            }
        }
        catch (IOException)
        {
        }
    }

    private static Task<(int Code, string Said)> RunAsync(ClewProcess clew, params string[] arguments) => RunAsync(clew.Http, arguments);

    private static async Task<(int Code, string Said)> RunAsync(Uri server, params string[] arguments)
    {
        var start = new ProcessStartInfo(Repository.Program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[.. arguments, "--server", server.ToString()])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var (said, complained) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await said + await complained);
    }
}
