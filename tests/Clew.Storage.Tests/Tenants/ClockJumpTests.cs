using Clew.Storage.Deletion;
using Clew.Storage.Retention;
using Clew.Storage.Tests.Support;

namespace Clew.Storage.Tests.Tenants;

/// <summary>The wall clock is set while the store runs: by hand, by a time server after a bad start, by a machine that slept.</summary>
public sealed class ClockJumpTests
{
    private static readonly TimeSpan TenDays = TimeSpan.FromDays(10);

    [Fact]
    public async Task Jump_forwards_drops_nothing_for_an_hour_and_nothing_at_all_when_the_clock_is_set_right_again()
    {
        var store = await OpenWithBlockAsync();
        store.Clock.Jump(TenDays);
        for (var minute = 0; minute < 50; minute++)
        {
            await store.Tenant.MaintainAsync(CancellationToken.None);
            store.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(Store.Named(1, 1), await store.SpansAsync());
        store.Clock.Jump(-TenDays);
        store.Clock.Advance(TimeSpan.FromHours(2));
        await store.Tenant.MaintainAsync(CancellationToken.None);
        Assert.Equal(Store.Named(1, 1), await store.SpansAsync());
    }

    [Fact]
    public async Task Clock_that_stays_ahead_is_believed_after_an_hour()
    {
        var store = await OpenWithBlockAsync();
        store.Clock.Jump(TenDays);
        await store.Tenant.MaintainAsync(CancellationToken.None);
        Assert.Equal(Store.Named(1, 1), await store.SpansAsync());
        store.Clock.Advance(ClockWatch.Grace + TimeSpan.FromMinutes(2));
        await store.Tenant.MaintainAsync(CancellationToken.None);
        Assert.Empty(await store.SpansAsync());
    }

    [Fact]
    public async Task Jump_backwards_puts_off_neither_cutting_nor_retention()
    {
        var store = await OpenWithBlockAsync();
        await store.AppendAsync(Requests.Of("a").Span(2, 2));
        store.Clock.Jump(-TenDays);
        await store.AppendAsync(Requests.Of("a").Span(3, 3));
        store.Clock.Advance(TimeSpan.FromMinutes(2));
        await store.Tenant.MaintainAsync(CancellationToken.None);
        Assert.Equal(0, store.Tenant.Totals().HeadSpans);
        Assert.Equal([.. Store.Named(1, 1), .. Store.Named(2, 2), .. Store.Named(3, 3)], await store.SpansAsync());

        // Counted from the arrival by the clock of that time.
        store.Clock.Advance(TimeSpan.FromDays(8));
        await store.Tenant.MaintainAsync(CancellationToken.None);
        await store.RestartAsync();
        store.Clock.Advance(TenDays);
        await store.Tenant.MaintainAsync(CancellationToken.None);
        Assert.Empty(await store.SpansAsync());
    }

    [Fact]
    public async Task Late_span_of_a_deleted_trace_stays_out_after_a_jump_forwards()
    {
        var store = await OpenWithBlockAsync();
        await store.Tenant.DeleteAsync(new DeletionRequest { Traces = [Requests.Trace(1)] }, CancellationToken.None);
        while (await store.Tenant.CompactAsync(CancellationToken.None))
        {
            // Until nothing is due.
        }

        await store.Tenant.MaintainAsync(CancellationToken.None);
        store.Clock.Jump(TenDays + store.Options.DeletionMemory);
        await store.Tenant.MaintainAsync(CancellationToken.None);
        await store.AppendAsync(Requests.Of("a").Span(1, 9));
        Assert.Empty(await store.SpansAsync());
    }

    [Fact]
    public void Watch_tells_each_jump_once_and_takes_slow_drift_for_time()
    {
        var clock = new ManualClock();
        var watch = new ClockWatch(clock);
        for (var second = 0; second < 1000; second++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            clock.Jump(TimeSpan.FromSeconds(1));
            Assert.False(watch.TryTake(out _));
        }

        clock.Jump(TimeSpan.FromMinutes(5));
        Assert.False(watch.IsTrusted);
        Assert.True(watch.TryTake(out var jump));
        Assert.Equal(TimeSpan.FromMinutes(5), jump);
        Assert.False(watch.TryTake(out _));
        clock.Jump(TimeSpan.FromMinutes(-5));
        Assert.True(watch.TryTake(out jump));
        Assert.Equal(TimeSpan.FromMinutes(-5), jump);
        Assert.True(watch.IsTrusted);
    }

    /// <summary>A store of seven days that holds span 1 of trace 1 in a block.</summary>
    private static async Task<Store> OpenWithBlockAsync()
    {
        var store = await new Store { Options = new() { Path = "/data", WalSegmentBytes = 1 << 16, Retention = TimeSpan.FromDays(7) } }.OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1));
        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        return store;
    }
}
