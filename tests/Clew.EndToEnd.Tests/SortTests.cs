using System.Text.Json;
using Clew.EndToEnd.Tests.Harness;
using Clew.EndToEnd.Tests.Otlp;

namespace Clew.EndToEnd.Tests;

/// <summary>
/// <c>sort()</c> orders all matches before the limit cuts: the slowest of a range are found however old they are. Half of the traces were taken
/// in by a process that has ended, the other half by the one that answers.
/// </summary>
public sealed class SortTests
{
    private const int Traces = 200;

    [Fact]
    public async Task Slowest_traces_of_all_come_first()
    {
        using var data = new TempFolder();
        var maker = new SpanMaker(seed: 610, "sorted");
        var random = new Random(611);
        var milliseconds = Enumerable.Range(1, Traces).OrderBy(_ => random.Next()).ToArray();
        await using (var first = await ClewProcess.StartAsync(data.Path))
        {
            await SendAsync(first, maker, milliseconds[..(Traces / 2)]);
            first.Terminate();
            Assert.Equal(0, await first.ExitAsync());
        }

        await using var second = await ClewProcess.StartAsync(data.Path);
        await SendAsync(second, maker, milliseconds[(Traces / 2)..]);
        using var http = new HttpClient { BaseAddress = second.Http };
        Assert.Equal(Enumerable.Range(Traces - 9, 10).Reverse(), await DurationsAsync("duration desc", 10));
        Assert.Equal(Enumerable.Range(1, 10), await DurationsAsync("duration asc", 10));
        Assert.Equal(Enumerable.Range(Traces - 4, 5).Reverse(), await DurationsAsync("span:duration", 5));
        Assert.Equal(Enumerable.Range(Traces - 4, 5).Reverse(), await DurationsAsync("span.order.ms desc", 5));
        Assert.Equal(milliseconds.Take(3), await DurationsAsync("start asc", 3));
        Assert.Equal(milliseconds.Reverse().Take(3), await DurationsAsync("start", 3));

        async Task<List<int>> DurationsAsync(string key, int limit)
        {
            using var json = JsonDocument.Parse(await http.GetStringAsync($"/api/search?q={Uri.EscapeDataString($"{{ resource.service.name = \"sorted\" }} | sort({key})")}&limit={limit}"));
            return [.. json.RootElement.GetProperty("traces").EnumerateArray().Select(static trace => trace.GetProperty("durationMs").GetInt32())];
        }
    }

    private static async Task SendAsync(ClewProcess process, SpanMaker maker, int[] milliseconds)
    {
        using var sender = new OtlpSender(process);
        await sender.SendGrpcAsync(maker.Request(milliseconds.Select(ms =>
        {
            var span = maker.Span();
            return span with { EndUnixNano = span.StartUnixNano + ((ulong)ms * 1_000_000), Attributes = [.. span.Attributes, ("order.ms", (long)ms)] };
        })));
    }
}
