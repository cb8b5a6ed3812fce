using Clew.Model;
using Clew.Storage.Blocks;
using Clew.Storage.Columns;
using Clew.Storage.Compaction;
using Clew.Storage.Manifest;

namespace Clew.Storage.Tenants;

/// <summary>
/// Compaction, in this order, so that a crash at any point loses nothing and shows nothing twice:
/// <list type="number">
/// <item>the merged block is written; nobody sees it yet, and a start removes it because the manifest does not list it;</item>
/// <item>its trace ids are probed against the blocks that stay (<c>overlaps</c>);</item>
/// <item>one manifest entry {add the merged block, remove its inputs} commits;</item>
/// <item>the state is swapped; the inputs' files go when their last query has ended, or at the next start.</item>
/// </list>
/// A block that turns out to be damaged is set aside: it is named in the log, counted, and left out of further merges.
/// </summary>
internal sealed partial class TenantStore
{
    /// <summary>Of a block's overlapped traces, so many are looked up to learn where their other parts are.</summary>
    private const int OverlapSample = 64;

    private readonly HashSet<string> _setAside = new(StringComparer.Ordinal);
    private long _lastAppendTicks;
    private long _lastQueryTicks;
    private long _pendingBytes;

    /// <summary>Bytes of blocks that background merges are still to read.</summary>
    public long CompactionPendingBytes => Interlocked.Read(ref _pendingBytes);

    /// <summary>Merges once, if something is due; false when nothing was. One caller at a time.</summary>
    public async Task<bool> CompactAsync(CancellationToken cancellationToken)
    {
        if (_options.Compaction.CpuShare <= 0)
        {
            return false;
        }

        using var snapshot = Retain();
        await FindDueAsync(snapshot.State.Blocks, snapshot.State.SplitTraces, cancellationToken).ConfigureAwait(false);
        var blocks = Describe(snapshot.State.Blocks);
        Interlocked.Exchange(ref _pendingBytes, CompactionPlanner.PendingBytes(blocks, _options.Compaction));
        if (CompactionPlanner.Next(blocks, _options.Compaction, IsIdle) is not { } job)
        {
            return false;
        }

        var inputs = job.Blocks.Select(block => snapshot.State.Blocks.First(handle => handle.Record.Id == block.Record.Id)).ToList();
        try
        {
            await MergeAsync(inputs, snapshot.State.SplitTraces, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (Damage.Is(fault))
        {
            SetAside(inputs, fault);
        }

        Interlocked.Exchange(ref _pendingBytes, CompactionPlanner.PendingBytes(Describe(_state.Blocks), _options.Compaction));
        return true;
    }

    /// <summary>No span came for a while.</summary>
    private bool IsIdle => Environment.TickCount64 - Interlocked.Read(ref _lastAppendTicks) > _options.Compaction.IdleAfter.TotalMilliseconds;

    private bool IsBusy => !IsIdle || Environment.TickCount64 - Interlocked.Read(ref _lastQueryTicks) < 1000;

    private async Task MergeAsync(List<BlockHandle> inputs, IReadOnlySet<TraceId>? split, CancellationToken cancellationToken)
    {
        var throttle = new CompactionThrottle(_options.Compaction.CpuShare, () => IsBusy, cancellationToken);
        var (weights, sampledBy) = RulesFor(inputs, split);
        var outcome = await _blocks.MergeAsync(inputs, new MergeFilter(_deleted is { } deleted ? deleted.Contains : null, weights, sampledBy), throttle.PauseAsync, cancellationToken).ConfigureAwait(false);
        List<BlockHandle> merged = [];
        try
        {
            if (outcome.Record is { } record)
            {
                merged.Add(Handle(record, await _blocks.OpenAsync(record, cancellationToken).ConfigureAwait(false)));
            }

            if (!await ReplaceAsync(inputs, merged, cancellationToken).ConfigureAwait(false))
            {
                // An input expired meanwhile; what is left of them is planned again.
                await DiscardAsync(merged).ConfigureAwait(false);
                return;
            }
        }
        catch (OperationCanceledException)
        {
            await DiscardAsync(merged).ConfigureAwait(false);
            throw;
        }

        _metrics.Compacted(inputs.Count, inputs.Sum(static block => block.Record.SizeBytes), outcome.DuplicateSpans, outcome.DroppedSpans);
        _logger.BlocksMerged(inputs.Count, _tenant.Value, outcome.Record?.Id ?? "none", outcome.Record?.SpanCount ?? 0, outcome.DuplicateSpans, outcome.JoinedTraces, outcome.DroppedTraces);
    }

    /// <summary>Commits a merge; false when an input is no longer live.</summary>
    private async Task<bool> ReplaceAsync(List<BlockHandle> inputs, List<BlockHandle> merged, CancellationToken cancellationToken)
    {
        await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await CommitAsync(
                async () =>
                {
                    if (inputs.Exists(block => !_manifest.State.Blocks.ContainsKey(block.Record.Id)))
                    {
                        return null;
                    }

                    await RecordOverlapsAsync(merged, inputs, CancellationToken.None).ConfigureAwait(false);
                    return new ManifestChange
                    {
                        AddBlocks = [.. merged.Select(static block => block.Record)], RemoveBlocks = [.. inputs.Select(static block => block.Record.Id)],
                    };
                },
                () =>
                {
                    Replace(inputs, merged);
                    return Task.CompletedTask;
                },
                () => DiscardAsync(merged)).ConfigureAwait(false);
        }
        finally
        {
            _committing.Release();
        }
    }

    private void Replace(List<BlockHandle> leaving, List<BlockHandle> coming)
    {
        lock (_swap)
        {
            _state = _state with { Blocks = _state.Blocks.RemoveRange(leaving).AddRange(coming) };
        }

        foreach (var block in leaving)
        {
            block.Release();
        }
    }

    /// <summary>Finds which traces of new blocks have parts in blocks that stay, and writes that into the new blocks. Holds the commit's turn.</summary>
    private async Task RecordOverlapsAsync(List<BlockHandle> added, List<BlockHandle> leaving, CancellationToken cancellationToken)
    {
        var staying = _state.Blocks.RemoveRange(leaving);
        foreach (var block in added)
        {
            var overlaps = new List<TraceId>();
            var isComplete = true;
            for (var row = 0; row < block.Reader.Traces.Count && staying.Length > 0; row++)
            {
                var id = block.Reader.Traces[row].Id;
                foreach (var other in staying)
                {
                    if (Has(other, id, ref isComplete))
                    {
                        overlaps.Add(id);
                        break;
                    }
                }
            }

            isComplete &= overlaps.Count <= BlockHandle.MaxOverlaps;
            block.SetOverlaps(isComplete ? overlaps : null);
            if (overlaps.Count > 0 || !isComplete)
            {
                await _blocks.SetOverlapsAsync(block.Record.Id, isComplete ? overlaps : null, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private bool Has(BlockHandle block, TraceId id, ref bool isComplete)
    {
        try
        {
            return block.Reader.Traces.TryFind(id, out _);
        }
        catch (Exception fault) when (Damage.Is(fault) || fault is IOException)
        {
            isComplete = false;
            SetAside([block], fault);
            return false;
        }
    }

    private List<CompactionBlock> Describe(IReadOnlyCollection<BlockHandle> blocks)
    {
        var described = new List<CompactionBlock>(blocks.Count);
        lock (_setAside)
        {
            foreach (var block in blocks)
            {
                if (!_setAside.Contains(block.Record.Id))
                {
                    described.Add(new CompactionBlock(block.Record, block.OverlapsWith ??= Partners(block, blocks), block.IsDue || block.HasDeleted(_deleted)));
                }
            }
        }

        return described;
    }

    /// <summary>The blocks in which the other parts of a block's overlapped traces are.</summary>
    private List<string> Partners(BlockHandle block, IReadOnlyCollection<BlockHandle> blocks)
    {
        var partners = new List<string>();
        var isComplete = true;
        foreach (var other in blocks)
        {
            if (other != block && block.Overlaps is { } ids && ids.Take(OverlapSample).Any(id => Has(other, id, ref isComplete)))
            {
                partners.Add(other.Record.Id);
            }
        }

        return partners;
    }

    private bool IsSetAside(BlockHandle block)
    {
        lock (_setAside)
        {
            return _setAside.Contains(block.Record.Id);
        }
    }

    private void SetAside(IReadOnlyCollection<BlockHandle> blocks, Exception fault)
    {
        _metrics.Fault(StoreFault.Compaction);
        lock (_setAside)
        {
            // Which of them it is, is known by the file that the error names; if none matches, all of them.
            var named = blocks.Where(block => fault.Message.Contains(block.Record.Id, StringComparison.Ordinal)).ToList();
            foreach (var block in named.Count > 0 ? named : blocks)
            {
                if (_setAside.Add(block.Record.Id))
                {
                    _logger.BlockSetAside(fault, block.Record.Id, _tenant.Value);
                }
            }
        }
    }

    /// <summary>A query came upon something that it could not read. A bucket that does not answer is no damage.</summary>
    private void OnUnreadable(Exception fault)
    {
        if (!Damage.Is(fault))
        {
            return;
        }

        var id = _manifest.State.Blocks.Keys.FirstOrDefault(id => fault.Message.Contains(id, StringComparison.Ordinal));
        lock (_setAside)
        {
            if (id is null || !_setAside.Add(id))
            {
                return;
            }
        }

        _metrics.Fault(StoreFault.Read);
        _logger.BlockSetAside(fault, id, _tenant.Value);
    }

    private RetainedState Retain()
    {
        lock (_swap)
        {
            foreach (var block in _state.Blocks)
            {
                block.Retain();
            }

            return new RetainedState(_state);
        }
    }

    /// <summary>Keeps the blocks of a moment open.</summary>
    private sealed class RetainedState(StoreState state) : IDisposable
    {
        public StoreState State => state;

        public void Dispose()
        {
            foreach (var block in state.Blocks)
            {
                block.Release();
            }
        }
    }
}
