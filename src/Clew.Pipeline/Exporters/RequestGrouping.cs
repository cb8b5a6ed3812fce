using System.Threading.Channels;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;
using Clew.Pipeline.Components;
using Clew.Storage.Queues;

namespace Clew.Pipeline.Exporters;

/// <summary>
/// Takes batches out of a queue and makes requests of them: each alone when no <c>batch</c> processor stood in front, else together until
/// enough spans are there or the oldest has waited for the timeout. Groups are kept apart by shape and by the metadata keys it names.
/// Holds metadata only: bytes stay on disk until a request leaves.
/// </summary>
internal sealed class RequestGrouping(DiskQueue queue, ChannelWriter<SendRequest> ready, IReadOnlyList<string> contextKeys, ComponentId exporter, ComponentMetrics metrics, TimeProvider clock)
{
    /// <summary>Groups that may be open at once; the oldest leaves early beyond it (the Collector's metadata_cardinality_limit).</summary>
    private const int MaxGroups = 1000;

    /// <summary>Bytes of a grouped request at most: next hops refuse larger messages (64 MiB is OTLP's recommended limit, 4 MiB the old default).</summary>
    private const int MaxRequestBytes = 4 << 20;

    /// <summary>
    /// Bytes of requests that were read from the disk and are in memory at the same time: one of the largest grouped ones. Beside it stands
    /// what never left the memory (<see cref="DiskQueueOptions.HeldBytes"/>).
    /// </summary>
    private const long MaxBytesInFlight = MaxRequestBytes;

    private readonly BytesInFlight _inFlight = new(MaxBytesInFlight);

    private readonly Dictionary<string, Group> _groups = [];

    /// <summary>Batch processors whose settings were seen.</summary>
    private readonly HashSet<string> _known = [];

    /// <summary>Runs until <paramref name="stopTaking"/>, then sends off what is there; <paramref name="stop"/> ends it at once.</summary>
    public async Task RunAsync(CancellationToken stopTaking, CancellationToken stop)
    {
        try
        {
            while (!stopTaking.IsCancellationRequested)
            {
                if (await WaitAsync(stopTaking).ConfigureAwait(false))
                {
                    while (queue.TryTake(out var batch))
                    {
                        await AddAsync(batch, stop).ConfigureAwait(false);
                    }
                }

                await SendDueAsync(all: false, stop).ConfigureAwait(false);
            }

            while (queue.TryTake(out var batch))
            {
                await AddAsync(batch, stop).ConfigureAwait(false);
            }

            await SendDueAsync(all: true, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // What was not handed over stays in the queue on disk.
        }
        finally
        {
            ready.TryComplete();
        }
    }

    /// <summary>True when a batch waits; false when a group is due or the taking ends.</summary>
    private async Task<bool> WaitAsync(CancellationToken stopTaking)
    {
        using var wake = CancellationTokenSource.CreateLinkedTokenSource(stopTaking);
        Task due = Task.Delay(Timeout.Infinite, wake.Token);
        if (_groups.Count > 0)
        {
            var first = _groups.Values.Min(group => group.Deadline);
            var wait = clock.GetElapsedTime(clock.GetTimestamp(), first);
            due = wait > TimeSpan.Zero ? Task.Delay(wait, clock, wake.Token) : Task.CompletedTask;
        }

        var next = queue.WaitAsync(wake.Token).AsTask();
        await Task.WhenAny(next, due).ConfigureAwait(false);
        var arrived = next.IsCompletedSuccessfully;
        await wake.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(next, due).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return arrived;
    }

    private async Task AddAsync(QueuedBatch batch, CancellationToken stop)
    {
        if (batch.Context.Shape is not { } shape)
        {
            await SendAsync([batch], shape: null, byTimeout: false, stop).ConfigureAwait(false);
            return;
        }

        if (shape.Processor is { } processor && _known.Add(processor))
        {
            metrics.GroupsOpened(exporter, processor, () => _groups.Count);
        }

        if (shape.SendBatchMaxSize > 0 && batch.SpanCount > 1 && SizeOf(batch, shape) > shape.SendBatchMaxSize)
        {
            // Spans of one request are taken to be about as large as each other.
            var spans = shape.CountsBytes ? Math.Max(1, (int)((long)batch.SpanCount * shape.SendBatchMaxSize / batch.Length)) : shape.SendBatchMaxSize;
            await SendPiecesAsync(batch, spans, stop).ConfigureAwait(false);
            return;
        }

        var key = KeyOf(shape, batch.Context);
        if (_groups.TryGetValue(key, out var group) && !group.HasRoomFor(batch, shape))
        {
            _groups.Remove(key);
            await SendAsync(group.Batches, shape, byTimeout: false, stop).ConfigureAwait(false);
            group = null;
        }

        if (group is null)
        {
            if (_groups.Count >= MaxGroups)
            {
                await SendDueAsync(all: true, stop).ConfigureAwait(false);
            }

            group = _groups[key] = new Group(shape, clock.GetTimestamp() + (long)(shape.Timeout.TotalSeconds * clock.TimestampFrequency));
        }

        group.Add(batch);
        if ((shape.CountsBytes ? group.Bytes : group.Spans) >= shape.SendBatchSize || shape.Timeout <= TimeSpan.Zero)
        {
            _groups.Remove(key);
            await SendAsync(group.Batches, shape, byTimeout: false, stop).ConfigureAwait(false);
        }
    }

    private async Task SendDueAsync(bool all, CancellationToken stop)
    {
        var now = clock.GetTimestamp();
        foreach (var (key, group) in _groups.Where(entry => all || entry.Value.Deadline <= now).ToList())
        {
            _groups.Remove(key);
            await SendAsync(group.Batches, group.Shape, byTimeout: true, stop).ConfigureAwait(false);
        }
    }

    private async Task SendAsync(List<QueuedBatch> batches, BatchShape? shape, bool byTimeout, CancellationToken stop)
    {
        // Waiting for a free sender happens before the bytes are read, so that memory is bounded by the senders, not by the queue.
        await ready.WaitToWriteAsync(stop).ConfigureAwait(false);
        await _inFlight.TakeAsync(RequestBytes.ToRead(batches), stop).ConfigureAwait(false);
        var bytes = RequestBytes.Of(batches);
        var parts = batches.ConvertAll(batch => new BatchPieces(batch, 1));
        metrics.Grouped(exporter, shape, batches.Sum(batch => batch.SpanCount), batches.Sum(batch => batch.Length), byTimeout);
        await ready.WriteAsync(new SendRequest(bytes, batches.Sum(batch => batch.SpanCount), batches[0].Context, parts, _inFlight), stop).ConfigureAwait(false);
    }

    private async Task SendPiecesAsync(QueuedBatch queued, int maxSpans, CancellationToken stop)
    {
        var bytes = new PooledBuffer(queued.Length);
        queued.ReadTo(bytes);
        using var batch = OtlpScanner.Scan(bytes, queued.Context).Batch!;
        var pieces = new BatchPieces(queued, (batch.SpanCount + maxSpans - 1) / maxSpans);
        for (var first = 0; first < batch.SpanCount; first += maxSpans)
        {
            var keep = new bool[batch.SpanCount];
            keep.AsSpan(first, Math.Min(maxSpans, keep.Length - first)).Fill(true);
            using var piece = batch.Select(keep);
            await _inFlight.TakeAsync(piece.Bytes.Length, stop).ConfigureAwait(false);
            var copy = new PooledBuffer(piece.Bytes.Length);
            copy.Write(piece.Bytes.Span);
            metrics.Grouped(exporter, queued.Context.Shape, piece.SpanCount, piece.Bytes.Length, byTimeout: false);
            await ready.WriteAsync(new SendRequest(RequestBytes.Of(copy), piece.SpanCount, queued.Context, [pieces], _inFlight), stop).ConfigureAwait(false);
        }
    }

    private static long SizeOf(QueuedBatch batch, BatchShape shape) => shape.CountsBytes ? batch.Length : batch.SpanCount;

    private string KeyOf(BatchShape shape, BatchContext context)
    {
        var values = shape.MetadataKeys.Concat(contextKeys).Select(key => context.Metadata.TryGetValue(key.ToLowerInvariant(), out var found) ? string.Join('\u001f', found) : "");
        return $"{shape.CountsBytes}/{shape.SendBatchSize}/{shape.Timeout.Ticks}/{shape.SendBatchMaxSize}/{context.Tenant}/{string.Join('\u001e', values)}";
    }

    private sealed class Group(BatchShape shape, long deadline)
    {
        public BatchShape Shape => shape;

        /// <summary>Timestamp of the clock at which the oldest batch has waited long enough.</summary>
        public long Deadline => deadline;

        public List<QueuedBatch> Batches { get; } = [];

        public int Spans { get; private set; }

        public long Bytes { get; private set; }

        public bool HasRoomFor(QueuedBatch batch, BatchShape shape) =>
            Bytes + batch.Length <= MaxRequestBytes
            && (shape.SendBatchMaxSize == 0 || (shape.CountsBytes ? Bytes : Spans) + SizeOf(batch, shape) <= shape.SendBatchMaxSize);

        public void Add(QueuedBatch batch)
        {
            Batches.Add(batch);
            Spans += batch.SpanCount;
            Bytes += batch.Length;
        }
    }
}
