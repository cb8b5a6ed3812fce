using Clew.Query.Evaluation;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Scan;

/// <summary>
/// The condition of a spanset filter in the form that columns can decide, without regard to any source: a tree of and, or, not over
/// conditions on one field each.
/// </summary>
internal abstract record Condition
{
    /// <summary>Holds for every row, or for none.</summary>
    internal sealed record Constant(bool Holds) : Condition;

    internal sealed record And(IReadOnlyList<Condition> Parts) : Condition;

    internal sealed record Or(IReadOnlyList<Condition> Parts) : Condition;

    internal sealed record Not(Condition Operand) : Condition;

    /// <summary>A function of one field's value.</summary>
    internal sealed record Field(FieldReference Reference, ValueTest Test) : Condition;

    /// <summary>
    /// A comparison of an unscoped <c>.status</c> and the like: the attribute where its type is <paramref name="Wanted"/>, else the intrinsic.
    /// </summary>
    internal sealed record WithFallback(AttributeRef Reference, Intrinsic Fallback, WantedType Wanted, ValueTest Test) : Condition;

    /// <summary>May hold where all of the fields are there; never where one is missing.</summary>
    internal sealed record NeedsAll(IReadOnlyList<FieldReference> References) : Condition;

    /// <summary>Columns cannot tell.</summary>
    internal sealed record Unknown : Condition;

    public static Condition Of(FieldExpression expression) => ConditionBuilder.Build(expression);
}
