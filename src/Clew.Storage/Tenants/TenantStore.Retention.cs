using Clew.Model;
using Clew.Storage.Manifest;

namespace Clew.Storage.Tenants;

/// <summary>Retention by age since arrival: a block goes when its newest span has been here longer than the tenant, or any retention rule, keeps spans.</summary>
internal sealed partial class TenantStore
{
    private static readonly TimeSpan ExpireInterval = TimeSpan.FromMinutes(1);

    /// <summary>This tenant's; zero keeps for ever.</summary>
    private readonly TimeSpan _retention;

    private long _nextExpiryUnixNano;

    private async Task ExpireAsync(CancellationToken cancellationToken)
    {
        var now = UnixNano.Now(_clock);
        if (IsBefore(now, _nextExpiryUnixNano, ExpireInterval) || !_watch.IsTrusted)
        {
            return;
        }

        _nextExpiryUnixNano = now + (ExpireInterval.Ticks * 100);
        List<string> expired = LongestKeep is { } keep
            ? [.. _manifest.State.Blocks.Values.Where(block => block.MaxArrivalUnixNano < now - (keep.Ticks * 100)).Select(static block => block.Id)]
            : [];
        List<string> old = [.. _manifest.State.Rollups.Values.Where(kept => HasRollupsExpired(kept.MaxArrivalUnixNano, now)).Select(static kept => kept.Id)];
        if (expired.Count + old.Count == 0)
        {
            return;
        }

        var kept = await KeepRollupsAsync(expired, now, cancellationToken).ConfigureAwait(false);
        await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await CommitAsync(
                () =>
                {
                    // A merge may have taken some of them meanwhile; what it made is looked at the next time.
                    expired.RemoveAll(id => !_manifest.State.Blocks.ContainsKey(id));
                    return new ValueTask<ManifestChange?>(expired.Count + old.Count == 0 ? null : new ManifestChange
                    {
                        RemoveBlocks = expired, AddRollups = [.. kept.Where(record => expired.Contains(record.Id))], RemoveRollups = old,
                    });
                },
                () =>
                {
                    Replace(_state.Blocks.Where(block => expired.Contains(block.Record.Id)).ToList(), []);
                    ShowKeptRollups();
                    return Task.CompletedTask;
                },
                Nothing, makesRoom: true).ConfigureAwait(false);
        }
        catch (IOException)
        {
            _metrics.Fault(StoreFault.Retention);
            throw;
        }
        finally
        {
            _committing.Release();
        }

        await RemoveKeptAsync(kept.Select(static record => record.Id).Concat(old).Where(id => !_manifest.State.Rollups.ContainsKey(id))).ConfigureAwait(false);
        if (expired.Count > 0)
        {
            _metrics.BlocksExpired(expired.Count);
            _logger.BlocksExpired(expired.Count, _tenant.Value, LongestKeep ?? TimeSpan.Zero);
        }
    }
}
