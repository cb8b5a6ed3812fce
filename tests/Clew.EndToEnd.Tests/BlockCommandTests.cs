using System.Text.Json;
using Clew.EndToEnd.Tests.Harness;
using Clew.EndToEnd.Tests.Otlp;

namespace Clew.EndToEnd.Tests;

/// <summary>The commands that look into a store: block, storage and export, over what a server left behind.</summary>
public sealed class BlockCommandTests : IDisposable
{
    private readonly TempFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Block_is_listed_inspected_verified_and_exported()
    {
        var spans = await BlocksAsync(seed: 700);
        var (code, list) = await RunAsync("block", "list");
        Assert.True(code == 0, list);
        var id = list.Split('\n')[1].Trim().Split(' ')[0];

        (code, var inspected) = await RunAsync("block", "inspect", id[..20]);
        Assert.True(code == 0, inspected);
        Assert.Contains("spans.parquet", inspected);
        Assert.Contains("service.name", inspected);

        (code, var verified) = await RunAsync("block", "verify", id);
        Assert.True(code == 0, verified);
        Assert.Contains("whole", verified);

        var file = Path.Combine(_data.Path, "block.jsonl");
        (code, var exported) = await RunAsync("block", "export", id, "--out", file);
        Assert.True(code == 0, exported);
        Assert.Subset(spans.ToHashSet(), (await SpanIdsAsync(file)).ToHashSet());

        (code, var again) = await RunAsync("block", "export", id, "--out", file);
        Assert.Equal(2, code);
        Assert.Contains("exists already", again);
    }

    [Fact]
    public async Task One_changed_byte_in_a_block_is_found_and_named()
    {
        await BlocksAsync(seed: 710);
        var (code, whole) = await RunAsync("storage", "verify");
        Assert.True(code == 0, whole);
        var file = Directory.GetFiles(_data.Path, "spans.parquet", SearchOption.AllDirectories)[0];
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);

        (code, var damaged) = await RunAsync("storage", "verify");

        Assert.Equal(1, code);
        Assert.Contains("spans.parquet has the checksum", damaged);
        Assert.Contains("The store is damaged", damaged);
    }

    [Fact]
    public async Task Missing_file_and_missing_meta_are_found()
    {
        await BlocksAsync(seed: 720);
        File.Delete(Directory.GetFiles(_data.Path, "traces.idx", SearchOption.AllDirectories)[0]);
        var (code, output) = await RunAsync("storage", "verify");
        Assert.Equal(1, code);
        Assert.Contains("traces.idx is missing", output);
    }

    [Fact]
    public async Task Export_writes_every_span_those_of_the_log_included_in_each_form()
    {
        var spans = await BlocksAsync(seed: 730);
        var maker = new SpanMaker(seed: 731, "only in the log");
        var late = maker.Trace(5);
        await using (var process = await ClewProcess.StartAsync(_data.Path))
        {
            using var sender = new OtlpSender(process);
            await sender.SendGrpcAsync(maker.Request(late));
            await process.KillAsync();
        }

        var lines = Path.Combine(_data.Path, "all.jsonl");
        var (code, output) = await RunAsync("export", "--out", lines);
        Assert.True(code == 0, output);
        Assert.Equal(spans.Concat(late.Select(static span => span.SpanHex)).Order().ToArray(), (await SpanIdsAsync(lines)).Order().ToArray());

        var some = Path.Combine(_data.Path, "some.jsonl");
        (code, output) = await RunAsync("export", "--out", some, "--query", $"{{ resource.service.name = \"{maker.Service}\" }}");
        Assert.True(code == 0, output);
        Assert.Equal(late.Select(static span => span.SpanHex).Order().ToArray(), (await SpanIdsAsync(some)).Order().ToArray());

        foreach (var name in (string[])["all.otlp", "all.parquet"])
        {
            (code, output) = await RunAsync("export", "--out", Path.Combine(_data.Path, name));
            Assert.True(code == 0, output);
            Assert.Contains($"{spans.Count + late.Length} spans", output);
        }

        (code, output) = await RunAsync("export", "--out", Path.Combine(_data.Path, "bad.otlp"), "--query", "{ nonsense");
        Assert.Equal(2, code);
    }

    [Fact]
    public async Task Commands_on_a_folder_without_a_store_say_so()
    {
        var (code, output) = await RunAsync("storage", "verify");
        Assert.Equal(1, code);
        Assert.Contains("there is no store in folder", output);
        Assert.Contains("--data", output);
    }

    /// <summary>Lets a server cut what it was sent; answers the ids of all spans.</summary>
    private async Task<List<string>> BlocksAsync(int seed)
    {
        var maker = new SpanMaker(seed, "blocks");
        TestSpan[][] traces = [.. Enumerable.Range(0, 20).Select(_ => maker.Trace(6))];
        await using var process = await ClewProcess.StartAsync(
            _data.Path, "--set", "storage.head.trace_idle=100ms", "--set", "storage.head.trace_max_age=100ms", "--set", "storage.block.min_interval=0s");
        using var sender = new OtlpSender(process);
        foreach (var trace in traces)
        {
            await sender.SendGrpcAsync(maker.Request(trace));
        }

        await Poll.UntilAsync(
            async () => MetricsText.Value(await MetricsText.OfAsync(process), "clew_store_head_spans") == 0,
            () => $"spans are still in memory. clew said:\n{process.Output}");
        process.Terminate();
        await process.ExitAsync();
        return [.. traces.SelectMany(static trace => trace).Select(static span => span.SpanHex)];
    }

    private Task<(int Code, string Output)> RunAsync(params string[] arguments) => CommandLine.RunAsync(_data.Path, [.. arguments, "--data", _data.Path]);

    private static async Task<List<string>> SpanIdsAsync(string file)
    {
        var ids = new List<string>();
        foreach (var line in await File.ReadAllLinesAsync(file))
        {
            using var document = JsonDocument.Parse(line);
            foreach (var resource in document.RootElement.GetProperty("resourceSpans").EnumerateArray())
            {
                foreach (var scope in resource.GetProperty("scopeSpans").EnumerateArray())
                {
                    ids.AddRange(scope.GetProperty("spans").EnumerateArray().Select(static span => span.GetProperty("spanId").GetString()!));
                }
            }
        }

        return ids;
    }
}
