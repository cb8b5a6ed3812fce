using Clew.Model;
using Clew.Query.Evaluation;
using Clew.Query.Search;
using Clew.Query.Traces;
using Clew.Query.Values;
using Clew.Storage.Columns;
using Clew.TraceQL.Analysis;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Metrics;

/// <summary>One metrics query: every function over the spans of its pipeline, then the stages and the arithmetic over the series.</summary>
internal sealed class MetricsRun(IReadOnlyList<ISpanSource> sources, MetricsRequest request, QueryBudget budget, QueryGate.Turn turn)
{
    // Two a bucket, as Tempo does it; the whole answer is cut to the number asked for at the end.
    private const int ExemplarsPerInterval = 2;

    private const int Batch = 64;

    public async Task<List<Series>> RunAsync(MetricsExpression expression, CancellationToken cancellationToken)
    {
        switch (expression)
        {
            case MetricsPipeline pipeline:
                return await RunAsync(pipeline, cancellationToken).ConfigureAwait(false);
            case StagedMetrics staged:
                var series = await RunAsync(staged.Input, cancellationToken).ConfigureAwait(false);
                foreach (var stage in staged.Stages)
                {
                    series = SeriesStages.Apply(stage, series);
                }

                return series;
            case MetricsBinary { Right: MetricsScalar scalar } binary:
                return SeriesStages.Combine(
                    binary.Operator, await RunAsync(binary.Left, cancellationToken).ConfigureAwait(false), scalar.Value.AsNumber, scalarOnLeft: false);
            case MetricsBinary { Left: MetricsScalar scalar } binary:
                return SeriesStages.Combine(
                    binary.Operator, await RunAsync(binary.Right, cancellationToken).ConfigureAwait(false), scalar.Value.AsNumber, scalarOnLeft: true);
            case MetricsBinary binary:
                var left = await RunAsync(binary.Left, cancellationToken).ConfigureAwait(false);
                return SeriesStages.Combine(binary.Operator, left, await RunAsync(binary.Right, cancellationToken).ConfigureAwait(false));
            default:
                throw new ArgumentException($"unknown metrics expression {expression.GetType().Name}", nameof(expression));
        }
    }

    private async Task<List<Series>> RunAsync(MetricsPipeline pipeline, CancellationToken cancellationToken)
    {
        var grid = request.Grid;
        var evaluator = new PipelineEvaluator(pipeline.Source);
        var collector = new SpanCollector(pipeline, evaluator, grid, budget, request.Exemplars > 0 ? ExemplarsPerInterval : 0);
        var candidates = new CandidateStream(sources, SearchPlan.Of(pipeline.Source), new TimeRange(grid.StartUnixNano, grid.EndUnixNano), budget);
        var loader = new TraceLoader(sources, budget);
        try
        {
            var batch = new List<Candidate>();
            do
            {
                batch.Clear();
                await candidates.TakeAsync(batch, Batch, cancellationToken).ConfigureAwait(false);
                budget.TracesRead(batch.Count);
                foreach (var trace in await loader.LoadAsync(batch.ConvertAll(static c => c.Id), cancellationToken).ConfigureAwait(false))
                {
                    if (trace is not null)
                    {
                        collector.Add(trace);
                    }
                }
            }
            while (batch.Count > 0);
        }
        catch (QueryLimitException limit)
        {
            budget.Stats.Incomplete = limit.Message;
        }
        catch (OperationCanceledException) when (turn.TimedOut)
        {
            budget.Stats.Incomplete = turn.TimeoutMessage;
        }

        return collector.Build();
    }

    /// <summary>Feeds the spans that a pipeline leaves to its function.</summary>
    private sealed class SpanCollector
    {
        private readonly PipelineEvaluator _evaluator;
        private readonly TimeGrid _grid;
        private readonly SeriesBuilder? _series;
        private readonly ComparisonBuilder? _comparison;
        private readonly List<(FieldReference Field, string Name)> _exemplarFields;
        private readonly SpanFields _fields = new();
        private readonly QueryValue[] _group;

        public SpanCollector(MetricsPipeline pipeline, PipelineEvaluator evaluator, TimeGrid grid, QueryBudget budget, int exemplars)
        {
            _evaluator = evaluator;
            _grid = grid;
            _exemplarFields = [.. QueryFields.In(pipeline.Source).Where(ResultBuilder.IsShown).Select(static field => (field, field.ToString()))];
            _group = [];
            switch (pipeline.Function)
            {
                case MetricsAggregate aggregate:
                    _series = new SeriesBuilder(aggregate, grid, budget, exemplars);
                    _group = new QueryValue[aggregate.By.Count];
                    break;
                case MetricsCompare compare:
                    _comparison = new ComparisonBuilder(compare, grid, budget.Limits);
                    break;
            }
        }

        public void Add(TraceData trace)
        {
            _fields.Trace = trace;
            SeriesBuilder.State? withExemplar = null;
            foreach (var spanset in _evaluator.Evaluate(trace))
            {
                foreach (var span in spanset.Spans)
                {
                    var interval = _grid.IntervalOf(span.StartUnixNano);
                    if (interval < 0)
                    {
                        continue;
                    }

                    _fields.Span = span;
                    _comparison?.Add(interval, span, _fields);
                    if (_series is not null)
                    {
                        AddToSeries(trace, span, interval, ref withExemplar);
                    }
                }
            }
        }

        public List<Series> Build() => _series?.Build() ?? _comparison!.Build();

        private void AddToSeries(TraceData trace, SpanData span, int interval, ref SeriesBuilder.State? withExemplar)
        {
            var function = _series!.Function;
            for (var i = 0; i < _group.Length; i++)
            {
                _group[i] = First(_evaluator.Value(function.By[i], span));
            }

            var value = function.Argument is { } argument ? First(_evaluator.Value(argument, span)) : QueryValue.Nil;
            var state = _series.Add(interval, _group, value);

            // One exemplar a trace and series: a trace of a thousand equal spans would fill them all.
            if (state is not null && !ReferenceEquals(state, withExemplar) && state.TakesExemplar(interval))
            {
                withExemplar = state;
                state.AddExemplar(interval, new Exemplar(span.StartUnixNano, value.IsNil ? double.NaN : SeriesBuilder.Number(value), Labels(trace, span)));
            }
        }

        private List<NamedValue> Labels(TraceData trace, SpanData span)
        {
            var labels = new List<NamedValue> { new("trace:id", QueryValue.String(trace.Id.ToString())), new("span:id", QueryValue.String(span.Id.ToString())) };
            foreach (var (field, name) in _exemplarFields)
            {
                var value = First(_evaluator.Value(field, span));
                if (!value.IsNil)
                {
                    labels.Add(new NamedValue(name, value));
                }
            }

            return labels;
        }

        private static QueryValue First(in QueryValue value) => value.Kind == ValueKind.Multi ? value.Items[0] : value;
    }
}
