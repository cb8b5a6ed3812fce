using Clew.TraceQL.Analysis;

namespace Clew.TraceQL.Syntax;

/// <summary>
/// Field expressions. Levels from loose to tight: <c>&amp;&amp; ||</c> (one level) · comparisons and regex · <c>+ -</c> and the
/// unary minus · <c>!</c> · <c>* / %</c> · <c>^</c> (right). So <c>-a * b</c> is <c>-(a * b)</c>.
/// </summary>
internal sealed partial class Parser
{
    private const int LogicalLevel = 1;
    private const int ComparisonLevel = 2;
    private const int SumLevel = 3;
    private const int NotLevel = 4;
    private const int ProductLevel = 5;
    private const int PowerLevel = 6;

    private static readonly string[] FieldStarts = ["a literal", "an attribute", "an intrinsic", "(", "-", "!"];

    private SpansetFilter ParseSpansetFilter()
    {
        var open = Expect(TokenKind.OpenBrace);
        FieldExpression condition = Current.Kind == TokenKind.CloseBrace
            ? new Literal(StaticValue.True) { Range = new TextRange(open.Range.End, Current.Range.Start) }
            : ParseFieldExpression(LogicalLevel);
        if (Current.Kind != TokenKind.CloseBrace)
        {
            throw Unexpected(Current, Current.Kind == TokenKind.End ? ["}"] : []);
        }

        var close = Advance();
        return new SpansetFilter(condition) { Range = TextRange.Cover(open.Range, close.Range), Depth = DepthOver(open.Range, condition) };
    }

    private FieldExpression ParseFieldExpression(int minLevel)
    {
        var left = ParseFieldOperand();
        if (_lenient)
        {
            SkipToOperator();
        }

        while (FieldOperator(Current.Kind) is var (op, level) && level >= minLevel)
        {
            if (level == LogicalLevel)
            {
                left = ParseChain(left, op);
                continue;
            }

            // Each level to the right nests, and a chain of powers nests once per power.
            Nest();
            var token = Advance();
            var right = ParseFieldExpression(level == PowerLevel ? PowerLevel : level + 1);
            _nesting--;
            left = Combine(token.Range, op, left, right);
        }

        return left;
    }

    /// <summary>A run of one logical operator: as it associates, or balanced when it is long.</summary>
    private FieldExpression ParseChain(FieldExpression first, BinaryOperator op)
    {
        var kind = Current.Kind;
        var operands = new List<FieldExpression> { first };
        var at = Current.Range;
        while (TryAccept(kind))
        {
            operands.Add(ParseFieldExpression(ComparisonLevel));
        }

        if (operands.Count > TraceQlLimits.MaxLinearChain)
        {
            return Balance(at, op, operands, 0, operands.Count);
        }

        var chain = first;
        for (var i = 1; i < operands.Count; i++)
        {
            chain = Combine(at, op, chain, operands[i]);
        }

        return chain;
    }

    private FieldExpression Balance(TextRange at, BinaryOperator op, List<FieldExpression> operands, int start, int end)
    {
        if (end - start == 1)
        {
            return operands[start];
        }

        var middle = start + ((end - start) / 2);
        return Combine(at, op, Balance(at, op, operands, start, middle), Balance(at, op, operands, middle, end));
    }

    private FieldExpression Combine(TextRange at, BinaryOperator op, FieldExpression left, FieldExpression right) =>
        _lenient ? CombineLenient(at, op, left, right) : CombineKnown(at, op, left, right);

    private FieldExpression CombineKnown(TextRange at, BinaryOperator op, FieldExpression left, FieldExpression right)
    {
        var range = TextRange.Cover(left.Range, right.Range);
        if (left is Literal { Value: var a } && right is Literal { Value: var b } && StaticMath.TryFold(op, a, b, out var folded))
        {
            return new Literal(folded) { Range = range };
        }

        return new FieldBinary(op, left, right) { Range = range, Depth = DepthOver(at, left, right) };
    }

    private FieldExpression ParseFieldOperand()
    {
        var token = Current;
        switch (token.Kind)
        {
            case >= TokenKind.String and <= TokenKind.KindWord:
                Advance();
                return new Literal(token.Value) { Range = token.Range };
            case TokenKind.Attribute or TokenKind.Intrinsic:
                Advance();
                return token.Field! with { Range = token.Range };
            case TokenKind.OpenParen:
                Nest();
                Advance();
                var inner = ParseFieldExpression(LogicalLevel);
                if (!_lenient || Current.Kind is not (TokenKind.End or TokenKind.CloseBrace))
                {
                    Expect(TokenKind.CloseParen);
                }

                _nesting--;
                return inner with { Range = TextRange.Cover(token.Range, Previous) };
            case TokenKind.Minus:
                return ParseFieldUnary(UnaryOperator.Negate, SumLevel + 1);
            case TokenKind.Not:
                return ParseFieldUnary(UnaryOperator.Not, NotLevel + 1);
            default:
                return _lenient ? ParseUnknown() : throw Unexpected(token, FieldStarts);
        }
    }

    private FieldExpression ParseFieldUnary(UnaryOperator op, int operandLevel)
    {
        Nest();
        var token = Advance();
        var operand = ParseFieldExpression(operandLevel);
        _nesting--;
        var range = TextRange.Cover(token.Range, operand.Range);
        if (_lenient && (operand is Unknown || (op == UnaryOperator.Not && KnownOrNull(operand) is null)))
        {
            return new Unknown { Range = range };
        }

        return op == UnaryOperator.Negate && operand is Literal { Value: { IsNumeric: true } value }
            ? new Literal(StaticMath.Negate(value)) { Range = range }
            : new FieldUnary(op, operand) { Range = range, Depth = DepthOver(token.Range, operand) };
    }

    private FieldReference ParseFieldReference()
    {
        var token = Current;
        if (token.Kind is not (TokenKind.Attribute or TokenKind.Intrinsic))
        {
            throw Unexpected(token, ["an attribute", "an intrinsic"]);
        }

        Advance();
        return token.Field! with { Range = token.Range };
    }

    private NodeList<FieldReference> ParseFieldReferences(int limit, string where)
    {
        var fields = new List<FieldReference>();
        do
        {
            if (fields.Count == limit)
            {
                throw new ParseException($"syntax error: {where} takes at most {limit} fields", Current.Range, [], null);
            }

            fields.Add(ParseFieldReference());
        }
        while (TryAccept(TokenKind.Comma));

        return [.. fields];
    }

    private static (BinaryOperator Op, int Level)? FieldOperator(TokenKind kind) => kind switch
    {
        TokenKind.And => (BinaryOperator.And, LogicalLevel),
        TokenKind.Or => (BinaryOperator.Or, LogicalLevel),
        TokenKind.Equal => (BinaryOperator.Equal, ComparisonLevel),
        TokenKind.NotEqual => (BinaryOperator.NotEqual, ComparisonLevel),
        TokenKind.Less => (BinaryOperator.Less, ComparisonLevel),
        TokenKind.LessOrEqual => (BinaryOperator.LessOrEqual, ComparisonLevel),
        TokenKind.Greater => (BinaryOperator.Greater, ComparisonLevel),
        TokenKind.GreaterOrEqual => (BinaryOperator.GreaterOrEqual, ComparisonLevel),
        TokenKind.Match => (BinaryOperator.Match, ComparisonLevel),
        TokenKind.NotMatch => (BinaryOperator.NotMatch, ComparisonLevel),
        TokenKind.Plus => (BinaryOperator.Add, SumLevel),
        TokenKind.Minus => (BinaryOperator.Subtract, SumLevel),
        TokenKind.Star => (BinaryOperator.Multiply, ProductLevel),
        TokenKind.Slash => (BinaryOperator.Divide, ProductLevel),
        TokenKind.Percent => (BinaryOperator.Modulo, ProductLevel),
        TokenKind.Caret => (BinaryOperator.Power, PowerLevel),
        _ => null,
    };
}
