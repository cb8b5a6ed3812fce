using System.Buffers;
using Clew.Otlp.Wire;
using Clew.Storage.Queues;

namespace Clew.Pipeline.Exporters;

/// <summary>
/// The bytes of a request in parts, which are one after the other: those of queued batches that are still in memory as they are, the others
/// read from the disk. Requests written one after the other are one request with the spans of all.
/// </summary>
internal sealed class RequestBytes : IDisposable
{
    private readonly List<PooledBuffer> _read = [];
    private Part? _first;
    private Part? _last;

    /// <summary>All parts. Those of batches in memory are valid until these are completed.</summary>
    public ReadOnlySequence<byte> Sequence => _first is null ? default : new ReadOnlySequence<byte>(_first, 0, _last!, _last!.Memory.Length);

    /// <summary>Bytes of its own, which it gives back when it is disposed.</summary>
    public int ReadBytes { get; private set; }

    /// <summary>Bytes that will be read for these batches.</summary>
    public static int ToRead(IEnumerable<QueuedBatch> batches) => batches.Sum(static batch => batch.InMemory is null ? batch.Length : 0);

    public static RequestBytes Of(IEnumerable<QueuedBatch> batches)
    {
        var bytes = new RequestBytes();
        foreach (var batch in batches)
        {
            if (batch.InMemory is { } memory)
            {
                bytes.Append(memory);
                continue;
            }

            var buffer = new PooledBuffer(batch.Length);
            batch.ReadTo(buffer);
            bytes.Own(buffer);
        }

        return bytes;
    }

    /// <summary>Takes ownership of a buffer.</summary>
    public static RequestBytes Of(PooledBuffer buffer)
    {
        var bytes = new RequestBytes();
        bytes.Own(buffer);
        return bytes;
    }

    public void Dispose()
    {
        _read.ForEach(static buffer => buffer.Dispose());
        _read.Clear();
        _first = _last = null;
    }

    private void Own(PooledBuffer buffer)
    {
        _read.Add(buffer);
        ReadBytes += buffer.Length;
        Append(buffer.WrittenMemory);
    }

    private void Append(ReadOnlyMemory<byte> memory) => _last = _last is null ? _first = new Part(memory, 0) : _last.Append(memory);

    private sealed class Part : ReadOnlySequenceSegment<byte>
    {
        public Part(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public Part Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Part(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
