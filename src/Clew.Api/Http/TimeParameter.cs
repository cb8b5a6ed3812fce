using System.Globalization;
using Clew.Model;

namespace Clew.Api.Http;

/// <summary>
/// A point in time as clients write it: whole seconds, seconds with a fraction, nanoseconds (more than ten digits), or RFC 3339.
/// </summary>
internal readonly record struct TimeParameter(string Text, long UnixNano, bool IsWholeSecond)
{
    // Tempo's rule. Ten digits of seconds reach the year 2286, beyond what nanoseconds in 64 bits can tell (2262): those are clamped.
    private const int MaxDigitsOfSeconds = 10;

    private const double MaxSeconds = (double)long.MaxValue / Model.UnixNano.PerSecond;

    /// <summary>The last nanosecond that the text means: clients cut their clocks to seconds.</summary>
    public long LastUnixNano => IsWholeSecond && UnixNano <= long.MaxValue - Model.UnixNano.PerSecond ? UnixNano + Model.UnixNano.PerSecond - 1 : UnixNano;

    public static bool TryParse(string text, out TimeParameter time)
    {
        time = default;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            var isSeconds = text.TrimStart('-', '+').Length <= MaxDigitsOfSeconds;
            time = isSeconds
                ? new TimeParameter(text, Nanoseconds(number), IsWholeSecond: true)
                : new TimeParameter(text, number, IsWholeSecond: false);
            return true;
        }

        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && Math.Abs((double)seconds) < MaxSeconds)
        {
            time = new TimeParameter(text, (long)(seconds * Model.UnixNano.PerSecond), IsWholeSecond: false);
            return true;
        }

        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var point) && text.Contains('T', StringComparison.OrdinalIgnoreCase))
        {
            time = new TimeParameter(text, Model.UnixNano.From(point), IsWholeSecond: false);
            return true;
        }

        return false;
    }

    private static long Nanoseconds(long seconds) =>
        Math.Clamp(seconds, -(long)MaxSeconds, (long)MaxSeconds) * Model.UnixNano.PerSecond;
}
