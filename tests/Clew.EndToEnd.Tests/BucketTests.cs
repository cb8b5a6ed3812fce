using Clew.Buckets.Tests.Support;
using Clew.EndToEnd.Tests.Api;
using Clew.EndToEnd.Tests.Harness;
using Clew.EndToEnd.Tests.Otlp;

namespace Clew.EndToEnd.Tests;

/// <summary>The whole program over a real S3 server, configured with the values of the user guide.</summary>
[Trait("area", "storage")]
public sealed class BucketTests(RadosGateway gateway) : IClassFixture<RadosGateway>, IDisposable
{
    private readonly TempFolder _first = new();
    private readonly TempFolder _second = new();

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public async Task Spans_are_answered_from_the_bucket_by_a_process_with_an_empty_folder()
    {
        var values = await GuideValuesAsync();
        var maker = new SpanMaker(seed: 900, "in the bucket");
        TestSpan[][] traces = [.. Enumerable.Range(0, 30).Select(_ => maker.Trace(6))];
        await using (var first = await ClewProcess.StartAsync(_first.Path, [.. values, .. QuickCuts]))
        {
            await Poll.UntilAsync(() => Task.FromResult(first.Output.Contains("bucket", StringComparison.Ordinal)), () => $"no word of a bucket. clew said:\n{first.Output}");
            Assert.DoesNotContain(RadosGateway.SecretKey, first.Output);
            using var sender = new OtlpSender(first);
            foreach (var trace in traces)
            {
                await sender.SendGrpcAsync(maker.Request(trace));
            }

            await BlocksAreInTheBucketAsync(first);
            first.Terminate();
            Assert.Equal(0, await first.ExitAsync());
        }

        await using var second = await ClewProcess.StartAsync(_second.Path, values);
        using var api = new ClewApi(second.Http);
        foreach (var trace in traces)
        {
            Assert.Equal(trace.Select(static span => span.SpanHex).Order(), (await api.TraceAsync(trace[0].TraceHex)).Select(static span => span.SpanId).Order());
        }

        var found = await api.SearchAsync($"{{ resource.service.name = \"{maker.Service}\" }}");
        Assert.Equal(traces.Select(static trace => trace[0].TraceHex).Order(), found.Select(static trace => trace.TraceId).Order());
    }

    [Fact]
    public async Task Cold_query_says_how_many_requests_it_took_and_a_warm_one_takes_none()
    {
        var values = await GuideValuesAsync();
        var maker = new SpanMaker(seed: 920, "cold");
        await using (var first = await ClewProcess.StartAsync(_first.Path, [.. values, .. QuickCuts]))
        {
            using var sender = new OtlpSender(first);
            for (var i = 0; i < 50; i++)
            {
                await sender.SendGrpcAsync(maker.Request(maker.Trace(10)));
            }

            await BlocksAreInTheBucketAsync(first);
            first.Terminate();
            await first.ExitAsync();
        }

        await using var second = await ClewProcess.StartAsync(_second.Path, values);
        using var http = new HttpClient();
        var query = Uri.EscapeDataString($"{{ resource.service.name = \"{maker.Service}\" }}");
        var search = new Uri(second.Http, $"/api/search?q={query}&limit=200");
        var blocks = MetricsText.Value(await http.GetStringAsync(new Uri(second.Http, "/metrics")), "clew_store_block_count");
        using var cold = await http.GetAsync(search);
        using var warm = await http.GetAsync(search);
        Assert.Equal(await cold.Content.ReadAsStringAsync(), await warm.Content.ReadAsStringAsync());
        Assert.False(cold.Headers.Contains("X-Clew-Incomplete"));

        // A block of this size is a page or two a file: opening brought the small files, a query at most the pages of spans.parquet.
        var requests = cold.Headers.TryGetValues("X-Clew-Store-Requests", out var said) ? int.Parse(said.Single(), System.Globalization.CultureInfo.InvariantCulture) : 0;
        Assert.InRange(requests, 0, 4 * (int)blocks);
        Assert.False(warm.Headers.Contains("X-Clew-Store-Requests"));
    }

    [Fact]
    public async Task Store_in_the_bucket_is_verified_from_the_command_line()
    {
        var values = await GuideValuesAsync();
        var maker = new SpanMaker(seed: 930, "verified");
        await using (var first = await ClewProcess.StartAsync(_first.Path, [.. values, .. QuickCuts]))
        {
            using var sender = new OtlpSender(first);
            await sender.SendGrpcAsync(maker.Request(maker.Trace(10)));
            await BlocksAreInTheBucketAsync(first);
        }

        var (code, output) = await CommandLine.RunAsync(_second.Path, ["storage", "verify", "--data", _second.Path, .. values]);
        Assert.True(code == 0, output);
        Assert.Contains("The store is whole", output);
    }

    [Fact]
    public async Task Spans_that_reached_only_the_log_come_back_after_kill()
    {
        var values = await GuideValuesAsync();
        var maker = new SpanMaker(seed: 910, "in the log");
        var trace = maker.Trace(4);
        await using (var first = await ClewProcess.StartAsync(_first.Path, values))
        {
            using var sender = new OtlpSender(first);
            await sender.SendGrpcAsync(maker.Request(trace));
            await first.KillAsync();
        }

        await using var again = await ClewProcess.StartAsync(_first.Path, values);
        using var api = new ClewApi(again.Http);
        Assert.Equal(4, (await api.TraceAsync(trace[0].TraceHex)).Count);
    }

    [Fact]
    public async Task Two_processes_with_folders_of_their_own_share_a_bucket_and_each_answers_for_both()
    {
        // The guide's chart brings Jaeger's ports, which only one of two can have.
        var own = Path.Combine(_first.Path, "shared.yaml");
        await File.WriteAllTextAsync(own, $$"""
            storage:
              backend: s3
              s3: {bucket: {{await gateway.BucketAsync()}}, endpoint: '{{gateway.Endpoint}}', access_key: {{RadosGateway.AccessKey}}, secret_key: {{RadosGateway.SecretKey}}, insecure: true}
            """);
        string[] values = ["--config", own];
        await using var first = await ClewProcess.StartAsync(_first.Path, [.. values, .. QuickCuts]);
        await using var second = await ClewProcess.StartAsync(_second.Path, [.. values, .. QuickCuts]);
        var makers = new[] { new SpanMaker(seed: 940, "of the first"), new SpanMaker(seed: 941, "of the second") };
        var traces = new List<TestSpan[]>();
        for (var i = 0; i < 20; i++)
        {
            // Half of each trace to either process.
            var trace = makers[i % 2].Trace(6);
            traces.Add(trace);
            using var left = new OtlpSender(first);
            using var right = new OtlpSender(second);
            await left.SendGrpcAsync(makers[i % 2].Request(trace[..3]));
            await right.SendGrpcAsync(makers[i % 2].Request(trace[3..]));
        }

        foreach (var process in (ClewProcess[])[first, second])
        {
            using var api = new ClewApi(process.Http);
            foreach (var trace in traces)
            {
                var seen = new List<string>();
                await Poll.UntilAsync(
                    async () =>
                    {
                        seen = [.. (await api.TraceAsync(trace[0].TraceHex)).Select(static span => span.SpanId).Order()];
                        return seen.Count >= trace.Length;
                    },
                    () => $"{seen.Count} of {trace.Length} spans are seen. clew said:\n{process.Output}", TimeSpan.FromSeconds(60));
                Assert.Equal(trace.Select(static span => span.SpanHex).Order(), seen);
            }
        }
    }

    [Fact]
    public async Task Start_on_a_bucket_that_does_not_exist_fails_and_names_it()
    {
        var values = Path.Combine(_first.Path, "values.yaml");
        await File.WriteAllTextAsync(values, Guide("no-such-bucket"));
        await using var process = ClewProcess.Launch(_first.Path, "--config", values);
        Assert.Equal(1, await process.ExitAsync());
        Assert.Contains("s3 bucket 'no-such-bucket'", process.Output);
        Assert.Contains("storage.s3.bucket", process.Output);
        Assert.DoesNotContain(RadosGateway.SecretKey, process.Output);
    }

    private static readonly string[] QuickCuts =
        ["--set", "storage.head.trace_idle=100ms", "--set", "storage.head.trace_max_age=100ms", "--set", "storage.block.min_interval=0s"];

    private async Task<string[]> GuideValuesAsync()
    {
        var values = Path.Combine(_first.Path, "tempo-values.yaml");
        await File.WriteAllTextAsync(values, Guide(await gateway.BucketAsync()));
        return ["--config", values];
    }

    /// <summary>The user guide's values: only what names the server, the bucket and the keys is another.</summary>
    private string Guide(string bucket) => $"""
        tempo:
          storage:
            trace:
              backend: s3
              s3:
                bucket: {bucket}
                endpoint: {gateway.Endpoint}
                access_key: {RadosGateway.AccessKey}
                secret_key: {RadosGateway.SecretKey}
                insecure: true

          retention: 168h

          receivers:
            otlp:
              protocols:
                grpc:
                  endpoint: 127.0.0.1:0
                http:
                  endpoint: 127.0.0.1:0
        """;

    /// <summary>Everything is cut when the process has no span in memory any more.</summary>
    private static async Task BlocksAreInTheBucketAsync(ClewProcess process)
    {
        using var http = new HttpClient();
        await Poll.UntilAsync(
            async () =>
            {
                var metrics = await http.GetStringAsync(new Uri(process.Http, "/metrics"));
                return MetricsText.Value(metrics, "clew_store_head_spans") == 0 && MetricsText.Value(metrics, "clew_store_block_spans") > 0;
            },
            () => $"spans are still in memory. clew said:\n{process.Output}");
    }
}
