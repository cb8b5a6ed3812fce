namespace Clew.TraceQL.Syntax;

/// <summary>An expression over the fields of one span.</summary>
public abstract record FieldExpression : SyntaxNode;

/// <summary>A literal. Arithmetic between literals is folded into one of these while parsing.</summary>
public sealed record Literal(StaticValue Value) : FieldExpression;

/// <summary>Something that names a value of the span: what <c>select</c>, <c>by</c> of metrics and sort keys take.</summary>
public abstract record FieldReference : FieldExpression;

/// <summary>Where an attribute is looked up.</summary>
public enum FieldScope : byte
{
    /// <summary>Unscoped: span, then resource, event, link, instrumentation; the first that has it.</summary>
    Any,
    Span,
    Resource,
    Event,
    Link,
    Instrumentation,
}

/// <summary>
/// An attribute: <c>.a</c>, <c>span.a</c>, <c>parent.a</c>, <c>parent.resource.a</c>. The name is without scope, quotes and
/// escapes. An unscoped <c>status</c>, <c>kind</c>, <c>duration</c>, <c>name</c> or <c>statusMessage</c> falls back to the
/// intrinsic of that name (<see cref="FallbackIntrinsic"/>).
/// </summary>
/// <param name="Scope">Where to look.</param>
/// <param name="Name">The attribute's key, never empty.</param>
/// <param name="OfParent">True when the value is the parent span's. Only with the scopes any, span and resource.</param>
public sealed record AttributeRef(FieldScope Scope, string Name, bool OfParent = false) : FieldReference
{
    /// <summary>
    /// For unscoped names (also of the parent): the intrinsic that answers when the span has no attribute of that name with
    /// a comparable type. Null for all other names.
    /// </summary>
    public Intrinsic? FallbackIntrinsic => Scope != FieldScope.Any ? null : Name switch
    {
        "status" => Intrinsic.Status,
        "kind" => Intrinsic.Kind,
        "duration" => Intrinsic.Duration,
        "name" => Intrinsic.Name,
        "statusMessage" => Intrinsic.StatusMessage,
        _ => null,
    };
}

/// <summary>An intrinsic, in either spelling.</summary>
public sealed record IntrinsicRef(Intrinsic Intrinsic) : FieldReference;

/// <summary>Two field expressions and an operator.</summary>
public sealed record FieldBinary(BinaryOperator Operator, FieldExpression Left, FieldExpression Right) : FieldExpression;

/// <summary><c>-x</c> or <c>!x</c>.</summary>
public sealed record FieldUnary(UnaryOperator Operator, FieldExpression Operand) : FieldExpression;
