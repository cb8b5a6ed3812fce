namespace Clew.Model;

/// <summary>A window of time in nanoseconds since the Unix epoch, both ends included.</summary>
public readonly record struct TimeRange(long StartUnixNano, long EndUnixNano)
{
    /// <summary>Everything that can be stored.</summary>
    public static TimeRange All { get; } = new(long.MinValue, long.MaxValue);

    public bool Overlaps(long startUnixNano, long endUnixNano) =>
        startUnixNano <= EndUnixNano && endUnixNano >= StartUnixNano;
}

/// <summary>Conversions between clocks and Unix nanoseconds.</summary>
public static class UnixNano
{
    public const long PerSecond = 1_000_000_000;

    public const long PerMillisecond = 1_000_000;

    public static long From(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * 100;

    public static long Now(TimeProvider clock) => From(clock.GetUtcNow());

    /// <summary>Nanoseconds outside the range of <see cref="DateTimeOffset"/> are clamped to it.</summary>
    public static DateTimeOffset ToTime(long unixNano) => DateTimeOffset.UnixEpoch.AddTicks(unixNano / 100);

    /// <summary>OTLP times are unsigned; what passes the signed range (the year 2262) is clamped to its end.</summary>
    public static long Clamp(ulong unixNano) => unixNano > long.MaxValue ? long.MaxValue : (long)unixNano;
}
