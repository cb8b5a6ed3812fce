using Clew.Model;
using Clew.Storage.Columns;
using Clew.Storage.Manifest;

namespace Clew.Storage.Tenants;

/// <summary>An open block with counted references. A block that the manifest dropped is deleted when its last query has ended.</summary>
internal sealed class BlockHandle(BlockRecord record, ISpanSource reader, Action<BlockHandle> onReleased)
{
    /// <summary>Overlapped traces that are listed one by one; with more of them any trace of the block counts as overlapped.</summary>
    public const int MaxOverlaps = 32_768;

    private int _references = 1;

    public BlockRecord Record => record;

    public ISpanSource Reader => reader;

    /// <summary>Traces with parts in other blocks; null when they are not known or too many, and any trace may have.</summary>
    public IReadOnlyList<TraceId>? Overlaps { get; private set; } = reader.OverlappedTraces;

    /// <summary>Blocks with those parts, once looked up. Only compaction touches it.</summary>
    public IReadOnlyList<string>? OverlapsWith { get; set; }

    public void SetOverlaps(IReadOnlyList<TraceId>? overlaps) => Overlaps = overlaps;

    public void Retain() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            onReleased(this);
        }
    }
}
