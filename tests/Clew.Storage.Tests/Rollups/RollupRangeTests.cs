using Clew.Model;
using Clew.Semantics.Pairing;
using Clew.Storage.Deletion;
using Clew.Storage.Rollups;

namespace Clew.Storage.Tests.Rollups;

/// <summary>Sums over one range, whichever way its minutes, its ends and its lost traces are counted.</summary>
public sealed class RollupRangeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Range_with_exact_ends_counts_what_began_in_it_to_the_nanosecond(int seed)
    {
        var (traffic, store) = await StoredAsync(seed);
        await using var _ = store;
        var random = new Random(seed);
        for (var i = 0; i < 20; i++)
        {
            // From ranges within one minute to the whole ten.
            var start = traffic.StartUnixNano + random.NextInt64(600 * UnixNano.PerSecond);
            var range = new TimeRange(start, start + random.NextInt64((i % 4 == 0 ? 20 : 600) * UnixNano.PerSecond));
            var result = await store.Rollups.QueryAsync(TenantId.Single, new RollupQuery { Range = range, WithSpans = false, WithExactEnds = true }, CancellationToken.None);

            Assert.Equal((range.StartUnixNano, range.EndUnixNano + 1), (result.StartUnixNano, result.EndUnixNano));
            Assert.Empty(result.Spans);
            Assert.Equal(Expected(traffic, range, static _ => true), Counted(result));
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Sum_of_a_range_is_the_sum_of_its_minutes_also_when_it_is_asked_again(int seed)
    {
        var (traffic, store) = await StoredAsync(seed);
        await using var _ = store;
        var rollups = store.Rollups;
        foreach (var minutes in (int[])[10, 10, 3, 20])
        {
            var range = new TimeRange(traffic.StartUnixNano, traffic.StartUnixNano + (minutes * 60 * UnixNano.PerSecond) - 1);
            var query = new RollupQuery { Range = range, WithSpans = false };
            var folded = await rollups.QueryAsync(TenantId.Single, query, CancellationToken.None);
            var apart = await rollups.QueryAsync(TenantId.Single, query with { Step = TimeSpan.FromMinutes(1) }, CancellationToken.None);

            Assert.All(folded.Edges, static series => Assert.Single(series.Points));
            Assert.Equal(Expected(traffic, range, static _ => true), Counted(folded));
            Assert.Equal(Counted(apart), Counted(folded));
            Assert.Equal(Nanos(apart), Nanos(folded));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Deleted_traces_are_taken_out_of_the_sums_at_once(bool inBlocks)
    {
        var (traffic, store) = await StoredAsync(7);
        await using var _ = store;
        if (inBlocks)
        {
            await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        }

        await store.Tenant.DeleteAsync(new DeletionRequest { Traces = [traffic.IdOf(3), traffic.IdOf(17), traffic.IdOf(31)] }, CancellationToken.None);

        var range = new TimeRange(traffic.StartUnixNano, traffic.StartUnixNano + (1200 * UnixNano.PerSecond) - 1);
        foreach (var step in (TimeSpan[])[TimeSpan.Zero, TimeSpan.FromMinutes(1)])
        {
            var result = await store.Rollups.QueryAsync(TenantId.Single, new RollupQuery { Range = range, Step = step, WithSpans = step > TimeSpan.Zero }, CancellationToken.None);
            Assert.Equal(Expected(traffic, range, static trace => trace is not (3 or 17 or 31)), Counted(result));
            Assert.DoesNotContain(result.Edges.SelectMany(static series => series.Points), point => point.Cell.Exemplar.TraceId == traffic.IdOf(17));
        }
    }

    [Fact]
    public async Task Calls_of_a_trace_are_joined_from_all_its_parts()
    {
        var (traffic, store) = await StoredAsync(8);
        await using var _ = store;
        foreach (var trace in (int[])[0, 7, 20])
        {
            var calls = await store.Rollups.CallsAsync(TenantId.Single, traffic.IdOf(trace), CancellationToken.None);

            Assert.Equal(
                traffic.Starts.Where(start => start.Trace == trace).Select(static start => $"{start.StartUnixNano} {start.Key}").Order(StringComparer.Ordinal),
                calls.Select(static call => $"{call.StartUnixNano} {KeyOf(call)}").Order(StringComparer.Ordinal));
        }

        Assert.Empty(await store.Rollups.CallsAsync(TenantId.Single, new TraceId(1, 1), CancellationToken.None));
    }

    /// <summary>Forty traces, scattered over the head and several blocks, many in several of them.</summary>
    private static async Task<(Traffic Traffic, RollupStore Store)> StoredAsync(int seed)
    {
        var traffic = new Traffic(seed);
        for (var i = 0; i < 40; i++)
        {
            traffic.Trace(i);
        }

        var random = new Random(seed);
        var store = await RollupStore.OpenAsync();
        foreach (var batch in RollupPropertyTests.Scatter(traffic.Spans, random))
        {
            await store.AppendAsync(batch);
            if (random.Next(6) == 0)
            {
                await store.Tenant.CutAsync(everything: true, CancellationToken.None);
            }
        }

        return (traffic, store);
    }

    private static string KeyOf(in Call call) => $"{call.Client.App} > {call.Server.App} {call.Operation}{(call.IsError ? " failed" : "")}";

    private static List<string> Expected(Traffic traffic, TimeRange range, Func<int, bool> isKept) =>
    [
        .. traffic.Starts.Where(start => start.StartUnixNano >= range.StartUnixNano && start.StartUnixNano <= range.EndUnixNano && isKept(start.Trace))
            .CountBy(static start => start.Key).Select(static count => $"{count.Key}: {count.Value}").Order(StringComparer.Ordinal),
    ];

    private static List<string> Counted(RollupResult result) => Summed(result, static cell => cell.Calls);

    private static List<string> Nanos(RollupResult result) => Summed(result, static cell => cell.Server.SumNanos + cell.Client.SumNanos);

    private static List<string> Summed(RollupResult result, Func<EdgeCell, long> value) =>
    [
        .. result.Edges.GroupBy(static series => $"{series.Key.Client.App} > {series.Key.Server.App} {series.Key.Operation}{(series.Key.IsError ? " failed" : "")}")
            .Select(group => $"{group.Key}: {group.Sum(series => series.Points.Sum(point => value(point.Cell)))}").Order(StringComparer.Ordinal),
    ];
}
