using Clew.Model;
using Clew.Query.Evaluation;
using Clew.Query.Traces;
using Clew.Storage.Columns;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Search;

/// <summary>
/// One search: takes candidates newest first, reads each as a whole trace from all sources, evaluates it exactly, and stops when
/// nothing older can enter the answer.
/// </summary>
internal sealed class SearchRun(IReadOnlyList<ISpanSource> sources, SearchRequest request, Pipeline pipeline, QueryBudget budget)
{
    // Reads of neighbouring traces share pages, so they come in batches; a batch that is too large reads traces that the limit then
    // makes superfluous.
    private const int MinBatch = 8;
    private const int MaxBatch = 64;

    private readonly CandidateStream _candidates = new(sources, SearchPlan.Of(pipeline), request.Window, budget);
    private readonly ResultHeap _results = new(request.Limit);
    private readonly PipelineEvaluator _evaluator = new(pipeline);
    private readonly ResultBuilder _builder = new(pipeline, request.SpansPerSpanset);
    private readonly TraceLoader _loader = new(sources, budget);

    /// <summary>What was found so far: newest first.</summary>
    public List<TraceResult> Results => _results.ToSortedList();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var batch = new List<Candidate>();
        while (_candidates.TryPeekStart(out var start) && !_results.IsFullBeyond(start))
        {
            if (request.Observer is { } observer)
            {
                await observer.OnProgressAsync(() => _results.After(start), budget.Stats, cancellationToken).ConfigureAwait(false);
            }

            batch.Clear();
            await _candidates.TakeAsync(batch, Math.Clamp(request.Limit, MinBatch, MaxBatch), cancellationToken).ConfigureAwait(false);
            if (batch.Count > 0)
            {
                await EvaluateAsync(batch, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask EvaluateAsync(List<Candidate> batch, CancellationToken cancellationToken)
    {
        budget.TracesRead(batch.Count);
        var traces = await _loader.LoadAsync(batch.ConvertAll(static c => c.Id), cancellationToken).ConfigureAwait(false);
        foreach (var trace in traces)
        {
            if (trace is null)
            {
                continue;
            }

            var spansets = _evaluator.Evaluate(trace);
            if (spansets.Count > 0 && spansets.Exists(InWindow))
            {
                _results.Add(_builder.Build(trace, spansets, _evaluator));
            }
        }
    }

    private bool InWindow(Spanset spanset) =>
        request.Window == TimeRange.All
        || spanset.Spans.Exists(span => request.Window.Overlaps(span.StartUnixNano, span.StartUnixNano + span.DurationNanos));
}
