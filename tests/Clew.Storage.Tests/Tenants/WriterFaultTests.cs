using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Storage.Tests.Support;
using Clew.Storage.Wal;

namespace Clew.Storage.Tests.Tenants;

/// <summary>What nobody foresaw, on the one thread that all senders of a tenant wait for: they get an answer, and the next batch is taken.</summary>
public sealed class WriterFaultTests
{
    [Fact]
    public async Task Unforeseen_fault_of_a_sync_refuses_the_batch_and_the_next_is_taken()
    {
        var store = await new Store().OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1));
        store.Disk.FailNextSync = new InvalidOperationException("nobody foresaw this");
        Assert.Equal(AppendStatus.Unavailable, await store.AppendAsync(Requests.Of("a").Span(2, 2)));
        Assert.Equal(AppendStatus.Accepted, await store.AppendAsync(Requests.Of("a").Span(3, 3)));
        string[] accepted = [.. Store.Named(1, 1), .. Store.Named(3, 3)];
        Assert.Equal(accepted, await store.SpansAsync());
        await store.RestartAsync();
        Assert.Equal(accepted, await store.SpansAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Batch_that_breaks_on_its_way_into_memory_is_refused_and_spoils_nothing(int reads)
    {
        var store = await new Store().OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1, attributes: ("key", "one")));
        var (armed, left, syncs) = (false, reads, Syncs(store));
        var memory = new TrippingMemory(
            Requests.Of("b").Span(2, 2, attributes: ("key", "two")).Span(2, 3, attributes: ("key", "three")).Bytes(), () => armed && Syncs(store) > syncs && left-- <= 0);
        using (var batch = OtlpScanner.Scan(memory, new BatchContext(TenantId.Single, 0)).Batch!)
        {
            armed = true;
            var result = await store.Tenant.AppendAsync(batch);
            Assert.Equal(AppendStatus.Unavailable, result.Status);
            Assert.Contains("nobody foresaw this", result.Reason, StringComparison.Ordinal);
        }

        // Sent again, as the answer asks for.
        Assert.Equal(AppendStatus.Accepted, await store.AppendAsync(Requests.Of("b").Span(2, 2, attributes: ("key", "two")).Span(2, 3, attributes: ("key", "three"))));
        Assert.Equal(AppendStatus.Accepted, await store.AppendAsync(Requests.Of("a").Span(1, 4, attributes: ("key", "four"))));
        string[] accepted = [.. Store.Named(1, 1, 4), .. Store.Named(2, 2, 3)];
        Assert.Equal(accepted, (await store.SpansAsync()).Distinct());
        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        Assert.Equal(accepted, (await store.SpansAsync()).Distinct());
        await store.RestartAsync();
        Assert.Equal(accepted, (await store.SpansAsync()).Distinct());
    }

    [Fact]
    public async Task Queue_answers_its_senders_and_goes_on_when_publishing_and_the_telling_of_it_fail()
    {
        var disk = new CrashingDisk();
        var fails = true;
        await using var queue = new LogQueue(
            new WalWriter(disk, "/log", 1 << 16, 1), new LogQueueOptions(1 << 20, 1 << 20, "a test"),
            (_, _) => _ = fails ? throw new InvalidOperationException("publishing broke") : 0, _ => throw new InvalidOperationException("so did telling"));
        using var batch = Requests.Of("a").Span(1, 1).Batch();
        var refused = await queue.AppendAsync(batch, 1);
        Assert.Equal(AppendStatus.Unavailable, refused.Status);
        Assert.Contains("publishing broke", refused.Reason, StringComparison.Ordinal);
        fails = false;
        Assert.Equal(AppendStatus.Accepted, (await queue.AppendAsync(batch, 2)).Status);
        Assert.Equal(0, queue.WaitingBytes);
    }

    private static int Syncs(Store store) => store.Disk.Operations.Count(static operation => operation.StartsWith("sync", StringComparison.Ordinal));
}
