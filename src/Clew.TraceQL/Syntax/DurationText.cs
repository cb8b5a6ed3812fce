using System.Globalization;
using System.Text;

namespace Clew.TraceQL.Syntax;

/// <summary>
/// Durations in text. Read: Prometheus style (whole numbers of <c>y w d h m s ms</c>, each once and in that order) and Go style
/// (decimal fractions of <c>h m s ms us µs ns</c> in any order). Written: as Go writes them. Years have 365 days.
/// </summary>
internal static class DurationText
{
    private const long Microsecond = 1_000;
    private const long Millisecond = 1_000 * Microsecond;
    private const long Second = 1_000 * Millisecond;
    private const long Minute = 60 * Second;
    private const long Hour = 60 * Minute;
    private const long Day = 24 * Hour;

    /// <summary>Nanoseconds, or false when the text is no duration or does not fit 64 bits (292 years).</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long nanos)
    {
        nanos = 0;
        var negative = text.StartsWith('-');
        text = negative ? text[1..] : text;
        if (text is "0")
        {
            return true;
        }

        if (text.IsEmpty)
        {
            return false;
        }

        var lastRank = -1;
        var prometheusOnly = false;
        var goOnly = false;
        while (!text.IsEmpty)
        {
            var number = text[..LengthOfNumber(text)];
            text = text[number.Length..];
            var unit = text[..LengthOfUnit(text)];
            text = text[unit.Length..];
            if (!TryUnit(unit, out var unitNanos, out var rank) || !TryAdd(ref nanos, number, unitNanos))
            {
                return false;
            }

            prometheusOnly |= rank is 0 or 1 or 2;
            goOnly |= number.Contains('.') || rank > 6 || rank <= lastRank;
            lastRank = rank;
        }

        nanos = negative ? -nanos : nanos;
        return !(prometheusOnly && goOnly);
    }

    /// <summary>Length of the duration-shaped text at the start (numbers with units in turn), or 0.</summary>
    public static int Measure(ReadOnlySpan<char> text)
    {
        var length = 0;
        while (IsNumberAt(text, length))
        {
            var number = LengthOfNumber(text[length..]);
            var unit = LengthOfUnit(text[(length + number)..]);
            if (unit == 0)
            {
                break;
            }

            length += number + unit;
        }

        return length;
    }

    // A fraction needs no zero before its point, as in Go: .5s.
    private static bool IsNumberAt(ReadOnlySpan<char> text, int at) =>
        at < text.Length && (char.IsAsciiDigit(text[at]) || (text[at] == '.' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1])));

    public static void Write(StringBuilder output, long nanos)
    {
        switch (nanos)
        {
            case 0:
                output.Append("0s");
                return;
            case < 0:
                output.Append('-');
                nanos = -nanos;
                break;
        }

        if (nanos < Second)
        {
            var (unit, name) = nanos < Microsecond ? (1, "ns") : nanos < Millisecond ? (Microsecond, "µs") : (Millisecond, "ms");
            WriteFraction(output, nanos, unit);
            output.Append(name);
            return;
        }

        if (nanos >= Hour)
        {
            output.Append(CultureInfo.InvariantCulture, $"{nanos / Hour}h");
        }

        if (nanos >= Minute)
        {
            output.Append(CultureInfo.InvariantCulture, $"{nanos % Hour / Minute}m");
        }

        WriteFraction(output, nanos % Minute, Second);
        output.Append('s');
    }

    private static void WriteFraction(StringBuilder output, long nanos, long unit)
    {
        output.Append(CultureInfo.InvariantCulture, $"{nanos / unit}");
        var rest = nanos % unit;
        if (rest == 0)
        {
            return;
        }

        var digits = rest.ToString(CultureInfo.InvariantCulture);
        var width = unit.ToString(CultureInfo.InvariantCulture).Length - 1;
        output.Append('.').Append('0', width - digits.Length).Append(digits.AsSpan().TrimEnd('0'));
    }

    private static int LengthOfNumber(ReadOnlySpan<char> text)
    {
        var length = 0;
        var dots = 0;
        while (length < text.Length && (char.IsAsciiDigit(text[length]) || (text[length] == '.' && dots++ == 0)))
        {
            length++;
        }

        return length;
    }

    private static int LengthOfUnit(ReadOnlySpan<char> text)
    {
        if (text.Length >= 2 && text[1] == 's' && text[0] is 'm' or 'u' or 'n' or '\u00B5' or '\u03BC')
        {
            return 2;
        }

        return !text.IsEmpty && text[0] is 'y' or 'w' or 'd' or 'h' or 'm' or 's' ? 1 : 0;
    }

    private static bool TryUnit(ReadOnlySpan<char> unit, out long nanos, out int rank)
    {
        (nanos, rank) = unit switch
        {
            "y" => (365 * Day, 0),
            "w" => (7 * Day, 1),
            "d" => (Day, 2),
            "h" => (Hour, 3),
            "m" => (Minute, 4),
            "s" => (Second, 5),
            "ms" => (Millisecond, 6),
            "us" or "\u00B5s" or "\u03BCs" => (Microsecond, 7),
            "ns" => (1L, 8),
            _ => (0L, -1),
        };
        return rank >= 0;
    }

    private static bool TryAdd(ref long total, ReadOnlySpan<char> number, long unitNanos)
    {
        var dot = number.IndexOf('.');
        var whole = dot < 0 ? number : number[..dot];
        var fraction = dot < 0 ? default : number[(dot + 1)..];
        if (whole.IsEmpty && fraction.IsEmpty)
        {
            return false;
        }

        long value = 0;
        if (!whole.IsEmpty && !long.TryParse(whole, NumberStyles.None, CultureInfo.InvariantCulture, out value))
        {
            return false;
        }

        // Exact to the nanosecond: the fraction is at most 10^18 of the unit, computed digit by digit.
        Int128 nanos = (Int128)value * unitNanos;
        long scale = unitNanos;
        Int128 part = 0;
        Int128 divisor = 1;
        foreach (var digit in fraction)
        {
            if (divisor > scale)
            {
                break;
            }

            part = (part * 10) + (digit - '0');
            divisor *= 10;
        }

        nanos += part * scale / divisor + total;
        if (nanos > long.MaxValue)
        {
            return false;
        }

        total = (long)nanos;
        return true;
    }
}
