using Clew.Model;
using Clew.Query.Evaluation;
using Clew.Query.Scan;
using Clew.Query.Search;
using Clew.Query.Traces;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Compare;

/// <summary>
/// Compares traces of a search: those with a selected span against the others. Traces, not spans: what makes a request slow often stands on
/// a span that is itself quick, such as the customer on the root or the version of a service further down.
/// </summary>
public sealed class CompareQueries(QueryEngine engine)
{
    private const int Batch = 64;

    /// <param name="tenant">Whose traces.</param>
    /// <param name="query">A metrics query that ends in <c>compare()</c>; the function says what is selected.</param>
    /// <param name="window">Spans that start within it count.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public async Task<ComparisonResult> CompareAsync(TenantId tenant, TraceQL.Syntax.Query query, TimeRange window, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query.Body is not MetricsQuery { Expression: MetricsPipeline { Function: MetricsCompare function } pipeline })
        {
            throw new QueryException(QueryFault.BadRequest, "the query does not end in compare(); write { … } | compare({ status = error })");
        }

        var comparison = new TraceComparison();
        var stats = await engine.RunAsync(
            tenant,
            window,
            async (sources, budget, token) =>
            {
                var candidates = new CandidateStream(sources, SearchPlan.Of(pipeline.Source), window, budget);
                var loader = new TraceLoader(sources, budget);
                var evaluator = new PipelineEvaluator(pipeline.Source);
                var selection = new SelectionTest(function, window);
                var batch = new List<Candidate>();
                do
                {
                    batch.Clear();
                    await candidates.TakeAsync(batch, Batch, token).ConfigureAwait(false);
                    budget.TracesRead(batch.Count);
                    foreach (var trace in await loader.LoadAsync(batch.ConvertAll(static c => c.Id), token).ConfigureAwait(false))
                    {
                        if (trace is not null && selection.Of(trace, evaluator) is { } selected)
                        {
                            comparison.Add(trace, selected);
                        }
                    }
                }
                while (batch.Count > 0);
            },
            cancellationToken).ConfigureAwait(false);
        return comparison.Build(stats);
    }

    /// <summary>Whether a trace has a selected span.</summary>
    private sealed class SelectionTest(MetricsCompare function, TimeRange window)
    {
        private readonly FieldNode _condition = FieldNode.Compile(function.Selection.Condition);
        private readonly SpanFields _fields = new();

        /// <summary>Null when no span of the trace is in the search.</summary>
        public bool? Of(TraceData trace, PipelineEvaluator evaluator)
        {
            _fields.Trace = trace;
            bool? selected = null;
            foreach (var spanset in evaluator.Evaluate(trace))
            {
                foreach (var span in spanset.Spans)
                {
                    if (span.StartUnixNano < window.StartUnixNano || span.StartUnixNano > window.EndUnixNano)
                    {
                        continue;
                    }

                    selected ??= false;
                    _fields.Span = span;
                    var inTime = function.StartUnixNano is not { } start || (span.StartUnixNano >= start && span.StartUnixNano <= function.EndUnixNano);
                    if (inTime && _condition.Holds(_fields))
                    {
                        return true;
                    }
                }
            }

            return selected;
        }
    }
}
