using Clew.Model;
using Clew.Query.Values;

namespace Clew.Query.Traces;

/// <summary>One attribute.</summary>
internal readonly record struct AttributeData(string Key, QueryValue Value)
{
    /// <summary>
    /// The value of a key, nil when it is missing. Of a key that is there several times the first scalar counts (that is the one which
    /// columns hold), else the first array or map.
    /// </summary>
    public static QueryValue Find(AttributeData[] attributes, string key)
    {
        var found = QueryValue.Nil;
        foreach (ref readonly var attribute in attributes.AsSpan())
        {
            if (attribute.Key != key)
            {
                continue;
            }

            if (attribute.Value.Kind is ValueKind.String or ValueKind.Int or ValueKind.Float or ValueKind.Bool)
            {
                return attribute.Value;
            }

            found = found.IsNil ? attribute.Value : found;
        }

        return found;
    }
}

/// <summary>A decoded resource, shared by the spans under it.</summary>
internal sealed class ResourceData
{
    public const string ServiceNameKey = "service.name";

    public required AttributeData[] Attributes { get; init; }

    /// <summary>Empty when the resource names no service.</summary>
    public required string ServiceName { get; init; }
}

/// <summary>A decoded instrumentation scope, shared by the spans under it.</summary>
internal sealed class ScopeData
{
    public required string Name { get; init; }

    public required string Version { get; init; }

    public required AttributeData[] Attributes { get; init; }
}

internal sealed class EventData
{
    public required string Name { get; init; }

    public required long UnixNano { get; init; }

    public required AttributeData[] Attributes { get; init; }
}

internal sealed class LinkData
{
    public required string TraceId { get; init; }

    public required string SpanId { get; init; }

    public required AttributeData[] Attributes { get; init; }
}

/// <summary>A decoded span with all that it carries. Its place in the tree is set by <see cref="TraceTree"/>.</summary>
internal sealed class SpanData
{
    public required SpanId Id { get; init; }

    /// <summary>Zero for a root.</summary>
    public required SpanId ParentId { get; init; }

    public required string Name { get; init; }

    public required SpanKind Kind { get; init; }

    public required SpanStatus Status { get; init; }

    public required string StatusMessage { get; init; }

    public required long StartUnixNano { get; init; }

    public required long EndUnixNano { get; init; }

    public required ResourceData Resource { get; init; }

    public required ScopeData Scope { get; init; }

    public required AttributeData[] Attributes { get; init; }

    public required EventData[] Events { get; init; }

    public required LinkData[] Links { get; init; }

    /// <summary>Nanoseconds; zero when the end lies before the start.</summary>
    public long DurationNanos => Math.Max(0, EndUnixNano - StartUnixNano);

    /// <summary>Position in <see cref="TraceData.Spans"/>.</summary>
    public int Index { get; set; } = -1;

    /// <summary>Null for a root, and when the parent is not in the trace.</summary>
    public SpanData? Parent { get; set; }

    public int ChildCount { get; set; }

    /// <summary>Nested-set numbers: zero for spans that no root leads to.</summary>
    public int NestedSetLeft { get; set; }

    public int NestedSetRight { get; set; }

    /// <summary>The parent's left number, -1 for a root.</summary>
    public int NestedSetParent { get; set; }
}
