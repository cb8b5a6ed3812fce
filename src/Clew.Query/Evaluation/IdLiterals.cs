using Clew.Model;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Evaluation;

/// <summary>
/// Ids in a query may be written short or in upper case. They are brought into the form in which the intrinsics give them, so that
/// <c>trace:id = "ABC1"</c> finds what <c>/api/traces/abc1</c> finds.
/// </summary>
internal static class IdLiterals
{
    /// <summary>The literal that a field is really compared with.</summary>
    public static StaticValue For(FieldExpression field, BinaryOperator op, StaticValue literal)
    {
        if (field is not IntrinsicRef { Intrinsic: var intrinsic } || literal.Type != StaticType.String || literal.AsString.Length == 0
            || op is not (BinaryOperator.Equal or BinaryOperator.NotEqual))
        {
            return literal;
        }

        return intrinsic switch
        {
            Intrinsic.TraceId or Intrinsic.LinkTraceId when TraceId.TryParse(literal.AsString, out var id) => StaticValue.FromString(id.ToString()),
            Intrinsic.SpanId or Intrinsic.SpanParentId or Intrinsic.LinkSpanId when literal.AsString.Length <= 2 * SpanId.Size && SpanId.TryParse(literal.AsString, out var id) =>
                StaticValue.FromString(id.ToString()),
            _ => literal,
        };
    }
}
