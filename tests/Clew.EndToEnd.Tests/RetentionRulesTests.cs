using Clew.EndToEnd.Tests.Api;
using Clew.EndToEnd.Tests.Harness;
using Clew.EndToEnd.Tests.Otlp;

namespace Clew.EndToEnd.Tests;

/// <summary>Retention by rule through the whole program: a share of the dull traces stays and counts for all, other traces stay as they are.</summary>
public sealed class RetentionRulesTests : IDisposable
{
    private const int Pings = 200;
    private const int Failures = 20;

    private static readonly string[] Settings =
    [
        "--set", "retention.rules=[{match: '{ status = error }', keep: 720h}, {match: '{ name = \"ping\" }', keep: 24h, sample: 0.25}]",
        "--set", "storage.head.trace_idle=100ms", "--set", "storage.head.trace_max_age=500ms", "--set", "storage.block.min_interval=100ms",
    ];

    private readonly TempFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Sampled_traces_stay_for_many_in_metrics_and_roll_ups_keep_the_exact_number()
    {
        var maker = new SpanMaker(seed: 940, "ruled");
        TestSpan[] spans =
        [
            .. Enumerable.Range(0, Pings).Select(_ => maker.Span() with { Name = "ping", StatusCode = 0 }),
            .. Enumerable.Range(0, Failures).Select(_ => maker.Span() with { Name = "ping", StatusCode = 2 }),
        ];
        int kept;
        await using (var process = await ClewProcess.StartAsync(_data.Path, Settings))
        {
            using var sender = new OtlpSender(process);
            using var api = new ClewApi(process.Http);
            foreach (var request in spans.Chunk(20))
            {
                await sender.SendGrpcAsync(maker.Request(request));
            }

            kept = 0;
            await Poll.UntilAsync(
                async () => (kept = (await api.SearchAsync("{ name = \"ping\" && status != error }")).Count)
                    == (await api.SearchAsync("{ name = \"ping\" && span.clew.sample_weight = 4 }")).Count,
                () => $"of {kept} traces some are not sampled. clew said:\n{process.Output}");
            // The seed decides: 50 of 200 are to be expected, and the same ones on every run.
            Assert.InRange(kept, 30, 70);
            await AssertAsync(process, kept);
            await process.KillAsync();
        }

        await using var restarted = await ClewProcess.StartAsync(_data.Path, Settings);
        await AssertAsync(restarted, kept);
    }

    [Fact]
    public async Task Rule_that_is_no_search_is_refused_at_the_start_with_the_parsers_words()
    {
        var (code, said) = await CommandLine.RunAsync(_data.Path, "check", "--set", "retention.rules=[{match: '{ name = }', keep: 24h}]");
        Assert.NotEqual(0, code);
        Assert.Contains("match:", said);
    }

    private static async Task AssertAsync(ClewProcess process, int kept)
    {
        using var api = new ClewApi(process.Http);
        Assert.Equal(Failures, (await api.SearchAsync("{ status = error }")).Count);
        Assert.Equal(kept, (await api.SearchAsync("{ name = \"ping\" && span.clew.sample_weight = 4 }")).Count);
        var (counted, rolledUp) = await AnswerSet.SpansByServiceAsync(process);
        Assert.Equal((4 * kept) + Failures, counted["ruled"]);
        Assert.Equal(Pings + Failures, rolledUp["ruled"]);
    }
}
