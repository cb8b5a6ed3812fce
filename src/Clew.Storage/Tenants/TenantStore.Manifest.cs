using Clew.Model;
using Clew.Storage.Blocks;
using Clew.Storage.Deletion;
using Clew.Storage.Manifest;

namespace Clew.Storage.Tenants;

/// <summary>
/// What other processes have committed. Their entries are adopted: the blocks are opened, the ones they removed are let go, their deletions hide. That
/// happens whenever a commit finds that another entry came first, before the commit's own change is made anew, and at intervals where the bucket may
/// have another writer.
/// </summary>
internal sealed partial class TenantStore
{
    /// <summary>Between two looks for what other processes have committed.</summary>
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(15);

    /// <summary>
    /// In a shared bucket the files of a block that is no longer live stay for so long: other processes still read them until they have looked at the
    /// manifest, and a query takes its time.
    /// </summary>
    private static readonly TimeSpan ForeignReaders = TimeSpan.FromMinutes(5);

    private readonly List<(long DueUnixNano, string Id)> _dueRemovals = [];
    private readonly HashSet<string> _unopenedIds = new(StringComparer.Ordinal);

    /// <summary>The entry up to which <see cref="_state"/> shows the manifest. Belongs to whoever has the turn to commit.</summary>
    private long _adopted;
    private long _nextRefreshUnixNano;

    /// <summary>Looks, now and then, whether another process has committed something. Part of maintenance.</summary>
    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var now = UnixNano.Now(_clock);
        if (!_sharesBucket || now < _nextRefreshUnixNano)
        {
            return;
        }

        _nextRefreshUnixNano = now + (RefreshInterval.Ticks * 100);
        try
        {
            await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException fault)
        {
            _logger.ManifestNotRead(fault, _tenant.Value);
            return;
        }

        try
        {
            await AdoptAsync(await _manifest.RefreshAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (IOException fault)
        {
            _logger.ManifestNotRead(fault, _tenant.Value);
        }
        finally
        {
            _committing.Release();
        }

        await RemoveDueAsync(now).ConfigureAwait(false);
    }

    private async Task AdoptAsync(ManifestState state)
    {
        if (state.Sequence == _adopted)
        {
            return;
        }

        var shown = _state.Blocks.ToDictionary(static block => block.Record.Id, StringComparer.Ordinal);
        var added = new List<BlockHandle>();
        foreach (var record in state.Blocks.Values)
        {
            if (!shown.Remove(record.Id) && await TryOpenAsync(record).ConfigureAwait(false) is { } handle)
            {
                added.Add(handle);
            }
        }

        lock (_swap)
        {
            _state = _state with { Blocks = _state.Blocks.RemoveRange(shown.Values).AddRange(added) };
        }

        foreach (var gone in shown.Values)
        {
            gone.Release();
        }

        ShowKeptRollups();
        await AdoptDeletionsAsync(state).ConfigureAwait(false);
        if (added.Count + shown.Count > 0)
        {
            _logger.ManifestAdopted(_tenant.Value, state.Sequence, added.Count, shown.Count);
        }

        _adopted = state.Sequence;
    }

    private async Task<BlockHandle?> TryOpenAsync(BlockRecord record)
    {
        if (_unopenedIds.Contains(record.Id))
        {
            return null;
        }

        try
        {
            return Handle(record, await _blocks.OpenAsync(record, CancellationToken.None).ConfigureAwait(false));
        }
        catch (Exception fault) when (Damage.Is(fault))
        {
            NotOpened(record, fault);
            return null;
        }
    }

    private void NotOpened(BlockRecord record, Exception fault)
    {
        _unopenedIds.Add(record.Id);
        _metrics.Fault(StoreFault.Open);
        _logger.BlockNotOpened(fault, record.Id, _tenant.Value);
    }

    private async Task AdoptDeletionsAsync(ManifestState state)
    {
        var ids = new HashSet<TraceId>();
        foreach (var record in state.Deletions.Values)
        {
            await DeletionIds.ReadAsync(_objects, DeletionKey(record.Id), record, ids, CancellationToken.None).ConfigureAwait(false);
        }

        if (!ids.IsSubsetOf(_deletedIds))
        {
            await HideAsync(ids).ConfigureAwait(false);
        }
    }

    /// <summary>The last query of a block has ended: close it, and remove its files if the manifest dropped it.</summary>
    private void OnBlockReleased(BlockHandle block)
    {
        (block.Reader as IDisposable)?.Dispose();
        if (_manifest.State.Blocks.ContainsKey(block.Record.Id))
        {
            return;
        }

        if (_sharesBucket)
        {
            lock (_dueRemovals)
            {
                _dueRemovals.Add((UnixNano.Now(_clock) + (ForeignReaders.Ticks * 100), block.Record.Id));
            }
        }
        else
        {
            _ = RemoveBlockAsync(block.Record.Id);
        }
    }

    private async Task RemoveDueAsync(long now)
    {
        List<string> due;
        lock (_dueRemovals)
        {
            due = [.. _dueRemovals.Where(removal => removal.DueUnixNano <= now).Select(static removal => removal.Id)];
            _dueRemovals.RemoveAll(removal => removal.DueUnixNano <= now);
        }

        foreach (var id in due)
        {
            await RemoveBlockAsync(id).ConfigureAwait(false);
        }
    }

    private async Task RemoveBlockAsync(string blockId)
    {
        try
        {
            await _blocks.DeleteAsync(blockId, CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException fault)
        {
            _logger.BlockNotRemoved(fault, blockId);
        }
    }
}
