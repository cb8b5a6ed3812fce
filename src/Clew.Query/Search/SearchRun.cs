using Clew.Model;
using Clew.Query.Evaluation;
using Clew.Query.Traces;
using Clew.Storage.Columns;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Search;

/// <summary>
/// One search: takes candidates newest first, or best first where the query sorts, reads each as a whole trace, evaluates it exactly,
/// and stops when nothing that follows can enter the answer.
/// </summary>
internal sealed class SearchRun
{
    // Reads of neighbouring traces share pages, so they come in batches; a batch that is too large reads traces that the limit then
    // makes superfluous.
    private const int MinBatch = 8;
    private const int MaxBatch = 1024;

    // Who watches wants to see something soon.
    private const int ObservedBatch = 64;

    // From this many traces on, starting a second worker costs less than it saves.
    private const int TracesPerWorker = 64;

    private readonly IReadOnlyList<ISpanSource> _sources;
    private readonly SearchRequest _request;
    private readonly Pipeline _pipeline;
    private readonly QueryBudget _budget;
    private readonly SplitTraces _split;
    private readonly CandidateStream _candidates;
    private readonly TraceOrder _order;
    private readonly ResultHeap _results;
    private readonly ResultBuilder _builder;
    private readonly TraceNeeds _needs;
    private readonly List<Worker> _workers = [];

    public SearchRun(IReadOnlyList<ISpanSource> sources, SplitTraces split, SearchRequest request, Pipeline pipeline, QueryBudget budget)
    {
        (_sources, _request, _pipeline, _budget) = (sources, request, pipeline, budget);
        _split = split;
        _candidates = new CandidateStream(sources, SearchPlan.Of(pipeline), _split, request.Window, budget);
        _order = TraceOrder.Of(pipeline);
        _results = new ResultHeap(request.Limit, _order);
        _builder = new ResultBuilder(pipeline, request.SpansPerSpanset);
        _needs = TraceNeeds.Of(pipeline);
    }

    /// <summary>What was found so far, in the order of the answer.</summary>
    public List<TraceResult> Results => _results.ToSortedList();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await (_order.IsNewestFirst ? NewestFirstAsync(cancellationToken) : SortedAsync(cancellationToken)).ConfigureAwait(false);
        }
        finally
        {
            // All workers have ended: whoever starts parts waits for every one of them.
            _candidates.Dispose();
            _workers.ForEach(static worker => worker.Dispose());
        }
    }

    private async Task NewestFirstAsync(CancellationToken cancellationToken)
    {
        var batch = new List<Candidate>();
        var most = _request.Observer is null ? MaxBatch : ObservedBatch;
        var size = Math.Clamp(_request.Limit, MinBatch, most);
        while (_candidates.TryPeekStart(out var start) && !_results.IsFullBeyond(start))
        {
            if (_request.Observer is { } observer)
            {
                await observer.OnProgressAsync(() => _results.After(start), _budget.Stats, cancellationToken).ConfigureAwait(false);
            }

            batch.Clear();
            await _candidates.TakeAsync(batch, size, cancellationToken).ConfigureAwait(false);
            await EvaluateAsync(batch.ToArray(), cancellationToken).ConfigureAwait(false);

            // A condition that few candidates meet in the end is looked for in larger steps.
            size = Math.Min(most, size * 2);
        }
    }

    /// <summary>
    /// Order over all matches: every candidate is found first. Where the first key is known without reading the trace, the best come
    /// first, and the rest is not read once it cannot get in any more.
    /// </summary>
    private async Task SortedAsync(CancellationToken cancellationToken)
    {
        var (unknown, known) = (new List<Candidate>(), new List<(Candidate Candidate, long Key)>());
        var batch = new List<Candidate>();
        do
        {
            batch.Clear();
            await _candidates.TakeAsync(batch, MaxBatch, cancellationToken).ConfigureAwait(false);
            foreach (var candidate in batch)
            {
                if (!candidate.IsSplit && !_sources[candidate.Source].IsHead && _order.TryKnow(_sources[candidate.Source].Traces[candidate.Row], out var key))
                {
                    known.Add((candidate, key));
                }
                else
                {
                    unknown.Add(candidate);
                }
            }
        }
        while (batch.Count > 0);

        foreach (var part in unknown.Chunk(MaxBatch))
        {
            await EvaluateAsync(part, cancellationToken).ConfigureAwait(false);
        }

        known.Sort((a, b) => _order.CompareKnown(a.Key, b.Key));
        var size = Math.Clamp(_request.Limit, MinBatch, MaxBatch);
        for (var next = 0; next < known.Count && !_results.IsFullBeyondKnown(known[next].Key); next += size)
        {
            await EvaluateAsync([.. known.Skip(next).Take(size).Select(static one => one.Candidate)], cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask EvaluateAsync(Candidate[] batch, CancellationToken cancellationToken)
    {
        if (batch.Length == 0)
        {
            return;
        }

        var parts = Math.Clamp(batch.Length / TracesPerWorker, 1, QueryWorkers.Count);
        while (_workers.Count < parts)
        {
            _workers.Add(new Worker(this));
        }

        var size = (batch.Length + parts - 1) / parts;
        var results = new List<RankedTrace>[parts];
        await QueryWorkers.RunAsync(parts, async part =>
        {
            var first = Math.Min(part * size, batch.Length);
            results[part] = await _workers[part].EvaluateAsync(batch.AsMemory(first, Math.Min(size, batch.Length - first)), cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
        foreach (var result in results.SelectMany(static list => list))
        {
            _results.Add(result);
        }
    }

    private sealed class Worker(SearchRun run) : IDisposable
    {
        private readonly TraceReader _reader = new(run._sources, run._split, run._needs, run._budget);
        private readonly PipelineEvaluator _evaluator = new(run._pipeline);

        public async ValueTask<List<RankedTrace>> EvaluateAsync(ReadOnlyMemory<Candidate> candidates, CancellationToken cancellationToken)
        {
            var results = new List<RankedTrace>();
            foreach (var trace in await _reader.LoadAsync(candidates, cancellationToken).ConfigureAwait(false))
            {
                if (trace is null || _evaluator.Evaluate(trace) is not { Count: > 0 } spansets || !spansets.Exists(InWindow))
                {
                    continue;
                }

                var keys = run._order.KeysOf(trace, spansets, _evaluator);
                if (run._results.Accepts(keys, trace.StartUnixNano, trace.Id))
                {
                    results.Add(new RankedTrace(run._builder.Build(trace, spansets, _evaluator), keys));
                }
            }

            return results;
        }

        public void Dispose() => _reader.Dispose();

        private bool InWindow(Spanset spanset) =>
            run._request.Window == TimeRange.All
            || spanset.Spans.Exists(span => run._request.Window.Overlaps(span.StartUnixNano, span.StartUnixNano + span.DurationNanos));
    }
}
