using Clew.Otlp.Wire;
using Clew.Storage.Queues;

namespace Clew.Pipeline.Exporters;

/// <summary>
/// One request to the next hop: the bytes of one or several queued batches, or a piece of one that is larger than the limit. A batch
/// is completed when all its pieces are.
/// </summary>
internal sealed class SendRequest(PooledBuffer bytes, int spanCount, IReadOnlyList<BatchPieces> parts) : IDisposable
{
    public ReadOnlyMemory<byte> Bytes => bytes.WrittenMemory;

    public int SpanCount => spanCount;

    public void Complete(DiskQueue queue)
    {
        foreach (var part in parts)
        {
            part.PieceDone(queue);
        }
    }

    public void Dispose() => bytes.Dispose();
}

/// <summary>Counts the pieces of a queued batch that are not delivered yet.</summary>
internal sealed class BatchPieces(QueuedBatch batch, int pieces)
{
    private int _left = pieces;

    public void PieceDone(DiskQueue queue)
    {
        if (Interlocked.Decrement(ref _left) == 0)
        {
            queue.Complete(batch);
        }
    }
}
