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
        if (LongestKeep is not { } keep || now < _nextExpiryUnixNano)
        {
            return;
        }

        _nextExpiryUnixNano = now + (ExpireInterval.Ticks * 100);
        var oldest = now - (keep.Ticks * 100);
        var expired = _manifest.State.Blocks.Values.Where(block => block.MaxArrivalUnixNano < oldest).Select(block => block.Id).ToList();
        if (expired.Count == 0)
        {
            return;
        }

        await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await CommitAsync(
                () =>
                {
                    // A merge may have taken some of them meanwhile; what it made is looked at the next time.
                    expired.RemoveAll(id => !_manifest.State.Blocks.ContainsKey(id));
                    return new ValueTask<ManifestChange?>(expired.Count == 0 ? null : new ManifestChange { RemoveBlocks = expired });
                },
                () =>
                {
                    Replace(_state.Blocks.Where(block => expired.Contains(block.Record.Id)).ToList(), []);
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

        _metrics.BlocksExpired(expired.Count);
        _logger.BlocksExpired(expired.Count, _tenant.Value, keep);
    }
}
