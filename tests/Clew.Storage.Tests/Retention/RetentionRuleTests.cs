using System.Collections;
using System.Diagnostics.Metrics;
using Clew.Model;
using Clew.Storage.Columns;
using Clew.Storage.Compaction;
using Clew.Storage.Retention;
using Clew.Storage.Tenants;
using Clew.Storage.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Storage.Tests.Retention;

/// <summary>Retention by rule over virtual days. The rules of these tests choose by the number in a trace's id, in place of TraceQL.</summary>
public sealed class RetentionRuleTests
{
    private readonly ManualClock _clock = new();
    private readonly MemoryObjects _bucket = new();
    private readonly CrashingDisk _disk = new();

    [Fact]
    public void Smaller_share_is_part_of_a_larger_one_and_shares_are_what_they_say()
    {
        var ids = Enumerable.Range(0, 10_000).Select(Requests.Trace).ToList();
        var (few, many) = (ids.Where(static id => SampleWeight.Keeps(id, 0.1)).ToHashSet(), ids.Where(static id => SampleWeight.Keeps(id, 0.5)).ToHashSet());
        Assert.Subset(many, few);
        Assert.InRange(few.Count, 900, 1100);
        Assert.InRange(many.Count, 4800, 5200);
        Assert.DoesNotContain(ids, static id => SampleWeight.Keeps(id, 0));
        Assert.All(ids, static id => Assert.True(SampleWeight.Keeps(id, 1)));
    }

    [Fact]
    public async Task First_rule_that_holds_decides_how_long_a_trace_stays()
    {
        // Of 1 to 9: below 4 stay for 30 days, 4 and 5 for one, the others for seven.
        var store = await OpenAsync(new RetentionRule("<4", TimeSpan.FromDays(30)), new RetentionRule("<6", TimeSpan.FromDays(1)));
        await AppendAsync(store, 1, 9);
        Assert.Equal(Enumerable.Range(1, 9), Traces(store));
        await LiveAsync(store, TimeSpan.FromHours(23));
        Assert.Equal(Enumerable.Range(1, 9), Traces(store));
        await LiveAsync(store, TimeSpan.FromHours(2));
        Assert.Equal([1, 2, 3, 6, 7, 8, 9], Traces(store));
        await LiveAsync(store, TimeSpan.FromDays(6));
        Assert.Equal([1, 2, 3], Traces(store));
        _disk.Crash(0);
        store = await OpenAsync(new RetentionRule("<4", TimeSpan.FromDays(30)), new RetentionRule("<6", TimeSpan.FromDays(1)));
        Assert.Equal([1, 2, 3], Traces(store));
        await LiveAsync(store, TimeSpan.FromDays(23));
        Assert.Empty(Traces(store));
    }

    [Fact]
    public async Task Share_is_taken_once_and_survives_further_merges()
    {
        var rule = new RetentionRule("<1000", TimeSpan.FromDays(7), 0.2);
        var expected = Enumerable.Range(1, 300).Where(static trace => SampleWeight.Keeps(Requests.Trace(trace), 0.2)).ToList();
        var store = await OpenAsync(rule);
        for (var first = 1; first <= 300; first += 100)
        {
            await AppendAsync(store, first, first + 99);
            await LiveAsync(store, TimeSpan.FromMinutes(30));
        }

        Assert.Equal(expected, Traces(store));
        var before = _bucket.Keys.Count(static key => key.Contains("/manifest/0", StringComparison.Ordinal));
        await LiveAsync(store, TimeSpan.FromHours(5));
        Assert.Equal(before, _bucket.Keys.Count(static key => key.Contains("/manifest/0", StringComparison.Ordinal)));
        Assert.Equal(expected, Traces(store));
    }

    private Task<TenantStore> OpenAsync(params RetentionRule[] rules)
    {
        var options = new StoreOptions
        {
            Path = "/data", WalSegmentBytes = 1 << 16, Retention = TimeSpan.FromDays(7), Rules = rules,
            Compaction = new CompactionOptions { IdleAfter = TimeSpan.FromMilliseconds(-1) },
        };
        var services = new StoreServices(
            options, _bucket, tenant => new BlockFactory(tenant, _bucket, _clock), _disk, _clock, new StoreMetrics(new Meters()), NullLogger.Instance)
        {
            Selectors = static () => new BelowFactory(),
        };
        return TenantStore.OpenAsync(TenantId.Single, services, CancellationToken.None);
    }

    private static async Task AppendAsync(TenantStore store, int first, int last)
    {
        for (var trace = first; trace <= last; trace++)
        {
            using var batch = Requests.Of("shop").Span(trace, trace).Batch();
            Assert.Equal(AppendStatus.Accepted, (await store.AppendAsync(batch)).Status);
        }

        await store.CutAsync(everything: true, CancellationToken.None);
    }

    /// <summary>Lets time pass in steps, with the maintenance that comes with it.</summary>
    private async Task LiveAsync(TenantStore store, TimeSpan time)
    {
        for (var step = 0; step < 10; step++)
        {
            _clock.Advance(time / 10);
            await store.MaintainAsync(CancellationToken.None);
            while (await store.CompactAsync(CancellationToken.None))
            {
            }
        }
    }

    private static List<int> Traces(TenantStore store)
    {
        using var snapshot = store.Snapshot();
        return [.. snapshot.Sources.SelectMany(static source => Enumerable.Range(0, source.Traces.Count).Select(row => Below.NumberOf(source.Traces[row].Id))).Order()];
    }

    private sealed class BelowFactory : ITraceSelectorFactory
    {
        public ITraceSelector Create(string filter) => new Below(int.Parse(filter[1..], System.Globalization.CultureInfo.InvariantCulture));
    }

    private sealed class Below(int limit) : ITraceSelector
    {
        public static int NumberOf(TraceId id)
        {
            var bytes = new byte[TraceId.Size];
            id.WriteTo(bytes);
            return System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(12));
        }

        public ValueTask<BitArray> SelectAsync(ISpanSource source, CancellationToken cancellationToken)
        {
            var chosen = new BitArray(source.Traces.Count);
            for (var row = 0; row < chosen.Length; row++)
            {
                chosen[row] = NumberOf(source.Traces[row].Id) < limit;
            }

            return new(chosen);
        }
    }

    private sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
