using Clew.Model;

namespace Clew.Otlp.Batches;

/// <summary>
/// One span of a <see cref="TraceBatch"/>: where its bytes are, and the fields that routing, sampling and storing ask for without
/// reading the bytes again. Offsets count from the start of the batch's bytes.
/// </summary>
public readonly struct SpanEntry
{
    public required int Offset { get; init; }

    public required int Length { get; init; }

    public required TraceId TraceId { get; init; }

    public required SpanId SpanId { get; init; }

    /// <summary>Zero for a root.</summary>
    public required SpanId ParentSpanId { get; init; }

    public required long StartUnixNano { get; init; }

    public required long EndUnixNano { get; init; }

    public required SpanKind Kind { get; init; }

    public required SpanStatus Status { get; init; }

    /// <summary>Index into <see cref="TraceBatch.Resources"/>.</summary>
    public required int Resource { get; init; }

    /// <summary>Index into <see cref="TraceBatch.Scopes"/>.</summary>
    public required int Scope { get; init; }
}

/// <summary>
/// A slice of a batch's bytes: an encoded Resource or InstrumentationScope message, and the schema URL that stood beside it.
/// A message that was absent has length 0, which decodes to the same value.
/// </summary>
public readonly record struct ContextEntry(int Offset, int Length, int SchemaUrlOffset, int SchemaUrlLength);
