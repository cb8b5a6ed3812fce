using Clew.Model;
using Clew.Semantics.Pairing;

namespace Clew.Storage.Rollups;

/// <summary>
/// The seam to the roll-ups: who calls whom, how often, how fast, out of everything that is stored, head included. Traces that are in two
/// places (parts, spans that were sent again) count once, joined.
/// </summary>
public interface IRollupSource
{
    /// <summary>Series of spans and calls of a tenant. A tenant without data has none.</summary>
    ValueTask<RollupResult> QueryAsync(TenantId tenant, RollupQuery query, CancellationToken cancellationToken);

    /// <summary>The calls of one trace, joined from all its parts, in order of their start; none when it is not stored.</summary>
    ValueTask<IReadOnlyList<Call>> CallsAsync(TenantId tenant, TraceId trace, CancellationToken cancellationToken);
}

/// <summary>What is asked of the roll-ups.</summary>
public sealed record RollupQuery
{
    /// <summary>Spans and calls that start in it. Rounded outwards to whole minutes, which is what roll-ups have; the result says to which.</summary>
    public required TimeRange Range { get; init; }

    /// <summary>
    /// Counts the parts of minutes at both ends of the range span by span, so that the range is the one that was asked for, to the
    /// nanosecond. Without effect when those minutes hold more than <see cref="MaxTracesOfEnds"/> traces: the result says which range it has.
    /// </summary>
    public bool WithExactEnds { get; init; }

    /// <summary>Traces that are read for the parts of minutes at the ends of a range: some 30 000 spans, a tenth of a second.</summary>
    public const int MaxTracesOfEnds = 2000;

    /// <summary>The width of the points of a series, rounded up to whole minutes; zero makes one point of the whole range.</summary>
    public TimeSpan Step { get; init; }

    /// <summary>Whether series of spans (rate, errors, duration by operation) are wanted, and which.</summary>
    public bool WithSpans { get; init; } = true;

    /// <summary>Null: all.</summary>
    public Func<SpanSeriesKey, bool>? SpanFilter { get; init; }

    /// <summary>Whether series of calls (edges) are wanted, and which.</summary>
    public bool WithEdges { get; init; } = true;

    /// <summary>Null: all.</summary>
    public Func<EdgeSeriesKey, bool>? EdgeFilter { get; init; }

    /// <summary>
    /// Makes a series' key coarser before series are added up, for example without operation, code and version, so that the answer is
    /// small. Latency histograms add exactly.
    /// </summary>
    public Func<SpanSeriesKey, SpanSeriesKey>? SpanGrouping { get; init; }

    public Func<EdgeSeriesKey, EdgeSeriesKey>? EdgeGrouping { get; init; }

    /// <summary>Series of the answer at most; with more, the answer says that it is not complete.</summary>
    public int MaxSeries { get; init; } = 200_000;
}

/// <summary>A series' point: a step, counted from the start of the result, and what was counted in it.</summary>
public readonly record struct RollupPoint<TCell>(int Step, TCell Cell);

/// <summary>A series with the steps that hold something, ascending.</summary>
public sealed record RollupSeries<TKey, TCell>(TKey Key, IReadOnlyList<RollupPoint<TCell>> Points);

/// <summary>The answer, over whole minutes (unless exact ends were asked for) from <see cref="StartUnixNano"/> (included) to <see cref="EndUnixNano"/> (not included).</summary>
public sealed record RollupResult
{
    public required long StartUnixNano { get; init; }

    public required long EndUnixNano { get; init; }

    public required long StepNanos { get; init; }

    public required IReadOnlyList<RollupSeries<SpanSeriesKey, SpanCell>> Spans { get; init; }

    public required IReadOnlyList<RollupSeries<EdgeSeriesKey, EdgeCell>> Edges { get; init; }

    /// <summary>True when samplers said that stored spans stand for more: counts are then estimates.</summary>
    public bool IsSampled { get; init; }

    /// <summary>Says in words what is missing; null when nothing is.</summary>
    public string? Incomplete { get; init; }
}
