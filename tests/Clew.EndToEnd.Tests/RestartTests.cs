using System.Text;
using Clew.EndToEnd.Tests.Api;
using Clew.EndToEnd.Tests.Harness;
using Clew.EndToEnd.Tests.Otlp;

namespace Clew.EndToEnd.Tests;

/// <summary>What was acknowledged outlives the process, however it ends.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly TempFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Acknowledged_spans_are_there_after_kill_and_restart()
    {
        var maker = new SpanMaker(seed: 300, "killed");
        TestSpan[][] traces = [.. Enumerable.Range(0, 20).Select(_ => maker.Trace(5))];
        await using (var first = await ClewProcess.StartAsync(_data.Path))
        {
            using var sender = new OtlpSender(first);
            foreach (var trace in traces)
            {
                await sender.SendGrpcAsync(maker.Request(trace));
            }

            await first.KillAsync();
        }

        await using var second = await ClewProcess.StartAsync(_data.Path);
        await AssertFoundAsync(second, maker.Service, traces);
    }

    [Fact]
    public async Task Torn_record_is_dropped_said_so_and_what_came_before_it_is_kept()
    {
        var (before, torn) = await SendTwoAndKillAsync(seed: 310);
        WalFiles.CutInside(_data.Path, Encoding.UTF8.GetBytes(torn.Name));

        await using var again = await ClewProcess.StartAsync(_data.Path);

        using var api = new ClewApi(again.Http);
        Assert.Equal(before.SpanHex, Assert.Single(await api.TraceAsync(before.TraceHex)).SpanId);
        Assert.Empty(await api.TraceAsync(torn.TraceHex));
        AssertSaysSo(again);
        await AssertTakesMoreAsync(again, seed: 311);
    }

    [Fact]
    public async Task Garbage_behind_the_last_record_is_dropped_and_said_so()
    {
        var (first, last) = await SendTwoAndKillAsync(seed: 320);
        var garbage = new byte[333];
        new Random(320).NextBytes(garbage);
        WalFiles.AppendAfter(_data.Path, Encoding.UTF8.GetBytes(last.Name), garbage);

        await using var again = await ClewProcess.StartAsync(_data.Path);

        using var api = new ClewApi(again.Http);
        Assert.Single(await api.TraceAsync(first.TraceHex));
        Assert.Single(await api.TraceAsync(last.TraceHex));
        AssertSaysSo(again);
        await AssertTakesMoreAsync(again, seed: 321);
    }

    [Fact]
    public async Task Changed_byte_in_the_last_record_is_noticed()
    {
        var (before, changed) = await SendTwoAndKillAsync(seed: 330);
        WalFiles.FlipInside(_data.Path, Encoding.UTF8.GetBytes(changed.Name));

        await using var again = await ClewProcess.StartAsync(_data.Path);

        using var api = new ClewApi(again.Http);
        Assert.Single(await api.TraceAsync(before.TraceHex));
        Assert.Empty(await api.TraceAsync(changed.TraceHex));
        AssertSaysSo(again);
    }

    [Fact]
    public async Task Clean_log_is_replayed_without_a_word_about_damage()
    {
        await SendTwoAndKillAsync(seed: 340);
        await using var again = await ClewProcess.StartAsync(_data.Path);
        Assert.DoesNotMatch(Damage, again.Output);
    }

    [Fact]
    public async Task Repaired_log_stays_repaired()
    {
        var (before, torn) = await SendTwoAndKillAsync(seed: 350);
        WalFiles.CutInside(_data.Path, Encoding.UTF8.GetBytes(torn.Name));
        var maker = new SpanMaker(seed: 351, "after repair");
        var later = maker.Span();
        await using (var repaired = await ClewProcess.StartAsync(_data.Path))
        {
            using var sender = new OtlpSender(repaired);
            await sender.SendGrpcAsync(maker.Request(later));
            await repaired.KillAsync();
        }

        await using var third = await ClewProcess.StartAsync(_data.Path);

        using var api = new ClewApi(third.Http);
        Assert.Single(await api.TraceAsync(before.TraceHex));
        Assert.Single(await api.TraceAsync(later.TraceHex));
    }

    // A warning that names the file. How it goes on is the log's own affair.
    private const string Damage = "(?m)^\\S+ (warn|error) .*log file '";

    // Two requests, and so two records, in the order in which they were acknowledged.
    private async Task<(TestSpan First, TestSpan Last)> SendTwoAndKillAsync(int seed)
    {
        var maker = new SpanMaker(seed, "log");
        var first = maker.Span() with { Name = "the-first-record-of-this-log" };
        // With a status its bytes do not end in zeros, which could not be told from the space made for later records.
        var last = maker.Span() with { Name = "the-last-record-of-this-log", StatusCode = 2 };
        await using var process = await ClewProcess.StartAsync(_data.Path);
        using var sender = new OtlpSender(process);
        await sender.SendGrpcAsync(maker.Request(first));
        await sender.SendGrpcAsync(maker.Request(last));
        await process.KillAsync();
        return (first, last);
    }

    private static void AssertSaysSo(ClewProcess process) => Assert.Matches(Damage, process.Output);

    private static async Task AssertTakesMoreAsync(ClewProcess process, int seed)
    {
        var maker = new SpanMaker(seed, "more");
        var span = maker.Span();
        using var sender = new OtlpSender(process);
        using var api = new ClewApi(process.Http);
        await sender.SendGrpcAsync(maker.Request(span));
        Assert.Single(await api.TraceAsync(span.TraceHex));
    }

    private static async Task AssertFoundAsync(ClewProcess process, string service, TestSpan[][] traces)
    {
        using var api = new ClewApi(process.Http);
        foreach (var trace in traces)
        {
            var answered = await api.TraceAsync(trace[0].TraceHex);
            Assert.Equal(trace.Select(static it => it.SpanHex).Order(), answered.Select(static it => it.SpanId).Order());
        }

        var found = await api.SearchAsync($"{{ resource.service.name = \"{service}\" }}");
        Assert.Equal(traces.Select(static it => it[0].TraceHex).Order(), found.Select(static it => it.TraceId).Order());
    }
}
