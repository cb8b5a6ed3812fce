using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Storage.Columns;
using Clew.Storage.Rollups;

namespace Clew.Storage;

/// <summary>Why a batch was not taken.</summary>
public enum AppendStatus
{
    /// <summary>Durable and searchable.</summary>
    Accepted,

    /// <summary>The disk is full or failing, or the store is stopping: the sender may try again.</summary>
    Unavailable,

    /// <summary>The queue in front of the log is full: the sender should try again later.</summary>
    Overloaded,
}

/// <summary>The outcome of an append; <paramref name="Reason"/> is a sentence for the sender.</summary>
public readonly record struct AppendResult(AppendStatus Status, string? Reason = null);

/// <summary>The trace store of this process: every tenant's log, head and blocks.</summary>
public interface ITraceStore
{
    /// <summary>
    /// Appends a batch to its tenant's log. Completes after the fsync that covers it and after its spans became visible to queries.
    /// The batch may be disposed once the task completes.
    /// </summary>
    ValueTask<AppendResult> AppendAsync(TraceBatch batch, CancellationToken cancellationToken);

    /// <summary>
    /// The tenant's sources at this moment; together they hold every acknowledged span, each at least once (a resent span can be in two).
    /// Dispose the snapshot to let retired files go. A tenant nobody wrote to has no sources.
    /// </summary>
    IStoreSnapshot Snapshot(TenantId tenant);

    /// <summary>The tenants that have data.</summary>
    IReadOnlyList<TenantId> Tenants { get; }
}

/// <summary>A set of sources that stays readable until disposed.</summary>
public interface IStoreSnapshot : IDisposable
{
    IReadOnlyList<ISpanSource> Sources { get; }

    /// <summary>
    /// Traces that may have parts in more than one block of this snapshot: only these need their parts joined, all others may be answered
    /// block by block. Null when it is not known: then any trace may. Says nothing of heads; a trace that a head has may be in any other
    /// source, which <see cref="ITraceTable.TryFind"/> tells.
    /// </summary>
    IReadOnlySet<TraceId>? SplitTraces => null;

    /// <summary>What was counted of blocks whose spans have expired.</summary>
    IReadOnlyList<IKeptRollups> KeptRollups => [];

    /// <summary>Says that reading one of the sources failed. Damaged bytes are counted and told with the name of their block, once each.</summary>
    void Report(Exception fault)
    {
    }
}
