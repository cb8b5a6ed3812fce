using System.Text;
using Clew.Query.Evaluation;
using Clew.Query.Values;
using Clew.TraceQL.Analysis;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Scan;

/// <summary>
/// A condition over one field as a function of the field's value. The evaluator's own code decides, so columns and whole traces cannot
/// disagree; beside it stand the same decisions in forms that are fast on columns: ranges of integers, and tests on UTF-8 bytes.
/// Immutable, safe for several threads.
/// </summary>
internal sealed class ValueTest
{
    private readonly FieldNode _node;
    private readonly FieldReference _field;
    private readonly Shape? _shape;

    public ValueTest(FieldReference field, FieldExpression condition)
    {
        _field = field;
        _node = FieldNode.Compile(condition);
        _shape = Shape.Of(condition, field);
        Integers = _shape?.Integers();
        Texts = _shape?.Texts() is { } texts ? [.. texts.Select(Encoding.UTF8.GetBytes)] : null;
        HoldsForNil = Holds(QueryValue.Nil);
    }

    /// <summary>Whether the condition holds where the field is missing.</summary>
    public bool HoldsForNil { get; }

    /// <summary>The integers (and nanoseconds) that satisfy it; null when that is not known, then each value is tried.</summary>
    public RangeSet? Integers { get; }

    /// <summary>All texts that satisfy it, as UTF-8, when they can be listed; null otherwise.</summary>
    public byte[][]? Texts { get; }

    public bool Holds(QueryValue value) => _node.Holds(new Single(value));

    public bool HoldsForText(ReadOnlySpan<byte> utf8) =>
        _shape is null ? Holds(QueryValue.String(Encoding.UTF8.GetString(utf8))) : _shape.Holds(utf8);

    public override string ToString() => _field.ToString();

    /// <summary>The one value that stands for the field.</summary>
    private sealed class Single(QueryValue value) : IFieldValues
    {
        public QueryValue Attribute(AttributeRef reference, WantedType wanted) => value;

        public QueryValue Intrinsic(Intrinsic intrinsic) => value;
    }

    /// <summary>
    /// The condition as a tree of comparisons of the field with literals. Conditions of another form (arithmetic) have no shape.
    /// </summary>
    private abstract class Shape
    {
        /// <summary>Decides for a text.</summary>
        public abstract bool Holds(ReadOnlySpan<byte> utf8);

        public abstract RangeSet Integers();

        public abstract IEnumerable<string>? Texts();

        public static Shape? Of(FieldExpression condition, FieldReference field)
        {
            switch (condition)
            {
                case FieldBinary { Operator: BinaryOperator.And or BinaryOperator.Or } logical:
                    return Of(logical.Left, field) is { } left && Of(logical.Right, field) is { } right
                        ? new Logical(logical.Operator == BinaryOperator.And, left, right)
                        : null;
                case FieldUnary { Operator: UnaryOperator.Not, Operand: FieldBinary { Operator: >= BinaryOperator.Equal } inner }:
                    return Of(inner, field) is { } operand ? new Not(operand) : null;
                case FieldBinary { Operator: >= BinaryOperator.Equal } comparison when comparison.Left == field && comparison.Right is Literal literal:
                    return OfComparison(comparison.Operator, IdLiterals.For(field, comparison.Operator, literal.Value));
                case FieldBinary { Operator: >= BinaryOperator.Equal and <= BinaryOperator.GreaterOrEqual } comparison
                    when comparison.Right == field && comparison.Left is Literal literal:
                    return OfComparison(Mirror(comparison.Operator), IdLiterals.For(field, comparison.Operator, literal.Value));
                case Literal { Value.Type: StaticType.Bool } literal:
                    return new Constant(literal.Value.AsBool);
                default:
                    return null;
            }
        }

        private static Shape? OfComparison(BinaryOperator op, StaticValue literal)
        {
            if (op.IsRegex())
            {
                return FieldNode.Pattern(new Literal(literal)) is { } regex ? new Pattern(regex, op == BinaryOperator.NotMatch) : null;
            }

            return literal.IsNil && op is not (BinaryOperator.Equal or BinaryOperator.NotEqual) ? new Constant(false) : new Compare(op, literal);
        }

        private static BinaryOperator Mirror(BinaryOperator op) => op switch
        {
            BinaryOperator.Less => BinaryOperator.Greater,
            BinaryOperator.LessOrEqual => BinaryOperator.GreaterOrEqual,
            BinaryOperator.Greater => BinaryOperator.Less,
            BinaryOperator.GreaterOrEqual => BinaryOperator.LessOrEqual,
            _ => op,
        };

        private sealed class Logical(bool and, Shape left, Shape right) : Shape
        {
            public override bool Holds(ReadOnlySpan<byte> utf8) =>
                and ? left.Holds(utf8) && right.Holds(utf8) : left.Holds(utf8) || right.Holds(utf8);

            public override RangeSet Integers() => and ? left.Integers().And(right.Integers()) : left.Integers().Or(right.Integers());

            public override IEnumerable<string>? Texts()
            {
                if (!and)
                {
                    return left.Texts() is { } first && right.Texts() is { } second ? first.Union(second) : null;
                }

                return null;
            }
        }

        private sealed class Not(Shape operand) : Shape
        {
            public override bool Holds(ReadOnlySpan<byte> utf8) => !operand.Holds(utf8);

            public override RangeSet Integers() => operand.Integers().Not();

            public override IEnumerable<string>? Texts() => null;
        }

        private sealed class Constant(bool holds) : Shape
        {
            public override bool Holds(ReadOnlySpan<byte> utf8) => holds;

            public override RangeSet Integers() => holds ? RangeSet.All : RangeSet.Empty;

            public override IEnumerable<string>? Texts() => holds ? null : [];
        }

        private sealed class Compare(BinaryOperator op, StaticValue literal) : Shape
        {
            private readonly byte[]? _text = literal.Type == StaticType.String ? Encoding.UTF8.GetBytes(literal.AsString) : null;

            public override bool Holds(ReadOnlySpan<byte> utf8)
            {
                if (_text is null)
                {
                    return literal.IsNil && op == BinaryOperator.NotEqual;
                }

                return op switch
                {
                    BinaryOperator.Equal => utf8.SequenceEqual(_text),
                    BinaryOperator.NotEqual => !utf8.SequenceEqual(_text),
                    _ => Comparison.HoldsForOrder(op, utf8.SequenceCompareTo(_text)),
                };
            }

            public override RangeSet Integers() => literal.Type switch
            {
                StaticType.Int or StaticType.Duration => RangeSet.Comparing(op, literal.AsInt),
                StaticType.Float => RangeSet.Comparing(op, literal.AsFloat),
                StaticType.Nil => op == BinaryOperator.NotEqual ? RangeSet.All : RangeSet.Empty,
                _ => RangeSet.Empty,
            };

            public override IEnumerable<string>? Texts() => literal.Type switch
            {
                StaticType.String => op == BinaryOperator.Equal ? [literal.AsString] : null,
                StaticType.Nil => op == BinaryOperator.NotEqual ? null : [],
                _ => [],
            };
        }

        private sealed class Pattern(TraceQlRegex regex, bool negated) : Shape
        {
            public override bool Holds(ReadOnlySpan<byte> utf8) => regex.IsMatch(utf8) != negated;

            public override RangeSet Integers() => RangeSet.Empty;

            public override IEnumerable<string>? Texts() => negated ? null : regex.Literals;
        }
    }
}
