using Clew.Model;
using Clew.Storage.Columns;
using Clew.Storage.Head;
using Clew.Storage.Manifest;
using Clew.Storage.Rollups;

namespace Clew.Storage.Tenants;

/// <summary>Makes, opens and removes a tenant's blocks. The seam between the life of spans and the format of blocks.</summary>
internal interface IBlockFactory
{
    /// <summary>A block that takes traces out of frozen heads.</summary>
    IBlockDraft Begin(CutSource source);

    ValueTask<ISpanSource> OpenAsync(BlockRecord block, CancellationToken cancellationToken);

    ValueTask DeleteAsync(string blockId, CancellationToken cancellationToken);

    /// <summary>
    /// Writes one block that holds the spans of several, without what the filter leaves out. Not part of the store before the manifest lists it.
    /// <paramref name="pause"/> is awaited now and then.
    /// </summary>
    ValueTask<MergeOutcome> MergeAsync(
        IReadOnlyList<BlockHandle> blocks, MergeFilter filter, Func<ValueTask>? pause, CancellationToken cancellationToken);

    /// <summary>Writes down which traces of a block, not yet committed, have parts in others; null: any may.</summary>
    ValueTask SetOverlapsAsync(string blockId, IReadOnlyList<TraceId>? overlaps, CancellationToken cancellationToken);

    /// <summary>Ids of everything that looks like a block, whole or not. For start-up only.</summary>
    IAsyncEnumerable<string> ListAsync(CancellationToken cancellationToken);
}

/// <summary>What a merge leaves out, and what it writes on spans.</summary>
/// <param name="Deleted">Traces that are deleted, from roll-ups too; null for none.</param>
/// <param name="Weights">By input and row of its traces table: zero for a trace that retention takes, more than one for one that stands for so many. Roll-ups do not change. Null for none.</param>
/// <param name="SampledBy">For the record of the new block.</param>
internal sealed record MergeFilter(Func<TraceId, bool>? Deleted, IReadOnlyList<double[]?>? Weights = null, string? SampledBy = null);

/// <summary>What became of merged blocks; no record when nothing was left.</summary>
internal sealed record MergeOutcome(BlockRecord? Record, long DroppedTraces, long DroppedSpans, long DuplicateSpans, int JoinedTraces);

/// <summary>The heads of a cut, frozen: nobody adds to them any more.</summary>
internal sealed record CutSource(IReadOnlyList<HeadSegment> Heads, List<HeadView> Views, LogWindow Window);

/// <summary>A block being built: takes one trace after the other, then writes itself whole.</summary>
internal interface IBlockDraft : IDisposable
{
    /// <summary>Spans taken so far.</summary>
    int SpanCount { get; }

    /// <summary>Says, before the first trace, that the caller counts the roll-ups of the block.</summary>
    void UseRollups(RollupTable rollups);

    /// <summary>Takes a trace with all its parts.</summary>
    void Add(FrozenTrace trace);

    /// <summary>Durable when it returns; not part of the store before the manifest lists it.</summary>
    ValueTask<BlockRecord> WriteAsync(long maxArrivalUnixNano, CancellationToken cancellationToken);
}
