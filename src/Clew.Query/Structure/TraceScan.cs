using Clew.Model;
using Clew.Query.Evaluation;
using Clew.Query.Search;
using Clew.Query.Traces;
using Clew.Storage.Columns;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Structure;

/// <summary>Walks over the traces that a pipeline matches, newest first, each whole and once.</summary>
internal sealed class TraceScan(IReadOnlyList<ISpanSource> sources, Pipeline pipeline, TimeRange window, QueryBudget budget)
{
    private const int Batch = 64;

    /// <summary>Calls the action with every matching trace and the spans that match in it, until it answers false.</summary>
    public async Task RunAsync(Func<TraceData, List<SpanData>, bool> action, CancellationToken cancellationToken)
    {
        var evaluator = new PipelineEvaluator(pipeline);
        var candidates = new CandidateStream(sources, SearchPlan.Of(pipeline), window, budget);
        var loader = new TraceLoader(sources, budget);
        var batch = new List<Candidate>();
        do
        {
            batch.Clear();
            await candidates.TakeAsync(batch, Batch, cancellationToken).ConfigureAwait(false);
            budget.TracesRead(batch.Count);
            foreach (var trace in await loader.LoadAsync(batch.ConvertAll(static candidate => candidate.Id), cancellationToken).ConfigureAwait(false))
            {
                if (trace is not null && Matching(evaluator, trace) is { Count: > 0 } spans && !action(trace, spans))
                {
                    return;
                }
            }
        }
        while (batch.Count > 0);
    }

    private List<SpanData> Matching(PipelineEvaluator evaluator, TraceData trace)
    {
        var spansets = evaluator.Evaluate(trace);
        var spans = spansets.Count == 1 ? spansets[0].Spans : [.. spansets.SelectMany(static spanset => spanset.Spans).Distinct()];
        return window == TimeRange.All ? spans : spans.FindAll(span => window.Overlaps(span.StartUnixNano, span.StartUnixNano + span.DurationNanos));
    }
}
