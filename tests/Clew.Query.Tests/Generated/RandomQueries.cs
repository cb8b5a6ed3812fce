using Clew.TraceQL.Syntax;

namespace Clew.Query.Tests.Generated;

/// <summary>Trees of search queries over the keys and values of <see cref="RandomTraces"/>.</summary>
internal sealed class RandomQueries(Random random)
{
    private static readonly string[] Patterns = ["x|y", ".*", "x.*", "[a-f]+or", "", ".", "y.?"];

    private static readonly Intrinsic[] Intrinsics =
        [.. Enum.GetValues<Intrinsic>().Where(static i => i is not Intrinsic.Parent)];

    public Pipeline Pipeline(int depth)
    {
        var stages = new List<PipelineStage> { random.Next(8) == 0 ? Stage(depth) : new SpansetStage(Spanset(depth)) };
        while (random.Next(5) == 0)
        {
            stages.Add(Stage(depth));
        }

        return new Pipeline([.. stages]);
    }

    /// <summary>A pipeline that may end with an order.</summary>
    public Pipeline Search(int depth)
    {
        var pipeline = Pipeline(depth);
        return random.Next(3) > 0 ? pipeline : new Pipeline([.. pipeline.Stages, new Sort([.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => SortKey())])]);
    }

    private SortKey SortKey()
    {
        var kind = (SortKeyKind)random.Next(6);
        return new SortKey(kind, kind == SortKeyKind.Field ? Field() : null, random.Next(2) == 0);
    }

    /// <summary>A metrics function, mostly over a plain filter: that is what columns compute.</summary>
    public MetricsPipeline Metrics(int depth)
    {
        var kind = (MetricsFunctionKind)random.Next(8);
        var argument = kind is MetricsFunctionKind.Rate or MetricsFunctionKind.CountOverTime
            ? null
            : random.Next(3) == 0 ? new IntrinsicRef(Intrinsic.Duration) : Field();
        var by = Enumerable.Range(0, random.Next(4)).Select(_ => Field()).Distinct().ToArray();
        return new MetricsPipeline(
            random.Next(4) == 0 ? Pipeline(depth) : new Pipeline([new SpansetStage(new SpansetFilter(Condition(depth)))]),
            new MetricsAggregate(kind, argument, kind == MetricsFunctionKind.QuantileOverTime ? [0.5, random.NextDouble()] : [], [.. by]));
    }

    public FieldExpression Condition(int depth)
    {
        if (depth > 0 && random.Next(3) == 0)
        {
            return new FieldBinary(random.Next(3) == 0 ? BinaryOperator.And : BinaryOperator.Or, Condition(depth - 1), Condition(depth - 1));
        }

        return random.Next(24) switch
        {
            0 => new Literal(StaticValue.FromBool(random.Next(2) == 0)),
            1 => new FieldUnary(UnaryOperator.Not, Condition(depth - 1)),
            2 => new FieldBinary(Comparison(), Field(), Field()),
            3 => new FieldBinary(Comparison(), Literal(), Field()),
            4 or 5 => new FieldBinary(random.Next(2) == 0 ? BinaryOperator.Match : BinaryOperator.NotMatch, Field(), new Literal(StaticValue.FromString(Pick(Patterns)))),
            6 => new FieldBinary(random.Next(2) == 0 ? BinaryOperator.Equal : BinaryOperator.NotEqual, Attribute(), new Literal(StaticValue.Nil)),
            7 => new FieldBinary(Comparison(), new FieldBinary((BinaryOperator)random.Next(6), Field(), Literal()), Literal()),
            8 => Attribute(),
            9 => new FieldBinary(Comparison(), new FieldUnary(UnaryOperator.Negate, Attribute()), Literal()),
            10 => new FieldBinary(random.Next(2) == 0 ? BinaryOperator.Equal : BinaryOperator.NotEqual, new IntrinsicRef(Intrinsic.Parent), new Literal(StaticValue.Nil)),
            _ => Likely(),
        };
    }

    /// <summary>A comparison of a field with a literal of the type that it probably has.</summary>
    private FieldBinary Likely()
    {
        var field = Field();
        var literal = field is IntrinsicRef { Intrinsic: var intrinsic }
            ? intrinsic.Type() switch
            {
                StaticType.String => new Literal(StaticValue.FromString(Pick(RandomTraces.Texts))),
                StaticType.Status => new Literal(StaticValue.FromStatus((StatusKeyword)random.Next(3))),
                StaticType.Kind => new Literal(StaticValue.FromKind((KindKeyword)random.Next(6))),
                StaticType.Duration => new Literal(StaticValue.FromDurationNanos(random.Next(4) * 1_000_000L)),
                _ => new Literal(StaticValue.FromInt(random.Next(-1, 6))),
            }
            : Literal();
        return new FieldBinary(random.Next(3) == 0 ? BinaryOperator.Equal : Comparison(), field, literal);
    }

    private PipelineStage Stage(int depth) => random.Next(8) switch
    {
        0 => new GroupBy(Field()),
        1 => new Coalesce(),
        2 => new Select([Field(), Field()]),
        3 => new ScalarFilter(Comparison(), Aggregate(), new ScalarLiteral(StaticValue.FromInt(random.Next(4)))),
        4 => new ScalarFilter(Comparison(), Aggregate(), new ScalarBinary(BinaryOperator.Add, Aggregate(), new ScalarLiteral(StaticValue.FromFloat(0.5)))),
        5 => new ScalarFilter(Comparison(), new ScalarPipeline(Pipeline(depth - 2), Aggregate()), new ScalarPipeline(Pipeline(depth - 2), Aggregate())),
        _ => new SpansetStage(Spanset(depth - 1)),
    };

    private SpansetExpression Spanset(int depth)
    {
        if (depth <= 0 || random.Next(3) == 0)
        {
            return new SpansetFilter(Condition(Math.Max(0, depth - 1)));
        }

        return random.Next(10) switch
        {
            0 => new SpansetNegation(Spanset(depth - 1)),
            1 => new SpansetPipeline(Pipeline(depth - 1)),
            2 => new SpansetBinary(SpansetOperator.And, Spanset(depth - 1), Spanset(depth - 1)),
            _ => new SpansetBinary((SpansetOperator)random.Next(17), Spanset(depth - 1), Spanset(depth - 1)),
        };
    }

    private Aggregate Aggregate() => (AggregateKind)random.Next(8) switch
    {
        AggregateKind.Count => new Aggregate(AggregateKind.Count),
        AggregateKind.Quantile => new Aggregate(AggregateKind.Quantile, Field(), random.NextDouble()),
        var kind => new Aggregate(kind, Field()),
    };

    private FieldReference Field() => random.Next(2) == 0 ? new IntrinsicRef(Intrinsics[random.Next(Intrinsics.Length)]) : Attribute();

    private AttributeRef Attribute()
    {
        var parent = random.Next(12) == 0;
        var scope = (FieldScope)random.Next(parent ? 3 : 6);
        return new AttributeRef(scope, random.Next(5) == 0 ? "service.name" : scope == FieldScope.Any || random.Next(2) == 0 ? Pick(RandomTraces.Keys) : "a", parent);
    }

    private Literal Literal() => new(random.Next(8) switch
    {
        0 => StaticValue.FromFloat(double.IsFinite(Pick(RandomTraces.Numbers)) ? 1.5 : 500),
        1 => StaticValue.FromDurationNanos(random.Next(4) * 1_000_000L),
        2 => StaticValue.FromBool(random.Next(2) == 0),
        3 => StaticValue.FromStatus((StatusKeyword)random.Next(3)),
        4 => StaticValue.FromKind((KindKeyword)random.Next(6)),
        5 => StaticValue.FromInt(Pick(RandomTraces.Wholes)),
        _ => StaticValue.FromString(random.Next(8) == 0 ? "00" + random.Next(1, 20).ToString("x") : Pick(RandomTraces.Texts)),
    });

    private BinaryOperator Comparison() => (BinaryOperator)random.Next((int)BinaryOperator.Equal, (int)BinaryOperator.GreaterOrEqual + 1);

    private T Pick<T>(T[] items) => RandomTraces.Pick(random, items);
}
