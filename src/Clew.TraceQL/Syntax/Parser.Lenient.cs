using Clew.TraceQL.Analysis;

namespace Clew.TraceQL.Syntax;

/// <summary>
/// Half-typed filters, as editors send them with requests for tags and values. What is missing or makes no sense counts as
/// unknown, and an unknown condition never narrows the answer: <c>x &amp;&amp; unknown</c> is <c>x</c>, <c>x || unknown</c> and
/// <c>!unknown</c> are unknown, and a filter that is unknown as a whole is <c>true</c>.
/// </summary>
internal sealed partial class Parser
{
    private bool _lenient;

    /// <summary>Stands for a condition that is not there. Never leaves the parser.</summary>
    private sealed record Unknown : FieldExpression;

    /// <summary>The filter, or null when the text is not about exactly one.</summary>
    public static SpansetFilter? ParseLenientFilter(string text)
    {
        var tokens = Lexer.Tokenize(text);
        var pipe = tokens.FindIndex(static token => token.Kind == TokenKind.Pipe);
        if (pipe >= 0)
        {
            var start = tokens[pipe].Range.Start;
            tokens.RemoveRange(pipe, tokens.Count - pipe);
            tokens.Add(new Token(TokenKind.End, new TextRange(start, start)));
        }

        var parser = new Parser(text, tokens) { _lenient = true };
        try
        {
            return parser.ParseLenientFilter();
        }
        catch (ParseException)
        {
            return null;
        }
    }

    private SpansetFilter? ParseLenientFilter()
    {
        while (TryAccept(TokenKind.OpenParen))
        {
        }

        if (Current.Kind != TokenKind.OpenBrace)
        {
            return null;
        }

        var open = Advance();
        var condition = KnownOrNull(ParseFieldExpression(LogicalLevel)) ?? new Literal(StaticValue.True);
        var range = TextRange.Cover(open.Range, Current.Range);
        var isWhole = TryAccept(TokenKind.CloseBrace);
        while (TryAccept(TokenKind.CloseParen))
        {
        }

        return Current.Kind == TokenKind.End || (isWhole && Current.Kind == TokenKind.With)
            ? new SpansetFilter(condition) { Range = range, Depth = condition.Depth + 1 }
            : null;
    }

    /// <summary>What stands where an operand should.</summary>
    private Unknown ParseUnknown()
    {
        var token = Current;
        switch (token.Kind)
        {
            case TokenKind.OpenBrace:
                throw Unexpected(token, FieldStarts);
            case TokenKind.End or TokenKind.CloseBrace or TokenKind.CloseParen or TokenKind.Comma:
            case var kind when FieldOperator(kind) is not null:
                break;
            default:
                Advance();
                break;
        }

        return new Unknown { Range = token.Range };
    }

    /// <summary>Passes over what follows an operand and is no operator.</summary>
    private void SkipToOperator()
    {
        while (FieldOperator(Current.Kind) is null
            && Current.Kind is not (TokenKind.End or TokenKind.CloseBrace or TokenKind.CloseParen or TokenKind.OpenBrace))
        {
            Advance();
        }
    }

    /// <summary>Combines two conditions of which either may be unknown.</summary>
    private FieldExpression CombineLenient(TextRange at, BinaryOperator op, FieldExpression left, FieldExpression right)
    {
        var range = TextRange.Cover(left.Range, right.Range);
        if (!op.IsLogical())
        {
            var known = left is Unknown || right is Unknown ? null : CombineKnown(at, op, left, right);

            // A regular expression or a word that is half typed makes this condition invalid, not its neighbours.
            return known is not null && (op.IsArithmetic() || Validator.IsValid(known, _text)) ? known : new Unknown { Range = range };
        }

        return (KnownOrNull(left), KnownOrNull(right)) switch
        {
            ({ } a, { } b) => CombineKnown(at, op, a, b),
            ({ } a, null) when op == BinaryOperator.And => a,
            (null, { } b) when op == BinaryOperator.And => b,
            _ => new Unknown { Range = range },
        };
    }

    /// <summary>
    /// A field or value by itself is taken for a comparison that is still being typed, though a bare attribute would be valid.
    /// </summary>
    private static FieldExpression? KnownOrNull(FieldExpression condition) => condition switch
    {
        Unknown or FieldReference or FieldUnary { Operator: UnaryOperator.Negate } => null,
        Literal { Value.Type: not StaticType.Bool } => null,
        FieldBinary binary when binary.Operator.IsArithmetic() => null,
        _ => condition,
    };
}
