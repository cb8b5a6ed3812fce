using Clew.Model;
using Clew.Storage.Blocks;
using Clew.Storage.Columns;
using Clew.Storage.Deletion;
using Clew.Storage.Manifest;
using Clew.Storage.Retention;

namespace Clew.Storage.Tenants;

/// <summary>An open block with counted references. A block that the manifest dropped is deleted when its last query has ended.</summary>
internal sealed class BlockHandle(BlockRecord record, ISpanSource reader, Action<BlockHandle> onReleased)
{
    /// <summary>Overlapped traces that are listed one by one; with more of them any trace of the block counts as overlapped.</summary>
    public const int MaxOverlaps = 32_768;

    private readonly Lock _mask = new();
    private DeletedTraces? _maskedFor;
    private ISpanSource? _masked;
    private int _references = 1;

    public BlockRecord Record => record;

    public ISpanSource Reader => reader;

    /// <summary>Traces with parts in other blocks; null when they are not known or too many, and any trace may have.</summary>
    public IReadOnlyList<TraceId>? Overlaps { get; private set; } = reader.OverlappedTraces;

    /// <summary>Blocks with those parts, once looked up. Only compaction touches it.</summary>
    public IReadOnlyList<string>? OverlapsWith { get; set; }

    /// <summary>Which retention rule decides each trace, once looked up. Only compaction touches it.</summary>
    public BlockClasses? Classes { get; set; }

    /// <summary>True when retention rules ask for a rewrite. Only compaction touches it.</summary>
    public bool IsDue { get; set; }

    /// <summary>When retention rules look at it again.</summary>
    public long NextLookUnixNano { get; set; }

    public void SetOverlaps(IReadOnlyList<TraceId>? overlaps) => Overlaps = overlaps;

    /// <summary>
    /// The block without deleted traces. Null when it cannot be told which rows those are, because the block is damaged: then it is not shown.
    /// </summary>
    public ISpanSource? Visible(DeletedTraces? deleted)
    {
        if (deleted is null)
        {
            return reader;
        }

        lock (_mask)
        {
            if (!ReferenceEquals(_maskedFor, deleted))
            {
                try
                {
                    _masked = deleted.Mask(reader);
                }
                catch (Exception fault) when (Damage.Is(fault) || fault is IOException)
                {
                    _masked = null;
                }

                _maskedFor = deleted;
            }

            return _masked;
        }
    }

    /// <summary>True while the block has bytes of deleted traces.</summary>
    public bool HasDeleted(DeletedTraces? deleted) => !ReferenceEquals(Visible(deleted), reader);

    public void Retain() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            onReleased(this);
        }
    }
}
