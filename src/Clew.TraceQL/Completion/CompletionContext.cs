using Clew.TraceQL.Syntax;

namespace Clew.TraceQL.Completion;

/// <summary>Where the cursor stands.</summary>
public enum CompletionSituation : byte
{
    /// <summary>In a comment, or where only a number or a bracket can stand.</summary>
    None,

    /// <summary>Nothing is written: whole queries to begin with.</summary>
    Empty,

    /// <summary>Where a spanset begins: behind a spanset operator or an open parenthesis.</summary>
    Spanset,

    /// <summary>Behind a spanset or stage: spanset operators, <c>|</c>, <c>with</c>.</summary>
    SpansetOperator,

    /// <summary>In braces or an argument, where a field or a value begins: scopes, intrinsics, attribute names.</summary>
    Field,

    /// <summary>Behind a scope and its dot: names of attributes of <see cref="CompletionContext.Scope"/>.</summary>
    AttributeName,

    /// <summary>Behind <see cref="CompletionContext.Field"/>: comparisons and arithmetic.</summary>
    Operator,

    /// <summary>Behind a comparison with <see cref="CompletionContext.Field"/>: its values.</summary>
    Value,

    /// <summary>Behind a whole condition: <c>&amp;&amp;</c>, <c>||</c>, a bracket.</summary>
    LogicalOperator,

    /// <summary>Behind <c>|</c>: stages, aggregates, metrics functions.</summary>
    PipelineFunction,

    /// <summary>Behind an aggregate: comparisons.</summary>
    Comparison,

    /// <summary>Behind a metrics function: <c>by</c>, second stages, <c>with</c>.</summary>
    MetricsStage,

    /// <summary>Behind the <c>|</c> of a metrics query: <c>topk</c>, <c>bottomk</c>.</summary>
    SecondStage,

    /// <summary>In <c>by(</c>, <c>select(</c> or a metrics function: a field.</summary>
    FieldArgument,

    /// <summary>In <c>sort(</c>: a key.</summary>
    SortKey,

    /// <summary>Behind a sort key: a direction.</summary>
    SortDirection,

    /// <summary>In <c>with(</c>: the name of a hint.</summary>
    HintName,

    /// <summary>Behind the name of <see cref="CompletionContext.Hint"/> and <c>=</c>.</summary>
    HintValue,
}

/// <summary>What a proposal is, for its icon.</summary>
public enum CompletionItemKind : byte
{
    Query,
    Scope,
    Intrinsic,
    Keyword,
    Operator,
    Function,
    Hint,
    Name,
}

/// <summary>A proposal that the language itself can make; names and values of attributes come from the store.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Label">What is shown.</param>
/// <param name="Insert">What replaces <see cref="CompletionContext.Replace"/>.</param>
/// <param name="Detail">A short explanation; may be null.</param>
public sealed record CompletionItem(CompletionItemKind Kind, string Label, string Insert, string? Detail = null);

/// <summary>What may stand at the cursor.</summary>
/// <param name="Situation">Where the cursor stands.</param>
/// <param name="Replace">What a chosen proposal replaces; empty at the cursor when nothing is begun.</param>
/// <param name="Prefix">What is already typed of it, without quotes.</param>
/// <param name="Items">The proposals of the language that begin with the prefix.</param>
public sealed record CompletionContext(
    CompletionSituation Situation,
    TextRange Replace,
    string Prefix,
    NodeList<CompletionItem> Items)
{
    /// <summary>For attribute names: where they are looked for.</summary>
    public FieldScope Scope { get; init; }

    /// <summary>For attribute names: they are the parent span's.</summary>
    public bool OfParent { get; init; }

    /// <summary>For operators and values: what they are of.</summary>
    public FieldReference? Field { get; init; }

    /// <summary>For values of hints: the hint.</summary>
    public string? Hint { get; init; }

    /// <summary>
    /// The filter around the cursor without the condition at the cursor, to narrow names and values with; null when there is
    /// none to narrow by.
    /// </summary>
    public SpansetFilter? Filter { get; init; }
}
