namespace Clew.Receivers.Translation;

/// <summary>
/// A span of another protocol on its way to OTLP: ids as big-endian halves, times in Unix nanoseconds. Values of attributes are
/// strings, booleans, longs, doubles or byte arrays.
/// </summary>
internal sealed class ForeignSpan
{
    /// <summary>
    /// Attributes, events, links and fields of events in one span. With the fewest bytes that each can have in OTLP they are about as
    /// many as fit into a span that is not refused for its size.
    /// </summary>
    public const int MaxParts = 1 << 17;

    public ForeignTraceId TraceId { get; set; }

    public ulong SpanId { get; set; }

    /// <summary>Zero: the span is a root.</summary>
    public ulong ParentId { get; set; }

    public string Name { get; set; } = "";

    public string TraceState { get; set; } = "";

    public ForeignKind Kind { get; set; }

    public ulong StartUnixNano { get; set; }

    public ulong EndUnixNano { get; set; }

    public ForeignStatus Status { get; set; }

    public string StatusMessage { get; set; } = "";

    public string ScopeName { get; set; } = "";

    public string ScopeVersion { get; set; } = "";

    public List<KeyValuePair<string, object>> Attributes { get; } = [];

    public List<ForeignEvent> Events { get; } = [];

    public List<ForeignLink> Links { get; } = [];

    public void Add(string key, object value) => Attributes.Add(new(key, value));
}

/// <summary>The two halves of a trace id; one of 64 bits has a zero high half.</summary>
internal readonly record struct ForeignTraceId(ulong High, ulong Low)
{
    public bool IsZero => (High | Low) == 0;
}

/// <summary>OTLP's numbers of span kinds.</summary>
internal enum ForeignKind
{
    Unspecified = 0,
    Internal = 1,
    Server = 2,
    Client = 3,
    Producer = 4,
    Consumer = 5,
}

/// <summary>OTLP's numbers of status codes.</summary>
internal enum ForeignStatus
{
    Unset = 0,
    Ok = 1,
    Error = 2,
}

internal sealed record ForeignEvent(ulong UnixNano, string Name, IReadOnlyList<KeyValuePair<string, object>> Attributes, uint Dropped = 0);

internal sealed record ForeignLink(
    ForeignTraceId TraceId, ulong SpanId, string TraceState, IReadOnlyList<KeyValuePair<string, object>> Attributes, uint Dropped = 0);
