using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Clew.EndToEnd.Tests.Harness;
using Clew.EndToEnd.Tests.Otlp;

namespace Clew.EndToEnd.Tests;

/// <summary>
/// The user guide followed by somebody who has never seen it: its files as printed, its ports, its host names, its commands. Only the bucket
/// is another (<c>BucketTests</c> has one): spans stay in a folder.
/// </summary>
public sealed class GuideWalkTests : IDisposable
{
    private const string CollectorHost = "otel-opentelemetry-collector.tracing.svc.cluster.local";
    private const string TempoHost = "tempo.tracing.svc.cluster.local";
    private const string LocalFolder = "storage.backend=local";
    private const int Traces = 300;

    private readonly TempFolder _collectorData = new();
    private readonly TempFolder _tempoData = new();
    private readonly TempFolder _files = new();

    private static string Otel => GuideFile("otel-values.yaml");

    private static string Tempo => GuideFile("tempo-values.yaml");

    public void Dispose()
    {
        _collectorData.Dispose();
        _tempoData.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task Both_files_in_one_process_do_what_the_guide_promises()
    {
        await using var network = await PrivateNetwork.CreateAsync([CollectorHost, TempoHost]);
        await using var clew = await Server.StartAsync(network, 0, _tempoData.Path, "--config", Tempo, "--config", Otel, "--set", LocalFolder);
        await WalkAsync(network, collector: 0, tempo: 0, clew);
    }

    [Fact]
    public async Task Collector_and_store_as_two_processes_do_what_the_guide_promises()
    {
        await using var network = await PrivateNetwork.CreateAsync([CollectorHost], [TempoHost]);
        await using var tempo = await Server.StartAsync(network, 1, _tempoData.Path, "--config", Tempo, "--set", LocalFolder);
        await using var collector = await Server.StartAsync(network, 0, _collectorData.Path, "--config", Otel);
        await WalkAsync(network, collector: 0, tempo: 1, collector);
    }

    /// <summary>"트레이스가 수집되지 않음": the guide's steps, and the command that takes them by itself.</summary>
    [Fact]
    public async Task Traces_are_not_collected_and_the_doctor_says_why()
    {
        await using var network = await PrivateNetwork.CreateAsync([CollectorHost], [TempoHost]);
        await using var collector = await Server.StartAsync(network, 0, _collectorData.Path, "--config", Otel);

        // Step 3, from another machine: the port answers, and says that it is not for this.
        var (_, answer) = await RunAsync(network, 1, "curl", "-v", $"{CollectorHost}:4317");
        Assert.Contains("Connected to", answer);
        Assert.Contains("OTLP", answer);

        // Nothing was sent yet, and nobody listens where the collector sends.
        var (code, said) = await DoctorAsync(network, 0);
        Assert.Equal(1, code);
        Assert.Contains("Nothing has arrived since the start.", said);
        await PostAsync(network, 1, Path.Combine(_files.Path, "first"), new SpanMaker(seed: 710, "my-service"), Sampled(seed: 710, 1));
        await Poll.UntilAsync(
            async () =>
            {
                (code, said) = await DoctorAsync(network, 0);
                return said.Contains($"Exporter otlp cannot deliver to http://{TempoHost}:4317.", StringComparison.Ordinal);
            },
            () => said);
        Assert.Equal(1, code);
        Assert.Contains("Likely cause: Exporter otlp cannot deliver", said);
        Assert.DoesNotContain("Nothing has arrived", said);

        // The next hop is there: what was acknowledged meanwhile arrives, and the doctor has nothing more to say about it.
        await using var tempo = await Server.StartAsync(network, 1, _tempoData.Path, "--config", Tempo, "--set", LocalFolder);
        await Poll.UntilAsync(async () => (await FoundAsync(network, 1, "tags=service.name=my-service&limit=1000")).Count == 1, () => $"{collector.Output}\n{tempo.Output}");
        (_, said) = await DoctorAsync(network, 0);
        Assert.DoesNotContain("cannot deliver", said);
    }

    private async Task WalkAsync(PrivateNetwork network, int collector, int tempo, Server entry)
    {
        // Applications send to the collector by its name; a tenth of the traces is kept, each of them whole.
        var maker = new SpanMaker(seed: 700, "my-service");
        TestSpan[][] traces = [.. Enumerable.Range(0, Traces).Select(_ => maker.Trace(3))];
        await PostAsync(network, tempo, Path.Combine(_files.Path, "traces"), maker, traces);
        var kept = traces.Where(static trace => IsSampled(trace[0].TraceId)).ToDictionary(static trace => trace[0].TraceHex);
        Assert.InRange(kept.Count, Traces / 20, Traces / 5);
        List<string> found = [];
        await Poll.UntilAsync(
            async () => (found = await FoundAsync(network, tempo, "tags=service.name=my-service&limit=1000")).Count >= kept.Count,
            () => $"{found.Count} of {kept.Count} traces are there. The collector said:\n{entry.Output}");
        Assert.Equal(kept.Keys.Order(), found.Order());

        // "Trace ID로 조회" and "검색", as printed.
        foreach (var (id, trace) in kept)
        {
            var (code, body) = await RunAsync(network, tempo, "curl", "--silent", "--fail", $"http://localhost:3200/api/traces/{id}");
            Assert.Equal(0, code);
            Assert.All(trace, span => Assert.Contains(Convert.ToBase64String(span.SpanId), body));
        }

        Assert.NotEmpty(await FoundAsync(network, tempo, "tags=service.name=my-service"));

        // Istio's proxies send Zipkin spans to the collector; the file names no Zipkin receiver, the chart brings it.
        var zipkin = Sampled(seed: 720, 1)[0][0].TraceHex;
        var proxy = Path.Combine(_files.Path, "zipkin.json");
        await File.WriteAllTextAsync(proxy, $$$"""
            [{"traceId":"{{{zipkin}}}","id":"{{{zipkin[..16]}}}","kind":"SERVER","name":"reviews.default.svc.cluster.local:9080/*","timestamp":{{{SpanMaker.Base / 1000}}},"duration":5000,"localEndpoint":{"serviceName":"reviews.default"},"tags":{"istio.canonical_service":"reviews"}}]
            """);
        Assert.Equal(0, (await RunAsync(network, tempo, "curl", "--silent", "--fail", "--data-binary", $"@{proxy}", "--header", "Content-Type: application/json", $"http://{CollectorHost}:9411/api/v2/spans")).Code);
        await Poll.UntilAsync(async () => (await FoundAsync(network, tempo, "tags=service.name=reviews.default")).Contains(zipkin), () => $"the proxy's trace is not there. The collector said:\n{entry.Output}");

        // All ports answer, and the sampling explains what is missing.
        var (_, said) = await DoctorAsync(network, collector);
        Assert.Contains("probabilistic_sampler in pipeline traces dropped", said);
        Assert.DoesNotContain("was refused", said);
        Assert.DoesNotContain("could not be sent", said);
    }

    private static Task<(int Code, string Output)> DoctorAsync(PrivateNetwork network, int machine) => RunAsync(network, machine, Repository.Program, "doctor");

    private static async Task PostAsync(PrivateNetwork network, int from, string file, SpanMaker maker, TestSpan[][] traces)
    {
        await File.WriteAllBytesAsync(file, maker.Request(traces.SelectMany(static trace => trace)));
        var (code, output) = await RunAsync(network, from, "curl", "--silent", "--show-error", "--fail-with-body", "--data-binary", $"@{file}", "--header", "Content-Type: application/x-protobuf", $"http://{CollectorHost}:4318/v1/traces");
        Assert.True(code == 0, output);
    }

    private static async Task<List<string>> FoundAsync(PrivateNetwork network, int machine, string parameters)
    {
        var (code, body) = await RunAsync(network, machine, "curl", "--silent", "--show-error", "--fail-with-body", $"http://localhost:3200/api/search?{parameters}");
        Assert.True(code == 0, body);
        using var json = JsonDocument.Parse(body);
        return [.. json.RootElement.GetProperty("traces").EnumerateArray().Select(static trace => trace.GetProperty("traceID").GetString()!.PadLeft(32, '0'))];
    }

    private static TestSpan[][] Sampled(int seed, int count)
    {
        var maker = new SpanMaker(seed, "my-service");
        return [.. Enumerable.Range(0, 1000).Select(_ => maker.Trace(1)).Where(static trace => IsSampled(trace[0].TraceId)).Take(count)];
    }

    /// <summary>The Collector's <c>hash_seed</c> mode at 10 %: FNV-1a over a seed of zero and the id, its low 14 bits below 10 × 163.84.</summary>
    private static bool IsSampled(byte[] traceId)
    {
        var hash = 2166136261u;
        foreach (var b in (byte[])[0, 0, 0, 0, .. traceId])
        {
            hash = unchecked((hash ^ b) * 16777619u);
        }

        return (hash & 0x3FFF) < 1638;
    }

    private static async Task<(int Code, string Output)> RunAsync(PrivateNetwork network, int machine, params string[] command)
    {
        var started = network.On(machine, command);
        return await CommandLine.RunProgramAsync(started[0], Path.GetTempPath(), started[1..]);
    }

    private static string GuideFile(string name) => Path.Combine(Repository.Root, "tests", "Clew.Server.Tests", "data", name);

    /// <summary><c>clew serve</c> on a machine, with nothing but what the guide gives it.</summary>
    private sealed class Server : IAsyncDisposable
    {
        private readonly Process _process;
        private readonly ConcurrentQueue<string> _output = new();

        private Server(string[] command)
        {
            var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (var argument in command[1..])
            {
                start.ArgumentList.Add(argument);
            }

            _process = new Process { StartInfo = start };
            _process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
            _process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
            _process.Start();
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public string Output => string.Join('\n', _output);

        public static async Task<Server> StartAsync(PrivateNetwork network, int machine, string data, params string[] arguments)
        {
            var server = new Server(network.On(machine, [Repository.Program, "serve", "--data", data, .. arguments]));
            await Poll.UntilAsync(
                async () => server._process.HasExited
                    ? throw new InvalidOperationException($"clew ended with {server._process.ExitCode.ToString(CultureInfo.InvariantCulture)}. It said:\n{server.Output}")
                    : (await RunAsync(network, machine, "curl", "--silent", "--fail", "http://localhost:3200/ready")).Code == 0,
                () => $"clew is not ready. It said:\n{server.Output}");
            return server;
        }

        public async ValueTask DisposeAsync()
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
    }
}
