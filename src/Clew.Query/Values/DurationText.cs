using System.Globalization;

namespace Clew.Query.Values;

/// <summary>Nanoseconds in the form of Go's durations (<c>1h2m3.5s</c>, <c>1.5ms</c>, <c>20µs</c>), which Tempo's clients expect.</summary>
internal static class DurationText
{
    public static string Format(long nanos)
    {
        if (nanos == 0)
        {
            return "0s";
        }

        var sign = nanos < 0 ? "-" : "";
        var magnitude = nanos < 0 ? 0UL - (ulong)nanos : (ulong)nanos;
        if (magnitude < 1_000)
        {
            return $"{sign}{magnitude}ns";
        }

        if (magnitude < 1_000_000)
        {
            return $"{sign}{Fraction(magnitude, 1_000, 3)}µs";
        }

        if (magnitude < 1_000_000_000)
        {
            return $"{sign}{Fraction(magnitude, 1_000_000, 6)}ms";
        }

        var minutes = magnitude / 60_000_000_000;
        var seconds = Fraction(magnitude % 60_000_000_000, 1_000_000_000, 9);
        return minutes switch
        {
            0 => $"{sign}{seconds}s",
            < 60 => $"{sign}{minutes}m{seconds}s",
            _ => $"{sign}{minutes / 60}h{minutes % 60}m{seconds}s",
        };
    }

    private static string Fraction(ulong value, ulong unit, int digits)
    {
        var rest = value % unit;
        var whole = (value / unit).ToString(CultureInfo.InvariantCulture);
        return rest == 0 ? whole : $"{whole}.{rest.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0').TrimEnd('0')}";
    }
}
