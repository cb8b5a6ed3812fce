using Clew.TraceQL.Syntax;

namespace Clew.Query.Evaluation;

/// <summary>What can be said about a spanset expression without data.</summary>
internal static class SpansetFacts
{
    /// <summary>True for <c>!( … )</c> and conjunctions of it: beside <c>&amp;&amp;</c> they decide and add no spans.</summary>
    public static bool OnlyDecides(SpansetExpression expression) => expression switch
    {
        SpansetNegation => true,
        SpansetBinary { Operator: SpansetOperator.And } and => OnlyDecides(and.Left) && OnlyDecides(and.Right),
        _ => false,
    };
}
