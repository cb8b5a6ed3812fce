using System.Diagnostics;
using Clew.Model;
using Clew.Query.Scan;
using Clew.Storage.Columns;

namespace Clew.Query.Metrics;

/// <summary>Counts the rows of one source for one worker.</summary>
internal interface IRowCounter
{
    /// <summary>What is left over so far.</summary>
    RowLeftovers Left { get; }

    ValueTask ScanAsync(int rowGroup, CancellationToken cancellationToken);
}

/// <summary>Spans of one trace that have to be decided by looking at the whole trace.</summary>
internal sealed record OpenSpans(TraceId Trace, HashSet<(SpanId, SpanKind)> Spans);

/// <summary>
/// Goes through all row groups that a grid touches, several side by side, and gathers what columns alone cannot tell. One use each.
/// </summary>
internal sealed class ColumnScan(IReadOnlyList<ISpanSource> sources, TimeGrid grid, QueryBudget budget)
{
    private readonly HashSet<TraceId> _wholeTraces = [];
    private readonly List<OpenSpans> _openSpans = [];
    private readonly Lock _gathering = new();
    private int _nextJob;

    /// <summary>Called when a worker has handed over what it had counted, and goes on with nothing.</summary>
    public Action? OnProgress { get; init; }

    /// <summary>How long a worker counts by itself where somebody wants to know the progress.</summary>
    public TimeSpan ProgressInterval { get; init; }

    /// <summary>Traces to be evaluated whole, with all their spans.</summary>
    public IReadOnlyCollection<TraceId> WholeTraces => _wholeTraces;

    /// <summary>Traces to be evaluated whole, of which only some spans are still to be counted.</summary>
    public IReadOnlyList<OpenSpans> Open => _openSpans;

    /// <param name="workers">How many at most.</param>
    /// <param name="newCounter">Makes what counts: for a worker, for a source, with the worker's buffers.</param>
    /// <param name="finish">
    /// Takes what a worker has counted, and leaves it with nothing. Called when all have ended, also by a limit: what was counted stands; and before
    /// <see cref="OnProgress"/>. Never for two workers at once.
    /// </param>
    /// <param name="cancellationToken">Stops reading.</param>
    public async Task RunAsync(int workers, Func<int, int, ScanBuffers, IRowCounter> newCounter, Action<int> finish, CancellationToken cancellationToken)
    {
        var jobs = Jobs();
        var tasks = new Worker[Math.Clamp(jobs.Count, 1, workers)];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        for (var i = 0; i < tasks.Length; i++)
        {
            tasks[i] = new Worker(this, jobs, i, newCounter, finish);
        }

        try
        {
            await QueryWorkers.RunAsync(tasks.Length, i => tasks[i].RunAsync(stop)).ConfigureAwait(false);
        }
        finally
        {
            for (var i = 0; i < tasks.Length; i++)
            {
                tasks[i].Finish();
            }
        }
    }

    private List<(int Source, int RowGroup)> Jobs()
    {
        var jobs = new List<(int, int)>();
        for (var i = 0; i < sources.Count; i++)
        {
            if (!sources[i].Range.Overlaps(grid.StartUnixNano, grid.EndUnixNano))
            {
                continue;
            }

            for (var group = 0; group < sources[i].Spans.RowGroups; group++)
            {
                jobs.Add((i, group));
            }

            budget.Stats.SearchedSources++;
        }

        return jobs;
    }

    /// <summary>Takes one job after another.</summary>
    private sealed class Worker(ColumnScan scan, List<(int Source, int RowGroup)> jobs, int number, Func<int, int, ScanBuffers, IRowCounter> newCounter, Action<int> finish)
    {
        private readonly Dictionary<int, IRowCounter> _counters = [];
        private readonly ScanBuffers _buffers = ScanBuffers.Rent();
        private long _handedOver = Stopwatch.GetTimestamp();

        public async Task RunAsync(CancellationTokenSource stop)
        {
            try
            {
                for (var job = Interlocked.Increment(ref scan._nextJob) - 1; job < jobs.Count; job = Interlocked.Increment(ref scan._nextJob) - 1)
                {
                    stop.Token.ThrowIfCancellationRequested();
                    var (index, rowGroup) = jobs[job];
                    if (!_counters.TryGetValue(index, out var counter))
                    {
                        _counters.Add(index, counter = newCounter(number, index, _buffers));
                    }

                    scan.CountRows(index, rowGroup);
                    await counter.ScanAsync(rowGroup, stop.Token).ConfigureAwait(false);
                    if (scan.OnProgress is { } tell && Stopwatch.GetElapsedTime(_handedOver) >= scan.ProgressInterval)
                    {
                        lock (scan._gathering)
                        {
                            HandOver();
                            tell();
                        }

                        _handedOver = Stopwatch.GetTimestamp();
                    }
                }
            }
            catch
            {
                // The others' work would be thrown away or is over its limit as well.
                await stop.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }

        /// <summary>Nothing is scanned any more.</summary>
        public void Finish()
        {
            HandOver();
            ScanBuffers.Return(_buffers);
        }

        private void HandOver()
        {
            foreach (var (index, counter) in _counters)
            {
                scan.Gather(index, counter.Left);
            }

            _counters.Clear();
            finish(number);
        }
    }

    private void CountRows(int index, int rowGroup)
    {
        var source = sources[index];
        var rows = source.Spans.Stats(rowGroup).RowCount;
        budget.RowsScanned(rows, (long)((Int128)source.SizeBytes * rows / Math.Max(1, source.SpanCount)));
    }

    private void Gather(int index, RowLeftovers left)
    {
        var traces = sources[index].Traces;
        foreach (var trace in left.WholeTraces)
        {
            _wholeTraces.Add(traces[trace].Id);
        }

        foreach (var (trace, spans) in left.OpenSpans)
        {
            _openSpans.Add(new OpenSpans(traces[trace].Id, spans));
        }
    }
}
