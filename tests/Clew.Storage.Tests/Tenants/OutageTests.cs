using System.Diagnostics.Metrics;
using Clew.Model;
using Clew.Storage.Columns;
using Clew.Storage.Tenants;
using Clew.Storage.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Storage.Tests.Tenants;

/// <summary>A tenant's store over a bucket that is away, or that fails now and then.</summary>
public sealed class OutageTests
{
    private readonly CrashingDisk _disk = new();
    private readonly ManualClock _clock = new();
    private readonly MemoryObjects _bucket = new();
    private readonly HashSet<int> _accepted = [];
    private int _next;

    [Fact]
    public async Task Bucket_gone_for_an_hour_spans_are_taken_within_the_limit_then_refused_in_words_and_all_goes_on_by_itself()
    {
        var bucket = new FaultyObjects(_bucket, seed: 1, new Faults());
        await using var store = await OpenAsync(bucket, headMemoryBytes: 300_000);
        var refusals = new List<AppendResult>();
        for (var minute = 0; minute < 80; minute++)
        {
            bucket.Outage = minute is >= 10 and < 70;
            for (var i = 0; i < 20; i++)
            {
                if (await AppendAsync(store) is { Status: not AppendStatus.Accepted } refusal)
                {
                    refusals.Add(refusal);
                }
            }

            Assert.True(minute >= 10 || refusals.Count == 0);
            Assert.Equal(_accepted, await VisibleAsync(store));
            _clock.Advance(TimeSpan.FromMinutes(1));
            await store.MaintainAsync(CancellationToken.None);
        }

        Assert.NotEmpty(refusals);
        Assert.All(refusals, static refusal => Assert.Equal(AppendStatus.Overloaded, refusal.Status));
        Assert.All(refusals, static refusal => Assert.Contains("storage.head.memory_bytes", refusal.Reason));
        Assert.Equal(AppendStatus.Accepted, (await AppendAsync(store)).Status);
        Assert.True(store.Totals().HeadSpans < _accepted.Count / 4, $"{store.Totals().HeadSpans} of {_accepted.Count} spans are still in memory");
        Assert.Equal(_accepted, await VisibleAsync(store));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task Bucket_that_fails_tears_and_loses_answers_every_few_calls_loses_nothing_and_shows_nothing_twice(int seed)
    {
        var bucket = new FaultyObjects(_bucket, seed, new Faults { Fail = 0.05, Tear = 0.05, LoseAnswer = 0.05, MaxYields = 3 });
        var store = await OpenCalmAsync(bucket);
        for (var minute = 0; minute < 60; minute++)
        {
            for (var i = 0; i < 5; i++)
            {
                await AppendAsync(store);
            }

            _clock.Advance(TimeSpan.FromMinutes(1));
            try
            {
                await store.MaintainAsync(CancellationToken.None);
            }
            catch (IOException)
            {
                // Told, and tried again.
            }

            if (minute % 20 == 19)
            {
                _disk.Crash(0);
                store = await OpenCalmAsync(bucket);
            }

            Assert.True(_accepted.SetEquals(await VisibleAsync(store)), bucket.ToString());
        }

        Assert.True(bucket.Failures > 0, bucket.ToString());
    }

    /// <summary>A start waits for its bucket; what fails is what comes after it.</summary>
    private async Task<TenantStore> OpenCalmAsync(FaultyObjects bucket)
    {
        bucket.Calm = true;
        var store = await OpenAsync(bucket, headMemoryBytes: 64 << 20);
        bucket.Calm = false;
        return store;
    }

    private Task<TenantStore> OpenAsync(FaultyObjects bucket, long headMemoryBytes)
    {
        var options = new StoreOptions { Path = "/data", WalSegmentBytes = 1 << 16, HeadMemoryBytes = headMemoryBytes, Retention = TimeSpan.Zero };
        var services = new StoreServices(
            options, bucket, tenant => new BlockFactory(tenant, bucket, _clock), _disk, _clock, new StoreMetrics(new Meters()), NullLogger.Instance);
        return TenantStore.OpenAsync(TenantId.Single, services, CancellationToken.None);
    }

    private async Task<AppendResult> AppendAsync(TenantStore store)
    {
        var number = ++_next;
        using var batch = Requests.Of("shop").Span(number, number, attributes: [("text", $"{number} {new string('x', 500)}"), ("number", number)]).Batch();
        var result = await store.AppendAsync(batch);
        if (result.Status == AppendStatus.Accepted)
        {
            _accepted.Add(number);
        }

        return result;
    }

    /// <summary>The traces that are visible; each must be so once. A snapshot needs no request while its sources stay open.</summary>
    private static async Task<HashSet<int>> VisibleAsync(TenantStore store)
    {
        await Task.CompletedTask;
        using var snapshot = store.Snapshot();
        var seen = new HashSet<int>();
        foreach (var source in snapshot.Sources)
        {
            for (var row = 0; row < source.Traces.Count; row++)
            {
                var id = new byte[TraceId.Size];
                source.Traces[row].Id.WriteTo(id);
                var number = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(id.AsSpan(12));
                Assert.True(seen.Add(number), $"trace {number} is visible twice");
                Assert.Equal(1, source.Traces[row].SpanCount);
            }
        }

        return seen;
    }

    private sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
