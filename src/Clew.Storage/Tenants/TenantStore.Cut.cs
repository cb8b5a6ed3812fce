using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;
using Clew.Storage.Head;
using Clew.Storage.Manifest;
using Clew.Storage.Rollups;
using Clew.Storage.Wal;

namespace Clew.Storage.Tenants;

/// <summary>
/// Cutting, in this order, so that a crash at any point loses nothing and shows nothing twice:
/// <list type="number">
/// <item>freeze: the log rolls, new spans go to a new head; the frozen heads hold exactly the generations up to G;</item>
/// <item>finished traces are written to blocks, which nobody sees yet;</item>
/// <item>spans of open traces are appended again as carry(G) frames, into a head that nobody sees yet;</item>
/// <item>one manifest entry {add blocks, retire through G} commits: a replay now ignores G and takes carry(G);</item>
/// <item>the state is swapped: blocks and carry head for the frozen heads; then the files of G are deleted.</item>
/// </list>
/// A failure before the commit leaves the frozen heads in place; the next cut includes them.
/// </summary>
internal sealed partial class TenantStore
{
    private static readonly TimeSpan CutRetryDelay = TimeSpan.FromSeconds(10);

    /// <summary>Finished spans that make a block worth cutting before <see cref="StoreOptions.TraceMaxAge"/> forces one.</summary>
    private const int WorthwhileSpans = 50_000;

    /// <summary>
    /// Open traces are written to the log a second time by a cut. With three finished spans to an open one that costs a third of a write a
    /// span at most.
    /// </summary>
    private const int FinishedToOpen = 3;

    private long _lastCutUnixNano;
    private long _nextCutTryUnixNano;

    /// <summary>Cuts and expires what is due. Called at intervals, by one caller at a time.</summary>
    public async Task MaintainAsync(CancellationToken cancellationToken)
    {
        TellOfClock();
        await RefreshAsync(cancellationToken).ConfigureAwait(false);
        await ExpireAsync(cancellationToken).ConfigureAwait(false);
        await CompleteDeletionsAsync(cancellationToken).ConfigureAwait(false);
        var now = UnixNano.Now(_clock);
        if (IsBefore(now, _nextCutTryUnixNano, CutRetryDelay) || !CutIsDue(now))
        {
            return;
        }

        try
        {
            await CutAsync(everything: false, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // Also what should not happen: the spans are safe in head and log, and another try may go better than a spin.
            _metrics.Fault(StoreFault.Cut);
            _logger.CutFailed(fault, _tenant.Value, CutRetryDelay.TotalSeconds);
            _nextCutTryUnixNano = now + (CutRetryDelay.Ticks * 100);
        }
    }

    /// <summary>Moves finished traces, or everything, to blocks.</summary>
    public async Task CutAsync(bool everything, CancellationToken cancellationToken)
    {
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        var (frozen, through) = await FreezeAsync().ConfigureAwait(false);
        var views = frozen.ConvertAll(head => head.View());
        var (finished, open) = Divide(frozen, everything);
        if (finished.Count == 0 && frozen.TrueForAll(static head => head.PublishedRows == 0))
        {
            Swap(frozen, [], null);
            return;
        }

        var records = new List<BlockRecord>();
        var handles = new List<BlockHandle>();
        HeadSegment? carried;
        try
        {
            await WriteBlocksAsync(finished, new CutSource(frozen, views, new LogWindow(LogWindow.FewSpans)), records, handles, cancellationToken).ConfigureAwait(false);
            carried = await CarryAsync(open, views, through).ConfigureAwait(false);
        }
        catch
        {
            await DiscardAsync(handles, records).ConfigureAwait(false);
            throw;
        }

        Task RefusedAsync()
        {
            carried?.Release();
            return DiscardAsync(handles);
        }

        Task CommittedAsync()
        {
            Swap(frozen, handles, carried);
            DeleteGenerations(through);
            return Task.CompletedTask;
        }

        await CommitBlocksAsync(
            new ManifestChange { AddBlocks = records, RetireThrough = through }, () => RecordOverlapsAsync(handles, [], CancellationToken.None), CommittedAsync, RefusedAsync)
            .ConfigureAwait(false);

        foreach (var record in records)
        {
            _metrics.BlockWritten();
            _logger.BlockWritten(record.Id, _tenant.Value, record.SpanCount, record.TraceCount, record.SizeBytes);
        }

        _lastCutUnixNano = UnixNano.Now(_clock);
        CollectAfterCut(records);
    }

    /// <summary>
    /// A cut leaves tens of megabytes of large arrays behind, which the collector would look at only when the heap has doubled. What lives is
    /// columns without references, so looking now costs some 20 ms.
    /// </summary>
    private static void CollectAfterCut(List<BlockRecord> records)
    {
        if (records.Sum(static record => record.SpanCount) >= WorthwhileSpans)
        {
            GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: false);
        }
    }

    private bool CutIsDue(long now)
    {
        var (finishedSpans, openSpans, oldestArrival) = (0L, 0L, long.MaxValue);
        StoreState state;
        lock (_swap)
        {
            state = _state;
        }

        if (Interlocked.Read(ref _headBytes) >= CutAtBytes || state.Heads.Any(static head => head.HasDeleted))
        {
            return true;
        }

        if (IsBefore(now, _lastCutUnixNano + (_options.BlockMinInterval.Ticks * 100), _options.BlockMinInterval))
        {
            return false;
        }

        foreach (var head in state.Heads)
        {
            for (var i = 0; i < head.Traces.Count; i++)
            {
                var trace = head.Traces[i];
                if (IsFinished(trace.LastArrival, now))
                {
                    finishedSpans += trace.SpanCount;
                }
                else
                {
                    openSpans += trace.SpanCount;
                }

                oldestArrival = Math.Min(oldestArrival, trace.FirstArrival);
            }
        }

        // Nothing open: a quiet store is cut once its traces are idle, small as the block may be; compaction merges it with its neighbours.
        var worthwhile = (finishedSpans >= WorthwhileSpans && finishedSpans >= FinishedToOpen * openSpans) || (finishedSpans > 0 && openSpans == 0);
        return worthwhile || oldestArrival <= OldSince(now);
    }

    /// <summary>Only blocks expire, so a retention shorter than the greatest age in memory is that age.</summary>
    private long OldSince(long now)
    {
        var age = _retention > TimeSpan.Zero && _retention < _options.TraceMaxAge ? _retention : _options.TraceMaxAge;
        return now - (age.Ticks * 100);
    }

    private async Task<(List<HeadSegment> Frozen, ulong Through)> FreezeAsync()
    {
        List<HeadSegment> frozen = [];
        ulong through = 0;
        await _queue.RunAsync(log =>
        {
            through = log.Roll();
            lock (_swap)
            {
                frozen = [.. _state.Heads];
                _current = NewHead();
                _state = _state with { Heads = _state.Heads.Add(_current) };
            }
        }).ConfigureAwait(false);
        return (frozen, through);
    }

    /// <summary>Which traces go to blocks now: idle or old ones, and under memory pressure the longest idle until a sixteenth is left.</summary>
    private (List<FrozenTrace> Finished, List<FrozenTrace> Open) Divide(List<HeadSegment> frozen, bool everything)
    {
        var traces = FrozenTrace.Collect(frozen);
        if (_deleted is { } deleted)
        {
            traces.RemoveAll(trace => deleted.Contains(trace.Id));
        }

        if (everything)
        {
            return (traces, []);
        }

        var now = UnixNano.Now(_clock);
        var oldSince = OldSince(now);
        var pressed = Interlocked.Read(ref _headBytes) >= CutAtBytes;
        traces.Sort(static (left, right) => left.LastArrival.CompareTo(right.LastArrival));
        // What stays is written to the log and to columns a second time; a trace that is cut too early is joined by compaction.
        var mayStay = pressed ? traces.Sum(static trace => (long)trace.SpanCount) / 16 : long.MaxValue;
        List<FrozenTrace> finished = [], open = [];
        // From the newest to the longest idle, so that the budget for staying goes to the newest.
        for (var i = traces.Count - 1; i >= 0; i--)
        {
            var trace = traces[i];
            var done = IsFinished(trace.LastArrival, now) || trace.FirstArrival <= oldSince;
            if (!done && trace.SpanCount <= mayStay)
            {
                mayStay -= trace.SpanCount;
                open.Add(trace);
            }
            else
            {
                finished.Add(trace);
            }
        }

        return (finished, open);
    }

    private async Task WriteBlocksAsync(
        List<FrozenTrace> finished, CutSource source, List<BlockRecord> records, List<BlockHandle> handles, CancellationToken cancellationToken)
    {
        finished.Sort(static (left, right) => left.StartUnixNano.CompareTo(right.StartUnixNano));
        var rollups = new FrozenRollups(source.Views);
        for (var next = 0; next < finished.Count;)
        {
            using var draft = _blocks.Begin(source);
            draft.UseRollups(rollups.Begin());
            var maxArrival = long.MinValue;
            do
            {
                var trace = finished[next++];
                draft.Add(trace);
                trace.Count(rollups);
                maxArrival = Math.Max(maxArrival, trace.LastArrival);
            }
            while (next < finished.Count && draft.SpanCount < _options.BlockMaxSpans);

            var record = await draft.WriteAsync(maxArrival, cancellationToken).ConfigureAwait(false);
            records.Add(record);
            handles.Add(Handle(record, await _blocks.OpenAsync(record, cancellationToken).ConfigureAwait(false)));
        }
    }

    /// <summary>Removes blocks that the manifest will never list; what cannot be removed now is removed at the next start.</summary>
    private async Task DiscardAsync(List<BlockHandle> handles, IEnumerable<BlockRecord>? written = null)
    {
        foreach (var handle in handles)
        {
            (handle.Reader as IDisposable)?.Dispose();
        }

        // The last of those written may not have been opened.
        foreach (var record in written ?? handles.Select(static handle => handle.Record))
        {
            await RemoveBlockAsync(record.Id).ConfigureAwait(false);
        }
    }

    /// <summary>Appends the open traces to the log again and builds the head that will show them; null when there are none.</summary>
    private async Task<HeadSegment?> CarryAsync(List<FrozenTrace> open, List<HeadView> views, ulong through)
    {
        if (open.Count == 0)
        {
            return null;
        }

        var head = NewHead();
        var window = new LogWindow(8 << 10);
        using var carry = new CarryWriter();
        foreach (var trace in open)
        {
            trace.Read(views, window, carry);
            carry.EndTrace();
            if (carry.Requests.Count > 0)
            {
                await AppendCarryAsync(head, carry.Requests, open, through).ConfigureAwait(false);
            }
        }

        carry.EndRequest();
        await AppendCarryAsync(head, carry.Requests, open, through).ConfigureAwait(false);
        foreach (var trace in open)
        {
            head.RestoreArrival(trace.Id, trace.FirstArrival, trace.LastArrival);
        }

        head.Publish();
        return head;
    }

    private async Task AppendCarryAsync(HeadSegment head, List<PooledBuffer> requests, List<FrozenTrace> open, ulong through)
    {
        // After a crash the frame's time is all that is known of arrivals: the earliest makes the carried traces finish no later.
        var arrival = open.Min(static trace => trace.FirstArrival);
        foreach (var request in requests)
        {
            var batch = OtlpScanner.Scan(request, new BatchContext(_tenant, arrival)).Batch!;
            await _queue.RunAsync(log =>
            {
                var position = new WalPosition[1];
                log.Append([new WalFrame(WalFrameType.Carry, batch.Bytes, arrival, through)], position);
                head.Add(batch, position[0], arrival);
            }).ConfigureAwait(false);
            batch.Dispose();
        }

        requests.Clear();
    }

    private void Swap(List<HeadSegment> frozen, List<BlockHandle> blocks, HeadSegment? carried)
    {
        lock (_swap)
        {
            // A deletion may have come since the traces were divided.
            if (carried is not null && _deleted is { } deleted)
            {
                carried.MarkDeleted(deleted);
            }

            var newer = _state.Heads.RemoveRange(frozen);
            _state = _state with { Heads = carried is null ? newer : newer.Insert(0, carried), Blocks = _state.Blocks.AddRange(blocks) };
        }

        foreach (var head in frozen)
        {
            head.Release();
        }

        if (UpdateHeadBytes() >= CutAtBytes)
        {
            // What arrived meanwhile fills a head of its own.
            _cutIsDue();
        }
    }

    private void DeleteGenerations(ulong through)
    {
        foreach (var path in _files.List(_logFolder))
        {
            if (ulong.TryParse(Path.GetFileNameWithoutExtension(path), out var generation) && RetiredLogs.SameLog(generation, through) && generation <= through)
            {
                _files.Delete(path);
            }
        }
    }
}
