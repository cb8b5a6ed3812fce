using Clew.TraceQL.Analysis;
using Clew.TraceQL.Syntax;
using CsCheck;

namespace Clew.TraceQL.Tests;

/// <summary>
/// Random trees of the shapes that the parser makes: literal arithmetic is folded, stages are flat, a parenthesised pipeline is
/// more than a spanset. Types need not agree.
/// </summary>
internal static class Generators
{
    private static readonly Gen<double> Number = Gen.Frequency(
        (3, Gen.Int[-20, 20].Select(i => i / 4.0)),
        (1, Gen.Double.Where(double.IsFinite)));

    public static readonly Gen<StaticValue> NumericValue = Gen.OneOf(
        Gen.Frequency((4, Gen.Long[-20, 20]), (1, Gen.Long)).Select(StaticValue.FromInt),
        Number.Select(StaticValue.FromFloat),
        Gen.Frequency((2, Gen.Long[-5_000_000_000, 5_000_000_000]), (1, Gen.Long)).Select(StaticValue.FromDurationNanos));

    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.Char["ab`\"\\ \n\r{}|é한"].Array[0, 12].Select(chars => new string(chars)),
        Gen.Const("GET"));

    private static readonly Gen<StaticValue> Value = Gen.OneOf(
        NumericValue,
        Text.Select(StaticValue.FromString),
        Gen.Bool.Select(StaticValue.FromBool),
        Gen.Enum<StatusKeyword>().Select(StaticValue.FromStatus),
        Gen.Enum<KindKeyword>().Select(StaticValue.FromKind),
        Gen.Const(StaticValue.Nil));

    private static readonly Gen<string> Name = Gen.OneOf(
        Gen.OneOf("a", "http.method", "span.x", "resource.y", "5xx", "nil", "a-b+c", "k8s/pod:name"),
        Gen.Char["ab.\"\\ \t=>{5|é"].Array[1, 10].Select(chars => new string(chars)));

    private static readonly Gen<FieldReference> Reference = Gen.OneOf<FieldReference>(
        Gen.Select(Gen.Enum<FieldScope>(), Name).Select((scope, name) => (FieldReference)new AttributeRef(scope, name)),
        Gen.Select(Gen.OneOf(FieldScope.Any, FieldScope.Span, FieldScope.Resource), Name)
            .Select((scope, name) => (FieldReference)new AttributeRef(scope, name, OfParent: true)),
        Gen.Enum<Intrinsic>().Select(intrinsic => (FieldReference)new IntrinsicRef(intrinsic)));

    private static readonly Gen<BinaryOperator> Comparison = Gen.Enum<BinaryOperator>().Where(op => op.IsComparison());

    private static readonly Gen<BinaryOperator> ScalarArithmetic = Gen.Enum<BinaryOperator>().Where(op => op.IsArithmetic());

    private static readonly Gen<BinaryOperator> MetricsArithmetic = Gen.Enum<BinaryOperator>().Where(op => op <= BinaryOperator.Divide);

    private static Gen<NodeList<T>> Some<T>(Gen<T> item, int most) => item.Array[1, most].Select(items => NodeList.Create<T>(items));

    public static Gen<FieldExpression> Field(int depth)
    {
        var leaf = Gen.OneOf(Value.Select(value => (FieldExpression)new Literal(value)), Reference.Select(field => (FieldExpression)field));
        if (depth == 0)
        {
            return leaf;
        }

        var below = Field(depth - 1);
        return Gen.Frequency(
            (1, leaf),
            (2, Gen.Select(Gen.Enum<BinaryOperator>(), below, below).Select(Binary)),
            (1, Gen.Select(Gen.Enum<UnaryOperator>(), below).Select(Unary)));
    }

    private static FieldExpression Binary(BinaryOperator op, FieldExpression left, FieldExpression right) =>
        left is Literal { Value: var a } && right is Literal { Value: var b } && StaticMath.TryFold(op, a, b, out var folded)
            ? new Literal(folded)
            : new FieldBinary(op, left, right);

    private static FieldExpression Unary(UnaryOperator op, FieldExpression operand) =>
        op == UnaryOperator.Negate && operand is Literal { Value: { IsNumeric: true } value }
            ? new Literal(StaticMath.Negate(value))
            : new FieldUnary(op, operand);

    private static readonly Gen<SpansetFilter> Filter = Field(3).Select(condition => new SpansetFilter(condition));

    private static Gen<SpansetExpression> Spanset(int depth)
    {
        var leaf = Filter.Select(filter => (SpansetExpression)filter);
        if (depth == 0)
        {
            return leaf;
        }

        var below = Spanset(depth - 1);
        var operand = Gen.Frequency((3, below), (1, Pipeline(depth - 1, mayBeSpanset: false).Select(p => (SpansetExpression)new SpansetPipeline(p))));
        return Gen.Frequency(
            (2, leaf),
            (2, Gen.Select(Gen.Enum<SpansetOperator>(), operand, operand).Select((op, a, b) => (SpansetExpression)new SpansetBinary(op, a, b))),
            (1, operand.Select(inner => (SpansetExpression)new SpansetNegation(inner))));
    }

    private static Gen<ScalarExpression> Scalar(int depth)
    {
        var aggregate = Gen.OneOf(
            Gen.Const((ScalarExpression)new Aggregate(AggregateKind.Count)),
            Gen.Select(Gen.Enum<AggregateKind>().Where(kind => kind is not (AggregateKind.Count or AggregateKind.Quantile)), Field(2))
                .Select((kind, field) => (ScalarExpression)new Aggregate(kind, field)),
            Gen.Select(Field(2), Number).Select((field, q) => (ScalarExpression)new Aggregate(AggregateKind.Quantile, field, q)));
        if (depth == 0)
        {
            return aggregate;
        }

        var literal = NumericValue.Select(value => (ScalarExpression)new ScalarLiteral(value));
        var below = Scalar(depth - 1);
        var binary = Gen.OneOf(
            Gen.Select(ScalarArithmetic, below, below),
            Gen.Select(ScalarArithmetic, below, literal),
            Gen.Select(ScalarArithmetic, literal, below));
        return Gen.Frequency((2, aggregate), (1, binary.Select((op, a, b) => (ScalarExpression)new ScalarBinary(op, a, b))));
    }

    private static Gen<PipelineStage> ScalarFilterStage(int depth)
    {
        var literal = NumericValue.Select(value => (ScalarExpression)new ScalarLiteral(value));
        var plain = Gen.OneOf(
            Gen.Select(Comparison, Scalar(2), Gen.OneOf(Scalar(1), literal)),
            Gen.Select(Comparison, literal, Scalar(1)));
        if (depth == 0)
        {
            return plain.Select((op, a, b) => (PipelineStage)new ScalarFilter(op, a, b));
        }

        var piped = Gen.Select(Pipeline(depth - 1, mayBeSpanset: true), Scalar(1))
            .Select((source, value) => (ScalarExpression)new ScalarPipeline(source, value));
        var ofPipelines = Gen.OneOf(piped, Gen.Select(ScalarArithmetic, piped, piped).Select((op, a, b) => (ScalarExpression)new ScalarBinary(op, a, b)));
        return Gen.Frequency(
                (3, plain),
                (1, Gen.Select(Comparison, ofPipelines, Gen.OneOf(ofPipelines, literal))))
            .Select((op, a, b) => (PipelineStage)new ScalarFilter(op, a, b));
    }

    private static Gen<SortKey> SortKeyNode => Gen.Select(Gen.Enum<SortKeyKind>(), Reference, Gen.Bool)
        .Select((kind, reference, ascending) => new SortKey(kind, kind == SortKeyKind.Field ? reference : null, ascending));

    private static Gen<Pipeline> Pipeline(int depth, bool mayBeSpanset)
    {
        // A spanset made of one pipeline is that pipeline, so it does not appear by itself.
        var spanset = Spanset(depth).Select(inner => (PipelineStage)new SpansetStage(inner));
        var groupBy = Field(2).Select(key => (PipelineStage)new GroupBy(key));
        var select = Some(Reference, 3).Select(fields => (PipelineStage)new Select(fields));
        var filter = ScalarFilterStage(depth);
        var sort = Some(SortKeyNode, 3).Select(keys => (PipelineStage)new Sort(keys));
        var first = Gen.Frequency((5, spanset), (1, groupBy), (1, select), (2, filter));
        var next = Gen.OneOf(spanset, groupBy, select, filter, sort, Gen.Const((PipelineStage)new Coalesce()));
        return Gen.Select(first, next.Array[0, 3])
            .Select((head, tail) =>
            {
                var stages = head is SpansetStage && tail.Length == 0 && !mayBeSpanset ? [head, new Coalesce()] : (PipelineStage[])[head, .. tail];
                return new Pipeline(NodeList.Create<PipelineStage>(stages));
            });
    }

    private static readonly Gen<MetricsFunction> Function = Gen.OneOf(
        Gen.Select(Gen.Enum<MetricsFunctionKind>(), Reference, Number.Array[1, 3], Reference.Array[0, 3]).Select(Aggregate),
        Gen.Select(Filter, Gen.Long[0, 2000], Gen.Bool, Gen.Long[0, long.MaxValue])
            .Select((selection, top, window, start) =>
                (MetricsFunction)new MetricsCompare(selection, top, window ? start : null, window ? start / 2 : null)));

    private static MetricsFunction Aggregate(MetricsFunctionKind kind, FieldReference field, double[] quantiles, FieldReference[] by)
    {
        var takesField = kind is not (MetricsFunctionKind.Rate or MetricsFunctionKind.CountOverTime);
        return new MetricsAggregate(
            kind,
            takesField ? field : null,
            kind == MetricsFunctionKind.QuantileOverTime ? NodeList.Create<double>(quantiles) : [],
            NodeList.Create<FieldReference>(by));
    }

    private static readonly Gen<MetricsStage> Stage = Gen.OneOf(
        Gen.Select(Gen.Bool, Gen.Long[0, 100]).Select((top, limit) => (MetricsStage)new RankStage(top, limit)),
        Gen.Select(Comparison, NumericValue).Select((op, value) => (MetricsStage)new SampleFilter(op, value)));

    private static Gen<MetricsExpression> Metrics(int depth)
    {
        var leaf = Gen.Select(Pipeline(1, mayBeSpanset: true), Function)
            .Select((source, function) => (MetricsExpression)new MetricsPipeline(source, function));
        var inner = leaf;
        if (depth > 0)
        {
            var below = Metrics(depth - 1);
            var scalar = NumericValue.Where(value => value.Type != StaticType.Duration).Select(value => (MetricsExpression)new MetricsScalar(value));
            var binary = Gen.OneOf(
                Gen.Select(MetricsArithmetic, below, below),
                Gen.Select(MetricsArithmetic, below, scalar),
                Gen.Select(MetricsArithmetic, scalar, below));
            inner = Gen.OneOf(leaf, binary.Select((op, a, b) => (MetricsExpression)new MetricsBinary(op, a, b)));
        }

        return Gen.Frequency(
            (2, inner),
            (1, Gen.Select(inner, Some(Stage, 3)).Select((input, stages) => (MetricsExpression)new StagedMetrics(input, stages))));
    }

    private static readonly Gen<Hint> HintNode =
        Gen.Select(Gen.OneOf("sample", "most_recent", "by", "name", "x1"), Value).Select((name, value) => new Hint(name, value));

    public static readonly Gen<Query> Query = Gen.Select(
        Gen.OneOf(
            Pipeline(2, mayBeSpanset: true).Select(pipeline => (QueryBody)new SearchQuery(pipeline)),
            Metrics(2).Select(metrics => (QueryBody)new MetricsQuery(metrics))),
        HintNode.Array[0, 2]).Select((body, hints) => new Query(body, NodeList.Create<Hint>(hints)));
}
