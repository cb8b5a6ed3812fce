using Clew.Model;

namespace Clew.Query.Structure;

/// <summary>
/// Many traces as one tree: spans that are called in the same way, from the root down, are one node. Nodes in depth-first order, the ones
/// that take longest in all first.
/// </summary>
public sealed record MergedTree(IReadOnlyList<MergedNode> Nodes, int Traces, string? Cut, QueryStats Stats);

/// <summary>One way to be called.</summary>
public sealed record MergedNode
{
    /// <summary>Index of the node above; -1 for roots and for spans whose parent is missing.</summary>
    public required int Parent { get; init; }

    public required int Depth { get; init; }

    public required string Service { get; init; }

    public required string Name { get; init; }

    public required SpanKind Kind { get; init; }

    /// <summary>Traces that have the node.</summary>
    public required int Traces { get; init; }

    public required long Spans { get; init; }

    public required long Errors { get; init; }

    /// <summary>Spans that the query matched.</summary>
    public required long Matched { get; init; }

    public required long TotalNanos { get; init; }

    /// <summary>Time that no child covers.</summary>
    public required long SelfNanos { get; init; }

    public required long P50Nanos { get; init; }

    public required long P90Nanos { get; init; }

    public required long MaxNanos { get; init; }

    /// <summary>From the start of the trace to the start of the span, on average.</summary>
    public required long OffsetNanos { get; init; }

    /// <summary>A trace that has the node: the one where it took longest.</summary>
    public required TraceId Example { get; init; }
}
