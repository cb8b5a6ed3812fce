using System.Buffers;
using Clew.Otlp.Batches;
using Clew.Storage.Queues;

namespace Clew.Pipeline.Exporters;

/// <summary>
/// One request to the next hop: the bytes of one or several queued batches, or a piece of one that is larger than the limit. A batch
/// is completed when all its pieces are.
/// </summary>
internal sealed class SendRequest(RequestBytes bytes, int spanCount, BatchContext context, IReadOnlyList<BatchPieces> parts, BytesInFlight inFlight) : IDisposable
{
    /// <summary>Of the first batch: the others agree with it in what the exporter's authenticator asks for.</summary>
    public BatchContext Context => context;

    /// <summary>Valid until it is completed or disposed.</summary>
    public ReadOnlySequence<byte> Bytes => bytes.Sequence;

    public int SpanCount => spanCount;

    public void Complete(DiskQueue queue)
    {
        foreach (var part in parts)
        {
            part.PieceDone(queue);
        }
    }

    public void Dispose()
    {
        var read = bytes.ReadBytes;
        bytes.Dispose();
        inFlight.Return(read);
    }
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

/// <summary>
/// How many bytes of requests are in memory between the queue on disk and the next hop. A request waits for room before its bytes are
/// read, so that a slow next hop costs disk and not memory; one that is larger than the limit goes alone.
/// </summary>
internal sealed class BytesInFlight(long limit)
{
    private readonly Lock _gate = new();
    private long _held;
    private TaskCompletionSource? _returned;

    public async ValueTask TakeAsync(int bytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task returned;
            lock (_gate)
            {
                if (_held == 0 || _held + bytes <= limit)
                {
                    _held += bytes;
                    return;
                }

                returned = (_returned ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await returned.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public void Return(int bytes)
    {
        TaskCompletionSource? returned;
        lock (_gate)
        {
            _held -= bytes;
            (returned, _returned) = (_returned, null);
        }

        returned?.SetResult();
    }
}
