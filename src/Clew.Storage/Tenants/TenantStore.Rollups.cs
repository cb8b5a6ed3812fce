using Clew.Storage.Blocks;
using Clew.Storage.Manifest;
using Clew.Storage.Rollups;

namespace Clew.Storage.Tenants;

/// <summary>
/// Roll-ups that outlive their spans: when a block expires, its <c>rollups.parquet</c> is copied beside the blocks, and the manifest entry that
/// drops the block lists the copy. A copy that no entry lists is removed at the next start.
/// </summary>
internal sealed partial class TenantStore
{
    private string KeptPrefix => $"{_tenant.Value}/rollups/";

    private string KeptKey(string id) => $"{KeptPrefix}{id}.parquet";

    private bool HasRollupsExpired(long maxArrival, long now) =>
        _options.RollupRetention > TimeSpan.Zero && maxArrival < now - (_options.RollupRetention.Ticks * 100);

    /// <summary>Copies the roll-ups of blocks that are about to go; answers those that are worth keeping.</summary>
    private async Task<List<RollupRecord>> KeepRollupsAsync(IReadOnlyCollection<string> leaving, long now, CancellationToken cancellationToken)
    {
        var kept = new List<RollupRecord>();
        foreach (var block in _state.Blocks.Where(block => leaving.Contains(block.Record.Id)))
        {
            // Deleted traces are taken out when a block is rewritten; one that goes before that takes its figures along.
            if (block.Reader is not BlockReader { Meta.Rollups: { Version: BlockRollups.CurrentVersion } catalogue }
                || HasRollupsExpired(block.Record.MaxArrivalUnixNano, now) || block.HasDeleted(_deleted))
            {
                continue;
            }

            var id = block.Record.Id;
            var bytes = await _objects.GetAsync($"{_tenant.Value}/blocks/{id}/{RollupColumns.File}", cancellationToken).ConfigureAwait(false);
            if (bytes is null)
            {
                continue;
            }

            try
            {
                Task PutAsync() => _objects.PutAsync(KeptKey(id), new MemoryStream(bytes), cancellationToken).AsTask();
                await (_reserve is null ? PutAsync() : _reserve.RunAsync(PutAsync)).ConfigureAwait(false);
                kept.Add(new RollupRecord
                {
                    Id = id, FirstMinute = catalogue.FirstMinute, LastMinute = catalogue.LastMinute, MaxArrivalUnixNano = block.Record.MaxArrivalUnixNano, SizeBytes = bytes.Length,
                });
            }
            catch (IOException fault) when (ReserveFile.IsDiskFull(fault))
            {
                // Room for new spans comes before figures of old ones.
                _metrics.Fault(StoreFault.Retention);
                _logger.RollupsNotKept(fault, id, _tenant.Value);
            }
        }

        return kept;
    }

    /// <summary>Shows queries what the manifest lists.</summary>
    private void ShowKeptRollups()
    {
        var listed = _manifest.State.Rollups;
        lock (_swap)
        {
            var known = _state.KeptRollups.ToDictionary(static kept => kept.Record.Id, StringComparer.Ordinal);
            _state = _state with { KeptRollups = [.. listed.Values.Select(record => known.TryGetValue(record.Id, out var kept) ? kept : new KeptRollups(record, _objects, KeptKey(record.Id)))] };
            foreach (var gone in known.Values.Where(kept => !listed.ContainsKey(kept.Record.Id)))
            {
                gone.Forget();
            }
        }
    }

    private async Task RemoveKeptAsync(IEnumerable<string> ids)
    {
        foreach (var id in ids)
        {
            try
            {
                await _objects.DeleteAsync(KeptKey(id), CancellationToken.None).ConfigureAwait(false);
            }
            catch (IOException fault)
            {
                _logger.BlockNotRemoved(fault, id);
            }
        }
    }

    /// <summary>Copies that a crash kept out of the manifest. In a shared bucket they may be another process's that is about to commit: they stay.</summary>
    private async Task RemoveKeptOrphansAsync(CancellationToken cancellationToken)
    {
        if (_sharesBucket)
        {
            return;
        }

        var orphans = new List<string>();
        await foreach (var key in _objects.ListAsync(KeptPrefix, cancellationToken).ConfigureAwait(false))
        {
            var id = Path.GetFileNameWithoutExtension(key);
            if (!_manifest.State.Rollups.ContainsKey(id))
            {
                orphans.Add(id);
            }
        }

        await RemoveKeptAsync(orphans).ConfigureAwait(false);
    }
}
