namespace Clew.TraceQL.Syntax;

/// <summary>What every span has a field of its own for. Both spellings (<c>duration</c>, <c>span:duration</c>) give one value.</summary>
public enum Intrinsic : byte
{
    /// <summary><c>duration</c>, <c>span:duration</c>.</summary>
    Duration,

    /// <summary><c>name</c>, <c>span:name</c>.</summary>
    Name,

    /// <summary><c>status</c>, <c>span:status</c>.</summary>
    Status,

    /// <summary><c>statusMessage</c>, <c>span:statusMessage</c>.</summary>
    StatusMessage,

    /// <summary><c>kind</c>, <c>span:kind</c>.</summary>
    Kind,

    /// <summary><c>span:id</c>: lower-case hex.</summary>
    SpanId,

    /// <summary><c>span:parentID</c>: lower-case hex, empty for a root.</summary>
    SpanParentId,

    /// <summary><c>span:childCount</c>: direct children in the trace.</summary>
    SpanChildCount,

    /// <summary><c>traceDuration</c>, <c>trace:duration</c>.</summary>
    TraceDuration,

    /// <summary><c>rootName</c>, <c>trace:rootName</c>.</summary>
    TraceRootName,

    /// <summary><c>rootServiceName</c>, <c>trace:rootService</c>.</summary>
    TraceRootService,

    /// <summary><c>trace:id</c>: lower-case hex.</summary>
    TraceId,

    /// <summary><c>event:name</c>: one value per event of the span.</summary>
    EventName,

    /// <summary><c>event:timeSinceStart</c>: from the start of the span, one value per event.</summary>
    EventTimeSinceStart,

    /// <summary><c>link:traceID</c>: lower-case hex, one value per link.</summary>
    LinkTraceId,

    /// <summary><c>link:spanID</c>: lower-case hex, one value per link.</summary>
    LinkSpanId,

    /// <summary><c>instrumentation:name</c>.</summary>
    InstrumentationName,

    /// <summary><c>instrumentation:version</c>.</summary>
    InstrumentationVersion,

    /// <summary><c>nestedSetLeft</c>: 0 when the span's place in the tree is unknown.</summary>
    NestedSetLeft,

    /// <summary><c>nestedSetRight</c>.</summary>
    NestedSetRight,

    /// <summary><c>nestedSetParent</c>: the parent's left number, -1 for a root.</summary>
    NestedSetParent,

    /// <summary><c>parent</c>: the parent span itself; can only be compared with nil.</summary>
    Parent,
}
