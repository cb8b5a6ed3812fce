using Clew.Storage.Deletion;
using Clew.Storage.Tests.Support;

namespace Clew.Storage.Tests.Tenants;

/// <summary>A disk that is full but for what the reserve holds: spans are refused, what makes room still runs, and all goes on by itself.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Retention_makes_room_out_of_the_reserve_and_spans_are_taken_again()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1));
        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        Fill(store);
        Assert.Equal(AppendStatus.Unavailable, await store.AppendAsync(Requests.Of("a").Span(2, 2)));
        Assert.Equal(Store.Named(1, 1), await store.SpansAsync());
        store.Clock.Advance(TimeSpan.FromDays(8));
        await store.Tenant.MaintainAsync(CancellationToken.None);
        Assert.Empty(await store.SpansAsync());
        Assert.Empty(store.Blocks.Ids);
        Assert.False(File.Exists(_folder.File("RESERVE")));

        // The block's bytes are free now: the reserve comes first, then spans.
        store.Disk.FailCreate = null;
        store.Objects.FailPut = static _ => null;
        store.Reserve!.Restore();
        Assert.Equal(ReserveFile.Bytes, new FileInfo(_folder.File("RESERVE")).Length);
        Assert.Equal(AppendStatus.Accepted, await store.AppendAsync(Requests.Of("a").Span(2, 2)));
        await store.RestartAsync();
        Assert.Equal(Store.Named(2, 2), await store.SpansAsync());
    }

    [Fact]
    public async Task Deletion_is_taken_and_stays_on_a_full_disk()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1).Span(2, 2));
        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        Fill(store);
        await store.Tenant.DeleteAsync(new DeletionRequest { Traces = [Requests.Trace(1)] }, CancellationToken.None);
        Assert.Equal(Store.Named(2, 2), await store.SpansAsync());
        await store.RestartAsync();
        Assert.Equal(Store.Named(2, 2), await store.SpansAsync());
    }

    [Fact]
    public async Task Cut_does_not_spend_the_reserve()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1));
        Fill(store);
        await Assert.ThrowsAsync<IOException>(() => store.Tenant.CutAsync(everything: true, CancellationToken.None));
        Assert.True(File.Exists(_folder.File("RESERVE")));
        Assert.Equal(Store.Named(1, 1), await store.SpansAsync());
    }

    private Task<Store> OpenAsync() => new Store { Reserve = new ReserveFile(_folder.Path) }.OpenAsync();

    /// <summary>Nothing can be written any more while the reserve takes the last of the room.</summary>
    private void Fill(Store store)
    {
        store.Disk.FailCreate = new IOException("No space left on device");
        store.Objects.FailPut = _ => File.Exists(_folder.File("RESERVE")) ? new IOException("No space left on device") : null;
    }
}
