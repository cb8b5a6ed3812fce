using Clew.Model;
using Clew.Query.Values;

namespace Clew.Query.Diff;

/// <summary>What became of a span between two traces.</summary>
public enum SpanChange
{
    /// <summary>In both, alike but for its times.</summary>
    Same,

    /// <summary>In both, with another status or other attributes.</summary>
    Changed,

    /// <summary>Only in the second.</summary>
    Added,

    /// <summary>Only in the first.</summary>
    Removed,
}

/// <summary>Two traces laid over each other, nodes in depth-first order.</summary>
public sealed record TraceDiff(DiffSummary Base, DiffSummary Compare, IReadOnlyList<DiffNode> Nodes, string? Cut);

/// <summary>One of the two.</summary>
public sealed record DiffSummary(TraceId Id, string? RootService, string? RootName, long StartUnixNano, long DurationNanos, int Spans, int Errors);

/// <summary>A span of the first trace, of the second, or of both. Parent is the index of the node above; -1 at the top.</summary>
public sealed record DiffNode(
    int Parent, int Depth, string Service, string Name, SpanKind Kind, SpanChange Change, DiffSpan? Base, DiffSpan? Compare, IReadOnlyList<AttributeChange> Attributes);

/// <summary>Times of a span, relative to its trace.</summary>
public sealed record DiffSpan(SpanId Id, long OffsetNanos, long DurationNanos, long SelfNanos, SpanStatus Status);

/// <summary>An attribute that differs, its key with the scope in front, or the status message. Nil on the side that does not have it.</summary>
public sealed record AttributeChange(string Key, QueryValue Base, QueryValue Compare);
