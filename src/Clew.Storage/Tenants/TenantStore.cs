using System.Collections.Immutable;
using System.Diagnostics;
using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Storage.Backends;
using Clew.Storage.Blocks;
using Clew.Storage.Columns;
using Clew.Storage.Head;
using Clew.Storage.Manifest;
using Clew.Storage.Wal;
using Microsoft.Extensions.Logging;

namespace Clew.Storage.Tenants;

/// <summary>
/// One tenant's spans in their three states: log, head, blocks. The log's writer is the only one who adds to the newest head; a cut
/// (<c>TenantStore.Cut.cs</c>) moves finished traces into blocks; <see cref="StoreState"/> is swapped whole.
/// </summary>
internal sealed partial class TenantStore : IAsyncDisposable
{
    private readonly TenantId _tenant;
    private readonly StoreOptions _options;
    private readonly string _logFolder;
    private readonly IWalFileSystem _files;
    private readonly IObjectStore _objects;
    private readonly Func<ITraceSelectorFactory?> _selectors;
    private readonly ManifestLog _manifest;
    private readonly ReserveFile? _reserve;
    private readonly IBlockFactory _blocks;
    private readonly TimeProvider _clock;
    private readonly StoreMetrics _metrics;
    private readonly ILogger _logger;
    private readonly Action _cutIsDue;
    private readonly Lock _swap = new();

    private StoreState _state = StoreState.Empty;
    private HeadSegment _current = null!;
    private LogQueue _queue = null!;
    private int _heads;

    private long _headBytes;
    private bool _disposed;

    /// <summary>True where blocks are in a bucket, which another process may write to as well.</summary>
    private readonly bool _sharesBucket;

    private TenantStore(TenantId tenant, StoreServices services)
    {
        _tenant = tenant;
        _options = services.Options;
        _retention = services.Options.RetentionOf(tenant) ?? services.Options.Retention;
        _logFolder = Path.Combine(services.Options.Path, "wal", tenant.Value);
        _files = services.Files;
        _objects = services.Objects;
        _sharesBucket = services.SharesBucket;
        _selectors = services.Selectors;
        _manifest = new ManifestLog(services.Objects, tenant.Value + "/");
        _blocks = services.Blocks(tenant);
        _clock = services.Clock;
        _watch = services.Watch;
        _reserve = services.Reserve;
        _metrics = services.Metrics;
        _logger = services.Logger;
        _cutIsDue = services.CutIsDue;
    }

    /// <summary>Opens a tenant: manifest, blocks, then the log generations that are not in blocks yet.</summary>
    public static async Task<TenantStore> OpenAsync(TenantId tenant, StoreServices services, CancellationToken cancellationToken)
    {
        var store = new TenantStore(tenant, services);
        var started = Stopwatch.GetTimestamp();
        Directory.CreateDirectory(store._logFolder);
        await store._manifest.LoadAsync(cancellationToken).ConfigureAwait(false);
        store._adopted = store._manifest.State.Sequence;
        await store.LoadDeletionsAsync(cancellationToken).ConfigureAwait(false);
        if (services.Options.Maintains)
        {
            await store.RemoveOrphansAsync(cancellationToken).ConfigureAwait(false);
            await store.RemoveKeptOrphansAsync(cancellationToken).ConfigureAwait(false);
        }

        var handles = await store.OpenBlocksAsync(cancellationToken).ConfigureAwait(false);
        var replayed = new List<HeadSegment>();
        var nextGeneration = store.Replay(replayed);
        store._current = store.NewHead();
        if (store._deleted is { } deleted)
        {
            replayed.ForEach(head => head.MarkDeleted(deleted));
        }

        store._state = new StoreState([.. replayed, store._current], handles) { Deleted = store._deleted };
        store.ShowKeptRollups();
        store._headBytes = replayed.Sum(static head => head.AllocatedBytes);
        store._queue = new LogQueue(
            new WalWriter(services.Files, store._logFolder, services.Options.WalSegmentBytes, nextGeneration),
            new LogQueueOptions(services.Options.WalQueueBytes, services.Options.WalGroupBytes, "storage.wal.queue_bytes"), store.Publish, store.OnAppendFailed);
        services.Logger.TenantOpened(
            tenant.Value, handles.Length, handles.Sum(block => block.Record.SpanCount), replayed.Sum(static head => head.PublishedRows),
            (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        return store;
    }

    public string Name => _tenant.Value;

    /// <summary>Blocks that are left out because they cannot be opened: what they hold is not known, so no deletion is done while there are any.</summary>
    public int UnopenedBlocks => _unopenedIds.Count(_manifest.State.Blocks.ContainsKey);

    /// <summary>See <see cref="ITraceStore.AppendAsync"/>.</summary>
    public async ValueTask<AppendResult> AppendAsync(TraceBatch batch)
    {
        var result = Interlocked.Read(ref _headBytes) > HeadHardLimit
            ? new AppendResult(AppendStatus.Overloaded, $"memory for unwritten spans is full (one and a half times {_options.HeadMemoryBytes} bytes, storage.head.memory_bytes) because blocks cannot be written; retry")
            : await _queue.AppendAsync(batch, UnixNano.Now(_clock)).ConfigureAwait(false);
        Interlocked.Exchange(ref _lastAppendTicks, Environment.TickCount64);
        if (result.Status == AppendStatus.Accepted)
        {
            _metrics.Appended(batch.SpanCount);
        }
        else
        {
            _metrics.Refused(batch.SpanCount);
        }

        return result;
    }

    public IStoreSnapshot Snapshot()
    {
        Interlocked.Exchange(ref _lastQueryTicks, Environment.TickCount64);
        lock (_swap)
        {
            foreach (var head in _state.Heads)
            {
                head.Retain();
            }

            foreach (var block in _state.Blocks)
            {
                block.Retain();
            }

            return new StoreSnapshot(_state, OnUnreadable);
        }
    }

    public StoreTotals Totals()
    {
        StoreState state;
        lock (_swap)
        {
            state = _state;
        }

        var totals = StoreTotals.None with { QueueBytes = _queue.WaitingBytes, CompactionPendingBytes = CompactionPendingBytes };
        foreach (var head in state.Heads)
        {
            totals += StoreTotals.None with
            {
                HeadSpans = head.PublishedRows, HeadBytes = head.AllocatedBytes,
                OldestUnixNano = head.MinStartUnixNano, NewestUnixNano = head.MaxEndUnixNano,
            };
        }

        foreach (var block in state.Blocks)
        {
            totals += StoreTotals.None with
            {
                Blocks = 1, BlockSpans = block.Record.SpanCount, BlockBytes = block.Record.SizeBytes,
                OldestUnixNano = block.Record.MinStartUnixNano, NewestUnixNano = block.Record.MaxEndUnixNano,
            };
        }

        return totals;
    }

    /// <summary>Writes what is queued and closes. The head needs no flush: its spans are in the log.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _queue.DisposeAsync().ConfigureAwait(false);
        lock (_swap)
        {
            foreach (var head in _state.Heads)
            {
                head.Release();
            }

            foreach (var block in _state.Blocks)
            {
                block.Release();
            }

            _state = StoreState.Empty;
        }
    }

    /// <summary>
    /// Where traces are cut early. Half of what the head may hold, because spans arrive as fast while a block is made of those that are there. Less
    /// makes more blocks than may wait for each other, and merging them while spans arrive takes more memory than the head gives up.
    /// </summary>
    private long CutAtBytes => _options.HeadMemoryBytes / 2;

    /// <summary>Where the head refuses more: blocks cannot be written and memory must not grow without end.</summary>
    private long HeadHardLimit => _options.HeadMemoryBytes / 2 * 3;

    private HeadSegment NewHead() => new($"head/{++_heads}", _options.HeadMaxKeys);

    private async Task<ImmutableArray<BlockHandle>> OpenBlocksAsync(CancellationToken cancellationToken)
    {
        var handles = ImmutableArray.CreateBuilder<BlockHandle>();
        var opening = new List<(BlockRecord Record, Task<Columns.ISpanSource> Block)>();
        using var turns = new SemaphoreSlim(MaxOpening);
        foreach (var record in _manifest.State.Blocks.Values)
        {
            opening.Add((record, OpenInTurnAsync(record, turns, cancellationToken)));
        }

        foreach (var (record, block) in opening)
        {
            try
            {
                handles.Add(Handle(record, await block.ConfigureAwait(false)));
            }
            catch (Exception fault) when (fault is IOException || Damage.Is(fault))
            {
                NotOpened(record, fault);
            }
        }

        return handles.ToImmutable();
    }

    /// <summary>Blocks opened at once: a bucket answers each of the few requests that one takes in tens of milliseconds.</summary>
    private const int MaxOpening = 16;

    private async Task<Columns.ISpanSource> OpenInTurnAsync(BlockRecord record, SemaphoreSlim turns, CancellationToken cancellationToken)
    {
        await turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await _blocks.OpenAsync(record, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            turns.Release();
        }
    }

    /// <summary>
    /// Removes blocks that the manifest does not list: a crash came between writing and committing them, and their spans are still in
    /// the log. Safe because the folder's lock makes this process its only writer.
    /// </summary>
    private async Task RemoveOrphansAsync(CancellationToken cancellationToken)
    {
        var orphans = new List<string>();
        await foreach (var id in _blocks.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!_manifest.State.Blocks.ContainsKey(id))
            {
                orphans.Add(id);
            }
        }

        foreach (var id in orphans)
        {
            await RemoveBlockAsync(id).ConfigureAwait(false);
        }
    }

    private BlockHandle Handle(BlockRecord record, ISpanSource reader)
    {
        if (reader is BlockReader block)
        {
            block.OnDamage = OnUnreadable;
        }

        return new BlockHandle(record, reader, OnBlockReleased);
    }

    /// <summary>Loads the generations that are not retired, removes the others; answers the number of the next generation.</summary>
    private ulong Replay(List<HeadSegment> heads)
    {
        heads.Add(NewHead());
        var retired = _manifest.State.Retired;
        var next = 0UL;
        foreach (var path in _files.List(_logFolder))
        {
            if (!path.EndsWith(".wal", StringComparison.Ordinal) || !ulong.TryParse(Path.GetFileNameWithoutExtension(path), out var generation))
            {
                continue;
            }

            next = Math.Max(next, generation + 1);
            if (retired.Contains(generation))
            {
                _files.Delete(path);
                continue;
            }

            var result = WalReplay.Read(_files, path, (frame, position) => ReplayFrame(heads, frame, position, retired));
            result.Segment?.Release();
            foreach (var damage in result.Damage)
            {
                _metrics.Fault(StoreFault.Replay);
                _logger.LogDamaged(damage);
            }

            if (result.TornTail is not null)
            {
                _logger.ReplayEnded(result.TornTail);
            }

            Trim(path, result);
        }

        heads.ForEach(static head => head.Publish());
        if (next == 0)
        {
            next = _sharesBucket ? RetiredLogs.FirstOf(NewLog()) : 1;
        }

        // Files of generations that are retired may be gone, or may be back after a power cut: what follows must be after them.
        return Math.Max(next, retired.LastOf(next) + 1);
    }

    /// <summary>A name for the log of a folder that has none, unlike that of any other folder which writes to the same bucket.</summary>
    private static uint NewLog() => (uint)System.Security.Cryptography.RandomNumberGenerator.GetInt32(1, int.MaxValue);

    /// <summary>Gives back the preallocated rest of a file that is read to its end, or the whole of one that holds nothing.</summary>
    private void Trim(string path, WalReplayResult result)
    {
        if (result.Damage.Count > 0 || result.TornTail is not null)
        {
            return;
        }

        if (result.Frames == 0)
        {
            _files.Delete(path);
        }
        else
        {
            _files.Truncate(path, result.Segment!.Tail);
        }
    }

    private void ReplayFrame(List<HeadSegment> heads, WalFrame frame, WalPosition position, RetiredLogs retired)
    {
        // Carried spans of generations that are still there come from those generations themselves.
        if (frame.Type == WalFrameType.Carry && !retired.Contains(frame.CarriedThrough))
        {
            return;
        }

        var scan = OtlpScanner.Scan(new BorrowedMemory(frame.Payload), new BatchContext(_tenant, frame.ReceivedUnixNano));
        if (scan.Batch is not { } batch)
        {
            _metrics.Fault(StoreFault.Replay);
            _logger.ReplayEnded($"log file '{position.Segment.Path}': the frame at byte {position.PayloadOffset} passes its checksum but is no request: {scan.Fault}");
            return;
        }

        using (batch)
        {
            try
            {
                heads[^1].Add(batch, position, frame.ReceivedUnixNano);
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                // It failed when it came too, so its sender was refused; what is in the other frames must not be lost with it.
                _metrics.Fault(StoreFault.Replay);
                _logger.ReplayEnded($"log file '{position.Segment.Path}': the request at byte {position.PayloadOffset} could not be added to memory and is left out: {fault.GetType().Name}: {fault.Message}");
                heads.Add(NewHead());
            }
        }
    }

    /// <summary>Runs on the log's writer after the sync of a group.</summary>
    private void Publish(IReadOnlyList<LogItem.Append> group, WalPosition[] positions)
    {
        for (var i = 0; i < group.Count; i++)
        {
            try
            {
                _current.Add(group[i].Batch, positions[i], group[i].ArrivalUnixNano, _deleted);
            }
            catch (Exception fault)
            {
                // Not acknowledged, because a cut retires the log with what no head has. What was added of it is shown once if it is sent again.
                group[i].Outcome = new AppendResult(AppendStatus.Unavailable, $"the spans could not be added to memory: {fault.GetType().Name}: {fault.Message}; retry");
                OnPublishFailed(fault);
            }
        }

        _current.Publish();
        var before = Interlocked.Read(ref _headBytes);
        if (UpdateHeadBytes() >= CutAtBytes && before < CutAtBytes)
        {
            _cutIsDue();
        }
    }

    /// <summary>The row that was being added may stand in some columns and not in others, so the head keeps its whole rows and takes no more.</summary>
    private void OnPublishFailed(Exception fault)
    {
        _metrics.Fault(StoreFault.Append);
        _logger.PublishFailed(fault, _tenant.Value);
        _current.Publish();
        lock (_swap)
        {
            _current = NewHead();
            _state = _state with { Heads = _state.Heads.Add(_current) };
        }
    }

    private long UpdateHeadBytes()
    {
        var bytes = 0L;
        foreach (var head in _state.Heads)
        {
            bytes += head.AllocatedBytes;
        }

        Interlocked.Exchange(ref _headBytes, bytes);
        return bytes;
    }

    private void OnAppendFailed(Exception fault)
    {
        _metrics.Fault(StoreFault.Append);
        _logger.AppendFailed(fault, _tenant.Value);
    }
}
