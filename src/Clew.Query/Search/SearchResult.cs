using Clew.Model;
using Clew.Query.Values;

namespace Clew.Query.Search;

/// <summary>The answer of a search: traces in the order of the query, newest first unless it sorts.</summary>
public sealed record SearchResult(IReadOnlyList<TraceResult> Traces, QueryStats Stats);

/// <summary>A trace that matches, seen as a whole.</summary>
public sealed record TraceResult
{
    public required TraceId Id { get; init; }

    /// <summary>Null while no root span has arrived.</summary>
    public required string? RootServiceName { get; init; }

    /// <summary>Null while no root span has arrived.</summary>
    public required string? RootName { get; init; }

    public required long StartUnixNano { get; init; }

    public required long DurationNanos { get; init; }

    public required IReadOnlyList<SpansetResult> Spansets { get; init; }

    /// <summary>By service name, in order of first appearance.</summary>
    public required IReadOnlyList<ServiceStats> Services { get; init; }
}

/// <summary>Spans of one service in a trace.</summary>
public sealed record ServiceStats(string Name, int SpanCount, int ErrorCount);

/// <summary>Spans of a trace that belong together in the answer.</summary>
/// <param name="Spans">The first of them in order of start.</param>
/// <param name="Matched">How many there are in all.</param>
/// <param name="Attributes">Group keys and aggregates, such as <c>by(resource.x)</c> and <c>count()</c>.</param>
public sealed record SpansetResult(IReadOnlyList<SpanResult> Spans, int Matched, IReadOnlyList<NamedValue> Attributes);

/// <summary>A span of the answer with the fields that the query touched.</summary>
public sealed record SpanResult(SpanId Id, string Name, long StartUnixNano, long DurationNanos, IReadOnlyList<NamedValue> Attributes);

/// <summary>A value under the name that answers give it: attributes without their scope, intrinsics as they are written unscoped.</summary>
public readonly record struct NamedValue(string Name, QueryValue Value);
