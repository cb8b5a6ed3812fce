using Clew.Storage.Columns;
using Clew.Storage.Manifest;

namespace Clew.Storage.Tenants;

/// <summary>An open block with counted references. A block that the manifest dropped is deleted when its last query has ended.</summary>
internal sealed class BlockHandle(BlockRecord record, ISpanSource reader, Action<BlockHandle> onReleased)
{
    private int _references = 1;

    public BlockRecord Record => record;

    public ISpanSource Reader => reader;

    public void Retain() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            onReleased(this);
        }
    }
}
