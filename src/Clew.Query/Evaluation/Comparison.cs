using Clew.Query.Values;
using Clew.TraceQL.Analysis;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Evaluation;

/// <summary>
/// Comparisons and arithmetic between values at run time. Nil compares as false with everything, also under <c>!=</c>; so do values of
/// types that do not mix. An array satisfies a positive operator when one element does, and <c>!=</c> when all do. Of a multi-value
/// (events, links) one value suffices for every operator.
/// </summary>
internal static class Comparison
{
    public static bool Holds(BinaryOperator op, in QueryValue left, in QueryValue right)
    {
        if (left.IsNil || right.IsNil)
        {
            return false;
        }

        if (left.Kind == ValueKind.Multi)
        {
            foreach (var item in left.Items)
            {
                if (Holds(op, item, right))
                {
                    return true;
                }
            }

            return false;
        }

        if (right.Kind == ValueKind.Multi)
        {
            foreach (var item in right.Items)
            {
                if (Holds(op, left, item))
                {
                    return true;
                }
            }

            return false;
        }

        if (left.Kind == ValueKind.Array)
        {
            return right.Kind != ValueKind.Array && HoldsForItems(op, left.Items, right, itemsOnLeft: true);
        }

        return right.Kind == ValueKind.Array ? HoldsForItems(op, right.Items, left, itemsOnLeft: false) : HoldsForScalars(op, left, right);
    }

    private static bool HoldsForItems(BinaryOperator op, QueryValue[] items, in QueryValue other, bool itemsOnLeft)
    {
        var all = op == BinaryOperator.NotEqual;
        foreach (var item in items)
        {
            if ((itemsOnLeft ? Holds(op, item, other) : Holds(op, other, item)) != all)
            {
                return !all;
            }
        }

        return all;
    }

    private static bool HoldsForScalars(BinaryOperator op, in QueryValue left, in QueryValue right)
    {
        if (left.IsNumeric && right.IsNumeric)
        {
            return left.Kind == ValueKind.Float || right.Kind == ValueKind.Float
                ? HoldsForDoubles(op, left.AsNumber, right.AsNumber)
                : HoldsForOrder(op, left.AsInt.CompareTo(right.AsInt));
        }

        if (left.Kind != right.Kind)
        {
            return false;
        }

        return left.Kind switch
        {
            ValueKind.String => HoldsForOrder(op, Utf8Order.Compare(left.AsString, right.AsString)),
            ValueKind.Bool or ValueKind.Status or ValueKind.Kind => op switch
            {
                BinaryOperator.Equal => left.AsInt == right.AsInt,
                BinaryOperator.NotEqual => left.AsInt != right.AsInt,
                _ => false,
            },
            _ => false,
        };
    }

    public static bool HoldsForOrder(BinaryOperator op, int order) => op switch
    {
        BinaryOperator.Equal => order == 0,
        BinaryOperator.NotEqual => order != 0,
        BinaryOperator.Less => order < 0,
        BinaryOperator.LessOrEqual => order <= 0,
        BinaryOperator.Greater => order > 0,
        BinaryOperator.GreaterOrEqual => order >= 0,
        _ => false,
    };

    public static bool HoldsForDoubles(BinaryOperator op, double left, double right) => op switch
    {
        BinaryOperator.Equal => left == right,
        BinaryOperator.NotEqual => left != right,
        BinaryOperator.Less => left < right,
        BinaryOperator.LessOrEqual => left <= right,
        BinaryOperator.Greater => left > right,
        BinaryOperator.GreaterOrEqual => left >= right,
        _ => false,
    };

    /// <summary>Nil when a side is missing or no number, and when the result is no number (division by zero).</summary>
    public static QueryValue Compute(BinaryOperator op, in QueryValue left, in QueryValue right)
    {
        if (left.Kind == ValueKind.Multi)
        {
            var other = right;
            return Map(left, item => Compute(op, item, other));
        }

        if (right.Kind == ValueKind.Multi)
        {
            var other = left;
            return Map(right, item => Compute(op, other, item));
        }

        return left.ToStatic() is { } first && right.ToStatic() is { } second && StaticMath.TryFold(op, first, second, out var result)
            ? result.ToQueryValue()
            : QueryValue.Nil;
    }

    /// <summary>Applies a function to every value of a multi-value; nil results drop out.</summary>
    public static QueryValue Map(in QueryValue multi, Func<QueryValue, QueryValue> function)
    {
        var results = new List<QueryValue>(multi.Items.Length);
        foreach (var item in multi.Items)
        {
            var result = function(item);
            if (!result.IsNil)
            {
                results.Add(result);
            }
        }

        return QueryValue.Multi([.. results]);
    }
}
