namespace Clew.TraceQL.Syntax;

/// <summary>
/// A node of the immutable tree. Two nodes are equal when they mean the same text in canonical form; where they stood in
/// the source is not part of that. <see cref="ToString"/> is the canonical form.
/// </summary>
public abstract record SyntaxNode
{
    /// <summary>Where the node stood in the source. Empty for nodes made by hand.</summary>
    public TextRange Range { get; init; }

    /// <summary>
    /// Levels below this node, kept by the parser so that no walk over a parsed tree can run out of stack
    /// (<see cref="TraceQlLimits.MaxTreeDepth"/>). Nodes made by hand leave it at zero.
    /// </summary>
    internal int Depth { get; init; }

    public virtual bool Equals(SyntaxNode? other) => other is not null && EqualityContract == other.EqualityContract;

    public override int GetHashCode() => EqualityContract.GetHashCode();

    /// <summary>The canonical form: strings in backticks, sub-expressions parenthesised, <c>{}</c> as <c>{ true }</c>.</summary>
    public sealed override string ToString() => Printer.Print(this);
}
