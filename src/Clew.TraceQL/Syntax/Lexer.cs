namespace Clew.TraceQL.Syntax;

/// <summary>
/// Cuts a text into tokens. Never fails: what is no token becomes <see cref="TokenKind.Invalid"/>, and the parser reports it
/// when it gets there. The last token is always <see cref="TokenKind.End"/>.
/// </summary>
internal sealed partial class Lexer
{
    private readonly string _text;
    private readonly List<Token> _tokens;
    private readonly List<TextRange>? _comments;
    private int _position;

    private Lexer(string text, List<TextRange>? comments)
    {
        _text = text;
        _comments = comments;
        _tokens = new List<Token>((text.Length / 4) + 2);
    }

    /// <summary>Cuts the text. Comments are dropped, or added to <paramref name="comments"/> when it is given.</summary>
    public static List<Token> Tokenize(string text, List<TextRange>? comments = null)
    {
        var lexer = new Lexer(text, comments);
        while (lexer.Next())
        {
        }

        return lexer._tokens;
    }

    private ReadOnlySpan<char> Rest => _text.AsSpan(_position);

    private bool Next()
    {
        SkipBlanks();
        if (_position == _text.Length)
        {
            Add(TokenKind.End, 0);
            return false;
        }

        var c = _text[_position];
        if (c == '.' && !IsDigitAt(_position + 1))
        {
            LexAttribute(_position, _position + 1, FieldScope.Any, ofParent: false);
        }
        else if (char.IsAsciiDigit(c) || c == '.')
        {
            LexNumber();
        }
        else if (IsWordStart(c))
        {
            LexWord();
        }
        else if (c is '"' or '`')
        {
            LexString(c);
        }
        else
        {
            LexOperator(c);
        }

        return true;
    }

    private void SkipBlanks()
    {
        while (_position < _text.Length)
        {
            if (char.IsWhiteSpace(_text[_position]))
            {
                _position++;
            }
            else if (Rest.StartsWith("//"))
            {
                var length = Rest.IndexOf('\n');
                SkipComment(length < 0 ? Rest.Length : length);
            }
            else if (Rest.StartsWith("/*"))
            {
                var length = Rest[2..].IndexOf("*/");
                if (length < 0)
                {
                    AddInvalid(Rest.Length, "comment not terminated", "close the comment with */");
                    return;
                }

                SkipComment(length + 4);
            }
            else
            {
                return;
            }
        }
    }

    private void SkipComment(int length)
    {
        _comments?.Add(new TextRange(_position, _position + length));
        _position += length;
    }

    private void LexWord()
    {
        var start = _position;
        var length = LengthOfWord(start);
        var word = _text.AsSpan(start, length);
        var next = start + length < _text.Length ? _text[start + length] : '\0';
        if (next == '.')
        {
            if (TokenFacts.TryScope(word, out var scope))
            {
                LexAttribute(start, start + length + 1, scope, ofParent: false);
                return;
            }

            if (word is "parent")
            {
                LexParentAttribute(start, start + length + 1);
                return;
            }
        }
        else if (next == ':' && start + length + 1 < _text.Length && IsWordStart(_text[start + length + 1]))
        {
            // A scoped intrinsic is one word: span:duration.
            length += 1 + LengthOfWord(start + length + 1);
            word = _text.AsSpan(start, length);
        }

        var range = new TextRange(start, start + length);
        _tokens.Add(TokenFacts.TryWord(word, out var token) ? token with { Range = range } : new Token(TokenKind.Identifier, range));
        _position = range.End;
    }

    private void LexOperator(char c)
    {
        foreach (var (text, kind) in Operators)
        {
            if (text[0] == c && Rest.StartsWith(text))
            {
                Add(kind, text.Length);
                return;
            }
        }

        var length = char.IsHighSurrogate(c) && _position + 1 < _text.Length && char.IsLowSurrogate(_text[_position + 1]) ? 2 : 1;
        var suggestion = c switch
        {
            '\'' => "write strings in double quotes or backticks",
            '[' or ']' => "there are no lists; write { .a = 1 || .a = 2 }",
            '&' => "did you mean &&?",
            _ => null,
        };
        AddInvalid(length, $"syntax error: unexpected character {Printer.Quote(_text.Substring(_position, length))}", suggestion);
    }

    // Longest first among those that share a beginning.
    private static readonly (string Text, TokenKind Kind)[] Operators =
    [
        ("!>>", TokenKind.NotDescendant), ("!<<", TokenKind.NotAncestor), ("&>>", TokenKind.UnionDescendant),
        ("&<<", TokenKind.UnionAncestor), ("!=", TokenKind.NotEqual), ("!~", TokenKind.NotMatch), ("!>", TokenKind.NotChild),
        ("!<", TokenKind.NotParent), ("&&", TokenKind.And), ("&>", TokenKind.UnionChild), ("&<", TokenKind.UnionParent),
        ("&~", TokenKind.UnionSibling), ("||", TokenKind.Or), (">>", TokenKind.Descendant), ("<<", TokenKind.Ancestor),
        (">=", TokenKind.GreaterOrEqual), ("<=", TokenKind.LessOrEqual), ("=~", TokenKind.Match), ("=", TokenKind.Equal),
        ("<", TokenKind.Less), (">", TokenKind.Greater), ("!", TokenKind.Not), ("~", TokenKind.Tilde), ("|", TokenKind.Pipe),
        ("+", TokenKind.Plus), ("-", TokenKind.Minus), ("*", TokenKind.Star), ("/", TokenKind.Slash), ("%", TokenKind.Percent),
        ("^", TokenKind.Caret), (",", TokenKind.Comma), ("(", TokenKind.OpenParen), (")", TokenKind.CloseParen),
        ("{", TokenKind.OpenBrace), ("}", TokenKind.CloseBrace),
    ];

    private void Add(TokenKind kind, int length, StaticValue value = default, FieldReference? field = null)
    {
        _tokens.Add(new Token(kind, new TextRange(_position, _position + length), value, field));
        _position += length;
    }

    private void AddInvalid(int length, string message, string? suggestion = null)
    {
        var range = new TextRange(_position, _position + length);
        _tokens.Add(new Token(TokenKind.Invalid, range, Problem: new TokenProblem(message, suggestion)));
        _position += length;
    }

    private int LengthOfWord(int start)
    {
        var end = start;
        while (end < _text.Length && (IsWordStart(_text[end]) || char.IsDigit(_text[end])))
        {
            end++;
        }

        return end - start;
    }

    private bool IsDigitAt(int position) => position < _text.Length && char.IsAsciiDigit(_text[position]);

    private static bool IsWordStart(char c) => c == '_' || char.IsLetter(c);
}
