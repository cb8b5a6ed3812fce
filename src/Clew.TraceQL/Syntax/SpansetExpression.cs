namespace Clew.TraceQL.Syntax;

/// <summary>An expression that gives, for each trace, a set of its spans.</summary>
public abstract record SpansetExpression : SyntaxNode;

/// <summary><c>{ condition }</c>. <c>{}</c> has the condition <c>true</c>.</summary>
public sealed record SpansetFilter(FieldExpression Condition) : SpansetExpression;

/// <summary>Two spansets of a trace and an operator.</summary>
public sealed record SpansetBinary(SpansetOperator Operator, SpansetExpression Left, SpansetExpression Right) : SpansetExpression;

/// <summary>
/// <c>!( … )</c>: holds for a trace in which the operand finds no span. Beside <c>&amp;&amp;</c> it only decides and adds no
/// spans of its own (<c>A &amp;&amp; !(B)</c> gives the spans of A); alone, or as a side of <c>||</c>, it gives all spans of the
/// trace. It is never a side of a structural operator.
/// </summary>
public sealed record SpansetNegation(SpansetExpression Operand) : SpansetExpression;

/// <summary>A parenthesised pipeline as an operand: <c>({ … } | count() &gt; 1) &gt;&gt; { … }</c>.</summary>
public sealed record SpansetPipeline(Pipeline Pipeline) : SpansetExpression;
