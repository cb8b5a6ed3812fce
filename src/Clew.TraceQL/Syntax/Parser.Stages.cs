using Clew.TraceQL.Analysis;

namespace Clew.TraceQL.Syntax;

/// <summary>
/// Everything outside braces. Spansets, pipelines, numbers and series share their operators and their parentheses, so they are
/// parsed by one Pratt loop, and what an operator means is decided by what stands on its sides.
/// </summary>
internal sealed partial class Parser
{
    private static readonly string[] ExpressionStarts = ["{", "(", "an aggregate", "by", "select", "a number"];

    private static readonly string[] StageStarts =
        ["{", "(", "by", "select", "coalesce", "sort", "an aggregate", "a metrics function"];

    /// <summary>An operand and the stages behind it.</summary>
    private Operand ParseExpression(bool inGroup)
    {
        var operand = Current.Kind is TokenKind.By or TokenKind.Select
            ? FromStages([ParseCallStage()], Previous)
            : ParseBinary(LogicalLevel, ExpressionStarts);
        while (true)
        {
            if (operand.Kind == OperandKind.Metrics && ComparisonOf(Current.Kind) is { } comparison)
            {
                Advance();
                operand = AddSampleFilter(operand, comparison, ParseBinary(SumLevel, ["a number"]));
            }
            else if (Current.Kind == TokenKind.Pipe)
            {
                operand = ParsePiped(operand, inGroup);
            }
            else
            {
                return operand;
            }
        }
    }

    private Operand ParsePiped(Operand source, bool inGroup)
    {
        var pipe = Current;
        if (source.Kind is OperandKind.Scalar or OperandKind.ScalarPipeline)
        {
            throw Unexpected(pipe, ["=", "!=", "<", ">"], "compare the number: count() > 2");
        }

        Advance();
        if (source.Kind == OperandKind.Metrics)
        {
            return AddStage(source, ParseRankStage());
        }

        var stages = StagesOf(source);
        switch (Current.Kind)
        {
            case >= TokenKind.Rate and <= TokenKind.Compare:
                var function = ParseMetricsFunction();
                var pipeline = MakePipeline(stages, source.Range);
                var range = TextRange.Cover(source.Range, function.Range);
                return new Operand(
                    OperandKind.Metrics,
                    new MetricsPipeline(pipeline, function) { Range = range, Depth = DepthOver(range, pipeline, function) });
            case TokenKind.By or TokenKind.Select or TokenKind.Coalesce:
            case TokenKind.Identifier when TextOf(Current) is "sort":
                stages.Add(ParseCallStage());
                return FromStages(stages, source.Range);
        }

        var stage = ParseBinary(LogicalLevel, StageStarts);
        switch (stage.Kind)
        {
            case OperandKind.Spanset or OperandKind.Pipeline:
                stages.AddRange(StagesOf(stage));
                return FromStages(stages, source.Range);
            case OperandKind.Scalar when inGroup && !stage.IsLiteral && Current.Kind == TokenKind.CloseParen:
                var inner = MakePipeline(stages, source.Range);
                var all = TextRange.Cover(source.Range, stage.Range);
                return new Operand(
                    OperandKind.ScalarPipeline,
                    new ScalarPipeline(inner, (ScalarExpression)stage.Node) { Range = all, Depth = DepthOver(all, inner, stage.Node) });
            default:
                throw Unexpected(Current, ["=", "!=", "<", ">"], "compare the number: count() > 2");
        }
    }

    private PipelineStage ParseCallStage()
    {
        var word = Advance();
        Expect(TokenKind.OpenParen);
        PipelineStage stage;
        switch (word.Kind)
        {
            case TokenKind.By:
                var key = ParseFieldExpression(LogicalLevel);
                stage = new GroupBy(key) { Depth = DepthOver(word.Range, key) };
                break;
            case TokenKind.Select:
                stage = new Select(ParseFieldReferences(TraceQlLimits.MaxSelectFields, "select()"));
                break;
            case TokenKind.Coalesce:
                stage = new Coalesce();
                break;
            default:
                stage = new Sort(ParseSortKeys());
                break;
        }

        if (Current.Kind != TokenKind.CloseParen)
        {
            throw Unexpected(Current, [")"], word.Kind == TokenKind.By ? "by() in a search takes one expression; metrics take by(a, b)" : null);
        }

        var close = Advance();
        return stage with { Range = TextRange.Cover(word.Range, close.Range) };
    }

    private NodeList<SortKey> ParseSortKeys()
    {
        var keys = new List<SortKey>();
        do
        {
            if (keys.Count == TraceQlLimits.MaxSortKeys)
            {
                throw new ParseException($"syntax error: sort() takes at most {TraceQlLimits.MaxSortKeys} keys", Current.Range, [], null);
            }

            keys.Add(ParseSortKey());
        }
        while (TryAccept(TokenKind.Comma));

        return [.. keys];
    }

    private SortKey ParseSortKey()
    {
        var token = Current;
        SortKeyKind? word = TextOf(token) switch
        {
            "duration" => SortKeyKind.Duration,
            "start" => SortKeyKind.Start,
            "spans" => SortKeyKind.Spans,
            "errors" => SortKeyKind.Errors,
            "matched" => SortKeyKind.Matched,
            _ => null,
        };
        FieldReference? field = null;
        if (word is null)
        {
            field = token.Kind is TokenKind.Attribute or TokenKind.Intrinsic
                ? ParseFieldReference()
                : throw Unexpected(token, ["duration", "start", "spans", "errors", "matched", "an attribute", "an intrinsic"]);
        }
        else
        {
            Advance();
        }

        var ascending = false;
        if (Current.Kind == TokenKind.Identifier)
        {
            ascending = TextOf(Current) switch
            {
                "asc" => true,
                "desc" => false,
                _ => throw Unexpected(Current, ["asc", "desc", ",", ")"]),
            };
            Advance();
        }

        return new SortKey(word ?? SortKeyKind.Field, field, ascending) { Range = TextRange.Cover(token.Range, Previous) };
    }

    private Operand ParseBinary(int minLevel, IReadOnlyList<string> starts)
    {
        var left = ParseOperand(starts);
        while (LevelOf(Current.Kind) is var level && level >= minLevel)
        {
            CheckLeft(left, Current);
            Nest();
            var token = Advance();
            var right = ParseBinary(level == PowerLevel ? PowerLevel : level + 1, starts);
            _nesting--;
            left = Combine(token, left, right);
        }

        return left;
    }

    private Operand ParseOperand(IReadOnlyList<string> starts)
    {
        var token = Current;
        switch (token.Kind)
        {
            case TokenKind.OpenBrace:
                return new Operand(OperandKind.Spanset, ParseSpansetFilter());
            case TokenKind.OpenParen:
                return ParseGroup();
            case TokenKind.Not:
                return ParseNegation();
            case TokenKind.Integer or TokenKind.Float or TokenKind.Duration:
                Advance();
                return new Operand(OperandKind.Scalar, new ScalarLiteral(token.Value) { Range = token.Range });
            case TokenKind.Minus:
                return ParseNegative();
            case >= TokenKind.Count and <= TokenKind.Sum:
                return new Operand(OperandKind.Scalar, ParseAggregate(token.Kind));
            case TokenKind.Identifier when TryAggregateWord(TextOf(token), out var kind, out var quantile):
                return new Operand(OperandKind.Scalar, ParseNamedAggregate(kind, quantile));
            default:
                throw Unexpected(token, starts);
        }
    }

    private Operand ParseGroup()
    {
        Nest();
        var open = Advance();
        var operand = ParseExpression(inGroup: true);
        var close = Expect(TokenKind.CloseParen);
        _nesting--;
        return operand with { Node = operand.Node with { Range = TextRange.Cover(open.Range, close.Range) }, Closed = true };
    }

    private Operand ParseNegation()
    {
        var not = Advance();
        if (Current.Kind != TokenKind.OpenParen)
        {
            throw Unexpected(Current, ["("], "write traces without something as !({ … })");
        }

        var group = Current;
        var operand = ParseGroup();
        if (!operand.IsSpansetLike)
        {
            throw Unexpected(group, ["{"], "only spansets can be negated: !({ … })");
        }

        var inner = operand.AsSpanset();
        var range = TextRange.Cover(not.Range, inner.Range);
        return new Operand(OperandKind.Spanset, new SpansetNegation(inner) { Range = range, Depth = DepthOver(range, inner) });
    }

    private Operand ParseNegative()
    {
        Nest();
        var minus = Advance();
        var operandToken = Current;
        var operand = ParseOperand(["a number"]);
        _nesting--;
        if (operand.Node is not ScalarLiteral literal)
        {
            throw Unexpected(operandToken, ["INTEGER", "FLOAT", "DURATION"]);
        }

        var range = TextRange.Cover(minus.Range, operand.Range);
        return operand with { Node = new ScalarLiteral(StaticMath.Negate(literal.Value)) { Range = range } };
    }

    private static List<PipelineStage> StagesOf(Operand operand) => operand.Node switch
    {
        SpansetExpression spanset => [new SpansetStage(spanset) { Range = spanset.Range, Depth = spanset.Depth + 1 }],
        Pipeline pipeline => [.. pipeline.Stages],
        _ => throw new InvalidOperationException($"{operand.Kind} has no stages"),
    };

    private static Operand FromStages(List<PipelineStage> stages, TextRange start) =>
        new(OperandKind.Pipeline, MakePipeline(stages, start));

    private static Pipeline MakePipeline(List<PipelineStage> stages, TextRange start)
    {
        var depth = 0;
        foreach (var stage in stages)
        {
            depth = Math.Max(depth, stage.Depth);
        }

        return new Pipeline([.. stages]) { Range = TextRange.Cover(start, stages[^1].Range), Depth = depth + 1 };
    }
}
