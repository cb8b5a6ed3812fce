using Clew.TraceQL.Analysis;

namespace Clew.TraceQL.Syntax;

/// <summary>What an operator outside braces means, by the kinds of its sides.</summary>
internal sealed partial class Parser
{
    /// <summary>Level of an operator outside braces, 0 for none. Structural operators share the comparisons' level.</summary>
    private static int LevelOf(TokenKind kind) => kind switch
    {
        TokenKind.And or TokenKind.Or => LogicalLevel,
        >= TokenKind.Equal and <= TokenKind.NotMatch => ComparisonLevel,
        >= TokenKind.Descendant and <= TokenKind.UnionSibling => ComparisonLevel,
        TokenKind.Plus or TokenKind.Minus => SumLevel,
        TokenKind.Star or TokenKind.Slash or TokenKind.Percent => ProductLevel,
        TokenKind.Caret => PowerLevel,
        _ => 0,
    };

    private static BinaryOperator? ComparisonOf(TokenKind kind) =>
        FieldOperator(kind) is var (op, _) && op.IsComparison() ? op : null;

    private static BinaryOperator? ArithmeticOf(TokenKind kind) =>
        FieldOperator(kind) is var (op, _) && op.IsArithmetic() ? op : null;

    /// <summary>Series and literals outside braces have no remainder and no power.</summary>
    private static bool IsPlainArithmetic(BinaryOperator? op) => op <= BinaryOperator.Divide;

    private static SpansetOperator? SpansetOperatorOf(TokenKind kind) => kind switch
    {
        TokenKind.And => SpansetOperator.And,
        TokenKind.Or => SpansetOperator.Or,
        TokenKind.Greater => SpansetOperator.Child,
        TokenKind.Less => SpansetOperator.Parent,
        TokenKind.Descendant => SpansetOperator.Descendant,
        TokenKind.Ancestor => SpansetOperator.Ancestor,
        TokenKind.Tilde => SpansetOperator.Sibling,
        TokenKind.NotChild => SpansetOperator.NotChild,
        TokenKind.NotParent => SpansetOperator.NotParent,
        TokenKind.NotDescendant => SpansetOperator.NotDescendant,
        TokenKind.NotAncestor => SpansetOperator.NotAncestor,
        TokenKind.NotMatch => SpansetOperator.NotSibling,
        TokenKind.UnionChild => SpansetOperator.UnionChild,
        TokenKind.UnionParent => SpansetOperator.UnionParent,
        TokenKind.UnionDescendant => SpansetOperator.UnionDescendant,
        TokenKind.UnionAncestor => SpansetOperator.UnionAncestor,
        TokenKind.UnionSibling => SpansetOperator.UnionSibling,
        _ => null,
    };

    /// <summary>Refuses an operator that the left side has none of, before its right side is read.</summary>
    private void CheckLeft(Operand left, Token op)
    {
        var fits = left.Kind switch
        {
            OperandKind.Scalar or OperandKind.ScalarPipeline => ComparisonOf(op.Kind) is not null || ArithmeticOf(op.Kind) is not null,
            OperandKind.Metrics => ComparisonOf(op.Kind) is not null || IsPlainArithmetic(ArithmeticOf(op.Kind)),
            _ => left.IsSpansetLike && SpansetOperatorOf(op.Kind) is not null,
        };
        if (!fits)
        {
            throw Unexpected(op, []);
        }
    }

    private Operand Combine(Token op, Operand left, Operand right)
    {
        var range = TextRange.Cover(left.Range, right.Range);
        if (left.IsSpansetLike)
        {
            RequireRight(right.IsSpansetLike, right);
            var (a, b) = (left.AsSpanset(), right.AsSpanset());
            return new Operand(
                OperandKind.Spanset,
                new SpansetBinary(SpansetOperatorOf(op.Kind)!.Value, a, b) { Range = range, Depth = DepthOver(op.Range, a, b) });
        }

        if (ComparisonOf(op.Kind) is { } comparison)
        {
            return left.Kind == OperandKind.Metrics
                ? AddSampleFilter(left, comparison, right)
                : MakeScalarFilter(op, comparison, left, right);
        }

        var arithmetic = ArithmeticOf(op.Kind)!.Value;
        return left.Kind == OperandKind.Metrics || right.Kind == OperandKind.Metrics
            ? CombineMetrics(op, arithmetic, left, right)
            : CombineScalars(op, arithmetic, left, right);
    }

    private Operand MakeScalarFilter(Token at, BinaryOperator op, Operand left, Operand right)
    {
        if (left.Kind == OperandKind.ScalarPipeline)
        {
            // Arithmetic between literals has no place beside a parenthesised pipeline.
            RequireRight(right.Kind == OperandKind.ScalarPipeline || (right.IsLiteral && !right.Folded), right);
        }
        else
        {
            RequireRight(right.Kind == OperandKind.Scalar, right);
            if (left.IsLiteral && right.IsLiteral)
            {
                throw Unexpected(at, [], "one side of the comparison needs an aggregate such as count()");
            }
        }

        var (a, b) = ((ScalarExpression)left.Node, (ScalarExpression)right.Node);
        var range = TextRange.Cover(a.Range, b.Range);
        return FromStages([new ScalarFilter(op, a, b) { Range = range, Depth = DepthOver(at.Range, a, b) }], range);
    }

    private Operand CombineScalars(Token at, BinaryOperator op, Operand left, Operand right)
    {
        RequireRight(right.Kind == left.Kind, right);
        var range = TextRange.Cover(left.Range, right.Range);
        var (a, b) = ((ScalarExpression)left.Node, (ScalarExpression)right.Node);
        if (a is ScalarLiteral { Value: var x } && b is ScalarLiteral { Value: var y })
        {
            RequireOperator(IsPlainArithmetic(op), at);
            RefuseDuration(a.Range, x);
            RefuseDuration(b.Range, y);
            if (!StaticMath.TryFold(op, x, y, out var folded))
            {
                throw new ParseException("syntax error: division by zero", at.Range, [], null);
            }

            return new Operand(OperandKind.Scalar, new ScalarLiteral(folded) { Range = range }, Folded: true);
        }

        return new Operand(left.Kind, new ScalarBinary(op, a, b) { Range = range, Depth = DepthOver(at.Range, a, b) });
    }

    private Operand CombineMetrics(Token at, BinaryOperator op, Operand left, Operand right)
    {
        RequireOperator(IsPlainArithmetic(op), at);
        var a = ToMetrics(left);
        var b = ToMetrics(right);
        var range = TextRange.Cover(left.Range, right.Range);
        return new Operand(OperandKind.Metrics, new MetricsBinary(op, a, b) { Range = range, Depth = DepthOver(at.Range, a, b) });
    }

    private MetricsExpression ToMetrics(Operand operand)
    {
        switch (operand.Node)
        {
            case MetricsExpression metrics:
                return metrics;
            case ScalarLiteral literal:
                RefuseDuration(literal.Range, literal.Value);
                return new MetricsScalar(literal.Value) { Range = literal.Range };
            default:
                throw UnexpectedAt(operand.Range);
        }
    }

    private Operand AddSampleFilter(Operand metrics, BinaryOperator op, Operand threshold)
    {
        RequireRight(threshold.IsLiteral, threshold);
        var value = ((ScalarLiteral)threshold.Node).Value;
        return AddStage(metrics, new SampleFilter(op, value) { Range = threshold.Range });
    }

    private Operand AddStage(Operand metrics, MetricsStage stage)
    {
        var range = TextRange.Cover(metrics.Range, stage.Range);
        var staged = metrics.Node is StagedMetrics { Stages: var stages } before
            ? before with { Stages = [.. stages, stage], Range = range }
            : new StagedMetrics((MetricsExpression)metrics.Node, [stage]) { Range = range, Depth = DepthOver(range, metrics.Node) };
        return new Operand(OperandKind.Metrics, staged);
    }

    private static void RefuseDuration(TextRange range, StaticValue value)
    {
        if (value.Type == StaticType.Duration)
        {
            throw new ParseException(
                $"syntax error: unexpected DURATION, {value} cannot be a side of arithmetic",
                range,
                ["INTEGER", "FLOAT"],
                "write the result as one duration, or the number of seconds");
        }
    }

    private void RequireRight(bool fits, Operand right)
    {
        if (!fits)
        {
            throw UnexpectedAt(right.Range);
        }
    }

    private void RequireOperator(bool fits, Token op)
    {
        if (!fits)
        {
            throw Unexpected(op, []);
        }
    }

    /// <summary>The error for the token at which a piece begins that cannot stand where it stands.</summary>
    private ParseException UnexpectedAt(TextRange range)
    {
        var at = _tokens.FindIndex(token => token.Range.Start >= range.Start);
        return Unexpected(_tokens[at], []);
    }
}
