using Clew.Model;
using Clew.Storage.Blocks;
using Clew.Storage.Columns;
using Clew.Storage.Deletion;
using Clew.Storage.Tests.Support;

namespace Clew.Storage.Tests.Deletion;

public sealed class DeletionTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Deleted_trace_is_invisible_at_once_and_after_a_crash(bool inBlock)
    {
        var store = await new Store().OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1).Span(2, 2));
        if (inBlock)
        {
            await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        }

        var receipt = await DeleteAsync(store, 1);
        Assert.Equal((DeletionState.Pending, 1), (receipt.State, receipt.Traces));
        Assert.Equal(Store.Named(2, 2), await store.SpansAsync());
        Assert.False(await FindsAsync(store, 1));
        await store.RestartAsync();
        Assert.Equal(Store.Named(2, 2), await store.SpansAsync());
        Assert.Equal(DeletionState.Pending, store.Tenant.FindDeletion(receipt.Id)!.State);
    }

    [Fact]
    public async Task Deletion_is_done_when_blocks_are_rewritten_and_the_log_is_cut()
    {
        var store = await new Store().OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1).Span(2, 2));
        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        await store.AppendAsync(Requests.Of("a").Span(1, 3).Span(3, 4));
        var receipt = await DeleteAsync(store, 1);
        await RunAsync(store);
        Assert.Equal(DeletionState.Done, store.Tenant.FindDeletion(receipt.Id)!.State);
        Assert.Equal([.. Store.Named(2, 2), .. Store.Named(3, 4)], await store.SpansAsync());
        foreach (var source in store.Tenant.Snapshot().Sources)
        {
            Assert.IsNotType<MaskedSource>(source);
        }
    }

    [Fact]
    public async Task Late_span_of_a_deleted_trace_is_taken_and_dropped()
    {
        var store = await new Store().OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1));
        await DeleteAsync(store, 1);
        Assert.Equal(AppendStatus.Accepted, await store.AppendAsync(Requests.Of("a").Span(1, 1).Span(2, 2)));
        Assert.Equal(Store.Named(2, 2), await store.SpansAsync());
        await store.RestartAsync();
        Assert.Equal(Store.Named(2, 2), await store.SpansAsync());
        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        Assert.Equal(Store.Named(2, 2), await store.SpansAsync());
        await store.RestartAsync();
        Assert.Equal(Store.Named(2, 2), await store.SpansAsync());
    }

    [Fact]
    public async Task Forgotten_deletion_lets_a_trace_of_the_same_id_in_again()
    {
        var store = await new Store().OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1));
        var receipt = await DeleteAsync(store, 1);
        await RunAsync(store);
        store.Clock.Advance(store.Options.DeletionMemory + TimeSpan.FromHours(1));
        await RunAsync(store);
        Assert.Null(store.Tenant.FindDeletion(receipt.Id));
        await store.AppendAsync(Requests.Of("a").Span(1, 9));
        Assert.Equal(Store.Named(1, 9), await store.SpansAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Crash_around_the_entry_of_a_deletion_leaves_all_or_nothing(bool entryWritten)
    {
        var store = await new Store().OpenAsync();
        await store.AppendAsync(Requests.Of("a").Span(1, 1).Span(2, 2));
        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        var power = new IOException("power");
        store.Objects.FailPut = key => !entryWritten && key.Contains("/manifest/", StringComparison.Ordinal) ? power : null;
        store.Objects.FailAfterPut = key => entryWritten && key.Contains("/manifest/", StringComparison.Ordinal) ? power : null;
        await Assert.ThrowsAsync<IOException>(async () => await DeleteAsync(store, 1));
        store.Objects.FailPut = static _ => null;
        store.Objects.FailAfterPut = static _ => null;
        await store.RestartAsync();
        Assert.Equal(entryWritten ? Store.Named(2, 2) : [.. Store.Named(1, 1), .. Store.Named(2, 2)], await store.SpansAsync());
    }

    [Fact]
    public async Task Deletion_of_many_traces_keeps_their_ids_beside_the_manifest()
    {
        var store = await new Store { Options = new() { Path = "/data", BlockMaxSpans = 10_000 } }.OpenAsync();
        var requests = Requests.Of("a");
        for (var trace = 1; trace <= 400; trace++)
        {
            requests.Span(trace, trace);
        }

        await store.AppendAsync(requests);
        await store.Tenant.CutAsync(everything: true, CancellationToken.None);
        await store.Tenant.DeleteAsync(new DeletionRequest { Traces = [.. Enumerable.Range(1, 399).Select(Requests.Trace)] }, CancellationToken.None);
        await store.RestartAsync();
        Assert.Equal(Store.Named(400, 400), await store.SpansAsync());
        Assert.Single(store.Objects.Keys, key => key.Contains("/deletions/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Query_that_no_language_reads_is_refused()
    {
        var store = await new Store().OpenAsync();
        var refused = await Assert.ThrowsAsync<DeletionRefusedException>(
            async () => await store.Tenant.DeleteAsync(new DeletionRequest { Query = "{ }" }, CancellationToken.None));
        Assert.Contains("trace id", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Values, keys, resources and rows that only a deleted trace has are in no column of the masked source.</summary>
    [Fact]
    public async Task Masked_source_shows_nothing_that_only_deleted_traces_have()
    {
        var store = await new Store { Options = new() { Path = "/data", BlockMaxSpans = 10_000 } }.OpenAsync();
        await store.AppendAsync(Requests.Of("secret-service").Span(1, 1, attributes: [("secret.key", "secret"), ("shared", "mine")]));
        await store.AppendAsync(Requests.Of("shop").Span(2, 2, attributes: [("shared", "theirs"), ("n", 5)]).Span(2, 3, parent: 2, attributes: [("n", 6)]));
        await DeleteAsync(store, 1);
        using var snapshot = store.Tenant.Snapshot();
        var source = Assert.Single(snapshot.Sources);
        Assert.Equal(2, source.SpanCount);
        Assert.Equal(1, source.Traces.Count);
        Assert.DoesNotContain(source.Spans.Columns, column => column.Key == "secret.key");
        Assert.Equal(["theirs"], Values(source.Spans, new ColumnId(AttributeScope.Span, "shared", AttributeType.String)));
        Assert.Equal(["shop"], Values(source.Resources, new ColumnId(AttributeScope.Resource, "service.name", AttributeType.String)));
        Assert.True(source.Spans.TryColumn(IntrinsicColumns.Trace, out var trace));
        var rows = new long[2];
        trace.ReadInt64(new PageRange(0, 0, 2), rows, new ulong[1]);
        Assert.Equal([0L, 0L], rows);
        Assert.Equal(Requests.Trace(2), source.Traces[0].Id);
        Assert.True(source.Traces.TryFind(Requests.Trace(2), out var row));
        Assert.Equal(0, row);
    }

    private static List<string> Values(IColumnSource table, ColumnId id)
    {
        var found = new List<string>();
        Assert.True(table.TryColumn(id, out var column));
        for (var group = 0; group < table.RowGroups; group++)
        {
            Assert.Null(column.Dictionary(group));
            var rows = table.Stats(group).RowCount;
            var values = new ByteColumn();
            var validity = new ulong[(rows + 63) / 64];
            column.ReadBytes(new PageRange(group, 0, rows), values, validity);
            for (var i = 0; i < rows; i++)
            {
                if ((validity[i >> 6] >> (i & 63) & 1) != 0)
                {
                    found.Add(System.Text.Encoding.UTF8.GetString(values[i]));
                }
            }
        }

        return found;
    }

    private static async Task<DeletionReceipt> DeleteAsync(Store store, int trace) =>
        await store.Tenant.DeleteAsync(new DeletionRequest { Traces = [Requests.Trace(trace)] }, CancellationToken.None);

    private static async Task<bool> FindsAsync(Store store, int trace)
    {
        await Task.CompletedTask;
        using var snapshot = store.Tenant.Snapshot();
        return snapshot.Sources.Any(source => source.Traces.TryFind(Requests.Trace(trace), out _));
    }

    /// <summary>What the background does, until there is nothing left to do.</summary>
    private static async Task RunAsync(Store store)
    {
        for (var i = 0; i < 5; i++)
        {
            store.Clock.Advance(TimeSpan.FromMinutes(2));
            await store.Tenant.MaintainAsync(CancellationToken.None);
            while (await store.Tenant.CompactAsync(CancellationToken.None))
            {
                // Until it says that nothing is due.
            }
        }
    }
}
