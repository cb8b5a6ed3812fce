using System.Globalization;
using Clew.Model;
using Clew.Storage.Columns;
using Clew.Storage.Deletion;
using Clew.Storage.Head;
using Clew.Storage.Manifest;
using Clew.Storage.Wal;

namespace Clew.Storage.Tenants;

/// <summary>
/// Deletion. One manifest entry makes it so; from then on
/// <list type="bullet">
/// <item>every snapshot shows its blocks and heads without the traces (<see cref="MaskedSource"/>);</item>
/// <item>spans of them that still arrive are written to the log, acknowledged, and not taken into the head;</item>
/// <item>a cut neither moves nor carries them, so they go with the log's files; replay hides them again by the manifest;</item>
/// <item>compaction rewrites the blocks that have them before it does anything else.</item>
/// </list>
/// When nothing has them any more the deletion is done. It is remembered for a while longer, so that a late resend brings nothing back.
/// </summary>
internal sealed partial class TenantStore
{
    /// <summary>With more traces than this their ids stand in an object beside the manifest.</summary>
    private const int MaxInlineTraces = 256;

    /// <summary>Null when nothing is deleted, which costs nothing.</summary>
    private DeletedTraces? _deleted;

    public IReadOnlyList<DeletionReceipt> Deletions =>
        [.. _manifest.State.Deletions.Values.OrderByDescending(static record => record.CreatedUnixNano).Select(Receipt)];

    public DeletionReceipt? FindDeletion(string id) => _manifest.State.Deletions.TryGetValue(id, out var record) ? Receipt(record) : null;

    public async ValueTask<DeletionReceipt> DeleteAsync(DeletionRequest request, CancellationToken cancellationToken)
    {
        var ids = request.Traces.ToHashSet();
        if (request.Query is not null)
        {
            await SelectAsync(request, ids, cancellationToken).ConfigureAwait(false);
        }

        var total = ids.Count + (Volatile.Read(ref _deleted)?.Count ?? 0);
        if (total > DeletedTraces.MaxTraces)
        {
            throw new DeletionRefusedException(
                $"{ids.Count} traces cannot be deleted: {total} deleted traces would have to be remembered, the limit is {DeletedTraces.MaxTraces}; delete fewer, or wait until earlier deletions are forgotten ({_options.DeletionMemory})");
        }

        var now = _clock.GetUtcNow();
        var record = new DeletionRecord
        {
            Id = Guid.CreateVersion7(now).ToString("N"), Query = request.Query ?? request.ChosenBy, CreatedUnixNano = UnixNano.From(now), TraceCount = ids.Count,
            Traces = ids.Count <= MaxInlineTraces ? [.. ids.Select(static id => id.ToString())] : null,
        };
        if (record.Traces is null)
        {
            await DeletionIds.WriteAsync(_objects, DeletionKey(record.Id), ids, cancellationToken).ConfigureAwait(false);
        }

        await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await CommitAsync(new ManifestChange { Deletions = [record] }, () => HideAsync(ids), Nothing, makesRoom: true).ConfigureAwait(false);
        }
        finally
        {
            _committing.Release();
        }

        _nextDeletionCheckUnixNano = 0;
        _logger.TracesDeleted(ids.Count, _tenant.Value, record.Id);
        return Receipt(record);
    }

    private string DeletionKey(string id) => $"{_tenant.Value}/deletions/{id}.ids";

    private static DeletionReceipt Receipt(DeletionRecord record) => new(
        record.Id, record.CompletedUnixNano == 0 ? DeletionState.Pending : DeletionState.Done, record.TraceCount, record.Query, Time(record.CreatedUnixNano),
        record.CompletedUnixNano == 0 ? null : Time(record.CompletedUnixNano));

    private static DateTimeOffset Time(long unixNano) => DateTimeOffset.UnixEpoch.AddTicks(unixNano / 100);

    private async Task SelectAsync(DeletionRequest request, HashSet<TraceId> ids, CancellationToken cancellationToken)
    {
        if (_selectors() is not { } factory)
        {
            throw new DeletionRefusedException("deletion by query is not available in this process; delete by trace id");
        }

        ITraceSelector selector;
        try
        {
            selector = factory.Create(request.Query!);
        }
        catch (FormatException fault)
        {
            throw new DeletionRefusedException($"the query is not TraceQL that selects traces: {fault.Message}");
        }

        using var snapshot = Snapshot();
        foreach (var source in snapshot.Sources)
        {
            var chosen = await selector.SelectAsync(source, cancellationToken).ConfigureAwait(false);
            for (var row = 0; row < chosen.Length; row++)
            {
                if (chosen[row] && source.Traces[row] is var trace && trace.StartUnixNano <= request.EndUnixNano && trace.EndUnixNano >= request.StartUnixNano)
                {
                    ids.Add(trace.Id);
                }
            }
        }
    }

    /// <summary>Between two groups of the log, so that no span of them is on its way into a head.</summary>
    private Task HideAsync(IReadOnlyCollection<TraceId> ids) => _queue.RunAsync(_ =>
    {
        var all = new HashSet<TraceId>(ids);
        if (_deleted is not null)
        {
            all.UnionWith(_deletedIds);
        }

        Hide(all);
        lock (_swap)
        {
            foreach (var head in _state.Heads)
            {
                head.MarkDeleted(_deleted!);
            }

            _state = _state with { Deleted = _deleted };
        }
    });

    private HashSet<TraceId> _deletedIds = [];

    private void Hide(HashSet<TraceId> ids)
    {
        _deletedIds = ids;
        Volatile.Write(ref _deleted, ids.Count == 0 ? null : new DeletedTraces(ids));
    }

    /// <summary>At start, before blocks and log are looked at.</summary>
    private async Task LoadDeletionsAsync(CancellationToken cancellationToken)
    {
        var ids = new HashSet<TraceId>();
        foreach (var record in _manifest.State.Deletions.Values)
        {
            await DeletionIds.ReadAsync(_objects, DeletionKey(record.Id), record, ids, cancellationToken).ConfigureAwait(false);
        }

        Hide(ids);
    }

    private static readonly TimeSpan DeletionCheckInterval = TimeSpan.FromSeconds(1);

    private long _nextDeletionCheckUnixNano;

    /// <summary>Notes which deletions are done, and forgets those that are done for long. Part of maintenance.</summary>
    private async Task CompleteDeletionsAsync(CancellationToken cancellationToken)
    {
        var now = UnixNano.Now(_clock);
        if (_deleted is not { } deleted || IsBefore(now, _nextDeletionCheckUnixNano, DeletionCheckInterval))
        {
            return;
        }

        _nextDeletionCheckUnixNano = now + (DeletionCheckInterval.Ticks * 100);
        var records = _manifest.State.Deletions.Values;
        var pending = records.Where(static record => record.CompletedUnixNano == 0).ToList();
        var old = records.Where(record => _watch.IsTrusted && record.CompletedUnixNano != 0 && record.CompletedUnixNano + (_options.DeletionMemory.Ticks * 100) < now).ToList();
        StoreState state;
        lock (_swap)
        {
            state = _state;
        }

        if (pending.Count > 0 && (state.Heads.Any(static head => head.HasDeleted) || state.Blocks.Any(block => block.HasDeleted(deleted)) || UnopenedBlocks > 0))
        {
            pending.Clear();
        }

        if (pending.Count + old.Count == 0)
        {
            return;
        }

        await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await CommitAsync(
                new ManifestChange
                {
                    Deletions = [.. pending.Select(record => record with { CompletedUnixNano = now })], RemoveDeletions = [.. old.Select(static record => record.Id)],
                },
                Nothing, Nothing).ConfigureAwait(false);
        }
        finally
        {
            _committing.Release();
        }

        foreach (var record in pending)
        {
            _logger.DeletionDone(record.Id, record.TraceCount, _tenant.Value);
        }

        if (old.Count > 0)
        {
            await ForgetAsync(old, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ForgetAsync(List<DeletionRecord> old, CancellationToken cancellationToken)
    {
        var ids = new HashSet<TraceId>();
        foreach (var record in _manifest.State.Deletions.Values)
        {
            await DeletionIds.ReadAsync(_objects, DeletionKey(record.Id), record, ids, cancellationToken).ConfigureAwait(false);
        }

        await _queue.RunAsync(_ =>
        {
            Hide(ids);
            lock (_swap)
            {
                _state = _state with { Deleted = _deleted };
            }
        }).ConfigureAwait(false);
        foreach (var record in old.Where(static record => record.Traces is null))
        {
            await _objects.DeleteAsync(DeletionKey(record.Id), cancellationToken).ConfigureAwait(false);
        }
    }
}
