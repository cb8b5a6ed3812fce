using System.Globalization;
using Clew.TraceQL.Syntax;

namespace Clew.TraceQL.Analysis;

/// <summary>
/// Builds the query that a legacy tag search means. Tags have no types, so a value that reads as a number or a bool is asked
/// for as that too. <c>name</c>, <c>root.name</c>, <c>root.service.name</c>, <c>status.code</c> and <c>error</c> mean the
/// intrinsics.
/// </summary>
internal static class TagSearch
{
    public static Query Build(IReadOnlyCollection<KeyValuePair<string, string?>> tags, long? minDurationNanos, long? maxDurationNanos)
    {
        FieldExpression? condition = null;
        foreach (var (key, value) in tags)
        {
            if (key.Length > 0)
            {
                condition = And(condition, Condition(key, value));
            }
        }

        if (minDurationNanos is { } min)
        {
            condition = And(condition, Compare(TraceDuration, BinaryOperator.GreaterOrEqual, StaticValue.FromDurationNanos(min)));
        }

        if (maxDurationNanos is { } max)
        {
            condition = And(condition, Compare(TraceDuration, BinaryOperator.LessOrEqual, StaticValue.FromDurationNanos(max)));
        }

        var filter = new SpansetFilter(condition ?? new Literal(StaticValue.True));
        return new Query(new SearchQuery(new Pipeline([new SpansetStage(filter)])), []);
    }

    private static IntrinsicRef TraceDuration => new(Intrinsic.TraceDuration);

    private static FieldExpression Condition(string key, string? value)
    {
        switch (key)
        {
            case "name" when value is not null:
                return Equal(new IntrinsicRef(Intrinsic.Name), StaticValue.FromString(value));
            case "root.name" when value is not null:
                return Equal(new IntrinsicRef(Intrinsic.TraceRootName), StaticValue.FromString(value));
            case "root.service.name" when value is not null:
                return Equal(new IntrinsicRef(Intrinsic.TraceRootService), StaticValue.FromString(value));
            case "status.code" when value is not null && TokenFacts.TryWord(value, out var word) && word.Kind == TokenKind.StatusWord:
                return Equal(new IntrinsicRef(Intrinsic.Status), word.Value);
            case "error" when value is "true":
                return Or(Equal(new IntrinsicRef(Intrinsic.Status), StaticValue.FromStatus(StatusKeyword.Error)), Attribute(key, value));
            default:
                return Attribute(key, value);
        }
    }

    private static FieldExpression Attribute(string key, string? value)
    {
        var attribute = new AttributeRef(FieldScope.Any, key);
        if (value is null)
        {
            return Compare(attribute, BinaryOperator.NotEqual, StaticValue.Nil);
        }

        var condition = Equal(attribute, StaticValue.FromString(value));
        if (long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer))
        {
            return Or(condition, Equal(attribute, StaticValue.FromInt(integer)));
        }

        const NumberStyles styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (double.TryParse(value, styles, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
        {
            return Or(condition, Equal(attribute, StaticValue.FromFloat(number)));
        }

        return value is "true" or "false" ? Or(condition, Equal(attribute, StaticValue.FromBool(value == "true"))) : condition;
    }

    private static FieldBinary Equal(FieldReference field, StaticValue value) => Compare(field, BinaryOperator.Equal, value);

    private static FieldBinary Compare(FieldReference field, BinaryOperator op, StaticValue value) =>
        new(op, field, new Literal(value));

    private static FieldBinary Or(FieldExpression left, FieldExpression right) => new(BinaryOperator.Or, left, right);

    private static FieldExpression And(FieldExpression? left, FieldExpression right) =>
        left is null ? right : new FieldBinary(BinaryOperator.And, left, right);
}
