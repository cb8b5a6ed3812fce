using System.Buffers.Binary;
using System.Threading.Channels;
using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Storage.Tenants;
using Clew.Storage.Wal;
using Microsoft.Extensions.Logging;

namespace Clew.Storage.Queues;

/// <summary>
/// Requests on their way to another process, in the log's format. What was enqueued is durable and is given out until it was completed:
/// at least once, because the mark of what was completed is not synced for each request.
/// </summary>
public sealed class DiskQueue : IAsyncDisposable
{
    private const int MarkSize = 20;

    private readonly DiskQueueOptions _options;
    private readonly IWalFileSystem _files;
    private readonly ILogger _logger;
    private readonly Channel<QueuedBatch> _waiting = Channel.CreateUnbounded<QueuedBatch>();
    private readonly Lock _gate = new();

    /// <summary>Everything given out or waiting, in order; the first that is not completed is the mark.</summary>
    private readonly SortedDictionary<(ulong Generation, long Offset), QueuedBatch> _open = [];

    /// <summary>Open requests of each file: at zero the file goes, unless it is the newest.</summary>
    private readonly Dictionary<ulong, int> _openOfGeneration = [];

    /// <summary>Waits for the next completed request; null while nobody waits.</summary>
    private TaskCompletionSource? _room;

    private LogQueue _log = null!;
    private long _requests;
    private long _spans;
    private long _bytes;
    private long _heldBytes;
    private ulong _newestGeneration;

    private DiskQueue(DiskQueueOptions options, IWalFileSystem files, ILogger logger)
    {
        _options = options;
        _files = files;
        _logger = logger;
    }

    /// <summary>Requests that wait or are being sent.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    public long Spans => Interlocked.Read(ref _spans);

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>The size in the unit of the capacity.</summary>
    public long Size => _options.Unit switch
    {
        QueueUnit.Requests => Requests,
        QueueUnit.Spans => Spans,
        _ => Bytes,
    };

    /// <summary>Opens a queue; what was not completed before is waiting again.</summary>
    public static DiskQueue Open(DiskQueueOptions options, ILogger logger) => Open(options, DiskWalFileSystem.Instance, logger);

    internal static DiskQueue Open(DiskQueueOptions options, IWalFileSystem files, ILogger logger)
    {
        Directory.CreateDirectory(options.Folder);
        var queue = new DiskQueue(options, files, logger);
        var next = queue.Replay();
        queue._log = new LogQueue(
            new WalWriter(files, options.Folder, options.SegmentBytes, next),
            new LogQueueOptions(64L << 20, 8L << 20, $"queue of {options.Name}"), queue.Publish, queue.OnFailure);
        return queue;
    }

    /// <summary>Completes when the request is durable, or was refused.</summary>
    public ValueTask<AppendResult> EnqueueAsync(TraceBatch batch)
    {
        if (IsFullFor(batch))
        {
            return new(new AppendResult(
                AppendStatus.Overloaded, $"queue of {_options.Name} is full: {Size} of {_options.Capacity} {_options.Unit.ToString().ToLowerInvariant()} (sending_queue.queue_size)"));
        }

        return _log.AppendAsync(batch, batch.Context.ReceivedUnixNano);
    }

    /// <summary>True while a request would be refused: the queue has no room for it. An empty queue takes any.</summary>
    public bool IsFullFor(TraceBatch batch) => Size + SizeOf(batch) > _options.Capacity && Requests > 0;

    /// <summary>Completes when a request has left, at once when there is none.</summary>
    public Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _open.Count == 0
                ? Task.CompletedTask
                : (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Waits for the next request; throws <see cref="OperationCanceledException"/> when cancelled.</summary>
    public ValueTask<QueuedBatch> TakeAsync(CancellationToken cancellationToken) => _waiting.Reader.ReadAsync(cancellationToken);

    /// <summary>The next request if one is waiting.</summary>
    public bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out QueuedBatch? batch) => _waiting.Reader.TryRead(out batch);

    /// <summary>True as soon as a request is waiting.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _waiting.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Says that a request needs no more sending: it was delivered, or given up for good.</summary>
    public void Complete(QueuedBatch batch)
    {
        List<ulong> finished = [];
        TaskCompletionSource? room;
        lock (_gate)
        {
            (room, _room) = (_room, null);
            _open.Remove((batch.Segment.Generation, batch.Offset));
            Count(batch, -1);
            var left = --_openOfGeneration[batch.Segment.Generation];
            if (left == 0)
            {
                finished.AddRange(_openOfGeneration.Where(entry => entry.Value == 0 && entry.Key != _newestGeneration).Select(entry => entry.Key));
                finished.ForEach(generation => _openOfGeneration.Remove(generation));
            }
        }

        room?.SetResult();
        Interlocked.Add(ref _heldBytes, -batch.LetGo());
        batch.Segment.Release();
        foreach (var generation in finished)
        {
            _files.Delete(WalWriter.PathOf(_options.Folder, generation));
        }
    }

    /// <summary>Notes what was completed and closes the files; what is open is given out again at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _log.DisposeAsync().ConfigureAwait(false);
        WriteMark();
        lock (_gate)
        {
            foreach (var batch in _open.Values)
            {
                batch.LetGo();
                batch.Segment.Release();
            }

            if (_open.Count == 0)
            {
                foreach (var path in _files.List(_options.Folder).Where(IsSegment))
                {
                    _files.Delete(path);
                }
            }

            _open.Clear();
        }
    }

    private static bool IsSegment(string path) => path.EndsWith(".wal", StringComparison.Ordinal);

    private string MarkPath => Path.Combine(_options.Folder, "completed");

    private long SizeOf(TraceBatch batch) => _options.Unit switch
    {
        QueueUnit.Requests => 1,
        QueueUnit.Spans => batch.SpanCount,
        _ => batch.Bytes.Length,
    };

    private void Count(QueuedBatch batch, int sign)
    {
        Interlocked.Add(ref _requests, sign);
        Interlocked.Add(ref _spans, sign * batch.SpanCount);
        Interlocked.Add(ref _bytes, sign * batch.Length);
    }

    private void Publish(IReadOnlyList<LogItem.Append> group, WalPosition[] positions)
    {
        for (var i = 0; i < group.Count; i++)
        {
            var batch = group[i].Batch;
            Add(new QueuedBatch(positions[i], batch.Bytes.Length, batch.SpanCount, batch.Context, Hold(batch)));
        }
    }

    private BatchBytes? Hold(TraceBatch batch)
    {
        if (Interlocked.Add(ref _heldBytes, batch.Bytes.Length) <= _options.HeldBytes)
        {
            return batch.HoldBytes();
        }

        Interlocked.Add(ref _heldBytes, -batch.Bytes.Length);
        return null;
    }

    private void Add(QueuedBatch batch)
    {
        batch.Segment.Retain();
        lock (_gate)
        {
            _open.Add((batch.Segment.Generation, batch.Offset), batch);
            _openOfGeneration[batch.Segment.Generation] = _openOfGeneration.GetValueOrDefault(batch.Segment.Generation) + 1;
            _newestGeneration = Math.Max(_newestGeneration, batch.Segment.Generation);
            Count(batch, 1);
        }

        _waiting.Writer.TryWrite(batch);
    }

    private void OnFailure(Exception fault) => _logger.QueueNotWritten(fault, _options.Name);

    private ulong Replay()
    {
        var (markGeneration, markOffset) = ReadMark();
        var next = 1UL;
        foreach (var path in _files.List(_options.Folder).Where(IsSegment))
        {
            if (!ulong.TryParse(Path.GetFileNameWithoutExtension(path), out var generation))
            {
                continue;
            }

            next = Math.Max(next, generation + 1);
            var open = 0;
            var result = WalReplay.Read(_files, path, (frame, position) =>
            {
                if (generation < markGeneration || (generation == markGeneration && position.PayloadOffset < markOffset))
                {
                    return;
                }

                using var batch = OtlpScanner.Scan(new BorrowedMemory(frame.Payload), new BatchContext(TenantId.Single, frame.ReceivedUnixNano)).Batch;
                if (batch is not null)
                {
                    Add(new QueuedBatch(position, frame.Payload.Length, batch.SpanCount, batch.Context));
                    open++;
                }
            });
            result.Segment?.Release();
            foreach (var damage in result.Damage)
            {
                _logger.LogDamaged(damage);
            }

            if (result.TornTail is not null)
            {
                _logger.ReplayEnded(result.TornTail);
            }

            if (open == 0)
            {
                _files.Delete(path);
            }
        }

        return next;
    }

    /// <summary>Mark: generation (8), offset of the first payload not completed (8), CRC-32C (4). Written at a clean stop.</summary>
    private void WriteMark()
    {
        lock (_gate)
        {
            var (generation, offset) = _open.Count > 0 ? _open.Keys.First() : (_newestGeneration + 1, 0L);
            Span<byte> mark = stackalloc byte[MarkSize];
            BinaryPrimitives.WriteUInt64LittleEndian(mark, generation);
            BinaryPrimitives.WriteInt64LittleEndian(mark[8..], offset);
            BinaryPrimitives.WriteUInt32LittleEndian(mark[16..], Crc32C.Compute(mark[..16]));
            try
            {
                File.WriteAllBytes(MarkPath, mark.ToArray());
            }
            catch (IOException)
            {
                // Without the mark some requests are sent a second time.
            }
        }
    }

    private (ulong Generation, long Offset) ReadMark()
    {
        if (!File.Exists(MarkPath))
        {
            return (0, 0);
        }

        var mark = File.ReadAllBytes(MarkPath);
        File.Delete(MarkPath);
        return mark.Length == MarkSize && BinaryPrimitives.ReadUInt32LittleEndian(mark.AsSpan(16)) == Crc32C.Compute(mark.AsSpan(0, 16))
            ? (BinaryPrimitives.ReadUInt64LittleEndian(mark), BinaryPrimitives.ReadInt64LittleEndian(mark.AsSpan(8)))
            : (0, 0);
    }
}
