using Clew.TraceQL.Syntax;

namespace Clew.Query.Search;

/// <summary>Pipelines that only filter spans, one by one: their answer is the rows that meet one condition.</summary>
internal static class PlainFilter
{
    /// <summary>The condition of a pipeline of filters (and <c>select</c>); null for every other pipeline.</summary>
    public static FieldExpression? Of(Pipeline pipeline)
    {
        FieldExpression? condition = null;
        foreach (var stage in pipeline.Stages)
        {
            switch (stage)
            {
                case SpansetStage { Expression: SpansetFilter filter }:
                    condition = condition is null ? filter.Condition : new FieldBinary(BinaryOperator.And, condition, filter.Condition);
                    break;
                case Select:
                    break;
                default:
                    return null;
            }
        }

        return condition ?? new Literal(StaticValue.True);
    }
}
