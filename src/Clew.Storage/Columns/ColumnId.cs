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

    /// <summary>In <see cref="ISpanSource.Scopes"/>: the scope's name and version.</summary>
    public static readonly ColumnId ScopeName = new(AttributeScope.Intrinsic, "scope_name", AttributeType.String);

    public static readonly ColumnId ScopeVersion = new(AttributeScope.Intrinsic, "scope_version", AttributeType.String);

    private static ColumnId Int(string key) => new(AttributeScope.Intrinsic, key, AttributeType.Int);

    private static ColumnId Bytes(string key) => new(AttributeScope.Intrinsic, key, AttributeType.Bytes);
}
