using Clew.Model;

namespace Clew.Query.Skeletons;

/// <summary>
/// The tree of a trace in arrays, one entry a row, rows in depth-first order: a span, then what is below it, siblings by start. Immutable once
/// built; about 80 bytes a span, and 8 an event.
/// </summary>
public sealed class TraceSkeleton
{
    /// <summary><see cref="Parents"/> of a root.</summary>
    public const int NoParent = -1;

    /// <summary><see cref="Parents"/> of a span whose parent is not in the trace.</summary>
    public const int MissingParent = -2;

    /// <summary><see cref="Flags"/>: the span starts before its parent or ends after it.</summary>
    public const byte Skewed = 1;

    /// <summary><see cref="Flags"/>: the end of the trace waited for the span.</summary>
    public const byte Critical = 2;

    public required TraceId Id { get; init; }

    public required long StartUnixNano { get; init; }

    public required long DurationNanos { get; init; }

    /// <summary>Service names, and the names of spans, that the columns refer to.</summary>
    public required string[] ServiceNames { get; init; }

    public required string[] SpanNames { get; init; }

    /// <summary>Why spans are missing from the skeleton, as a sentence; null when none are.</summary>
    public required string? Cut { get; init; }

    public required ulong[] SpanIds { get; init; }

    public required int[] Parents { get; init; }

    public required uint[] Descendants { get; init; }

    public required uint[] Children { get; init; }

    public required uint[] Depths { get; init; }

    /// <summary>Nanoseconds since the start of the trace; exact up to 104 days.</summary>
    public required double[] Starts { get; init; }

    public required double[] Durations { get; init; }

    /// <summary>Nanoseconds of a span that none of its children covers.</summary>
    public required double[] Selfs { get; init; }

    public required uint[] Services { get; init; }

    public required uint[] Names { get; init; }

    public required byte[] Kinds { get; init; }

    public required byte[] Statuses { get; init; }

    public required byte[] Flags { get; init; }

    /// <summary>Spans with status error below a span, itself not counted.</summary>
    public required uint[] Errors { get; init; }

    public required ushort[] Events { get; init; }

    public required ushort[] Links { get; init; }

    public required ushort[] Attributes { get; init; }

    /// <summary>How many of its events have their times in <see cref="Ticks"/>.</summary>
    public required byte[] TickCounts { get; init; }

    /// <summary>When events happened, row after row, in nanoseconds since the start of the trace.</summary>
    public required double[] Ticks { get; init; }

    /// <summary>Where each row's span is: see <see cref="SpanPlace"/>.</summary>
    internal SpanPlace[] Places { get; init; } = [];

    public int Count => SpanIds.Length;

    /// <summary>Bytes that it takes in memory.</summary>
    internal long SizeBytes => (81L * Count) + (8L * Ticks.Length) + (100L * (ServiceNames.Length + SpanNames.Length));
}

/// <summary>Where a span of a skeleton was read.</summary>
/// <param name="Part">Which of the sources that have a part of the trace, in the order of reading.</param>
/// <param name="Place">The span's place among those that this source hands out for the trace.</param>
internal readonly record struct SpanPlace(int Part, int Place);
