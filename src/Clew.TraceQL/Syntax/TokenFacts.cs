using System.Collections.Frozen;

namespace Clew.TraceQL.Syntax;

/// <summary>The words of the language and the names of its tokens.</summary>
internal static class TokenFacts
{
    /// <summary>Words that are tokens of their own.</summary>
    public static readonly FrozenDictionary<string, Token> Words = MakeWords().ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Words that name an attribute scope when a dot follows at once.</summary>
    public static readonly FrozenDictionary<string, FieldScope> Scopes = new Dictionary<string, FieldScope>
    {
        ["span"] = FieldScope.Span,
        ["resource"] = FieldScope.Resource,
        ["event"] = FieldScope.Event,
        ["link"] = FieldScope.Link,
        ["instrumentation"] = FieldScope.Instrumentation,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly string[] Names = MakeNames();

    private static readonly FrozenDictionary<string, Token>.AlternateLookup<ReadOnlySpan<char>> WordsBySpan =
        Words.GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly FrozenDictionary<string, FieldScope>.AlternateLookup<ReadOnlySpan<char>> ScopesBySpan =
        Scopes.GetAlternateLookup<ReadOnlySpan<char>>();

    public static bool TryWord(ReadOnlySpan<char> text, out Token token) => WordsBySpan.TryGetValue(text, out token);

    public static bool TryScope(ReadOnlySpan<char> text, out FieldScope scope) => ScopesBySpan.TryGetValue(text, out scope);

    /// <summary>The name that "unexpected …" and "expecting …" use: the operator's or word's own text, else the class of token.</summary>
    public static string Name(TokenKind kind) => Names[(int)kind];

    private static Dictionary<string, Token> MakeWords()
    {
        var words = new Dictionary<string, Token>();
        void Add(string text, TokenKind kind, StaticValue value = default, FieldReference? field = null) =>
            words.Add(text, new Token(kind, default, value, field));

        Add("true", TokenKind.True, StaticValue.True);
        Add("false", TokenKind.False, StaticValue.FromBool(false));
        Add("nil", TokenKind.Nil, StaticValue.Nil);
        Add("minInt", TokenKind.Integer, StaticValue.FromInt(long.MinValue));
        Add("maxInt", TokenKind.Integer, StaticValue.FromInt(long.MaxValue));
        foreach (var status in Enum.GetValues<StatusKeyword>())
        {
            Add(status.ToString().ToLowerInvariant(), TokenKind.StatusWord, StaticValue.FromStatus(status));
        }

        foreach (var kind in Enum.GetValues<KindKeyword>())
        {
            Add(kind.ToString().ToLowerInvariant(), TokenKind.KindWord, StaticValue.FromKind(kind));
        }

        foreach (var (text, intrinsic) in IntrinsicFacts.Spellings)
        {
            Add(text, TokenKind.Intrinsic, field: new IntrinsicRef(intrinsic));
        }

        for (var kind = TokenKind.Count; kind <= TokenKind.BottomK; kind++)
        {
            Add(FunctionName(kind), kind);
        }

        return words;
    }

    private static string[] MakeNames()
    {
        var names = new string[Enum.GetValues<TokenKind>().Length];
        for (var kind = TokenKind.Count; kind <= TokenKind.BottomK; kind++)
        {
            names[(int)kind] = FunctionName(kind);
        }

        foreach (var (kind, name) in OtherNames)
        {
            names[(int)kind] = name;
        }

        return names;
    }

    private static string FunctionName(TokenKind kind) => kind switch
    {
        TokenKind.CountOverTime => "count_over_time",
        TokenKind.MinOverTime => "min_over_time",
        TokenKind.MaxOverTime => "max_over_time",
        TokenKind.AvgOverTime => "avg_over_time",
        TokenKind.SumOverTime => "sum_over_time",
        TokenKind.HistogramOverTime => "histogram_over_time",
        TokenKind.QuantileOverTime => "quantile_over_time",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static (TokenKind Kind, string Name)[] OtherNames =>
    [
        (TokenKind.End, "$end"), (TokenKind.Invalid, "$unk"), (TokenKind.String, "STRING"), (TokenKind.Integer, "INTEGER"),
        (TokenKind.Float, "FLOAT"), (TokenKind.Duration, "DURATION"), (TokenKind.True, "true"), (TokenKind.False, "false"),
        (TokenKind.Nil, "nil"), (TokenKind.StatusWord, "STATUS"), (TokenKind.KindWord, "KIND"), (TokenKind.Attribute, "ATTRIBUTE"),
        (TokenKind.Intrinsic, "INTRINSIC"), (TokenKind.Identifier, "IDENTIFIER"), (TokenKind.OpenBrace, "{"),
        (TokenKind.CloseBrace, "}"), (TokenKind.OpenParen, "("), (TokenKind.CloseParen, ")"), (TokenKind.Comma, ","),
        (TokenKind.Dot, "."), (TokenKind.Pipe, "|"), (TokenKind.Equal, "="), (TokenKind.NotEqual, "!="), (TokenKind.Less, "<"),
        (TokenKind.LessOrEqual, "<="), (TokenKind.Greater, ">"), (TokenKind.GreaterOrEqual, ">="), (TokenKind.Match, "=~"),
        (TokenKind.NotMatch, "!~"), (TokenKind.Plus, "+"), (TokenKind.Minus, "-"), (TokenKind.Star, "*"), (TokenKind.Slash, "/"),
        (TokenKind.Percent, "%"), (TokenKind.Caret, "^"), (TokenKind.And, "&&"), (TokenKind.Or, "||"), (TokenKind.Not, "!"),
        (TokenKind.Descendant, ">>"), (TokenKind.Ancestor, "<<"), (TokenKind.Tilde, "~"), (TokenKind.NotChild, "!>"),
        (TokenKind.NotParent, "!<"), (TokenKind.NotDescendant, "!>>"), (TokenKind.NotAncestor, "!<<"), (TokenKind.UnionChild, "&>"),
        (TokenKind.UnionParent, "&<"), (TokenKind.UnionDescendant, "&>>"), (TokenKind.UnionAncestor, "&<<"),
        (TokenKind.UnionSibling, "&~"),
    ];
}
