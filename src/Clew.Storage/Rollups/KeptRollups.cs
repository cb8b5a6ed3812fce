using Clew.Parquet;
using Clew.Storage.Backends;
using Clew.Storage.Blocks.Reading;
using Clew.Storage.Manifest;

namespace Clew.Storage.Rollups;

/// <summary>Roll-ups without spans: of a block that has expired.</summary>
public interface IKeptRollups
{
    /// <summary>Minutes since the epoch, both included.</summary>
    long FirstMinute { get; }

    long LastMinute { get; }

    /// <summary>The table, which nobody may change; null when it has expired too.</summary>
    ValueTask<RollupTable?> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>Reads an object when it is asked for, and keeps the table among what blocks keep.</summary>
internal sealed class KeptRollups(RollupRecord record, IObjectStore objects, string key) : IKeptRollups
{
    private const int CacheKind = 17;

    public RollupRecord Record => record;

    public long FirstMinute => record.FirstMinute;

    public long LastMinute => record.LastMinute;

    public async ValueTask<RollupTable?> ReadAsync(CancellationToken cancellationToken)
    {
        var cache = BlockCache.Shared;
        if (cache.TryGet<RollupTable>(this, CacheKind, 0, out var known))
        {
            return known;
        }

        if (await objects.GetAsync(key, cancellationToken).ConfigureAwait(false) is not { } bytes)
        {
            return null;
        }

        var table = await RollupsReader.ReadAsync(new MemoryByteSource(bytes, key), cache, cancellationToken).ConfigureAwait(false);
        return cache.GetOrAdd(this, CacheKind, 0, _ => (table, table.MemoryBytes));
    }

    /// <summary>Nobody will ask again.</summary>
    public void Forget() => BlockCache.Shared.Remove(this);
}
