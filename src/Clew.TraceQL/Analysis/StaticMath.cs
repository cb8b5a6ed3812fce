using Clew.TraceQL.Syntax;

namespace Clew.TraceQL.Analysis;

/// <summary>
/// Arithmetic between numeric values, for constant folding and for evaluation alike. Int with int gives int (division
/// truncates, <c>^</c> gives a float when the result is no 64-bit integer); a float on either side gives a float. With a
/// duration: sums, differences and remainders, products, and quotients by a number are durations; a quotient of two durations
/// and any power that is not of ints are floats. What does not fit 64 bits becomes a float instead of wrapping.
/// </summary>
public static class StaticMath
{
    /// <summary>
    /// False when the operator is no arithmetic, a side is not numeric, or the result is no finite number (division by zero).
    /// </summary>
    public static bool TryFold(BinaryOperator op, StaticValue left, StaticValue right, out StaticValue result)
    {
        result = default;
        if (!op.IsArithmetic() || !left.IsNumeric || !right.IsNumeric)
        {
            return false;
        }

        var type = ResultType(op, left.Type, right.Type);
        if (left.Type != StaticType.Float && right.Type != StaticType.Float && type != StaticType.Float
            && TryInteger(op, left.AsInt, right.AsInt, out var integer))
        {
            result = type == StaticType.Duration ? StaticValue.FromDurationNanos(integer) : StaticValue.FromInt(integer);
            return true;
        }

        var integersByZero = left.Type != StaticType.Float && right.Type != StaticType.Float && right.AsInt == 0
            && op is BinaryOperator.Divide or BinaryOperator.Modulo;
        var number = Compute(op, left.AsNumber, right.AsNumber);
        if (integersByZero || !double.IsFinite(number))
        {
            return false;
        }

        result = type == StaticType.Duration && Math.Abs(number) < long.MaxValue
            ? StaticValue.FromDurationNanos((long)number)
            : StaticValue.FromFloat(number);
        return true;
    }

    /// <summary>The negative of a numeric value; a float when it does not fit.</summary>
    public static StaticValue Negate(StaticValue value) => value.Type switch
    {
        StaticType.Float => StaticValue.FromFloat(-value.AsFloat),
        StaticType.Duration => StaticValue.FromDurationNanos(-value.AsInt),
        _ when value.AsInt == long.MinValue => StaticValue.FromFloat(-(double)long.MinValue),
        _ => StaticValue.FromInt(-value.AsInt),
    };

    /// <summary>The type of a result that fits, for numeric types.</summary>
    public static StaticType ResultType(BinaryOperator op, StaticType left, StaticType right)
    {
        var durations = (left == StaticType.Duration ? 1 : 0) + (right == StaticType.Duration ? 1 : 0);
        if (durations == 0)
        {
            return left == StaticType.Int && right == StaticType.Int ? StaticType.Int : StaticType.Float;
        }

        return op switch
        {
            BinaryOperator.Power => StaticType.Float,
            BinaryOperator.Divide when right == StaticType.Duration => StaticType.Float,
            _ => StaticType.Duration,
        };
    }

    private static double Compute(BinaryOperator op, double left, double right) => op switch
    {
        BinaryOperator.Add => left + right,
        BinaryOperator.Subtract => left - right,
        BinaryOperator.Multiply => left * right,
        BinaryOperator.Divide => left / right,
        BinaryOperator.Modulo => left % right,
        _ => Math.Pow(left, right),
    };

    private static bool TryInteger(BinaryOperator op, long left, long right, out long result)
    {
        var wide = op switch
        {
            BinaryOperator.Add => (Int128)left + right,
            BinaryOperator.Subtract => (Int128)left - right,
            BinaryOperator.Multiply => (Int128)left * right,
            BinaryOperator.Divide when right != 0 => (Int128)left / right,
            BinaryOperator.Modulo when right != 0 => (Int128)left % right,
            BinaryOperator.Power => IntegerPower(left, right),
            _ => Int128.MaxValue,
        };
        result = (long)wide;
        return wide == result;
    }

    /// <summary>A value outside 64 bits when the power is none of an integer that fits.</summary>
    private static Int128 IntegerPower(long value, long exponent)
    {
        if (exponent < 0)
        {
            return value switch { 1 => 1, -1 => exponent % 2 == 0 ? 1 : -1, _ => Int128.MaxValue };
        }

        // Only 0, 1 and -1 stay small for exponents above 63.
        Int128 result = 1;
        for (var i = 0L; i < Math.Min(exponent, 64 + (exponent & 1)); i++)
        {
            result *= value;
            if (result > long.MaxValue || result < long.MinValue)
            {
                return Int128.MaxValue;
            }
        }

        return result;
    }
}
