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
internal sealed class MetricsRun(IReadOnlyList<ISpanSource> sources, SplitTraces split, MetricsRequest request, QueryBudget budget, QueryGate.Turn turn)
{
    private const int Batch = 64;

    public Task<List<Series>> RunAsync(MetricsExpression expression, CancellationToken cancellationToken) => expression is MetricsPipeline { Function: MetricsAggregate } pipeline
        ? RunAsync(pipeline, request.OnPartial, cancellationToken)
        : EvaluateAsync(expression, cancellationToken);

    private async Task<List<Series>> EvaluateAsync(MetricsExpression expression, CancellationToken cancellationToken)
    {
        switch (expression)
        {
            case MetricsPipeline pipeline:
                return await RunAsync(pipeline, null, cancellationToken).ConfigureAwait(false);
            case StagedMetrics staged:
                var series = await EvaluateAsync(staged.Input, cancellationToken).ConfigureAwait(false);
                foreach (var stage in staged.Stages)
                {
                    series = SeriesStages.Apply(stage, series);
                }

                return series;
            case MetricsBinary { Right: MetricsScalar scalar } binary:
                return SeriesStages.Combine(
                    binary.Operator, await EvaluateAsync(binary.Left, cancellationToken).ConfigureAwait(false), scalar.Value.AsNumber, scalarOnLeft: false);
            case MetricsBinary { Left: MetricsScalar scalar } binary:
                return SeriesStages.Combine(
                    binary.Operator, await EvaluateAsync(binary.Right, cancellationToken).ConfigureAwait(false), scalar.Value.AsNumber, scalarOnLeft: true);
            case MetricsBinary binary:
                var left = await EvaluateAsync(binary.Left, cancellationToken).ConfigureAwait(false);
                return SeriesStages.Combine(binary.Operator, left, await EvaluateAsync(binary.Right, cancellationToken).ConfigureAwait(false));
            default:
                throw new ArgumentException($"unknown metrics expression {expression.GetType().Name}", nameof(expression));
        }
    }

    private async Task<List<Series>> RunAsync(MetricsPipeline pipeline, Action<IReadOnlyList<Series>>? onPartial, CancellationToken cancellationToken)
    {
        var collector = new SpanCollector(pipeline, request.Grid, budget, request.Exemplars > 0);
        try
        {
            if (PlainFilter.Of(pipeline.Source) is { } condition)
            {
                await OnColumnsAsync(condition, pipeline.Function, collector, onPartial, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await OnTracesAsync(pipeline, collector, cancellationToken).ConfigureAwait(false);
            }
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

    private async Task OnColumnsAsync(
        FieldExpression condition, MetricsFunction function, SpanCollector collector, Action<IReadOnlyList<Series>>? onPartial, CancellationToken cancellationToken)
    {
        var scan = new ColumnScan(sources, request.Grid, budget)
        {
            OnProgress = onPartial is null ? null : () => onPartial(collector.Build().ConvertAll(static series => series with { Exemplars = [] })),
            ProgressInterval = request.PartialInterval,
        };
        await (function is MetricsCompare compare
            ? new ColumnComparison(sources, split, condition, compare, request.Grid).RunAsync(scan, collector.Comparison!.Table, QueryWorkers.Count, cancellationToken)
            : new ColumnMetrics(sources, split, condition, (MetricsAggregate)function, collector.ExemplarFields, request, budget).RunAsync(scan, collector.Series!, QueryWorkers.Count, cancellationToken)).ConfigureAwait(false);
        var loader = new TraceLoader(sources, budget);
        foreach (var batch in scan.WholeTraces.Order().Chunk(Batch))
        {
            budget.TracesRead(batch.Length);
            foreach (var trace in await loader.LoadAsync(batch, cancellationToken).ConfigureAwait(false))
            {
                collector.Add(trace, null);
            }
        }

        foreach (var batch in scan.Open.OrderBy(static open => open.Trace).Chunk(Batch))
        {
            budget.TracesRead(batch.Length);
            var traces = await loader.LoadAsync(Array.ConvertAll(batch, static open => open.Trace), cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < batch.Length; i++)
            {
                collector.Add(traces[i], batch[i].Spans);
            }
        }
    }

    private async Task OnTracesAsync(MetricsPipeline pipeline, SpanCollector collector, CancellationToken cancellationToken)
    {
        var grid = request.Grid;
        using var candidates = new CandidateStream(sources, SearchPlan.Of(pipeline.Source), split, new TimeRange(grid.StartUnixNano, grid.EndUnixNano), budget);
        var function = pipeline.Function as MetricsAggregate;

        // compare() looks at every attribute there is, so its traces are read as they came.
        var needs = function is null ? null : TraceNeeds.Of(pipeline.Source, [SpanWeight.Field, .. function.By, .. function.Argument is { } argument ? [argument] : Array.Empty<FieldReference>()]);
        var collectors = new SpanCollector[function is null ? 1 : QueryWorkers.Count];
        var readers = new TraceReader[collectors.Length];
        for (var i = 0; i < collectors.Length; i++)
        {
            collectors[i] = i == 0 ? collector : new SpanCollector(pipeline, grid, budget, request.Exemplars > 0);
            readers[i] = new TraceReader(sources, split, needs, budget);
        }

        var batch = new List<Candidate>();
        try
        {
            do
            {
                batch.Clear();
                await candidates.TakeAsync(batch, needs is null ? Batch : Batch * Batch, cancellationToken).ConfigureAwait(false);
                await AddAsync(batch.ToArray(), collectors, readers, cancellationToken).ConfigureAwait(false);
            }
            while (batch.Count > 0);
        }
        finally
        {
            for (var i = 1; i < collectors.Length; i++)
            {
                collector.Series!.Merge(collectors[i].Series!);
            }

            Array.ForEach(readers, static reader => reader.Dispose());
        }
    }

    private static async Task AddAsync(Candidate[] batch, SpanCollector[] collectors, TraceReader[] readers, CancellationToken cancellationToken)
    {
        // Neighbours share pages, so each worker gets a run of them.
        Array.Sort(batch, static (a, b) => a.Source != b.Source ? a.Source.CompareTo(b.Source) : a.Row.CompareTo(b.Row));
        var parts = Math.Clamp(batch.Length / Batch, 1, collectors.Length);
        var size = (batch.Length + parts - 1) / parts;
        await QueryWorkers.RunAsync(parts, async part =>
        {
            var end = Math.Min((part + 1) * size, batch.Length);
            for (var first = part * size; first < end; first += Batch)
            {
                foreach (var trace in await readers[part].LoadAsync(batch.AsMemory(first, Math.Min(Batch, end - first)), cancellationToken).ConfigureAwait(false))
                {
                    collectors[part].Add(trace, null);
                }
            }
        }).ConfigureAwait(false);
    }

    /// <summary>Feeds the spans that a pipeline leaves to its function.</summary>
    private sealed class SpanCollector
    {
        private readonly PipelineEvaluator _evaluator;
        private readonly TimeGrid _grid;
        private readonly SpanFields _fields = new();
        private readonly QueryValue[] _group;

        public SpanCollector(MetricsPipeline pipeline, TimeGrid grid, QueryBudget budget, bool withExemplars)
        {
            _evaluator = new PipelineEvaluator(pipeline.Source);
            _grid = grid;
            ExemplarFields = [.. QueryFields.In(pipeline.Source).Where(ResultBuilder.IsShown).Select(static field => (field, field.ToString()))];
            _group = [];
            switch (pipeline.Function)
            {
                case MetricsAggregate aggregate:
                    Series = new SeriesBuilder(aggregate, grid, budget, withExemplars);
                    _group = new QueryValue[aggregate.By.Count];
                    break;
                case MetricsCompare compare:
                    Comparison = new ComparisonBuilder(compare, grid, budget.Limits);
                    break;
            }
        }

        /// <summary>Null for <c>compare()</c>.</summary>
        public SeriesBuilder? Series { get; }

        /// <summary>Null for all functions but <c>compare()</c>.</summary>
        public ComparisonBuilder? Comparison { get; }

        /// <summary>What exemplars show of their span.</summary>
        public List<(FieldReference Field, string Name)> ExemplarFields { get; }

        /// <summary>Adds the spans that the pipeline leaves of a trace; all of them, or those that are listed.</summary>
        public void Add(TraceData? trace, HashSet<(SpanId, SpanKind)>? only)
        {
            if (trace is null)
            {
                return;
            }

            _fields.Trace = trace;
            foreach (var spanset in _evaluator.Evaluate(trace))
            {
                foreach (var span in spanset.Spans)
                {
                    var interval = _grid.IntervalOf(span.StartUnixNano);
                    if (interval < 0 || (only is not null && !only.Contains((span.Id, span.Kind))))
                    {
                        continue;
                    }

                    _fields.Span = span;
                    Comparison?.Add(interval, span, _fields);
                    if (Series is not null)
                    {
                        AddToSeries(trace, span, interval);
                    }
                }
            }
        }

        public List<Series> Build() => Series?.Build() ?? Comparison!.Build();

        private void AddToSeries(TraceData trace, SpanData span, int interval)
        {
            var function = Series!.Function;
            for (var i = 0; i < _group.Length; i++)
            {
                _group[i] = First(_evaluator.Value(function.By[i], span));
            }

            var value = function.Argument is { } argument ? First(_evaluator.Value(argument, span)) : QueryValue.Nil;
            var state = Series.Add(interval, _group, value, SpanWeight.Of(span));

            var key = SeriesState.ExemplarKey(span.StartUnixNano);
            if (state is not null && state.TakesExemplar(interval, key))
            {
                state.AddExemplar(interval, key, span.StartUnixNano, value.IsNil ? double.NaN : SeriesBuilder.Number(value), trace.Id, new KnownOrigin(span.Id, Labels(trace, span)));
            }
        }

        private List<NamedValue> Labels(TraceData trace, SpanData span)
        {
            var labels = new List<NamedValue> { new("trace:id", QueryValue.String(trace.Id.ToString())), new("span:id", QueryValue.String(span.Id.ToString())) };
            foreach (var (field, name) in ExemplarFields)
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
