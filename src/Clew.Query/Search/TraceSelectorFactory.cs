using System.Collections;
using Clew.Model;
using Clew.Query.Evaluation;
using Clew.Query.Scan;
using Clew.Query.Traces;
using Clew.Storage.Columns;
using Clew.TraceQL;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Search;

/// <summary>Rules of retention and deletion as TraceQL searches over one source.</summary>
public sealed class TraceSelectorFactory : ITraceSelectorFactory
{
    /// <summary>A selector for a search query; metrics, and orders of an answer, are no rules.</summary>
    /// <exception cref="FormatException">The text is no search; the message is for whoever wrote the rule.</exception>
    public ITraceSelector Create(string filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var parsed = TraceQl.Parse(filter);
        if (!parsed.Success)
        {
            throw new FormatException(parsed.ErrorText);
        }

        return parsed.Root.Body switch
        {
            SearchQuery { Pipeline: var pipeline } when !pipeline.Stages.OfType<Sort>().Any() => new TraceSelector(pipeline),
            SearchQuery => throw new FormatException($"'{filter}' sorts its traces; a rule only chooses them: leave sort() out"),
            _ => throw new FormatException($"'{filter}' asks for metrics; a rule chooses traces: use a search such as {{ status = error }}"),
        };
    }

    /// <summary>
    /// Chooses the traces of a source for which the query holds over the part that the source has. Columns propose, and where they are
    /// not enough (structure, counts, values without a column) the part is read and evaluated exactly.
    /// </summary>
    private sealed class TraceSelector(Pipeline pipeline) : ITraceSelector
    {
        // Traces read at once: their rows are neighbours, and a batch of them is a few MB.
        private const int Batch = 256;

        private readonly SearchPlan _plan = SearchPlan.Of(pipeline);
        private readonly FieldExpression? _plain = PlainFilter.Of(pipeline);

        public async ValueTask<BitArray> SelectAsync(ISpanSource source, CancellationToken cancellationToken)
        {
            ArgumentNullException.ThrowIfNull(source);
            var selected = new BitArray(source.Traces.Count);
            var candidates = new ulong[Bits.Words(source.Traces.Count)];
            if (_plain is not null)
            {
                await SelectPlainAsync(source, _plain, selected, candidates, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                var scan = new SourceScan(source, _plan, TimeRange.All, SplitTraces.Of([source]).In(0));
                await scan.ScanAllAsync(cancellationToken).ConfigureAwait(false);
                scan.Certain.CopyTo(candidates);
                Bits.Or(candidates, scan.WithOthers);
            }

            await DecideAsync(source, selected, candidates, cancellationToken).ConfigureAwait(false);
            return selected;
        }

        private static async ValueTask SelectPlainAsync(
            ISpanSource source, FieldExpression condition, BitArray selected, ulong[] candidates, CancellationToken cancellationToken)
        {
            var split = SplitTraces.Of([source]).In(0);
            var sink = new Verdicts(selected, candidates, split);
            var visitor = new RowVisitor(source, new ConditionBinder(source).Bind(Condition.Of(condition)), TimeRange.All, WindowRule.Overlaps, new Chunk(source, split))
            {
                SinkColumns = { IntrinsicColumns.Trace },
            };
            for (var group = 0; group < source.Spans.RowGroups; group++)
            {
                await visitor.VisitAsync(group, sink, cancellationToken).ConfigureAwait(false);
            }
        }

        private async ValueTask DecideAsync(ISpanSource source, BitArray selected, ulong[] candidates, CancellationToken cancellationToken)
        {
            var rows = new List<int>();
            for (var row = 0; row < selected.Length; row++)
            {
                if (Bits.Get(candidates, row) && !selected[row])
                {
                    rows.Add(row);
                }
            }

            // No limits of a query: a rule is decided whole, or deletion would leave out what it was asked for.
            var budget = new QueryBudget(new QueryLimits { MaxTracesRead = int.MaxValue, MaxSpansPerTrace = int.MaxValue });
            var loader = new TraceLoader([source], budget);
            var evaluator = new PipelineEvaluator(pipeline);
            foreach (var batch in rows.Chunk(Batch))
            {
                var traces = await loader.LoadAsync(Array.ConvertAll(batch, row => source.Traces[row].Id), cancellationToken).ConfigureAwait(false);
                for (var i = 0; i < batch.Length; i++)
                {
                    selected[batch[i]] = traces[i] is { } trace && evaluator.Evaluate(trace).Count > 0;
                }
            }
        }

        /// <summary>A row that holds decides its trace; one that may hold proposes it. Repeated spans are joined before they are judged.</summary>
        private sealed class Verdicts(BitArray selected, ulong[] candidates, ulong[] split) : IChunkSink
        {
            public void Begin(int rowGroup)
            {
            }

            public void Add(Chunk chunk, ReadOnlySpan<ulong> yes, ReadOnlySpan<ulong> maybe)
            {
                var traceOf = chunk.Dense(IntrinsicColumns.Trace);
                for (var row = 0; row < chunk.Rows; row++)
                {
                    var trace = (int)traceOf[row];
                    if (Bits.Get(yes, row) && !Bits.Get(split, trace))
                    {
                        selected[trace] = true;
                    }
                    else if (Bits.Get(yes, row) || Bits.Get(maybe, row))
                    {
                        Bits.Set(candidates, trace);
                    }
                }
            }
        }
    }
}
