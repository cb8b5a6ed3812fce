using Clew.Model;

namespace Clew.Semantics;

/// <summary>A span as semantics see it: its place in the trace, its times, and what its attributes mean.</summary>
public readonly struct SpanReading
{
    public required TraceId TraceId { get; init; }

    public required ulong SpanId { get; init; }

    /// <summary>Zero for a root.</summary>
    public required ulong ParentId { get; init; }

    public required SpanKind Kind { get; init; }

    public required SpanStatus Status { get; init; }

    public required long StartUnixNano { get; init; }

    /// <summary>Zero when the end lies before the start.</summary>
    public required long DurationNanos { get; init; }

    /// <summary>Number of the span's name in <see cref="SemanticReader.Texts"/>.</summary>
    public required int Name { get; init; }

    public required SpanFacts Facts { get; init; }

    /// <summary>How many spans this one stands for (<see cref="SamplingWeight"/>); zero when the span says nothing.</summary>
    public required long OwnWeight { get; init; }

    /// <summary>The weight that the trace's sampler told on this span; holds for its whole trace. Zero when it told none.</summary>
    public required long TraceWeight { get; init; }

    /// <summary>Bytes of the request and the answer, zero when unknown.</summary>
    public required long RequestBytes { get; init; }

    public required long ResponseBytes { get; init; }

    public bool IsError => Facts.IsError(Status);
}
