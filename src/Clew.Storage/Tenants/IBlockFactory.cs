using Clew.Storage.Columns;
using Clew.Storage.Manifest;

namespace Clew.Storage.Tenants;

/// <summary>Makes, opens and removes a tenant's blocks. The seam between the life of spans and the format of blocks.</summary>
internal interface IBlockFactory
{
    IBlockDraft Begin();

    ValueTask<ISpanSource> OpenAsync(BlockRecord block, CancellationToken cancellationToken);

    ValueTask DeleteAsync(string blockId, CancellationToken cancellationToken);

    /// <summary>Ids of everything that looks like a block, whole or not. For start-up only.</summary>
    IAsyncEnumerable<string> ListAsync(CancellationToken cancellationToken);
}

/// <summary>A block being built: takes the spans of one trace after the other, then writes itself whole.</summary>
internal interface IBlockDraft : IStoredSpanSink, IDisposable
{
    /// <summary>Spans taken so far.</summary>
    int SpanCount { get; }

    /// <summary>Says that the next span belongs to another trace.</summary>
    void EndTrace();

    /// <summary>Durable when it returns; not part of the store before the manifest lists it.</summary>
    ValueTask<BlockRecord> WriteAsync(long maxArrivalUnixNano, CancellationToken cancellationToken);
}
