namespace Clew.TraceQL.Syntax;

/// <summary>What an expression outside braces turned out to be. Which operators may follow depends on it.</summary>
internal enum OperandKind : byte
{
    Spanset,

    /// <summary>Stages. A side of a spanset operator only when closed.</summary>
    Pipeline,

    /// <summary>A number over incoming spansets, or a literal.</summary>
    Scalar,

    /// <summary>A number made of parenthesised pipelines only.</summary>
    ScalarPipeline,
    Metrics,
}

/// <summary>A parsed piece of an expression outside braces.</summary>
/// <param name="Kind">Decides the type of <paramref name="Node"/>.</param>
/// <param name="Node">The matching tree.</param>
/// <param name="Closed">It stood in parentheses.</param>
/// <param name="Folded">A literal that was computed from others.</param>
internal readonly record struct Operand(OperandKind Kind, SyntaxNode Node, bool Closed = false, bool Folded = false)
{
    public TextRange Range => Node.Range;

    public bool IsLiteral => Node is ScalarLiteral;

    /// <summary>May stand beside a spanset operator.</summary>
    public bool IsSpansetLike => Kind == OperandKind.Spanset || (Kind == OperandKind.Pipeline && Closed);

    public SpansetExpression AsSpanset() => Node as SpansetExpression
        ?? new SpansetPipeline((Pipeline)Node) { Range = Node.Range, Depth = Node.Depth + 1 };
}
