using Clew.Query.Traces;
using Clew.Query.Values;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Evaluation;

/// <summary>
/// Runs a pipeline over whole traces, exactly as the language defines it: the second phase of every search, and the oracle of the first.
/// Made once a query; not safe for several threads, because it reuses its view of a span.
/// </summary>
internal sealed class PipelineEvaluator
{
    private readonly Pipeline _pipeline;
    private readonly Dictionary<FieldExpression, FieldNode> _nodes = new(ReferenceEqualityComparer.Instance);
    private readonly SpanFields _fields = new();

    public PipelineEvaluator(Pipeline pipeline) => _pipeline = pipeline;

    /// <summary>The spansets that the trace ends with; empty when it does not match.</summary>
    public List<Spanset> Evaluate(TraceData trace)
    {
        _fields.Trace = trace;
        return Run(_pipeline, [new Spanset([.. trace.Spans], [])], trace);
    }

    /// <summary>The value of a field expression for a span of the trace last evaluated.</summary>
    public QueryValue Value(FieldExpression expression, SpanData span) => Node(expression).Evaluate(Fields(span), WantedType.Any);

    private List<Spanset> Run(Pipeline pipeline, List<Spanset> spansets, TraceData trace)
    {
        foreach (var stage in pipeline.Stages)
        {
            spansets = stage switch
            {
                SpansetStage filter => Filter(filter.Expression, spansets, trace),
                ScalarFilter scalar => Filter(scalar, spansets, trace),
                GroupBy group => Group(group, spansets),
                Coalesce => Merge(spansets, trace),
                Select or Sort => spansets,
                _ => throw new ArgumentException($"unknown stage {stage.GetType().Name}", nameof(pipeline)),
            };
            if (spansets.Count == 0)
            {
                return spansets;
            }
        }

        return spansets;
    }

    private List<Spanset> Filter(SpansetExpression expression, List<Spanset> spansets, TraceData trace)
    {
        var results = new List<Spanset>();
        foreach (var spanset in spansets)
        {
            var spans = Spans(expression, spanset, trace);
            if (spans.Count > 0)
            {
                results.Add(spanset.With(spans));
            }
        }

        return results;
    }

    private List<SpanData> Spans(SpansetExpression expression, Spanset input, TraceData trace)
    {
        switch (expression)
        {
            case SpansetFilter filter:
                return Matching(filter.Condition, input.Spans);
            case SpansetNegation negation:
                return Spans(negation.Operand, input, trace).Count == 0 ? input.Spans : [];
            case SpansetPipeline pipeline:
                return Merge(Run(pipeline.Pipeline, [input], trace), trace) is [var merged] ? merged.Spans : [];
            case SpansetBinary { Operator: SpansetOperator.And } and:
                return Both(and, input, trace);
            case SpansetBinary { Operator: SpansetOperator.Or } or:
                return StructuralJoin.Union(trace, Spans(or.Left, input, trace), Spans(or.Right, input, trace));
            case SpansetBinary structural:
                return StructuralJoin.Apply(structural.Operator, trace, Spans(structural.Left, input, trace), Spans(structural.Right, input, trace));
            default:
                throw new ArgumentException($"unknown spanset expression {expression.GetType().Name}", nameof(expression));
        }
    }

    private List<SpanData> Both(SpansetBinary and, Spanset input, TraceData trace)
    {
        var left = Spans(and.Left, input, trace);
        var right = left.Count == 0 ? left : Spans(and.Right, input, trace);
        if (left.Count == 0 || right.Count == 0)
        {
            return [];
        }

        return (SpansetFacts.OnlyDecides(and.Left), SpansetFacts.OnlyDecides(and.Right)) switch
        {
            (true, false) => right,
            (false, true) => left,
            _ => StructuralJoin.Union(trace, left, right),
        };
    }

    private List<SpanData> Matching(FieldExpression condition, List<SpanData> spans)
    {
        var node = Node(condition);
        var matching = new List<SpanData>();
        foreach (var span in spans)
        {
            if (node.Holds(Fields(span)))
            {
                matching.Add(span);
            }
        }

        return matching;
    }

    private List<Spanset> Filter(ScalarFilter filter, List<Spanset> spansets, TraceData trace)
    {
        var results = new List<Spanset>();
        foreach (var spanset in spansets)
        {
            var scope = new ScalarScope(spanset, trace);
            var left = Scalar(filter.Left, scope);
            var right = Scalar(filter.Right, scope);
            if (!Comparison.Holds(filter.Operator, left, right))
            {
                continue;
            }

            // Over pipelines of their own, the spans of those pipelines are the answer.
            var spans = scope.Sources is { } sources ? sources : spanset.Spans;
            if (spans.Count > 0)
            {
                results.Add(new Spanset(spans, [.. spanset.Attributes, .. scope.Attributes]));
            }
        }

        return results;
    }

    private QueryValue Scalar(ScalarExpression expression, ScalarScope scope)
    {
        switch (expression)
        {
            case ScalarLiteral literal:
                return literal.Value.ToQueryValue();
            case ScalarBinary binary:
                return Comparison.Compute(binary.Operator, Scalar(binary.Left, scope), Scalar(binary.Right, scope));
            case ScalarPipeline pipeline:
                return OfPipeline(pipeline, scope);
            case Aggregate aggregate:
                var value = Aggregate(aggregate, scope.Spanset.Spans);
                scope.Attributes.Add((aggregate.ToString(), value));
                return value;
            default:
                throw new ArgumentException($"unknown scalar expression {expression.GetType().Name}", nameof(expression));
        }
    }

    private QueryValue OfPipeline(ScalarPipeline pipeline, ScalarScope scope)
    {
        var sets = Merge(Run(pipeline.Source, [scope.Spanset], scope.Trace), scope.Trace);
        var spans = sets is [var merged] ? merged.Spans : [];
        var inner = new ScalarScope(new Spanset(spans, []), scope.Trace);
        var value = Scalar(pipeline.Value, inner);
        scope.Attributes.AddRange(inner.Attributes);
        scope.Sources = scope.Sources is { } before ? StructuralJoin.Union(scope.Trace, before, spans) : spans;
        return value;
    }

    private QueryValue Aggregate(Aggregate aggregate, List<SpanData> spans)
    {
        if (aggregate.Argument is null)
        {
            return QueryValue.Int(spans.Count);
        }

        var node = Node(aggregate.Argument);
        var values = new List<QueryValue>(spans.Count);
        foreach (var span in spans)
        {
            values.Add(First(node.Evaluate(Fields(span), WantedType.Number)));
        }

        return AggregateMath.Compute(aggregate.Kind, aggregate.Quantile, values);
    }

    private List<Spanset> Group(GroupBy group, List<Spanset> spansets)
    {
        var node = Node(group.Key);
        var key = $"by({group.Key})";
        var results = new List<Spanset>();
        foreach (var spanset in spansets)
        {
            var groups = new Dictionary<QueryValue, Spanset>();
            foreach (var span in spanset.Spans)
            {
                var value = First(node.Evaluate(Fields(span), WantedType.Any));
                if (!groups.TryGetValue(value, out var member))
                {
                    member = new Spanset([], [.. spanset.Attributes, (key, value)]);
                    groups.Add(value, member);
                    results.Add(member);
                }

                member.Spans.Add(span);
            }
        }

        return results;
    }

    private static List<Spanset> Merge(List<Spanset> spansets, TraceData trace)
    {
        if (spansets.Count == 0)
        {
            return spansets;
        }

        var spans = spansets[0].Spans;
        for (var i = 1; i < spansets.Count; i++)
        {
            spans = StructuralJoin.Union(trace, spans, spansets[i].Spans);
        }

        return [new Spanset(spans, [])];
    }

    /// <summary>Where one value is wanted, the first of several counts.</summary>
    private static QueryValue First(in QueryValue value) => value.Kind == ValueKind.Multi ? value.Items[0] : value;

    private SpanFields Fields(SpanData span)
    {
        _fields.Span = span;
        return _fields;
    }

    private FieldNode Node(FieldExpression expression)
    {
        if (!_nodes.TryGetValue(expression, out var node))
        {
            node = FieldNode.Compile(expression);
            _nodes.Add(expression, node);
        }

        return node;
    }

    private sealed class ScalarScope(Spanset spanset, TraceData trace)
    {
        public Spanset Spanset => spanset;

        public TraceData Trace => trace;

        public List<(string Key, QueryValue Value)> Attributes { get; } = [];

        /// <summary>Spans of the pipelines inside the expression; null when it has none.</summary>
        public List<SpanData>? Sources { get; set; }
    }
}
