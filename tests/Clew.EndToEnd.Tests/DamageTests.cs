using Clew.EndToEnd.Tests.Api;
using Clew.EndToEnd.Tests.Harness;
using Clew.EndToEnd.Tests.Otlp;

namespace Clew.EndToEnd.Tests;

/// <summary>Changed bytes in a store: the file is set aside and named, and everything else is served.</summary>
public sealed class DamageTests : IDisposable
{
    private static readonly string[] Settings =
        ["--set", "storage.head.trace_idle=100ms", "--set", "storage.head.trace_max_age=100ms", "--set", "storage.block.min_interval=0s"];

    private readonly TempFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Theory]
    [InlineData("meta.json", true)]
    [InlineData("traces.idx", false)]
    [InlineData("traces.parquet", false)]
    [InlineData("spans.parquet", false)]
    [InlineData("resources.parquet", false)]
    [InlineData("scopes.parquet", false)]
    [InlineData("rollups.parquet", false)]
    public async Task Damaged_file_of_a_block_leaves_the_other_blocks_served(string name, bool isNoticedAtTheStart)
    {
        var damaged = await BlockOfAsync("damaged", seed: 960);
        var whole = await BlockOfAsync("whole", seed: 961);
        // The oldest block's, as ids begin with the time.
        var file = Directory.GetFiles(_data.Path, name, SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        Damage(file);

        await using var process = await ClewProcess.StartAsync(_data.Path, Settings);
        using var api = new ClewApi(process.Http);
        foreach (var trace in whole)
        {
            Assert.Equal(trace.Length, (await api.TraceAsync(trace[0].TraceHex)).Count);
        }

        Assert.Equal(whole.Length, (await api.SearchAsync("{ resource.service.name = \"whole\" }")).Count);
        if (name == "rollups.parquet")
        {
            // Counted from the spans.
            var (_, rolledUp) = await AnswerSet.SpansByServiceAsync(process);
            Assert.Equal(damaged.Sum(static trace => trace.Length), rolledUp["damaged"]);
        }

        if (isNoticedAtTheStart)
        {
            Assert.Contains(Path.GetFileName(Path.GetDirectoryName(file))!, process.Output);
            Assert.Equal(1, MetricsText.Value(await MetricsText.OfAsync(process), "clew_store_faults_total", "step=\"open\""));
        }
    }

    [Fact]
    public async Task Damaged_manifest_sets_its_tenant_aside_with_words()
    {
        await BlockOfAsync("unreadable", seed: 962);
        var entry = Directory.GetFiles(_data.Path, "0*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        Damage(entry);

        await using var process = await ClewProcess.StartAsync(_data.Path, Settings);
        using var api = new ClewApi(process.Http);
        using var answer = await api.GetAsync("/api/search?q=%7B%7D");
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains(Path.GetFileName(entry), await answer.Content.ReadAsStringAsync());
    }

    private static void Damage(string file)
    {
        var bytes = File.ReadAllBytes(file);
        // In the middle, where values are, and near the end, where a Parquet file has its footer.
        bytes[bytes.Length / 2] ^= 0x55;
        bytes[^Math.Min(bytes.Length, 20)] ^= 0x55;
        File.WriteAllBytes(file, bytes);
    }

    /// <summary>Twenty traces of a service, in a block of their own.</summary>
    private async Task<TestSpan[][]> BlockOfAsync(string service, int seed)
    {
        var maker = new SpanMaker(seed, service);
        TestSpan[][] traces = [.. Enumerable.Range(0, 20).Select(_ => maker.Trace(6))];
        await using var process = await ClewProcess.StartAsync(_data.Path, Settings);
        using (var sender = new OtlpSender(process))
        {
            await sender.SendGrpcAsync(maker.Request(traces.SelectMany(static trace => trace)));
        }

        await Poll.UntilAsync(
            async () => MetricsText.Value(await MetricsText.OfAsync(process), "clew_store_head_spans") == 0,
            () => $"spans are still in memory. clew said:\n{process.Output}");
        process.Terminate();
        await process.ExitAsync();
        return traces;
    }
}
