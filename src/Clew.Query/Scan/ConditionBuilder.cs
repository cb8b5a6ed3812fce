using System.Runtime.InteropServices;
using Clew.Query.Evaluation;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Scan;

/// <summary>
/// Cuts a condition into parts that look at one field each. Parts of an <c>&amp;&amp;</c> or <c>||</c> on the same field become one part, so
/// that <c>.a = 1 || .a = 2 || …</c> reads its column once.
/// </summary>
internal static class ConditionBuilder
{
    public static Condition Build(FieldExpression expression)
    {
        var fields = Fields(expression);
        if (fields.Count == 0)
        {
            return new Condition.Constant(new ValueTest(new IntrinsicRef(Intrinsic.Name), expression).HoldsForNil);
        }

        if (fields.Count == 1 && !HasFallback(fields[0]))
        {
            return new Condition.Field(fields[0], new ValueTest(fields[0], expression));
        }

        return expression switch
        {
            FieldBinary { Operator: BinaryOperator.And or BinaryOperator.Or } logical => Logical(logical),
            FieldUnary { Operator: UnaryOperator.Not } not => IsCondition(not.Operand) ? new Condition.Not(Build(not.Operand)) : new Condition.Unknown(),
            _ when fields.Count == 1 => Fallback((AttributeRef)fields[0], expression),
            FieldBinary { Operator: >= BinaryOperator.Equal } comparison when IsPlain(comparison.Left) && IsPlain(comparison.Right) =>
                new Condition.NeedsAll(fields),
            _ => new Condition.Unknown(),
        };
    }

    private static Condition Logical(FieldBinary logical)
    {
        var op = logical.Operator;
        var operands = new List<FieldExpression>();
        Flatten(logical, op, operands);

        // Operands on one field are joined again into one expression, at the place of the first.
        var parts = new List<List<FieldExpression>>();
        var byField = new Dictionary<FieldReference, List<FieldExpression>>();
        foreach (var operand in operands)
        {
            var fields = Fields(operand);
            if (fields.Count == 1 && !HasFallback(fields[0]))
            {
                if (byField.TryGetValue(fields[0], out var part))
                {
                    part.Add(operand);
                    continue;
                }

                byField.Add(fields[0], part = []);
                part.Add(operand);
                parts.Add(part);
            }
            else
            {
                parts.Add([operand]);
            }
        }

        var built = parts.ConvertAll(part => Build(Join(CollectionsMarshal.AsSpan(part), op)));
        return op == BinaryOperator.And ? new Condition.And(built) : new Condition.Or(built);
    }

    // As a balanced tree: a dashboard may list thousands of values, and every walk over the tree takes stack by its depth.
    private static FieldExpression Join(ReadOnlySpan<FieldExpression> parts, BinaryOperator op) =>
        parts.Length == 1 ? parts[0] : new FieldBinary(op, Join(parts[..(parts.Length / 2)], op), Join(parts[(parts.Length / 2)..], op));

    private static void Flatten(FieldExpression expression, BinaryOperator op, List<FieldExpression> operands)
    {
        if (expression is FieldBinary binary && binary.Operator == op)
        {
            Flatten(binary.Left, op, operands);
            Flatten(binary.Right, op, operands);
        }
        else
        {
            operands.Add(expression);
        }
    }

    private static Condition Fallback(AttributeRef field, FieldExpression expression)
    {
        var fallback = field.FallbackIntrinsic!.Value;
        if (field.OfParent || expression is not FieldBinary { Operator: >= BinaryOperator.Equal } comparison)
        {
            return new Condition.Unknown();
        }

        var other = comparison.Left == field ? comparison.Right : comparison.Right == field ? comparison.Left : null;
        if (other is not Literal literal)
        {
            return new Condition.Unknown();
        }

        if (literal.Value.IsNil)
        {
            // The intrinsic is never missing.
            return new Condition.Constant(comparison.Operator == BinaryOperator.NotEqual);
        }

        var wanted = literal.Value.Type switch
        {
            StaticType.String => WantedType.String,
            StaticType.Bool => WantedType.Bool,
            StaticType.Status => WantedType.Status,
            StaticType.Kind => WantedType.Kind,
            _ => WantedType.Number,
        };
        return new Condition.WithFallback(field, fallback, wanted, new ValueTest(field, expression));
    }

    /// <summary>The fields of an expression, each once.</summary>
    public static List<FieldReference> Fields(FieldExpression expression)
    {
        var fields = new List<FieldReference>();
        Add(expression, fields);
        return fields;
    }

    private static void Add(FieldExpression expression, List<FieldReference> fields)
    {
        switch (expression)
        {
            case FieldReference field when !fields.Contains(field):
                fields.Add(field);
                break;
            case FieldBinary binary:
                Add(binary.Left, fields);
                Add(binary.Right, fields);
                break;
            case FieldUnary unary:
                Add(unary.Operand, fields);
                break;
        }
    }

    private static bool HasFallback(FieldReference field) => field is AttributeRef { FallbackIntrinsic: not null };

    /// <summary>Whether an expression always gives a bool, so that <c>!</c> turns it around.</summary>
    private static bool IsCondition(FieldExpression expression) => expression switch
    {
        FieldBinary binary => !binary.Operator.IsArithmetic(),
        FieldUnary { Operator: UnaryOperator.Not } not => IsCondition(not.Operand),
        Literal literal => literal.Value.Type == StaticType.Bool,
        _ => false,
    };

    /// <summary>Fields, literals other than nil, and arithmetic over them: nil as soon as one of the fields is.</summary>
    private static bool IsPlain(FieldExpression expression) => expression switch
    {
        FieldReference => true,
        Literal literal => !literal.Value.IsNil,
        FieldUnary { Operator: UnaryOperator.Negate } negate => IsPlain(negate.Operand),
        FieldBinary binary => binary.Operator.IsArithmetic() && IsPlain(binary.Left) && IsPlain(binary.Right),
        _ => false,
    };
}
