using Clew.Otlp.Batches;
using Clew.Otlp.Wire;
using Clew.Storage.Wal;

namespace Clew.Storage.Queues;

/// <summary>A request in a queue: where its bytes are, how many spans it has, and what is known of it only while the process lives.</summary>
public sealed class QueuedBatch
{
    private readonly WalPosition _position;
    private BatchBytes? _held;

    internal QueuedBatch(WalPosition position, int length, int spanCount, BatchContext context, BatchBytes? held = null)
    {
        _position = position;
        _held = held;
        Length = length;
        SpanCount = spanCount;
        Context = context;
    }

    public int Length { get; }

    public int SpanCount { get; }

    /// <summary>After a restart only the tenant and the time of receipt are left of it.</summary>
    public BatchContext Context { get; }

    internal WalSegment Segment => _position.Segment;

    internal long Offset => _position.PayloadOffset;

    /// <summary>The request's bytes while they are still in memory, until it is completed; null when they are on disk only.</summary>
    public ReadOnlyMemory<byte>? InMemory => _held?.Memory;

    /// <summary>Appends the request's bytes: requests written one after the other are one request with the spans of all.</summary>
    public void ReadTo(PooledBuffer destination)
    {
        Segment.Read(Offset, destination.GetSpan(Length)[..Length]);
        destination.Advance(Length);
    }

    /// <summary>Bytes that it held in memory until now, and no longer does.</summary>
    internal int LetGo()
    {
        if (Interlocked.Exchange(ref _held, null) is not { } held)
        {
            return 0;
        }

        held.Release();
        return Length;
    }
}
