using System.Globalization;

namespace Clew.Api.Prometheus;

/// <summary>Durations as Prometheus writes them: <c>1h30m</c>, <c>500ms</c>, <c>1d</c>, <c>1w</c>, <c>1y</c>.</summary>
internal static class PromDuration
{
    private const long Second = 1_000_000_000;

    public static bool TryParse(string text, out long nanos)
    {
        nanos = 0;
        var at = 0;
        var total = 0.0;
        while (at < text.Length)
        {
            var digits = at;
            while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.'))
            {
                at++;
            }

            if (!double.TryParse(text.AsSpan(digits, at - digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            var unit = at;
            while (at < text.Length && char.IsAsciiLetter(text[at]))
            {
                at++;
            }

            var size = text[unit..at] switch
            {
                "ms" => Second / 1000,
                "s" or "" => Second,
                "m" => 60 * Second,
                "h" => 3600 * Second,
                "d" => 86_400 * Second,
                "w" => 7 * 86_400 * Second,
                "y" => 365 * 86_400 * Second,
                _ => 0,
            };
            if (size == 0)
            {
                return false;
            }

            total += number * size;
        }

        if (text.Length == 0 || total > long.MaxValue / 2.0)
        {
            return false;
        }

        nanos = (long)total;
        return true;
    }
}
