using Clew.Model;
using Clew.Storage.Compaction;
using Clew.Storage.Retention;

namespace Clew.Storage;

/// <summary>The limits and times of the store. Every one has a default that suits one machine.</summary>
public sealed record StoreOptions
{
    /// <summary>The data folder; log, lock and (with the local backend) blocks live below it.</summary>
    public required string Path { get; init; }

    /// <summary>Bytes of one log file. The next one is opened when a group does not fit any more.</summary>
    public long WalSegmentBytes { get; init; } = 64L << 20;

    /// <summary>Bytes of accepted requests that may wait for the log; above it senders are told to retry.</summary>
    public long WalQueueBytes { get; init; } = 64L << 20;

    /// <summary>Bytes written and synced as one group at most.</summary>
    public long WalGroupBytes { get; init; } = 8L << 20;

    /// <summary>Memory of a tenant's head; at half of it the longest-idle traces are cut to a block early, at one and a half times it spans are refused.</summary>
    public long HeadMemoryBytes { get; init; } = 128L << 20;

    /// <summary>Attribute keys of the head that get a column; spans with more keep the rest readable, but a predicate reads them from the log.</summary>
    public int HeadMaxKeys { get; init; } = 4096;

    /// <summary>A trace without a new span for so long is finished.</summary>
    public TimeSpan TraceIdle { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A trace older than this is cut even if spans still arrive; late ones join it at query time.</summary>
    public TimeSpan TraceMaxAge { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Blocks are not cut more often than this while memory allows, so that they do not become tiny.</summary>
    public TimeSpan BlockMinInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Spans of one block at most: bounds the memory of building it.</summary>
    public int BlockMaxSpans { get; init; } = 512_000;

    /// <summary>How long blocks are kept, counted from arrival. Zero keeps them for ever.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromHours(168);

    /// <summary>
    /// How long the figures per minute are kept, counted like <see cref="Retention"/>: at least as long as the spans that they are of. Zero keeps
    /// them for ever.
    /// </summary>
    public TimeSpan RollupRetention { get; init; } = TimeSpan.FromHours(720);

    /// <summary>What a tenant has in place of <see cref="Retention"/>; null for most.</summary>
    public Func<TenantId, TimeSpan?> RetentionOf { get; init; } = static _ => null;

    /// <summary>The first rule whose filter a trace meets decides how long it is kept in place of <see cref="Retention"/>, and what share of its like.</summary>
    public IReadOnlyList<RetentionRule> Rules { get; init; } = [];

    /// <summary>How long a deletion that is done is remembered: spans of its traces that arrive in this time are taken and dropped.</summary>
    public TimeSpan DeletionMemory { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Merging blocks in the background.</summary>
    public CompactionOptions Compaction { get; init; } = new();

    /// <summary>False: nothing is cut, merged, expired or tidied: a look at a store that leaves it as it is.</summary>
    public bool Maintains { get; init; } = true;

    /// <summary>How often cutting and retention are considered.</summary>
    public TimeSpan MaintenanceInterval { get; init; } = TimeSpan.FromSeconds(1);
}
