namespace Clew.TraceQL.Syntax;

/// <summary>What a token is. Names of the grammar, see <see cref="TokenFacts.Name"/>.</summary>
internal enum TokenKind : byte
{
    End,

    /// <summary>Text that is no token; <see cref="Token.Problem"/> says why.</summary>
    Invalid,

    String,
    Integer,
    Float,
    Duration,
    True,
    False,
    Nil,
    StatusWord,
    KindWord,

    /// <summary>Scope, dot and name together.</summary>
    Attribute,

    /// <summary>In either spelling.</summary>
    Intrinsic,

    /// <summary>A word without a meaning of its own: names of hints and of our additions, and mistakes.</summary>
    Identifier,

    Count,
    Min,
    Max,
    Avg,
    Sum,
    By,
    Coalesce,
    Select,
    With,
    Rate,
    CountOverTime,
    MinOverTime,
    MaxOverTime,
    AvgOverTime,
    SumOverTime,
    HistogramOverTime,
    QuantileOverTime,
    Compare,
    TopK,
    BottomK,

    OpenBrace,
    CloseBrace,
    OpenParen,
    CloseParen,
    Comma,
    Dot,
    Pipe,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Match,
    NotMatch,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Caret,
    And,
    Or,
    Not,
    Descendant,
    Ancestor,
    Tilde,
    NotChild,
    NotParent,
    NotDescendant,
    NotAncestor,
    UnionChild,
    UnionParent,
    UnionDescendant,
    UnionAncestor,
    UnionSibling,
}

/// <summary>A token and what it carries.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Range">Where it stands.</param>
/// <param name="Value">The value of a literal.</param>
/// <param name="Field">The field of an attribute or intrinsic.</param>
/// <param name="Problem">Why an <see cref="TokenKind.Invalid"/> one is none.</param>
internal readonly record struct Token(
    TokenKind Kind,
    TextRange Range,
    StaticValue Value = default,
    FieldReference? Field = null,
    TokenProblem? Problem = null);

/// <summary>Why a piece of text is no token.</summary>
/// <param name="Message">The sentence after "parse error at …".</param>
/// <param name="Suggestion">The way out.</param>
internal sealed record TokenProblem(string Message, string? Suggestion = null);
