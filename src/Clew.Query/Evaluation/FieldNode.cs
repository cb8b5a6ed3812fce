using Clew.Query.Values;
using Clew.TraceQL.Analysis;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Evaluation;

/// <summary>A field expression made ready to run: literals converted, patterns compiled. Immutable, safe for several threads.</summary>
internal abstract class FieldNode
{
    /// <param name="fields">Where values come from.</param>
    /// <param name="wanted">What the result will be compared with.</param>
    public abstract QueryValue Evaluate(IFieldValues fields, WantedType wanted);

    /// <summary>The type of its values when it is known without looking at them.</summary>
    public virtual WantedType Type => WantedType.Any;

    /// <summary>True when the expression, as a condition, holds.</summary>
    public bool Holds(IFieldValues fields) => IsTrue(Evaluate(fields, WantedType.Bool));

    public static bool IsTrue(in QueryValue value)
    {
        if (value.Kind == ValueKind.Bool)
        {
            return value.AsBool;
        }

        if (value.Kind == ValueKind.Multi)
        {
            foreach (var item in value.Items)
            {
                if (IsTrue(item))
                {
                    return true;
                }
            }
        }

        return false;
    }

    public static FieldNode Compile(FieldExpression expression) => expression switch
    {
        Literal literal => new LiteralNode(literal.Value.ToQueryValue()),
        AttributeRef attribute => new AttributeNode(attribute),
        IntrinsicRef intrinsic => new IntrinsicNode(intrinsic.Intrinsic),
        FieldUnary unary => new UnaryNode(unary.Operator, Compile(unary.Operand)),
        FieldBinary binary => Compile(binary),
        _ => throw new ArgumentException($"unknown field expression {expression.GetType().Name}", nameof(expression)),
    };

    private static FieldNode Compile(FieldBinary binary)
    {
        var op = binary.Operator;
        if (op is BinaryOperator.Equal or BinaryOperator.NotEqual)
        {
            var (leftNil, rightNil) = (IsNil(binary.Left), IsNil(binary.Right));
            if (leftNil && rightNil)
            {
                return new LiteralNode(QueryValue.Bool(false));
            }

            if (leftNil || rightNil)
            {
                return new ExistsNode(Compile(leftNil ? binary.Right : binary.Left), exists: op == BinaryOperator.NotEqual);
            }
        }

        if (op.IsLogical())
        {
            return new LogicalNode(op == BinaryOperator.And, Compile(binary.Left), Compile(binary.Right));
        }

        if (op.IsRegex())
        {
            return new MatchNode(op == BinaryOperator.NotMatch, Compile(binary.Left), Pattern(binary.Right));
        }

        return op.IsArithmetic()
            ? new ArithmeticNode(op, Compile(binary.Left), Compile(binary.Right))
            : new CompareNode(op, CompileSide(binary.Left, op, binary.Right), CompileSide(binary.Right, op, binary.Left));
    }

    private static FieldNode CompileSide(FieldExpression side, BinaryOperator op, FieldExpression other) =>
        side is Literal literal ? new LiteralNode(IdLiterals.For(other, op, literal.Value).ToQueryValue()) : Compile(side);

    /// <summary>The pattern of a regular expression; null when it is no valid one, which the validator refuses beforehand.</summary>
    public static TraceQlRegex? Pattern(FieldExpression expression) =>
        expression is Literal { Value.Type: StaticType.String } text && TraceQlRegex.TryCreate(text.Value.AsString, out var regex, out _) ? regex : null;

    private static bool IsNil(FieldExpression expression) => expression is Literal { Value.IsNil: true };

    private static WantedType TypeOf(ValueKind kind) => kind switch
    {
        ValueKind.Int or ValueKind.Float or ValueKind.Duration => WantedType.Number,
        ValueKind.String => WantedType.String,
        ValueKind.Bool => WantedType.Bool,
        ValueKind.Status => WantedType.Status,
        ValueKind.Kind => WantedType.Kind,
        _ => WantedType.Any,
    };

    private sealed class LiteralNode(QueryValue value) : FieldNode
    {
        public override WantedType Type => TypeOf(value.Kind);

        public override QueryValue Evaluate(IFieldValues fields, WantedType wanted) => value;
    }

    private sealed class AttributeNode(AttributeRef reference) : FieldNode
    {
        public override QueryValue Evaluate(IFieldValues fields, WantedType wanted) => fields.Attribute(reference, wanted);
    }

    private sealed class IntrinsicNode(Intrinsic intrinsic) : FieldNode
    {
        public override WantedType Type => intrinsic.Type() switch
        {
            StaticType.Int or StaticType.Float or StaticType.Duration => WantedType.Number,
            StaticType.String => WantedType.String,
            StaticType.Status => WantedType.Status,
            StaticType.Kind => WantedType.Kind,
            _ => WantedType.Any,
        };

        public override QueryValue Evaluate(IFieldValues fields, WantedType wanted) => fields.Intrinsic(intrinsic);
    }

    private sealed class UnaryNode(UnaryOperator op, FieldNode operand) : FieldNode
    {
        private readonly WantedType _type = op == UnaryOperator.Not ? WantedType.Bool : WantedType.Number;

        public override WantedType Type => _type;

        public override QueryValue Evaluate(IFieldValues fields, WantedType wanted) => Apply(operand.Evaluate(fields, _type));

        // What cannot be negated is nil: a condition over it does not hold, with and without the operator.
        private QueryValue Apply(QueryValue value)
        {
            if (value.Kind == ValueKind.Multi)
            {
                return Comparison.Map(value, Apply);
            }

            if (op == UnaryOperator.Not)
            {
                return value.Kind == ValueKind.Bool ? QueryValue.Bool(!value.AsBool) : QueryValue.Nil;
            }

            return value.ToStatic() is { } number ? StaticMath.Negate(number).ToQueryValue() : QueryValue.Nil;
        }
    }

    private sealed class ExistsNode(FieldNode operand, bool exists) : FieldNode
    {
        public override WantedType Type => WantedType.Bool;

        public override QueryValue Evaluate(IFieldValues fields, WantedType wanted) =>
            QueryValue.Bool(operand.Evaluate(fields, WantedType.Any).IsNil != exists);
    }

    private sealed class LogicalNode(bool and, FieldNode left, FieldNode right) : FieldNode
    {
        public override WantedType Type => WantedType.Bool;

        public override QueryValue Evaluate(IFieldValues fields, WantedType wanted) =>
            QueryValue.Bool(and ? left.Holds(fields) && right.Holds(fields) : left.Holds(fields) || right.Holds(fields));
    }

    private sealed class CompareNode(BinaryOperator op, FieldNode left, FieldNode right) : FieldNode
    {
        public override WantedType Type => WantedType.Bool;

        public override QueryValue Evaluate(IFieldValues fields, WantedType wanted) =>
            QueryValue.Bool(Comparison.Holds(op, left.Evaluate(fields, right.Type), right.Evaluate(fields, left.Type)));
    }

    private sealed class ArithmeticNode(BinaryOperator op, FieldNode left, FieldNode right) : FieldNode
    {
        public override WantedType Type => WantedType.Number;

        public override QueryValue Evaluate(IFieldValues fields, WantedType wanted) =>
            Comparison.Compute(op, left.Evaluate(fields, WantedType.Number), right.Evaluate(fields, WantedType.Number));
    }

    /// <summary>Without a pattern nothing matches.</summary>
    private sealed class MatchNode(bool negated, FieldNode left, TraceQlRegex? pattern) : FieldNode
    {
        public override WantedType Type => WantedType.Bool;

        public override QueryValue Evaluate(IFieldValues fields, WantedType wanted) =>
            QueryValue.Bool(pattern is not null && Matches(left.Evaluate(fields, WantedType.String)));

        private bool Matches(in QueryValue value)
        {
            switch (value.Kind)
            {
                case ValueKind.String:
                    return pattern!.IsMatch(value.AsString) != negated;
                case ValueKind.Multi:
                    return AnyMatches(value.Items, expected: true);
                case ValueKind.Array:
                    // =~ wants one element to match, !~ wants none to.
                    return negated ? !AnyMatches(value.Items, expected: false) : AnyMatches(value.Items, expected: true);
                default:
                    return false;
            }
        }

        private bool AnyMatches(QueryValue[] items, bool expected)
        {
            foreach (var item in items)
            {
                if (Matches(item) == expected)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
