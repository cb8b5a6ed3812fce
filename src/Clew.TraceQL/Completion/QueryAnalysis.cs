using Clew.TraceQL.Syntax;

namespace Clew.TraceQL.Completion;

/// <summary>What a piece of text is, for colouring.</summary>
public enum TokenClass : byte
{
    Comment,
    String,
    Number,
    Duration,

    /// <summary><c>true</c>, <c>nil</c>, status and kind words.</summary>
    Keyword,

    /// <summary>A scope with its dot: <c>span.</c>, <c>parent.resource.</c>; the dot alone for unscoped attributes.</summary>
    Scope,

    /// <summary>The name behind the scope.</summary>
    Attribute,
    Intrinsic,

    /// <summary>Aggregates, stages and metrics functions.</summary>
    Function,

    /// <summary>Names of hints, sort keys and directions.</summary>
    Name,
    Operator,
    Punctuation,

    /// <summary>Words and characters without a meaning.</summary>
    Unknown,
}

/// <summary>A coloured piece of text.</summary>
public readonly record struct ClassifiedToken(TokenClass Class, TextRange Range);

/// <summary>What an editor needs to know about a text: its pieces in order, its faults, and what may stand at the cursor.</summary>
public sealed record QueryAnalysis(
    NodeList<ClassifiedToken> Tokens,
    NodeList<Diagnostic> Diagnostics,
    CompletionContext Completion);
