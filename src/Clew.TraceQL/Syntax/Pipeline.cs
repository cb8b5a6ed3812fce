namespace Clew.TraceQL.Syntax;

/// <summary>Stages joined by <c>|</c>; never empty.</summary>
public sealed record Pipeline(NodeList<PipelineStage> Stages) : SyntaxNode;

/// <summary>One stage: takes the spansets of a trace and gives others.</summary>
public abstract record PipelineStage : SyntaxNode;

/// <summary>A spanset expression, evaluated within each incoming spanset.</summary>
public sealed record SpansetStage(SpansetExpression Expression) : PipelineStage;

/// <summary>
/// Keeps the spansets for which the comparison holds, such as <c>count() &gt; 2</c>. At least one side has an aggregate. When
/// it stands over <see cref="ScalarPipeline"/>s, what is kept are the spans of all of them.
/// </summary>
public sealed record ScalarFilter(BinaryOperator Operator, ScalarExpression Left, ScalarExpression Right) : PipelineStage;

/// <summary><c>by(key)</c>: one spanset per value of the key; spans without it form a group of their own.</summary>
public sealed record GroupBy(FieldExpression Key) : PipelineStage;

/// <summary><c>coalesce()</c>: merges the spansets of a trace into one.</summary>
public sealed record Coalesce : PipelineStage;

/// <summary><c>select(a, b)</c>: adds fields to the spans of the answer.</summary>
public sealed record Select(NodeList<FieldReference> Fields) : PipelineStage;

/// <summary><c>sort(duration desc, start)</c>: orders the traces of the answer, before the limit cuts.</summary>
public sealed record Sort(NodeList<SortKey> Keys) : PipelineStage;

/// <summary>What a sort key looks at.</summary>
public enum SortKeyKind : byte
{
    /// <summary><c>duration</c>: of the trace.</summary>
    Duration,

    /// <summary><c>start</c>: of the trace.</summary>
    Start,

    /// <summary><c>spans</c>: all spans of the trace.</summary>
    Spans,

    /// <summary><c>errors</c>: spans of the trace with status error.</summary>
    Errors,

    /// <summary><c>matched</c>: spans of the trace that the query kept.</summary>
    Matched,

    /// <summary>
    /// A field of the matched spans: the greatest value counts when descending, the smallest when ascending. Traces without
    /// any value come last either way.
    /// </summary>
    Field,
}

/// <summary>One key of a sort.</summary>
/// <param name="Kind">What it looks at.</param>
/// <param name="Field">Set only for <see cref="SortKeyKind.Field"/>.</param>
/// <param name="Ascending">False, the default of the language, puts the greatest first.</param>
public sealed record SortKey(SortKeyKind Kind, FieldReference? Field = null, bool Ascending = false) : SyntaxNode;
