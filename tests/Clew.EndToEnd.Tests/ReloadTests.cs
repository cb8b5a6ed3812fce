using System.Net;
using System.Text.Json;
using Clew.EndToEnd.Tests.Api;
using Clew.EndToEnd.Tests.Harness;
using Clew.EndToEnd.Tests.Otlp;

namespace Clew.EndToEnd.Tests;

/// <summary>A configuration that changes under a running server.</summary>
public sealed class ReloadTests : IDisposable
{
    private const string Store = """
        receivers: {otlp: {protocols: {grpc: {}, http: {}}}}
        exporters: {store: {}}
        service: {pipelines: {traces: {receivers: [otlp], exporters: [store]}}}
        """;

    private readonly TempFolder _data = new();
    private readonly TempFolder _files = new();

    private string File => Path.Combine(_files.Path, "clew.yaml");

    public void Dispose()
    {
        _data.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task Changed_file_exchanges_the_pipelines_under_load_and_loses_nothing()
    {
        Write(Store);
        await using var clew = await ClewProcess.StartAsync(_data.Path, "--config", File);
        await using var load = new Load(clew, seed: 500, "reloaded");
        await load.UntilAcknowledgedAsync(50);
        for (var round = 1; round <= 4; round++)
        {
            Write(Store.Replace("exporters: [store]", round % 2 == 1 ? "processors: [batch], exporters: [store]" : "exporters: [store]", StringComparison.Ordinal)
                + (round % 2 == 1 ? "\nprocessors: {batch: {}}" : ""));
            await ReloadedAsync(clew, round);
            await load.UntilAcknowledgedAsync(50 + (round * 50));
        }

        var result = await load.StopAsync();
        await result.AssertVisibleOnceAsync(clew);
    }

    [Fact]
    public async Task Hang_up_with_a_broken_file_keeps_the_running_configuration_and_says_why()
    {
        Write(Store);
        await using var clew = await ClewProcess.StartAsync(_data.Path, "--config", File);
        Write(Store.Replace("exporters: [store]", "exporters: [stoer]", StringComparison.Ordinal));
        clew.HangUp();

        var reload = await ReloadedAsync(clew, 1);

        Assert.False(reload.GetProperty("lastSucceeded").GetBoolean());
        Assert.Contains("stoer", reload.GetProperty("lastMessage").GetString());
        var (_, said) = await CommandLine.RunAsync(_files.Path, "doctor", "--no-test", "--server", clew.Http.ToString());
        Assert.Contains("The configuration on disk does not run", said);
        Assert.Contains("stoer", said);
        await SendAndFindAsync(clew, seed: 510);
    }

    [Fact]
    public async Task Exporter_that_cannot_start_is_refused_and_the_old_pipelines_go_on()
    {
        Write(Store);
        await using var clew = await ClewProcess.StartAsync(_data.Path, "--config", File);
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var taken = ((IPEndPoint)listener.LocalEndpoint).Port;
        Write(Store.Replace("receivers: {otlp:", $"receivers: {{zipkin: {{endpoint: 127.0.0.1:{taken}}}, otlp:", StringComparison.Ordinal)
            .Replace("receivers: [otlp]", "receivers: [otlp, zipkin]", StringComparison.Ordinal));

        var reload = await ReloadedAsync(clew, 1);

        Assert.False(reload.GetProperty("lastSucceeded").GetBoolean());
        Assert.Contains($"{taken}", reload.GetProperty("lastMessage").GetString());
        await SendAndFindAsync(clew, seed: 520);
    }

    [Fact]
    public async Task New_receiver_listens_after_a_reload_and_goes_with_the_next()
    {
        Write(Store);
        await using var clew = await ClewProcess.StartAsync(_data.Path, "--config", File);
        var port = FreePorts.Take();
        Write(Store.Replace("receivers: {otlp:", $"receivers: {{zipkin: {{endpoint: 127.0.0.1:{port}}}, otlp:", StringComparison.Ordinal)
            .Replace("receivers: [otlp]", "receivers: [otlp, zipkin]", StringComparison.Ordinal));
        Assert.True((await ReloadedAsync(clew, 1)).GetProperty("lastSucceeded").GetBoolean());

        using var client = new HttpClient();
        using var body = new StringContent("""[{"traceId":"463ac35c9f6413ad48485a3953bb6124","id":"a2fb4a1d1a96d312","name":"reloaded","localEndpoint":{"serviceName":"z"}}]""");
        using var answer = await client.PostAsync(new Uri($"http://127.0.0.1:{port}/api/v2/spans"), body);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);

        Write(Store);
        Assert.True((await ReloadedAsync(clew, 2)).GetProperty("lastSucceeded").GetBoolean());
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri($"http://127.0.0.1:{port}/")));
        await SendAndFindAsync(clew, seed: 530);
    }

    [Fact]
    public async Task Authenticator_that_changed_is_asked_by_a_receiver_that_did_not()
    {
        Write(WithPassword("one"));
        await using var clew = await ClewProcess.StartAsync(_data.Path, "--config", File);
        Assert.Equal(HttpStatusCode.OK, await KnockAsync(clew, "one"));
        Write(WithPassword("two"));
        Assert.True((await ReloadedAsync(clew, 1)).GetProperty("lastSucceeded").GetBoolean());
        Assert.Equal(HttpStatusCode.Unauthorized, await KnockAsync(clew, "one"));
        Assert.Equal(HttpStatusCode.OK, await KnockAsync(clew, "two"));

        static string WithPassword(string password) => Store.Replace("{grpc: {}, http: {}}", "{grpc: {auth: {authenticator: basicauth}}, http: {auth: {authenticator: basicauth}}}", StringComparison.Ordinal)
            .Replace("service: {", "service: {extensions: [basicauth], ", StringComparison.Ordinal) + $"\nextensions: {{basicauth: {{htpasswd: {{inline: 'ann:{password}'}}}}}}\n";
    }

    [Fact]
    public async Task Extension_that_listens_comes_and_goes_with_a_reload()
    {
        Write(Store);
        await using var clew = await ClewProcess.StartAsync(_data.Path, "--config", File);
        var (pages, health) = (FreePorts.Take(), FreePorts.Take());
        using var client = new HttpClient();
        Write(With($"zpages: {{endpoint: 127.0.0.1:{pages}}}", "zpages"));
        Assert.True((await ReloadedAsync(clew, 1)).GetProperty("lastSucceeded").GetBoolean());
        foreach (var page in (string[])["servicez", "pipelinez", "extensionz", "featurez", "tracez", "expvarz"])
        {
            Assert.NotEmpty(await client.GetStringAsync(new Uri($"http://127.0.0.1:{pages}/debug/{page}")));
        }

        // One that cannot listen: the reload is refused, and the one that ran runs.
        using (var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, health))
        {
            taken.Start();
            Write(With($"health_check: {{endpoint: 127.0.0.1:{health}}}", "health_check"));
            var refused = await ReloadedAsync(clew, 2);
            Assert.False(refused.GetProperty("lastSucceeded").GetBoolean());
            Assert.Contains("health_check", refused.GetProperty("lastMessage").GetString());
            Assert.Contains("otlp", await client.GetStringAsync(new Uri($"http://127.0.0.1:{pages}/debug/pipelinez")), StringComparison.Ordinal);
        }

        Write(Store);
        Assert.True((await ReloadedAsync(clew, 3)).GetProperty("lastSucceeded").GetBoolean());
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri($"http://127.0.0.1:{pages}/debug/servicez")));

        static string With(string extension, string name) => Store.Replace("service: {", $"service: {{extensions: [{name}], ", StringComparison.Ordinal) + $"\nextensions: {{{extension}}}\n";
    }

    private static async Task<HttpStatusCode> KnockAsync(ClewProcess clew, string password)
    {
        var maker = new SpanMaker(seed: 540, "authenticated");
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(clew.OtlpHttp, "/v1/traces")) { Content = new ByteArrayContent(maker.Request(maker.Trace(1))) };
        request.Content.Headers.ContentType = new(OtlpSender.Protobuf);
        request.Headers.Authorization = new("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"ann:{password}")));
        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }

    private static async Task SendAndFindAsync(ClewProcess clew, int seed)
    {
        var maker = new SpanMaker(seed, "after-reload");
        var trace = maker.Trace(2);
        using var sender = new OtlpSender(clew);
        await sender.SendGrpcAsync(maker.Request(trace));
        using var api = new ClewApi(clew.Http);
        Assert.Equal(2, (await api.TraceAsync(trace[0].TraceHex)).Count);
    }

    /// <summary>Waits for the outcome of the reload with this number.</summary>
    private static async Task<JsonElement> ReloadedAsync(ClewProcess clew, int number)
    {
        using var client = new HttpClient();
        JsonElement reload = default;
        await Poll.UntilAsync(
            async () =>
            {
                using var report = JsonDocument.Parse(await client.GetStringAsync(new Uri(clew.Http, "/api/v1/pipeline")));
                reload = report.RootElement.GetProperty("reload").Clone();
                return reload.GetProperty("reloads").GetInt32() >= number;
            },
            () => $"no reload {number}. clew said:\n{clew.Output}");
        return reload;
    }

    // Written aside and moved, so that no half file is read.
    private void Write(string text)
    {
        System.IO.File.WriteAllText(File + ".new", text);
        System.IO.File.Move(File + ".new", File, overwrite: true);
    }
}
