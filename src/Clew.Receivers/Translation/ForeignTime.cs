namespace Clew.Receivers.Translation;

/// <summary>Microseconds and seconds as senders write them, to nanoseconds. What does not fit into 63 bits becomes the largest that does.</summary>
internal static class ForeignTime
{
    private const ulong Max = long.MaxValue;

    /// <summary>Zero for a negative number.</summary>
    public static ulong FromMicroseconds(long microseconds) =>
        microseconds <= 0 ? 0 : (ulong)microseconds > Max / 1_000 ? Max : (ulong)microseconds * 1_000;

    public static ulong FromSeconds(long seconds, long nanoseconds) =>
        seconds < 0 ? 0 : (ulong)seconds > (Max / 1_000_000_000) - 1 ? Max : ((ulong)seconds * 1_000_000_000) + (ulong)Math.Clamp(nanoseconds, 0, 999_999_999);

    public static ulong Add(ulong start, ulong duration) => duration > Max - Math.Min(start, Max) ? Max : start + duration;
}
