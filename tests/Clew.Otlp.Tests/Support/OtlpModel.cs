namespace Clew.Otlp.Tests.Support;

/// <summary>
/// Plain objects for OTLP messages: what tests think in. Attribute values are null, string, bool, long, double, byte[], object?[] for an
/// array and <see cref="ModelAttribute"/>[] for a map.
/// </summary>
internal sealed record ModelAttribute(string Key, object? Value);

internal sealed record ModelResource(ModelAttribute[] Attributes, uint Dropped = 0);

internal sealed record ModelScope(string Name, string Version, ModelAttribute[] Attributes, uint Dropped = 0);

internal sealed record ModelEvent(ulong Time, string Name, ModelAttribute[] Attributes, uint Dropped = 0);

internal sealed record ModelLink(byte[] TraceId, byte[] SpanId, string TraceState, ModelAttribute[] Attributes, uint Dropped = 0, uint Flags = 0);

internal sealed record ModelStatus(string Message, int Code);

internal sealed record ModelSpan
{
    public byte[] TraceId { get; init; } = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

    public byte[] SpanId { get; init; } = [1, 2, 3, 4, 5, 6, 7, 8];

    public byte[] ParentSpanId { get; init; } = [];

    public string TraceState { get; init; } = "";

    public string Name { get; init; } = "GET /";

    public int Kind { get; init; } = 2;

    public ulong Start { get; init; } = 1_700_000_000_000_000_000;

    public ulong End { get; init; } = 1_700_000_000_010_000_000;

    public ModelAttribute[] Attributes { get; init; } = [];

    public uint DroppedAttributes { get; init; }

    public ModelEvent[] Events { get; init; } = [];

    public uint DroppedEvents { get; init; }

    public ModelLink[] Links { get; init; } = [];

    public uint DroppedLinks { get; init; }

    public ModelStatus? Status { get; init; }

    public uint Flags { get; init; }
}

internal sealed record ModelScopeSpans(ModelScope? Scope, ModelSpan[] Spans, string SchemaUrl = "");

internal sealed record ModelResourceSpans(ModelResource? Resource, ModelScopeSpans[] Scopes, string SchemaUrl = "")
{
    public static ModelResourceSpans Of(params ModelSpan[] spans) => new(
        new ModelResource([new ModelAttribute("service.name", "shop")]),
        [new ModelScopeSpans(new ModelScope("lib", "1.0", []), spans)]);
}
