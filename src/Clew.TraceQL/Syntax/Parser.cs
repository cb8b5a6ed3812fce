using System.Runtime.CompilerServices;
using Clew.TraceQL.Analysis;

namespace Clew.TraceQL.Syntax;

/// <summary>
/// Pratt parser over the tokens of a query. Stops at the first mistake with a <see cref="ParseException"/> whose message names
/// the token that cannot stand where it stands.
/// </summary>
internal sealed partial class Parser
{
    private readonly string _text;
    private readonly List<Token> _tokens;
    private int _index;
    private int _nesting;

    private Parser(string text, List<Token> tokens)
    {
        _text = text;
        _tokens = tokens;
    }

    private Token Current => _tokens[_index];

    public static Query ParseQuery(string text) => ParseQuery(text, Lexer.Tokenize(text));

    public static Query ParseQuery(string text, List<Token> tokens) => new Parser(text, tokens).ParseQuery();

    /// <summary>A field by itself, as in the path of a tag values request: <c>.a</c>, <c>resource.a</c>, <c>span:name</c>.</summary>
    public static FieldReference ParseField(string text)
    {
        var parser = new Parser(text, Lexer.Tokenize(text));
        var field = parser.ParseFieldReference();
        parser.Expect(TokenKind.End);
        return field;
    }

    private Query ParseQuery()
    {
        var start = Current.Range;
        var operand = ParseExpression(inGroup: false);
        QueryBody body = operand.Kind switch
        {
            OperandKind.Metrics => new MetricsQuery((MetricsExpression)operand.Node) { Range = operand.Range, Depth = operand.Node.Depth },
            OperandKind.Spanset or OperandKind.Pipeline => MakeSearch(operand),

            // A number by itself: a comparison is missing.
            _ => throw Unexpected(Current, ["=", "!=", "<", ">"], Current.Kind == TokenKind.End ? "compare the number: count() > 2" : null),
        };

        var hints = new List<Hint>();
        while (Current.Kind == TokenKind.With)
        {
            ParseHints(hints);
        }

        if (Current.Kind != TokenKind.End)
        {
            throw Unexpected(Current, []);
        }

        return new Query(body, [.. hints]) { Range = TextRange.Cover(start, Previous), Depth = body.Depth };
    }

    private static SearchQuery MakeSearch(Operand operand)
    {
        var pipeline = MakePipeline(StagesOf(operand), operand.Range);
        return new SearchQuery(pipeline) { Range = operand.Range, Depth = pipeline.Depth };
    }

    private void ParseHints(List<Hint> hints)
    {
        Expect(TokenKind.With);
        Expect(TokenKind.OpenParen);
        do
        {
            var name = Current;
            if (!IsWord(name))
            {
                throw Unexpected(name, ["IDENTIFIER"]);
            }

            Advance();
            Expect(TokenKind.Equal);
            var value = ParseHintValue();
            hints.Add(new Hint(TextOf(name), value) { Range = TextRange.Cover(name.Range, Previous) });
        }
        while (TryAccept(TokenKind.Comma));

        Expect(TokenKind.CloseParen);
    }

    private StaticValue ParseHintValue()
    {
        var negative = TryAccept(TokenKind.Minus);
        var token = Current;
        var accepts = negative
            ? token.Kind is TokenKind.Integer or TokenKind.Float or TokenKind.Duration
            : token.Kind is >= TokenKind.String and <= TokenKind.KindWord;
        if (!accepts)
        {
            throw Unexpected(token, []);
        }

        Advance();
        return negative ? StaticMath.Negate(token.Value) : token.Value;
    }

    private TextRange Previous => _index == 0 ? default : _tokens[_index - 1].Range;

    private string TextOf(Token token) => _text[token.Range.Start..token.Range.End];

    private bool IsWord(Token token) =>
        token.Range.Length > 0 && (char.IsLetter(_text[token.Range.Start]) || _text[token.Range.Start] == '_')
        && token.Kind is not (TokenKind.Attribute or TokenKind.Invalid);

    private Token Advance() => _tokens[_index++];

    private bool TryAccept(TokenKind kind)
    {
        if (Current.Kind != kind)
        {
            return false;
        }

        _index++;
        return true;
    }

    private Token Expect(TokenKind kind) =>
        Current.Kind == kind ? Advance() : throw Unexpected(Current, [TokenFacts.Name(kind)]);

    /// <summary>Opens a level of parentheses or prefixes; the caller closes it with <c>_nesting--</c>.</summary>
    private void Nest()
    {
        // The second condition is for callers that are deep in their stack already.
        if (++_nesting > TraceQlLimits.MaxNesting || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw TooDeep(Current.Range);
        }
    }

    /// <summary>The depth of a node over these children, within the limit.</summary>
    private int DepthOver(TextRange at, SyntaxNode first, SyntaxNode? second = null)
    {
        var depth = 1 + Math.Max(first.Depth, second?.Depth ?? 0);
        return depth <= TraceQlLimits.MaxTreeDepth ? depth : throw TooDeep(at);
    }

    private static ParseException TooDeep(TextRange at) => new(
        $"syntax error: the expression nests deeper than {TraceQlLimits.MaxTreeDepth} levels",
        at,
        [],
        "use a regular expression in place of many alternatives");

    /// <summary>The error for a token that cannot stand here. Four expected names at most are put into the sentence.</summary>
    private ParseException Unexpected(Token token, IReadOnlyList<string> expected, string? suggestion = null)
    {
        if (token.Problem is { } problem)
        {
            return new ParseException(problem.Message, token.Range, expected, problem.Suggestion);
        }

        if (token.Kind == TokenKind.Identifier)
        {
            var word = TextOf(token);
            return new ParseException(
                $"unknown identifier: {(word.Length <= 100 ? word : word[..100] + "…")}",
                token.Range,
                expected,
                suggestion ?? SuggestForWord(word, expected));
        }

        var message = $"syntax error: unexpected {TokenFacts.Name(token.Kind)}";
        if (expected.Count is > 0 and <= 4)
        {
            message += $", expecting {string.Join(" or ", expected)}";
        }

        return new ParseException(message, token.Range, expected, suggestion);
    }

    private string? SuggestForWord(string word, IReadOnlyList<string> expected)
    {
        if (Suggestions.IsUnit(word) && _index > 0 && _tokens[_index - 1].Kind is TokenKind.Integer or TokenKind.Float)
        {
            return $"no blank stands between a number and its unit: {TextOf(_tokens[_index - 1])}{word}";
        }

        // http.method is a word and an unscoped attribute to the lexer.
        var next = _tokens[Math.Min(_index + 1, _tokens.Count - 1)];
        var isDotted = next.Kind == TokenKind.Attribute && next.Range.Start == Current.Range.End && next.Range.Length <= 100;
        return Suggestions.ForWord(isDotted ? word + TextOf(next) : word, expected);
    }
}
