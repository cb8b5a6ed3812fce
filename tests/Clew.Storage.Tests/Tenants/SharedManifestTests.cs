using System.Buffers.Binary;
using System.Diagnostics.Metrics;
using Clew.Model;
using Clew.Storage.Compaction;
using Clew.Storage.Manifest;
using Clew.Storage.Tenants;
using Clew.Storage.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Storage.Tests.Tenants;

/// <summary>Entries of the manifest that come from elsewhere: from another process, or from this one without an answer.</summary>
public sealed class SharedManifestTests
{
    private readonly ManualClock _clock = new();
    private readonly MemoryObjects _bucket = new();

    [Fact]
    public async Task Cut_whose_entry_was_written_without_an_answer_counts_and_its_spans_are_there_once()
    {
        var disk = new CrashingDisk();
        var store = await OpenAsync(disk);
        await AppendAsync(store, 1, 2, 3);
        _bucket.FailAfterPut = key => key.Contains("/manifest/0", StringComparison.Ordinal) ? new IOException("injected: answer lost") : null;
        await Assert.ThrowsAsync<IOException>(() => store.CutAsync(everything: true, CancellationToken.None));
        _bucket.FailAfterPut = static _ => null;

        await AppendAsync(store, 4);
        await store.CutAsync(everything: true, CancellationToken.None);
        Assert.Equal([1, 2, 3, 4], Rows(store));

        disk.Crash(0);
        store = await OpenAsync(disk);
        Assert.Equal([1, 2, 3, 4], Rows(store));
    }

    [Fact]
    public async Task Merge_whose_entry_was_written_without_an_answer_counts()
    {
        var store = await OpenAsync(new CrashingDisk());
        for (var trace = 1; trace <= 3; trace++)
        {
            await AppendAsync(store, trace);
            await store.CutAsync(everything: true, CancellationToken.None);
        }

        _bucket.FailAfterPut = key => key.Contains("/manifest/0", StringComparison.Ordinal) ? new IOException("injected: answer lost") : null;
        await Assert.ThrowsAsync<IOException>(() => store.CompactAsync(CancellationToken.None));
        _bucket.FailAfterPut = static _ => null;
        Assert.Equal([1, 2, 3], Rows(store));

        await AppendAsync(store, 4);
        await store.CutAsync(everything: true, CancellationToken.None);
        Assert.Equal([1, 2, 3, 4], Rows(store));
        Assert.True(store.Totals().Blocks < 4, $"{store.Totals().Blocks} blocks are live");
    }

    [Fact]
    public async Task Two_processes_on_one_bucket_lose_nothing_of_each_other_and_join_what_both_have()
    {
        var (firstDisk, secondDisk) = (new CrashingDisk(), new CrashingDisk());
        var first = await OpenAsync(firstDisk);
        var second = await OpenAsync(secondDisk);
        await AppendAsync(second, 100);
        for (var trace = 1; trace <= 5; trace++)
        {
            await AppendAsync(first, trace);
            await first.CutAsync(everything: true, CancellationToken.None);
        }

        // What the first has retired says nothing of the second's log.
        secondDisk.Crash(0);
        second = await OpenAsync(secondDisk);
        Assert.Equal([1, 2, 3, 4, 5, 100], Rows(second));

        // A client's second try reaches the other process.
        await AppendAsync(second, 5);
        await second.CutAsync(everything: true, CancellationToken.None);
        AssertJoined(second, 6, split: [5]);
        await LookAgainAsync(first);
        AssertJoined(first, 6, split: [5]);

        await CompactAsync(first);
        Assert.Equal([1, 2, 3, 4, 5, 100], Rows(first));
        // The second still reads the blocks that were merged away.
        Assert.Equal(7, await ReadAllAsync(second));
        await LookAgainAsync(second);
        Assert.Equal([1, 2, 3, 4, 5, 100], Rows(second));

        await first.DeleteAsync(new Clew.Storage.Deletion.DeletionRequest { Traces = [Requests.Trace(100)] }, CancellationToken.None);
        await LookAgainAsync(second);
        Assert.Equal([1, 2, 3, 4, 5], Rows(second));
    }

    [Fact]
    public async Task Process_that_slept_over_many_entries_goes_on_after_the_newest()
    {
        var sleeper = await OpenAsync(new CrashingDisk());
        await AppendAsync(sleeper, 1000);
        var busy = await OpenAsync(new CrashingDisk());
        var entries = (3 * ManifestLog.CheckpointEvery) + 5;
        for (var trace = 1; trace <= entries; trace++)
        {
            await AppendAsync(busy, trace);
            await busy.CutAsync(everything: true, CancellationToken.None);
        }

        Assert.DoesNotContain($"{TenantId.Single}/manifest/{2:d20}.json", _bucket.Keys);
        await sleeper.CutAsync(everything: true, CancellationToken.None);
        Assert.Equal([.. Enumerable.Range(1, entries), 1000], Rows(sleeper));
        Assert.Equal([.. Enumerable.Range(1, entries), 1000], Rows(await OpenAsync(new CrashingDisk())));
    }

    [Fact]
    public void Retired_logs_are_kept_apart_and_the_longest_unchanged_is_forgotten()
    {
        var logs = RetiredLogs.None.With(7).With(RetiredLogs.FirstOf(1) + 4);
        Assert.True(logs.Contains(7) && !logs.Contains(8) && logs.Contains(RetiredLogs.FirstOf(1)) && !logs.Contains(RetiredLogs.FirstOf(2)));
        for (var log = 2u; log <= RetiredLogs.MaxLogs; log++)
        {
            logs = logs.With(RetiredLogs.FirstOf(log));
        }

        Assert.Equal(RetiredLogs.MaxLogs, logs.Through.Count);
        Assert.False(logs.Contains(7));
        Assert.True(logs.Contains(RetiredLogs.FirstOf(1)));
    }

    private Task<TenantStore> OpenAsync(CrashingDisk disk)
    {
        var options = new StoreOptions
        {
            Path = "/data", WalSegmentBytes = 1 << 16, Retention = TimeSpan.Zero, Compaction = new CompactionOptions { IdleAfter = TimeSpan.FromMilliseconds(-1) },
        };
        var services = new StoreServices(
            options, _bucket, tenant => new BlockFactory(tenant, _bucket, _clock), disk, _clock, new StoreMetrics(new Meters()), NullLogger.Instance) { SharesBucket = true };
        return TenantStore.OpenAsync(TenantId.Single, services, CancellationToken.None);
    }

    private static async Task AppendAsync(TenantStore store, params int[] traces)
    {
        foreach (var trace in traces)
        {
            using var batch = Requests.Of("shop").Span(trace, trace).Batch();
            Assert.Equal(AppendStatus.Accepted, (await store.AppendAsync(batch)).Status);
        }
    }

    private static async Task CompactAsync(TenantStore store)
    {
        while (await store.CompactAsync(CancellationToken.None))
        {
        }
    }

    private async Task LookAgainAsync(TenantStore store)
    {
        _clock.Advance(TimeSpan.FromSeconds(20));
        await store.MaintainAsync(CancellationToken.None);
    }

    /// <summary>So many traces are there, and those with parts in two blocks are known to have them.</summary>
    private static void AssertJoined(TenantStore store, int traces, int[] split)
    {
        using var snapshot = store.Snapshot();
        Assert.Equal(traces, snapshot.Sources.SelectMany(source => Enumerable.Range(0, source.Traces.Count).Select(row => source.Traces[row].Id)).Distinct().Count());
        Assert.NotNull(snapshot.SplitTraces);
        Assert.Equal(split.Select(Requests.Trace).ToHashSet(), snapshot.SplitTraces);
    }

    private static async Task<int> ReadAllAsync(TenantStore store) => (await Store.SpansAsync(store)).Count;

    /// <summary>The traces of all sources, each as often as it is there.</summary>
    private static List<int> Rows(TenantStore store)
    {
        using var snapshot = store.Snapshot();
        var rows = new List<int>();
        var id = new byte[TraceId.Size];
        foreach (var source in snapshot.Sources)
        {
            for (var row = 0; row < source.Traces.Count; row++)
            {
                source.Traces[row].Id.WriteTo(id);
                rows.Add(BinaryPrimitives.ReadInt32BigEndian(id.AsSpan(12)));
            }
        }

        rows.Sort();
        return rows;
    }

    private sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
