using Clew.Model;

namespace Clew.Storage.Columns;

/// <summary>Names a typed column. One attribute key with values of two types is two columns.</summary>
public readonly record struct ColumnId(AttributeScope Scope, string Key, AttributeType Type)
{
    public override string ToString() => $"{Scope}.{Key}:{Type}";
}

/// <summary>The columns that every span has, whatever its attributes. Key names are part of the block format.</summary>
public static class IntrinsicColumns
{
    public static readonly ColumnId TraceId = Bytes("trace_id");
    public static readonly ColumnId SpanId = Int("span_id");
    public static readonly ColumnId ParentSpanId = Int("parent_span_id");

    /// <summary>Nanoseconds since the epoch.</summary>
    public static readonly ColumnId Start = Int("start");

    /// <summary>Nanoseconds, end minus start; zero when the end lies before the start.</summary>
    public static readonly ColumnId Duration = Int("duration");

    public static readonly ColumnId Name = new(AttributeScope.Intrinsic, "name", AttributeType.String);

    /// <summary>OTLP's numbers (<see cref="SpanKind"/>).</summary>
    public static readonly ColumnId Kind = Int("kind");

    /// <summary>OTLP's numbers (<see cref="SpanStatus"/>).</summary>
    public static readonly ColumnId Status = Int("status");

    public static readonly ColumnId StatusMessage = new(AttributeScope.Intrinsic, "status_message", AttributeType.String);

    /// <summary>Row of the span's resource in <see cref="ISpanSource.Resources"/>.</summary>
    public static readonly ColumnId Resource = Int("resource");

    /// <summary>Row of the span's instrumentation scope in <see cref="ISpanSource.Scopes"/>.</summary>
    public static readonly ColumnId Scope = Int("scope");

    /// <summary>Row of the span's trace in <see cref="ISpanSource.Traces"/>.</summary>
    public static readonly ColumnId Trace = Int("trace");

    /// <summary>Number of events; null or zero when there are none.</summary>
    public static readonly ColumnId EventCount = Int("event_count");

    /// <summary>Number of links; null or zero when there are none.</summary>
    public static readonly ColumnId LinkCount = Int("link_count");

    /// <summary>
    /// Number of attributes that have no column: arrays, maps, bytes, empty values, duplicate and rare keys. Null or zero when every
    /// attribute of the span is in a column, so a predicate on columns alone is then exact.
    /// </summary>
    public static readonly ColumnId OverflowCount = Int("overflow_count");

    /// <summary>
    /// Nested-set numbers within the trace's part in this source. <see cref="NestedParent"/> is the parent's left number, -1 for a root, 0
    /// when the parent is not here. All three are zero for a span that takes part in no relation. Blocks have them, the head does not.
    /// </summary>
    public static readonly ColumnId NestedLeft = Int("nested_left");

    public static readonly ColumnId NestedRight = Int("nested_right");

    public static readonly ColumnId NestedParent = Int("nested_parent");

    /// <summary>W3C trace state; null when empty.</summary>
    public static readonly ColumnId TraceState = new(AttributeScope.Intrinsic, "trace_state", AttributeType.String);

    /// <summary>OTLP's span flags; null when zero. So are the counts of what the sender dropped.</summary>
    public static readonly ColumnId Flags = Int("flags");

    public static readonly ColumnId DroppedAttributesCount = Int("dropped_attributes_count");

    public static readonly ColumnId DroppedEventsCount = Int("dropped_events_count");

    public static readonly ColumnId DroppedLinksCount = Int("dropped_links_count");

    /// <summary>
    /// The attributes that <see cref="OverflowCount"/> counts: encoded KeyValue messages, each behind the tag of Span.attributes, in spans,
    /// resources and scopes alike.
    /// </summary>
    public static readonly ColumnId Overflow = Bytes("attributes_overflow");

    /// <summary>Encoded Event messages, each behind the tag of Span.events.</summary>
    public static readonly ColumnId Events = Bytes("events");

    /// <summary>Encoded Link messages, each behind the tag of Span.links.</summary>
    public static readonly ColumnId Links = Bytes("links");

    /// <summary>Encoded fields of the Span that no other column can give back; null for almost every span.</summary>
    public static readonly ColumnId Residue = Bytes("residue");

    /// <summary>In <see cref="ISpanSource.Scopes"/>: the scope's name and version.</summary>
    public static readonly ColumnId ScopeName = new(AttributeScope.Intrinsic, "scope_name", AttributeType.String);

    public static readonly ColumnId ScopeVersion = new(AttributeScope.Intrinsic, "scope_version", AttributeType.String);

    private static ColumnId Int(string key) => new(AttributeScope.Intrinsic, key, AttributeType.Int);

    private static ColumnId Bytes(string key) => new(AttributeScope.Intrinsic, key, AttributeType.Bytes);
}
