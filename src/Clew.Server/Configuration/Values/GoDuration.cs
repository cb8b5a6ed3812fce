using System.Globalization;
using System.Text;

namespace Clew.Server.Configuration;

/// <summary>
/// Durations in Go's syntax, as the Collector and Tempo write them: a sequence of numbers with a unit (<c>ns us µs ms s m h</c>), such as
/// <c>300ms</c> or <c>1h30m</c>, and a bare <c>0</c>. Beyond Go, <c>d</c> (24 h) and <c>w</c> (7 d) are read. The resolution is
/// 100 ns; a shorter time that is not zero counts as 100 ns.
/// </summary>
internal static class GoDuration
{
    /// <summary>What an operator is told when a value is not a duration.</summary>
    public const string Hint = "use a number with a unit, like 300ms, 30s, 5m, 24h or 7d";

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var rest = text.AsSpan().Trim();
        var negative = false;
        if (rest.Length > 0 && rest[0] is '-' or '+')
        {
            negative = rest[0] == '-';
            rest = rest[1..];
        }

        if (rest is "0")
        {
            return true;
        }

        if (rest.IsEmpty)
        {
            return false;
        }

        var ticks = 0m;
        while (!rest.IsEmpty)
        {
            var digits = 0;
            while (digits < rest.Length && (char.IsAsciiDigit(rest[digits]) || rest[digits] == '.'))
            {
                digits++;
            }

            if (!decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
            {
                return false;
            }

            rest = rest[digits..];
            var letters = 0;
            while (letters < rest.Length && !char.IsAsciiDigit(rest[letters]) && rest[letters] != '.')
            {
                letters++;
            }

            var ticksPerUnit = TicksPer(rest[..letters]);
            if (ticksPerUnit == 0 || amount > TimeSpan.MaxValue.Ticks / ticksPerUnit)
            {
                return false;
            }

            ticks += amount * ticksPerUnit;
            if (ticks > TimeSpan.MaxValue.Ticks)
            {
                return false;
            }

            rest = rest[letters..];
        }

        var whole = ticks is > 0 and < 1 ? 1 : (long)ticks;
        duration = TimeSpan.FromTicks(negative ? -whole : whole);
        return true;
    }

    /// <summary>The shortest form that <see cref="TryParse"/> reads back, in hours and below: <c>168h</c>, <c>1h30m</c>, <c>1.5s</c>, <c>200ms</c>.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
        {
            return "0s";
        }

        if (duration == TimeSpan.MinValue)
        {
            throw new ArgumentOutOfRangeException(nameof(duration), duration, "The smallest TimeSpan has no positive counterpart.");
        }

        var text = new StringBuilder();
        if (duration < TimeSpan.Zero)
        {
            text.Append('-');
            duration = -duration;
        }

        if (duration < TimeSpan.FromSeconds(1))
        {
            return duration.Ticks >= TimeSpan.TicksPerMillisecond
                ? text.Append(Number((decimal)duration.Ticks / TimeSpan.TicksPerMillisecond)).Append("ms").ToString()
                : text.Append(Number((decimal)duration.Ticks / TimeSpan.TicksPerMicrosecond)).Append("us").ToString();
        }

        var hours = duration.Ticks / TimeSpan.TicksPerHour;
        var minutes = duration.Minutes;
        var seconds = (decimal)(duration.Ticks % TimeSpan.TicksPerMinute) / TimeSpan.TicksPerSecond;
        if (hours > 0)
        {
            text.Append(Number(hours)).Append('h');
        }

        if (minutes > 0)
        {
            text.Append(Number(minutes)).Append('m');
        }

        if (seconds > 0)
        {
            text.Append(Number(seconds)).Append('s');
        }

        return text.ToString();
    }

    private static decimal TicksPer(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" => 1m / TimeSpan.NanosecondsPerTick,
        "us" or "µs" or "μs" => TimeSpan.TicksPerMicrosecond,
        "ms" => TimeSpan.TicksPerMillisecond,
        "s" => TimeSpan.TicksPerSecond,
        "m" => TimeSpan.TicksPerMinute,
        "h" => TimeSpan.TicksPerHour,
        "d" => TimeSpan.TicksPerDay,
        "w" => TimeSpan.TicksPerDay * 7,
        _ => 0,
    };

    private static string Number(decimal value) => value.ToString("0.#######", CultureInfo.InvariantCulture);
}
