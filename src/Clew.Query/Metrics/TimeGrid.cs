namespace Clew.Query.Metrics;

/// <summary>
/// The intervals of a metrics answer: each is open at its start, closed at its end and labelled with its end. A span belongs to the
/// interval of its start time. Times are nanoseconds since the epoch.
/// </summary>
public sealed class TimeGrid
{
    private readonly long _first;

    private TimeGrid(long startUnixNano, long firstUnixNano, long stepNanos, int count, bool isInstant)
    {
        StartUnixNano = startUnixNano;
        _first = firstUnixNano;
        StepNanos = stepNanos;
        Count = count;
        IsInstant = isInstant;
    }

    /// <summary>Spans that start at this time are outside, unless the grid is an instant.</summary>
    public long StartUnixNano { get; }

    public long EndUnixNano => Label(Count - 1);

    public long StepNanos { get; }

    public int Count { get; }

    /// <summary>One interval, closed at both ends.</summary>
    public bool IsInstant { get; }

    public double StepSeconds => StepNanos / 1e9;

    /// <summary>
    /// Tempo's alignment: the start goes down to a multiple of the step and one more step is put in front, the end goes up to a multiple.
    /// </summary>
    public static TimeGrid Aligned(long startUnixNano, long endUnixNano, long stepNanos)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(stepNanos, 0);
        var first = startUnixNano / stepNanos * stepNanos;
        var last = (endUnixNano + stepNanos - 1) / stepNanos * stepNanos;
        return new TimeGrid(first - stepNanos, first, stepNanos, checked((int)((last - first) / stepNanos) + 1), isInstant: false);
    }

    public static TimeGrid Instant(long startUnixNano, long endUnixNano) =>
        new(startUnixNano, endUnixNano, Math.Max(1, endUnixNano - startUnixNano), 1, isInstant: true);

    /// <summary>Intervals that <see cref="Aligned"/> would make, without overflow for absurd requests.</summary>
    public static long CountAligned(long startUnixNano, long endUnixNano, long stepNanos) => ((endUnixNano - startUnixNano) / stepNanos) + 2;

    /// <summary>The earliest time that is inside.</summary>
    public long FirstUnixNano => IsInstant ? StartUnixNano : StartUnixNano + 1;

    /// <summary>The earliest time that an interval has.</summary>
    public long Earliest(int interval) => IsInstant ? StartUnixNano : Label(interval) - StepNanos + 1;

    /// <summary>The end of an interval.</summary>
    public long Label(int interval) => _first + (interval * StepNanos);

    /// <summary>The interval of a time; -1 when it lies outside.</summary>
    public int IntervalOf(long unixNano)
    {
        if (unixNano > EndUnixNano || unixNano < StartUnixNano || (unixNano == StartUnixNano && !IsInstant))
        {
            return -1;
        }

        return IsInstant ? 0 : (int)((unixNano - StartUnixNano - 1) / StepNanos);
    }
}
