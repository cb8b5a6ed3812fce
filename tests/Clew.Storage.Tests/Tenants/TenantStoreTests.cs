using Clew.Storage.Tests.Support;

namespace Clew.Storage.Tests.Tenants;

public sealed class TenantStoreTests
{
    [Fact]
    public async Task Append_is_visible_at_once_and_after_a_power_cut()
    {
        var store = await new Store().OpenAsync();
        Assert.Equal(AppendStatus.Accepted, await store.AppendAsync(Requests.Of("a").Span(1, 1).Span(1, 2, parent: 1)));
        Assert.Equal(Store.Named(1, 1, 2), await store.SpansAsync());
        await store.RestartAsync();
        Assert.Equal(Store.Named(1, 1, 2), await store.SpansAsync());
    }

    [Fact]
    public async Task Cut_moves_idle_traces_to_a_block_and_carries_open_ones()
    {
        var store = await new Store().OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1).Span(1, 2));
        store.Clock.Advance(TimeSpan.FromMinutes(2));
        await store.AppendAsync(Requests.Of("a").Span(2, 3));
        await store.Tenant.CutAsync(everything: false, CancellationToken.None);
        Assert.Single(store.Blocks.Ids);
        Assert.Equal([.. Store.Named(1, 1, 2), .. Store.Named(2, 3)], await store.SpansAsync());
        Assert.Equal(1, store.Tenant.Totals().HeadSpans);
        await store.RestartAsync();
        Assert.Equal([.. Store.Named(1, 1, 2), .. Store.Named(2, 3)], await store.SpansAsync());
    }

    [Fact]
    public async Task Cut_removes_the_log_files_of_what_it_moved()
    {
        var store = await new Store().OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1));
        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        Assert.Empty(store.Disk.List("/data/wal/single-tenant"));
    }

    [Fact]
    public async Task Late_span_of_a_cut_trace_stays_visible_beside_its_block()
    {
        var store = await new Store().OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1));
        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        await store.AppendAsync(Requests.Of("a").Span(1, 2, parent: 1));
        Assert.Equal(Store.Named(1, 1, 2), await store.SpansAsync());
        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        Assert.Equal(2, store.Blocks.Ids.Count);
        Assert.Equal(Store.Named(1, 1, 2), await store.SpansAsync());
    }

    [Fact]
    public async Task Head_marks_the_traces_that_hold_an_id_twice_and_no_others()
    {
        var store = await new Store().OpenAsync();
        var many = Requests.Of("a");
        for (var span = 1; span <= 200; span++)
        {
            many = many.Span(1, span);
        }

        await store.AppendAsync(many);
        await store.AppendAsync(Requests.Of("a").Span(2, 1).Span(2, 2));
        await store.AppendAsync(Requests.Of("a").Span(2, 1));
        using var snapshot = store.Tenant.Snapshot();
        foreach (var head in snapshot.Sources)
        {
            var bits = new ulong[(head.Traces.Count + 63) / 64];
            head.Traces.MarkRepeated(bits);
            var marked = Enumerable.Range(0, head.Traces.Count).Where(row => (bits[row >> 6] >> (row & 63) & 1) != 0).Select(row => head.Traces[row].Id);
            Assert.Equal([Requests.Trace(2)], marked);
        }
    }

    [Fact]
    public async Task Failed_block_write_keeps_the_spans_in_head_and_log()
    {
        var store = await new Store().OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1));
        store.Blocks.FailWrite = new IOException("No space left on device");
        await Assert.ThrowsAsync<IOException>(() => store.Tenant.CutAsync(everything: true, CancellationToken.None));
        await store.AppendAsync(Requests.Of("a").Span(2, 2));
        Assert.Equal([.. Store.Named(1, 1), .. Store.Named(2, 2)], await store.SpansAsync());
        store.Blocks.FailWrite = null;
        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        Assert.Equal([.. Store.Named(1, 1), .. Store.Named(2, 2)], await store.SpansAsync());
        Assert.Equal(0, store.Tenant.Totals().HeadSpans);
        await store.RestartAsync();
        Assert.Equal([.. Store.Named(1, 1), .. Store.Named(2, 2)], await store.SpansAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Crash_around_the_manifest_entry_loses_nothing_and_shows_nothing_twice(bool entryWritten)
    {
        var store = await new Store().OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1));
        store.Clock.Advance(TimeSpan.FromMinutes(2));
        await store.AppendAsync(Requests.Of("a").Span(2, 2));
        var power = new IOException("power");
        if (entryWritten)
        {
            store.Objects.FailAfterPut = key => key.Contains("manifest/0", StringComparison.Ordinal) ? power : null;
        }
        else
        {
            store.Objects.FailPut = key => key.Contains("manifest/0", StringComparison.Ordinal) ? power : null;
        }

        await Assert.ThrowsAsync<IOException>(() => store.Tenant.CutAsync(everything: false, CancellationToken.None));
        store.Objects.FailPut = store.Objects.FailAfterPut = static _ => null;
        await store.RestartAsync();
        Assert.Equal([.. Store.Named(1, 1), .. Store.Named(2, 2)], await store.SpansAsync());
    }

    [Fact]
    public async Task Block_that_a_crash_kept_out_of_the_manifest_is_removed_at_the_next_start()
    {
        var store = await new Store().OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1));
        store.Objects.FailPut = key => key.Contains("manifest/0", StringComparison.Ordinal) ? new IOException("power") : null;
        await Assert.ThrowsAsync<IOException>(() => store.Tenant.CutAsync(everything: true, CancellationToken.None));
        store.Objects.FailPut = static _ => null;
        Assert.Single(store.Blocks.Ids);
        await store.RestartAsync();
        Assert.Empty(store.Blocks.Ids);
        Assert.Equal(Store.Named(1, 1), await store.SpansAsync());
    }

    [Fact]
    public async Task Restarts_give_the_preallocated_rest_of_log_files_back()
    {
        var store = await new Store().OpenAsync();
        for (var i = 1; i <= 5; i++)
        {
            await store.AppendAsync(Requests.Of("a").Span(i, i));
            await store.RestartAsync();
        }

        Assert.Equal(5, (await store.SpansAsync()).Count);
        var bytes = store.Disk.List("/data/wal/single-tenant").Sum(path => store.Disk.OpenRead(path).Length);
        Assert.InRange(bytes, 1, store.Options.WalSegmentBytes);
    }

    [Fact]
    public async Task Unknown_outcome_of_the_manifest_entry_is_repaired_by_the_next_cut_without_a_restart()
    {
        var store = await new Store().OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1));
        store.Objects.FailAfterPut = key => key.Contains("manifest/0", StringComparison.Ordinal) ? new IOException("time-out") : null;
        await Assert.ThrowsAsync<IOException>(() => store.Tenant.CutAsync(everything: true, CancellationToken.None));
        store.Objects.FailAfterPut = static _ => null;
        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        Assert.Equal(Store.Named(1, 1), await store.SpansAsync());
        await store.RestartAsync();
        Assert.Equal(Store.Named(1, 1), (await store.SpansAsync()).Distinct());
    }

    [Fact]
    public async Task Failed_sync_refuses_the_batch_and_the_next_one_is_taken()
    {
        var store = await new Store().OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1));
        store.Disk.FailNextSync = new IOException("EIO");
        Assert.Equal(AppendStatus.Unavailable, await store.AppendAsync(Requests.Of("a").Span(1, 2)));
        Assert.Equal(AppendStatus.Accepted, await store.AppendAsync(Requests.Of("a").Span(1, 3)));
        Assert.Equal(Store.Named(1, 1, 3), await store.SpansAsync());
        await store.RestartAsync();
        Assert.Equal(Store.Named(1, 1, 3), await store.SpansAsync());
    }

    [Fact]
    public async Task Full_disk_refuses_writes_serves_reads_and_recovers()
    {
        var store = await new Store { Options = new() { Path = "/data", WalSegmentBytes = 512 } }.OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1));
        store.Disk.FailCreate = new IOException("No space left on device");
        var refused = 0;
        for (var i = 2; i < 10; i++)
        {
            refused += await store.AppendAsync(Requests.Of("a").Span(1, i)) == AppendStatus.Unavailable ? 1 : 0;
        }

        Assert.InRange(refused, 1, 8);
        Assert.NotEmpty(await store.SpansAsync());
        store.Disk.FailCreate = null;
        Assert.Equal(AppendStatus.Accepted, await store.AppendAsync(Requests.Of("a").Span(1, 99)));
    }

    [Fact]
    public async Task Retention_drops_blocks_by_age_since_arrival()
    {
        var store = await new Store { Options = new() { Path = "/data", Retention = TimeSpan.FromHours(1) } }.OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1));
        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        store.Clock.Advance(TimeSpan.FromMinutes(59));
        await store.Tenant.MaintainAsync(CancellationToken.None);
        Assert.NotEmpty(await store.SpansAsync());
        store.Clock.Advance(TimeSpan.FromMinutes(2));
        await store.Tenant.MaintainAsync(CancellationToken.None);
        Assert.Empty(await store.SpansAsync());
        Assert.Empty(store.Blocks.Ids);
    }

    [Fact]
    public async Task Retention_shorter_than_the_maximum_age_reaches_spans_in_memory()
    {
        var store = await new Store { Options = new() { Path = "/data", Retention = TimeSpan.FromMinutes(1) } }.OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1));
        store.Clock.Advance(TimeSpan.FromSeconds(59));
        await store.Tenant.MaintainAsync(CancellationToken.None);
        Assert.NotEmpty(await store.SpansAsync());
        store.Clock.Advance(TimeSpan.FromSeconds(2));
        await store.Tenant.MaintainAsync(CancellationToken.None);
        Assert.Single(store.Blocks.Ids);
        store.Clock.Advance(TimeSpan.FromMinutes(1));
        await store.Tenant.MaintainAsync(CancellationToken.None);
        Assert.Empty(await store.SpansAsync());
        Assert.Empty(store.Blocks.Ids);
    }

    [Fact]
    public async Task Retention_lets_a_running_query_finish_on_the_block_it_holds()
    {
        var store = await new Store { Options = new() { Path = "/data", Retention = TimeSpan.FromHours(1) } }.OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1));
        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        using (var running = store.Tenant.Snapshot())
        {
            store.Clock.Advance(TimeSpan.FromHours(2));
            await store.Tenant.MaintainAsync(CancellationToken.None);
            Assert.Single(store.Blocks.Ids);
            Assert.Single(running.Sources);
        }

        Assert.Empty(store.Blocks.Ids);
    }

    [Fact]
    public async Task Maintenance_cuts_when_a_trace_is_older_than_the_maximum_age()
    {
        var store = await new Store().OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1));
        store.Clock.Advance(TimeSpan.FromMinutes(4));
        await store.AppendAsync(Requests.Of("a").Span(2, 2));
        await store.Tenant.MaintainAsync(CancellationToken.None);
        Assert.Empty(store.Blocks.Ids);
        store.Clock.Advance(TimeSpan.FromMinutes(2));
        await store.AppendAsync(Requests.Of("a").Span(2, 3));
        await store.Tenant.MaintainAsync(CancellationToken.None);
        Assert.Single(store.Blocks.Ids);
    }

    [Fact]
    public async Task Maintenance_cuts_a_quiet_store_once_its_traces_are_idle()
    {
        var store = await new Store().OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1));
        store.Clock.Advance(TimeSpan.FromSeconds(29));
        await store.Tenant.MaintainAsync(CancellationToken.None);
        Assert.Empty(store.Blocks.Ids);
        store.Clock.Advance(TimeSpan.FromSeconds(2));
        await store.Tenant.MaintainAsync(CancellationToken.None);
        Assert.Single(store.Blocks.Ids);
        Assert.Equal(0, store.Tenant.Totals().HeadSpans);
    }

    [Fact]
    public async Task Compaction_joins_blocks_that_share_a_trace_and_survives_a_crash()
    {
        var store = await new Store().OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1));
        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        await store.AppendAsync(Requests.Of("a").Span(1, 1).Span(1, 2, parent: 1));
        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        using (var snapshot = store.Tenant.Snapshot())
        {
            Assert.Null(snapshot.SplitTraces is { } split && !split.Contains(Requests.Trace(1)) ? split : null);
        }

        Assert.True(await store.Tenant.CompactAsync(CancellationToken.None));
        Assert.False(await store.Tenant.CompactAsync(CancellationToken.None));
        Assert.Single(store.Blocks.Ids);
        Assert.Equal(0, store.Tenant.CompactionPendingBytes);
        Assert.Equal(Store.Named(1, 1, 2), await store.SpansAsync());
        await store.RestartAsync();
        Assert.Equal(Store.Named(1, 1, 2), await store.SpansAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Crash_around_the_entry_of_a_merge_loses_nothing_and_shows_nothing_twice(bool entryWritten)
    {
        var store = await new Store { Options = new() { Path = "/data", WalSegmentBytes = 1 << 16, Compaction = new() { KeepSmallWhileBusy = 2 } } }.OpenAsync();
        for (var trace = 1; trace <= 4; trace++)
        {
            await store.AppendAsync(Requests.Of("a").Span(trace, trace));
            await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        }

        var power = new IOException("power");
        store.Objects.FailPut = key => !entryWritten && key.Contains("/manifest/", StringComparison.Ordinal) ? power : null;
        store.Objects.FailAfterPut = key => entryWritten && key.Contains("/manifest/", StringComparison.Ordinal) ? power : null;
        await Assert.ThrowsAsync<IOException>(() => store.Tenant.CompactAsync(CancellationToken.None));
        store.Objects.FailPut = static _ => null;
        store.Objects.FailAfterPut = static _ => null;
        await store.RestartAsync();
        Assert.Equal([.. Store.Named(1, 1), .. Store.Named(2, 2), .. Store.Named(3, 3), .. Store.Named(4, 4)], await store.SpansAsync());
        Assert.Equal(entryWritten ? 1 : 4, store.Blocks.Ids.Count);
    }

    [Fact]
    public async Task Maintenance_cuts_the_longest_idle_early_when_memory_is_full()
    {
        var store = await new Store { Options = new() { Path = "/data", HeadMemoryBytes = 20 << 10, BlockMaxSpans = 1000 } }.OpenAsync();
        for (var trace = 1; trace <= 40; trace++)
        {
            // A key of its own costs memory for its column, so the head fills up with few spans.
            Assert.Equal(AppendStatus.Accepted, await store.AppendAsync(Requests.Of("a").Span(trace, trace, attributes: ($"key{trace}", "v"))));
            store.Clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        await store.Tenant.MaintainAsync(CancellationToken.None);
        Assert.NotEmpty(store.Blocks.Ids);
        Assert.InRange(store.Tenant.Totals().HeadSpans, 1, 10);
        Assert.Equal(40, (await store.SpansAsync()).Count);
    }

    [Fact]
    public async Task Manifest_survives_many_checkpoints()
    {
        var store = await new Store().OpenAsync();
        for (var i = 1; i <= 200; i++)
        {
            await store.AppendAsync(Requests.Of("a").Span(i, i));
            await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        }

        await store.RestartAsync();
        Assert.Equal(200, (await store.SpansAsync()).Count);
        Assert.InRange(store.Objects.Keys.Count(key => key.Contains("manifest/", StringComparison.Ordinal)), 2, 130);
    }
}
