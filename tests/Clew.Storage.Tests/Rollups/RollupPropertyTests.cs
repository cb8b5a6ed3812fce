using Clew.Model;
using Clew.Semantics;
using Clew.Semantics.Pairing;
using Clew.Storage.Blocks.Building;
using Clew.Storage.Columns;
using Clew.Storage.Rollups;

namespace Clew.Storage.Tests.Rollups;

/// <summary>Roll-ups of any split of the traces into head and blocks are what the traffic was.</summary>
public sealed class RollupPropertyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Any_split_into_head_and_blocks_counts_what_was_sent(int seed)
    {
        var traffic = new Traffic(seed);
        for (var i = 0; i < 60; i++)
        {
            traffic.Trace(i);
        }

        var random = new Random(seed);
        await using var store = await RollupStore.OpenAsync();
        foreach (var batch in Scatter(traffic.Spans, random))
        {
            await store.AppendAsync(batch);
            switch (random.Next(12))
            {
                case 0:
                    await store.Tenant.CutAsync(everything: true, CancellationToken.None);
                    break;
                case 1:
                    store.Clock.Advance(TimeSpan.FromSeconds(20));
                    await store.Tenant.CutAsync(everything: false, CancellationToken.None);
                    break;
                case 2:
                    // Brings the head's roll-ups up to date in the middle, so that traces that grow are replaced in them.
                    await store.QueryAsync(TimeSpan.FromMinutes(1));
                    break;
                default:
                    break;
            }
        }

        Same(traffic, await store.QueryAsync(TimeSpan.FromMinutes(1)), seed);
        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        Same(traffic, await store.QueryAsync(TimeSpan.FromMinutes(1)), seed);
    }

    [Fact]
    public async Task Half_of_a_call_waits_as_an_open_end_and_is_repaired_when_its_partner_comes_in_another_block()
    {
        var traffic = new Traffic(11);
        while (!traffic.Calls.Keys.Any(static key => key.Contains("app1 > app2", StringComparison.Ordinal)))
        {
            traffic.Trace(traffic.Spans.Count);
        }

        await using var store = await RollupStore.OpenAsync();
        await store.AppendAsync(traffic.Spans.Where(static (_, i) => i % 2 == 0));
        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        var before = await store.QueryAsync(TimeSpan.Zero);
        Assert.Contains(before.Edges, static edge => edge.Key.Pairing == CallPairing.Orphan);
        await store.AppendAsync(traffic.Spans.Where(static (_, i) => i % 2 == 1));
        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        var after = await store.QueryAsync(TimeSpan.FromMinutes(1));
        Assert.DoesNotContain(after.Edges, static edge => edge.Key.Pairing == CallPairing.Orphan);
        Same(traffic, after, 11);
    }

    [Fact]
    public async Task Merged_blocks_have_the_roll_ups_of_their_union_without_what_is_dropped()
    {
        var traffic = new Traffic(21);
        for (var i = 0; i < 40; i++)
        {
            traffic.Trace(i);
        }

        var random = new Random(21);
        await using var store = await RollupStore.OpenAsync();
        foreach (var batch in Scatter(traffic.Spans, random))
        {
            await store.AppendAsync(batch);
            if (random.Next(5) == 0)
            {
                await store.Tenant.CutAsync(everything: true, CancellationToken.None);
            }
        }

        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        using var snapshot = store.Tenant.Snapshot();
        var blocks = snapshot.Sources.Cast<Clew.Storage.Blocks.BlockReader>().ToList();
        Assert.True(blocks.Count > 2);
        var ids = blocks.SelectMany(static block => Enumerable.Range(0, block.Traces.Count).Select(row => block.Traces[row].Id)).ToList();
        var split = ids.GroupBy(static id => id).Where(static group => group.Count() > 1).Select(static group => group.Key).ToList();
        Assert.NotEmpty(split);
        var whole = await MergedAsync(blocks, split, drop: null);
        Same(traffic, Answer(whole), 21);

        var kept = new Traffic(21);
        var gone = ids[0];
        for (var i = 0; i < 40; i++)
        {
            kept.Trace(i);
        }

        var expected = new RollupBuilder(new RollupTable());
        foreach (var trace in traffic.Spans.GroupBy(static span => span.Trace).Where(trace => new TraceId(22, (ulong)trace.Key + 1) != gone))
        {
            Feed(expected, trace);
        }

        expected.EndTrace();
        var rest = await MergedAsync(blocks, split, id => id == gone);
        Assert.Equal(Texts(Answer(expected.Table)), Texts(Answer(rest)));
    }

    private static async Task<RollupTable> MergedAsync(IReadOnlyList<Clew.Storage.Blocks.BlockReader> blocks, IReadOnlyCollection<TraceId> split, Func<TraceId, bool>? drop)
    {
        using var stream = new ScratchStream(null);
        await new RollupMerge(blocks, split, drop).WriteAsync(stream, CancellationToken.None);
        stream.Rewind();
        using var memory = new MemoryStream();
        await stream.CopyToAsync(memory);
        return await RollupsReader.ReadAsync(new Clew.Parquet.MemoryByteSource(memory.ToArray(), RollupColumns.File), new Clew.Storage.Blocks.Reading.BlockCache(1 << 20), CancellationToken.None);
    }

    [Fact]
    public async Task Range_and_step_choose_minutes_and_grouping_adds_series()
    {
        var traffic = new Traffic(31);
        for (var i = 0; i < 100; i++)
        {
            traffic.Trace(i);
        }

        await using var store = await RollupStore.OpenAsync();
        await store.AppendAsync(traffic.Spans);
        var start = traffic.StartUnixNano + (120 * UnixNano.PerSecond);
        var result = await store.Rollups.QueryAsync(TenantId.Single, new RollupQuery
        {
            Range = new TimeRange(start + 1, start + (240 * UnixNano.PerSecond) - 1), Step = TimeSpan.FromMinutes(2), WithEdges = false,
            SpanFilter = static key => key.Node.App == "app1", SpanGrouping = static key => key with { Operation = "", Status = SpanStatus.Unset, Kind = SpanKind.Unspecified },
        }, CancellationToken.None);
        var first = start / (60 * UnixNano.PerSecond);
        Assert.Equal((start, start + (240 * UnixNano.PerSecond), 120 * UnixNano.PerSecond), (result.StartUnixNano, result.EndUnixNano, result.StepNanos));
        Assert.Empty(result.Edges);
        var expected = Enumerable.Range(0, 2).Select(step => traffic.Series
            .Where(series => series.Key.Split(' ') is [var minute, "app1", ..] && (long.Parse(minute, null) - first) / 2 == step && long.Parse(minute, null) >= first)
            .Sum(static series => series.Value.Count)).ToList();
        Assert.Equal(expected, result.Spans.SelectMany(static series => series.Points).GroupBy(static point => point.Step).OrderBy(static group => group.Key)
            .Select(static group => group.Sum(static point => point.Cell.Spans)));
    }

    [Fact]
    public void Series_past_the_limit_are_counted_under_other()
    {
        var traffic = new Traffic(41);
        for (var i = 0; i < 50; i++)
        {
            traffic.Trace(i);
        }

        var builder = new RollupBuilder(new RollupTable(new RollupLimits { SpanSeriesPerMinute = 4, EdgeSeriesPerMinute = 4 }));
        foreach (var trace in traffic.Spans.GroupBy(static span => span.Trace))
        {
            Feed(builder, trace);
        }

        builder.EndTrace();
        var answer = Answer(builder.Table);
        Assert.Contains(answer.Spans, static series => series.Key.Operation == RollupTable.Other);
        Assert.Equal(traffic.Spans.Count, answer.Spans.Sum(static series => series.Points.Sum(static point => point.Cell.Spans)));
        Assert.Equal(traffic.Calls.Values.Sum(static sum => sum.Count), answer.Edges.Sum(static series => series.Points.Sum(static point => point.Cell.Calls)));
        Assert.All(builder.Table.Minutes, static minute => Assert.InRange(minute.Value.Edges.Count, 0, 4 * 5));
    }

    internal static RollupResult Answer(RollupTable table) => new RollupAnswer(
        new RollupQuery { Range = TimeRange.All, Step = TimeSpan.FromMinutes(1) }, MinuteRange.Of(new TimeRange(0, 40_000_000L * 60 * UnixNano.PerSecond)), null).Of(table);

    internal static void Feed(RollupBuilder builder, IEnumerable<Traffic.Sent> spans)
    {
        foreach (var span in spans)
        {
            using var batch = Traffic.Batch([span]);
            builder.Add(new StoredSpan
            {
                TraceIndex = 0, Span = batch.SpanBytes(batch.Spans[0]), Resource = batch.ContextBytes(batch.Resources[0]), ResourceSchemaUrl = default, Scope = default, ScopeSchemaUrl = default,
            });
        }
    }

    internal static IEnumerable<List<Traffic.Sent>> Scatter(List<Traffic.Sent> spans, Random random)
    {
        // Every span once, some sent again, in any order, in requests of any size.
        var sent = spans.Concat(spans.Where(_ => random.Next(10) == 0)).ToArray();
        random.Shuffle(sent);
        for (var next = 0; next < sent.Length;)
        {
            var count = Math.Min(1 + random.Next(40), sent.Length - next);
            yield return [.. sent.AsSpan(next, count)];
            next += count;
        }
    }

    internal static void Same(Traffic traffic, RollupResult result, int seed)
    {
        Assert.Null(result.Incomplete);
        var spans = new Dictionary<string, Traffic.Sum>();
        foreach (var series in result.Spans)
        {
            foreach (var point in series.Points)
            {
                var key = $"{Minute(result, point.Step)} {series.Key.Node.App} {series.Key.Operation} {series.Key.Kind} {series.Key.Status}";
                var sum = spans.GetValueOrDefault(key);
                spans[key] = new(sum.Count + point.Cell.Spans, 0, sum.Server + point.Cell.Latency.SumNanos, true);
                Assert.Equal(point.Cell.Spans * SamplingWeight.One, point.Cell.Latency.Weight);
                Assert.Equal(point.Cell.Latency.Weight, point.Cell.Latency.Buckets.Sum(static bucket => bucket.Weight));
            }
        }

        Assert.Equal(Sorted(traffic.Series.ToDictionary(static pair => pair.Key, static pair => (pair.Value.Count, pair.Value.Server))), Sorted(spans.ToDictionary(static pair => pair.Key, static pair => (pair.Value.Count, pair.Value.Server))));
        var calls = new Dictionary<string, (long Count, long Client, long Server)>();
        foreach (var series in result.Edges)
        {
            foreach (var point in series.Points)
            {
                var key = $"{Minute(result, point.Step)} {series.Key.Client.App} > {series.Key.Server.App} {series.Key.Operation}{(series.Key.IsError ? " failed" : "")}";
                var sum = calls.GetValueOrDefault(key);
                calls[key] = (sum.Count + point.Cell.Calls, sum.Client + point.Cell.Client.SumNanos, sum.Server + point.Cell.Server.SumNanos);
            }
        }

        Assert.Equal(Sorted(traffic.Calls.ToDictionary(static pair => pair.Key, static pair => (pair.Value.Count, pair.Value.Server))), Sorted(calls.ToDictionary(static pair => pair.Key, static pair => (pair.Value.Count, pair.Value.Server))));
        Assert.All(traffic.Calls.Where(static pair => pair.Value.IsClientKnown), pair => Assert.Equal(pair.Value.Client, calls[pair.Key].Client));
        _ = seed;
    }

    private static List<string> Texts(RollupResult result) =>
    [
        .. result.Spans.SelectMany(static series => series.Points.Select(point => $"{series.Key} {point.Step} {point.Cell.Spans} {point.Cell.Latency.SumNanos}")).Order(StringComparer.Ordinal),
        .. result.Edges.SelectMany(static series => series.Points.Select(point =>
            $"{series.Key} {point.Step} {point.Cell.Calls} {point.Cell.Server.SumNanos} {string.Join(',', point.Cell.Server.Buckets)}")).Order(StringComparer.Ordinal),
    ];

    private static List<string> Sorted(Dictionary<string, (long, long)> sums) => [.. sums.Select(static pair => $"{pair.Key}: {pair.Value}").Order(StringComparer.Ordinal)];

    private static long Minute(RollupResult result, int step) => (result.StartUnixNano + (step * result.StepNanos)) / (60 * UnixNano.PerSecond);
}
