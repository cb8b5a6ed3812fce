using Clew.Model;
using Clew.Storage.Backends;
using Clew.Storage.Columns;
using Clew.Storage.Retention;
using Clew.Storage.Wal;
using Microsoft.Extensions.Logging;

namespace Clew.Storage.Tenants;

/// <summary>What every tenant's store is built from; tests replace single parts.</summary>
internal sealed record StoreServices(
    StoreOptions Options, IObjectStore Objects, Func<TenantId, IBlockFactory> Blocks, IWalFileSystem Files, TimeProvider Clock, StoreMetrics Metrics, ILogger Logger)
{
    /// <summary>Room for retention and deletion on a full disk; null where there is no disk of ours.</summary>
    public ReserveFile? Reserve { get; init; }

    /// <summary>Tells that a tenant's head is full enough to be cut, so that maintenance need not wait for its next turn.</summary>
    public Action CutIsDue { get; init; } = static () => { };

    /// <summary>True where <see cref="Objects"/> is a bucket that other processes, with folders of their own, may write to.</summary>
    public bool SharesBucket { get; init; }

    /// <summary>Tells jumps of the clock; one for all tenants.</summary>
    public ClockWatch Watch { get; init; } = new(Clock);

    /// <summary>Makes selectors of traces from TraceQL; null as long as nobody has brought the language.</summary>
    public Func<ITraceSelectorFactory?> Selectors { get; init; } = static () => null;
}
