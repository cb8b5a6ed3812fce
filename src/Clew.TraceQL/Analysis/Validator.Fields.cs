using Clew.TraceQL.Syntax;

namespace Clew.TraceQL.Analysis;

/// <summary>Types of field expressions.</summary>
internal sealed partial class Validator
{
    /// <summary>
    /// The type, after checking everything below. A part with an error counts as dynamic, so that one mistake is one error.
    /// </summary>
    private StaticType TypeOf(FieldExpression field)
    {
        switch (field)
        {
            case Literal literal:
                return literal.Value.Type;
            case AttributeRef attribute:
                HintScope(attribute);
                return StaticType.Dynamic;
            case IntrinsicRef { Intrinsic: Intrinsic.Parent }:
                Error(field, "parent can only be compared with nil", "attributes of the parent span are parent.x, parent.span.x and parent.resource.x");
                return StaticType.Dynamic;
            case IntrinsicRef intrinsic:
                return intrinsic.Intrinsic.Type();
            case FieldUnary unary:
                return TypeOfUnary(unary);
            case FieldBinary binary:
                return TypeOfBinary(binary);
            default:
                throw new ArgumentException($"no type for {field.GetType().Name}", nameof(field));
        }
    }

    private StaticType TypeOfUnary(FieldUnary unary)
    {
        var type = TypeOf(unary.Operand);
        var isFit = type == StaticType.Dynamic
            || (unary.Operator == UnaryOperator.Not ? type == StaticType.Bool : IsNumeric(type));
        if (!isFit)
        {
            Error(unary, $"illegal operation for the given type: {Text(unary)}", $"{unary.Operator.Text()} does not take the type {NameOf(type)}");
            return StaticType.Dynamic;
        }

        return unary.Operator == UnaryOperator.Not ? StaticType.Bool : type;
    }

    private StaticType TypeOfBinary(FieldBinary binary)
    {
        if (IsParentCheck(binary))
        {
            return StaticType.Bool;
        }

        var errors = _errors.Count;
        var left = TypeOf(binary.Left);
        var right = TypeOf(binary.Right);
        if (errors == _errors.Count)
        {
            CheckBinary(binary, left, right);
        }

        if (errors != _errors.Count)
        {
            return StaticType.Dynamic;
        }

        if (!binary.Operator.IsArithmetic())
        {
            return StaticType.Bool;
        }

        return left == StaticType.Dynamic ? right : right == StaticType.Dynamic ? left : StaticMath.ResultType(binary.Operator, left, right);
    }

    private void CheckBinary(FieldBinary binary, StaticType left, StaticType right)
    {
        if (binary.Operator.IsRegex())
        {
            CheckRegex(binary, left, right);
        }
        else if (left != right && !Mixes(left, right))
        {
            Error(binary, $"binary operations must operate on the same type: {Text(binary)}", SuggestForMismatch(binary, left, right));
        }
        else if (!Allows(left, binary.Operator) || !Allows(right, binary.Operator))
        {
            var type = Allows(left, binary.Operator) ? right : left;
            Error(binary, $"illegal operation for the given types: {Text(binary)}", $"{binary.Operator.Text()} does not take the type {NameOf(type)}");
        }
        else if (binary.Operator == BinaryOperator.Equal && (NilCheckOf(binary) is { } field))
        {
            CheckNilCheck(binary, field);
        }
    }

    private void CheckRegex(FieldBinary binary, StaticType left, StaticType right)
    {
        if (binary.Right is not Literal || right != StaticType.String)
        {
            Error(binary, $"invalid type for =~ or !~: {Text(binary)}", "the right side is a regular expression in quotes");
        }
        else if (left is not (StaticType.String or StaticType.Dynamic))
        {
            Error(binary, $"binary operations must operate on the same type: {Text(binary)}", $"regular expressions do not take the type {NameOf(left)}");
        }
        else if (!TraceQlRegex.TryCreate(((Literal)binary.Right).Value.AsString, out _, out var problem))
        {
            Error(binary.Right, $"invalid regex: {problem}", "the syntax is RE2: no look-around and no back-references");
        }
    }

    private void CheckNilCheck(FieldBinary binary, FieldExpression field)
    {
        switch (field)
        {
            case IntrinsicRef intrinsic:
                Error(binary, $"{Text(intrinsic)}=nil is not valid because intrinsics cannot be nil", "use != nil, or compare with an empty value");
                break;
            case AttributeRef { Scope: FieldScope.Resource, Name: "service.name", OfParent: false }:
                Error(binary, "resource.service.name=nil is not valid because resource.service.name cannot be nil", null);
                break;
        }
    }

    /// <summary>What is compared with nil; null when neither side is nil.</summary>
    private static FieldExpression? NilCheckOf(FieldBinary binary) => binary switch
    {
        { Right: Literal { Value.IsNil: true } } => binary.Left,
        { Left: Literal { Value.IsNil: true } } => binary.Right,
        _ => null,
    };

    private static bool IsParentCheck(FieldBinary binary) =>
        binary.Operator is BinaryOperator.Equal or BinaryOperator.NotEqual && NilCheckOf(binary) is IntrinsicRef { Intrinsic: Intrinsic.Parent };

    private static bool Mixes(StaticType left, StaticType right) =>
        left == StaticType.Dynamic || right == StaticType.Dynamic
        || left == StaticType.Nil || right == StaticType.Nil
        || (IsNumeric(left) && IsNumeric(right));

    private static bool IsNumeric(StaticType type) => type is StaticType.Int or StaticType.Float or StaticType.Duration;

    private static bool Allows(StaticType type, BinaryOperator op) => type switch
    {
        StaticType.Dynamic => true,
        StaticType.Bool => op.IsLogical() || op is BinaryOperator.Equal or BinaryOperator.NotEqual,
        StaticType.Status or StaticType.Kind or StaticType.Nil => op is BinaryOperator.Equal or BinaryOperator.NotEqual,
        StaticType.String => op.IsComparison() || op.IsRegex(),
        _ => op.IsComparison() || op.IsArithmetic(),
    };

    private static bool ReferencesSpan(FieldExpression field) => field switch
    {
        FieldReference => true,
        FieldUnary unary => ReferencesSpan(unary.Operand),
        FieldBinary binary => ReferencesSpan(binary.Left) || ReferencesSpan(binary.Right),
        _ => false,
    };

    private static string? SuggestForMismatch(FieldBinary binary, StaticType left, StaticType right)
    {
        // status = "error" is the commonest of all mistakes.
        var (keyword, text) = (left, binary.Right) switch
        {
            (StaticType.Status or StaticType.Kind or StaticType.Bool, Literal { Value: { Type: StaticType.String } value }) => (left, value.AsString),
            _ => (right, (binary.Left as Literal)?.Value is { Type: StaticType.String } value ? value.AsString : null),
        };
        if (text is not null && keyword is StaticType.Status or StaticType.Kind or StaticType.Bool
            && TokenFacts.TryWord(text, out var word) && word.Value.Type == keyword)
        {
            return $"write {text} without quotes";
        }

        return $"the sides are of type {NameOf(left)} and {NameOf(right)}";
    }

    private static string NameOf(StaticType type) => type == StaticType.Dynamic ? "attribute" : type.ToString().ToLowerInvariant();

    private void HintScope(AttributeRef attribute)
    {
        if (attribute.Scope != FieldScope.Any || attribute.OfParent)
        {
            return;
        }

        var dot = attribute.Name.IndexOf('.', StringComparison.Ordinal);
        if (dot > 0 && (TokenFacts.TryScope(attribute.Name.AsSpan(0, dot), out _) || attribute.Name.StartsWith("parent.", StringComparison.Ordinal)))
        {
            Hint(
                attribute,
                DiagnosticSeverity.Warning,
                $"{Text(attribute)} is an unscoped attribute whose name begins with {attribute.Name[..dot]}",
                $"leave out the first dot to use the scope: {attribute.Name}");
        }
    }
}
