using Clew.Model;

namespace Clew.Storage.Rollups;

/// <summary>Whole minutes since the epoch, the last one included.</summary>
internal readonly record struct MinuteRange(long First, long Last)
{
    public static MinuteRange All { get; } = new(long.MinValue, long.MaxValue);

    /// <summary>Rounded outwards; the end of the range is a nanosecond that belongs to it.</summary>
    public static MinuteRange Of(TimeRange range) => new(
        RollupTable.MinuteOf(Math.Max(0, range.StartUnixNano)), RollupTable.MinuteOf(Math.Max(0, range.EndUnixNano)));

    /// <summary>Rounded inwards: the minutes that lie in the range whole. Empty (last before first) when there is none.</summary>
    public static MinuteRange Within(TimeRange range) => new(
        RollupTable.MinuteOf(Math.Max(0, range.StartUnixNano) + MinuteNanos - 1),
        range.EndUnixNano == long.MaxValue ? RollupTable.MinuteOf(long.MaxValue) : RollupTable.MinuteOf(Math.Max(0, range.EndUnixNano) + 1) - 1);

    public bool IsEmpty => Last < First;

    public long FirstNano => First <= 0 ? long.MinValue : First * MinuteNanos;

    public long LastNano => Last >= long.MaxValue / MinuteNanos ? long.MaxValue : ((Last + 1) * MinuteNanos) - 1;

    private const long MinuteNanos = 60 * UnixNano.PerSecond;

    public bool Contains(long minute) => minute >= First && minute <= Last;
}
