using Clew.Model;
using Clew.Storage.Deletion;

namespace Clew.Storage.Tests.Rollups;

/// <summary>Figures per minute are kept longer than the spans that they were counted from.</summary>
public sealed class KeptRollupsTests
{
    private const int Seed = 61;

    [Fact]
    public async Task Figures_outlive_their_spans_over_restarts_and_go_by_their_own_retention()
    {
        var (store, traffic) = await OpenAsync();
        await ExpireSpansAsync(store);
        RollupPropertyTests.Same(traffic, await store.QueryAsync(TimeSpan.FromMinutes(1)), Seed);
        await store.ReopenAsync();
        RollupPropertyTests.Same(traffic, await store.QueryAsync(TimeSpan.FromMinutes(1)), Seed);
        Assert.Contains(store.Objects.Keys, IsKept);
        store.Clock.Advance(TimeSpan.FromDays(23));
        await store.Tenant.MaintainAsync(CancellationToken.None);
        var result = await store.QueryAsync(TimeSpan.FromMinutes(1));
        Assert.Empty(result.Spans);
        Assert.Empty(result.Edges);
        Assert.DoesNotContain(store.Objects.Keys, IsKept);
        await store.ReopenAsync();
        Assert.Empty((await store.QueryAsync(TimeSpan.FromMinutes(1))).Spans);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Crash_around_the_entry_counts_nothing_twice_and_leaves_no_copy_behind(bool entryWritten)
    {
        var (store, traffic) = await OpenAsync();
        var power = new IOException("power");
        store.Objects.FailPut = key => !entryWritten && key.Contains("/manifest/", StringComparison.Ordinal) ? power : null;
        store.Objects.FailAfterPut = key => entryWritten && key.Contains("/manifest/", StringComparison.Ordinal) ? power : null;
        store.Clock.Advance(TimeSpan.FromDays(8));
        await Assert.ThrowsAsync<IOException>(() => store.Tenant.MaintainAsync(CancellationToken.None));
        Assert.Contains(store.Objects.Keys, IsKept);
        store.Objects.FailPut = static _ => null;
        store.Objects.FailAfterPut = static _ => null;
        await store.ReopenAsync();
        RollupPropertyTests.Same(traffic, await store.QueryAsync(TimeSpan.FromMinutes(1)), Seed);
        Assert.Equal(entryWritten, store.Objects.Keys.Any(IsKept));
        await ExpireSpansAsync(store);
        RollupPropertyTests.Same(traffic, await store.QueryAsync(TimeSpan.FromMinutes(1)), Seed);
    }

    [Fact]
    public async Task Block_that_expires_before_deleted_traces_were_taken_out_of_it_leaves_no_figures()
    {
        var (store, _) = await OpenAsync();
        using (var snapshot = store.Tenant.Snapshot())
        {
            await store.Tenant.DeleteAsync(new DeletionRequest { Traces = [.. snapshot.Sources.Select(static source => source.Traces[0].Id)] }, CancellationToken.None);
        }

        await ExpireSpansAsync(store);
        Assert.Empty((await store.QueryAsync(TimeSpan.FromMinutes(1))).Spans);
        Assert.DoesNotContain(store.Objects.Keys, IsKept);
    }

    private static bool IsKept(string key) => key.Contains("/rollups/", StringComparison.Ordinal);

    private static async Task ExpireSpansAsync(RollupStore store)
    {
        store.Clock.Advance(TimeSpan.FromDays(8));
        await store.Tenant.MaintainAsync(CancellationToken.None);
        using var snapshot = store.Tenant.Snapshot();
        Assert.Empty(snapshot.Sources);
    }

    private static async Task<(RollupStore Store, Traffic Traffic)> OpenAsync()
    {
        var traffic = new Traffic(Seed);
        for (var i = 0; i < 60; i++)
        {
            traffic.Trace(i);
        }

        var store = await RollupStore.OpenAsync();
        await store.AppendAsync(traffic.Spans);
        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        return (store, traffic);
    }
}
