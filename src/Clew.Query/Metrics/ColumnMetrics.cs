using Clew.Model;
using Clew.Query.Scan;
using Clew.Query.Traces;
using Clew.Storage.Columns;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Metrics;

/// <summary>
/// A metrics function over a plain filter, computed on columns: rows that meet the condition are grouped and counted where they lie. Only
/// what one source's columns cannot tell is left over: traces that are not whole in it, and rows with values that have no column. Those
/// are evaluated as whole traces afterwards.
/// </summary>
internal sealed class ColumnMetrics(
    IReadOnlyList<ISpanSource> sources, SplitTraces split, FieldExpression condition, MetricsAggregate function, IReadOnlyList<(FieldReference Field, string Name)> exemplarFields, MetricsRequest request, QueryBudget budget)
{
    private readonly Condition _condition = Condition.Of(condition);
    private readonly HashSet<TraceId> _wholeTraces = [];
    private readonly List<OpenSpans> _openSpans = [];
    private int _nextJob;

    /// <summary>Spans of one trace that have to be decided by looking at the whole trace.</summary>
    internal sealed record OpenSpans(TraceId Trace, HashSet<(SpanId, SpanKind)> Spans);

    private IReadOnlyList<ISpanSource> Sources => sources;

    private SplitTraces Split => split;

    private MetricsAggregate Function => function;

    private IReadOnlyList<(FieldReference Field, string Name)> ExemplarFields => exemplarFields;

    private MetricsRequest Request => request;

    private QueryBudget Budget => budget;

    /// <summary>Traces to be evaluated whole, with all their spans.</summary>
    public IReadOnlyCollection<TraceId> WholeTraces => _wholeTraces;

    /// <summary>Traces to be evaluated whole, of which only some spans are still to be counted.</summary>
    public IReadOnlyList<OpenSpans> Open => _openSpans;

    /// <summary>Scans every source in the window and adds up what it finds.</summary>
    public async Task RunAsync(SeriesBuilder builder, int workers, CancellationToken cancellationToken)
    {
        var jobs = Jobs();
        var tasks = new Worker[Math.Clamp(jobs.Count, 1, workers)];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        for (var i = 0; i < tasks.Length; i++)
        {
            tasks[i] = new Worker(this, jobs);
        }

        try
        {
            await QueryWorkers.RunAsync(tasks.Length, i => tasks[i].RunAsync(stop)).ConfigureAwait(false);
        }
        finally
        {
            // Also when a limit has ended the scan: what was counted stands.
            foreach (var worker in tasks)
            {
                worker.AddTo(builder);
            }
        }
    }

    private List<(int Source, int RowGroup)> Jobs()
    {
        var jobs = new List<(int, int)>();
        for (var i = 0; i < sources.Count; i++)
        {
            if (!sources[i].Range.Overlaps(request.Grid.StartUnixNano, request.Grid.EndUnixNano))
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

    /// <summary>Takes one job after another, with accumulators of its own.</summary>
    private sealed class Worker(ColumnMetrics query, List<(int Source, int RowGroup)> jobs)
    {
        private readonly Dictionary<int, SourceMetrics> _scans = [];
        private readonly ScanBuffers _buffers = ScanBuffers.Rent();
        private readonly GroupTable _groups = new(query.Function, query.Request.Grid.Count, query.Request.Exemplars > 0, query.Budget.Limits.MaxSeries);

        public async Task RunAsync(CancellationTokenSource stop)
        {
            try
            {
                for (var job = Interlocked.Increment(ref query._nextJob) - 1; job < jobs.Count; job = Interlocked.Increment(ref query._nextJob) - 1)
                {
                    stop.Token.ThrowIfCancellationRequested();
                    var (index, rowGroup) = jobs[job];
                    var source = query.Sources[index];
                    if (!_scans.TryGetValue(index, out var scan))
                    {
                        scan = new SourceMetrics(source, query.Split.In(index), query._condition, query.Function, query.Request, _groups, query.ExemplarFields, _buffers);
                        _scans.Add(index, scan);
                    }

                    var rows = source.Spans.Stats(rowGroup).RowCount;
                    query.Budget.RowsScanned(rows, (long)((Int128)source.SizeBytes * rows / Math.Max(1, source.SpanCount)));
                    await scan.ScanAsync(rowGroup, stop.Token).ConfigureAwait(false);
                }
            }
            catch
            {
                // The others' work would be thrown away or is over its limit as well.
                await stop.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }

        public void AddTo(SeriesBuilder builder)
        {
            foreach (var (index, scan) in _scans)
            {
                var traces = query.Sources[index].Traces;
                foreach (var trace in scan.SplitTraces)
                {
                    query._wholeTraces.Add(traces[trace].Id);
                }

                foreach (var (trace, spans) in scan.OpenSpans)
                {
                    query._openSpans.Add(new OpenSpans(traces[trace].Id, spans));
                }
            }

            _groups.AddTo(builder);
            _scans.Clear();
            ScanBuffers.Return(_buffers);
        }
    }
}
