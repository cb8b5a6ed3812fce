using Clew.Model;

namespace Clew.Api.Tempo;

/// <summary>Tempo's choice of a step: a 240th of the range, rounded down to a round number.</summary>
internal static class DefaultStep
{
    private const int Intervals = 240;
    private const long Minute = 60 * UnixNano.PerSecond;
    private const long Short = 50 * UnixNano.PerMillisecond;

    private static readonly long[] Units = [60 * Minute, 5 * Minute, Minute, 15 * UnixNano.PerSecond, 5 * UnixNano.PerSecond, UnixNano.PerSecond];

    public static long Nanos(long rangeNanos)
    {
        var exact = rangeNanos / Intervals;
        if (rangeNanos < Minute)
        {
            return Math.Max(Short, exact / Short * Short);
        }

        foreach (var unit in Units)
        {
            if (unit < exact)
            {
                return exact / unit * unit;
            }
        }

        return UnixNano.PerSecond;
    }
}
