using System.Globalization;
using System.Text;

namespace Clew.Pipeline.Text;

/// <summary>
/// Times written and read by a layout in Go's manner (a picture of 2 January 2006, 15:04:05 -0700) or by ctime directives, which are
/// turned into such a layout first.
/// </summary>
internal static class GoTime
{
    private static readonly string[] s_tokens =
    [
        "January", "Jan", "Monday", "Mon", "MST", "2006", "-07:00:00", "-070000", "-07:00", "-0700", "-07", "Z07:00", "Z0700",
        "002", "01", "02", "03", "04", "05", "06", "15", "_2", "PM", "pm", "1", "2", "3", "4", "5",
    ];

    private static readonly Dictionary<char, string> s_directives = new()
    {
        ['Y'] = "2006", ['y'] = "06", ['m'] = "01", ['o'] = "_1", ['q'] = "1", ['b'] = "Jan", ['h'] = "Jan", ['B'] = "January", ['d'] = "02", ['e'] = "_2", ['g'] = "2",
        ['a'] = "Mon", ['A'] = "Monday", ['H'] = "15", ['I'] = "03", ['l'] = "3", ['p'] = "PM", ['P'] = "pm", ['M'] = "04", ['S'] = "05", ['L'] = "999", ['f'] = "999999",
        ['s'] = "99999999", ['z'] = "-0700", ['Z'] = "MST", ['i'] = "-07", ['j'] = "-07:00", ['k'] = "-07:00:00", ['w'] = "-070000", ['D'] = "01/02/2006", ['x'] = "01/02/2006",
        ['F'] = "2006-01-02", ['T'] = "15:04:05", ['X'] = "15:04:05", ['r'] = "03:04:05 pm", ['R'] = "15:04", ['n'] = "\n", ['t'] = "\t", ['%'] = "%", ['c'] = "Mon Jan 02 15:04:05 2006",
    };

    /// <summary>The layout of a ctime format; throws <see cref="FormatException"/> for a directive that nobody knows.</summary>
    public static IReadOnlyList<Part> Layout(string format)
    {
        var parts = new List<Part>();
        var literal = new StringBuilder();
        for (var i = 0; i < format.Length;)
        {
            if (format[i] == '%')
            {
                if (i + 1 == format.Length || !s_directives.TryGetValue(format[i + 1], out var layout))
                {
                    throw new FormatException($"'{format}' has an unknown directive '{(i + 1 < format.Length ? format.Substring(i, 2) : "%")}'");
                }

                i += 2;
                if (layout is "\n" or "\t" or "%")
                {
                    literal.Append(layout);
                }
                else
                {
                    AddLayout(layout, parts, literal);
                }

                continue;
            }

            i += AddToken(format.AsSpan(i), parts, literal);
        }

        Flush(parts, literal);
        return parts;
    }

    public static string Format(long unixNano, TimeSpan offset, IReadOnlyList<Part> layout)
    {
        var (seconds, nanos) = Split(unixNano);
        var time = DateTimeOffset.FromUnixTimeSeconds(seconds).ToOffset(offset);
        var culture = CultureInfo.InvariantCulture;
        var text = new StringBuilder();
        foreach (var part in layout)
        {
            text.Append(part.IsLiteral ? part.Text : part.Text switch
            {
                "2006" => time.Year.ToString("0000", culture),
                "06" => (time.Year % 100).ToString("00", culture),
                "01" => time.Month.ToString("00", culture),
                "1" => time.Month.ToString(culture),
                "_1" => time.Month.ToString(culture).PadLeft(2),
                "Jan" => time.ToString("MMM", culture),
                "January" => time.ToString("MMMM", culture),
                "02" => time.Day.ToString("00", culture),
                "2" => time.Day.ToString(culture),
                "_2" => time.Day.ToString(culture).PadLeft(2),
                "002" => time.DayOfYear.ToString("000", culture),
                "Mon" => time.ToString("ddd", culture),
                "Monday" => time.ToString("dddd", culture),
                "15" => time.Hour.ToString("00", culture),
                "03" => (((time.Hour + 11) % 12) + 1).ToString("00", culture),
                "3" => (((time.Hour + 11) % 12) + 1).ToString(culture),
                "PM" => time.Hour < 12 ? "AM" : "PM",
                "pm" => time.Hour < 12 ? "am" : "pm",
                "04" => time.Minute.ToString("00", culture),
                "4" => time.Minute.ToString(culture),
                "05" => time.Second.ToString("00", culture),
                "5" => time.Second.ToString(culture),
                "MST" => offset == TimeSpan.Zero ? "UTC" : Zone(offset, "-0700"),
                "Z07:00" or "Z0700" when offset == TimeSpan.Zero => "Z",
                "Z07:00" => Zone(offset, "-07:00"),
                "Z0700" => Zone(offset, "-0700"),
                var zone when zone.StartsWith("-07", StringComparison.Ordinal) => Zone(offset, zone),
                var fraction => Fraction(fraction, nanos),
            });
        }

        return text.ToString();
    }

    /// <summary>Reads a time; without a zone in the layout it is in <paramref name="location"/>.</summary>
    public static bool TryParse(string text, IReadOnlyList<Part> layout, TimeZoneInfo location, out long unixNano, out TimeSpan offset)
    {
        var reading = new Reading(text);
        unixNano = 0;
        offset = default;
        foreach (var part in layout)
        {
            if (!(part.IsLiteral ? reading.Literal(part.Text) : reading.Take(part.Text)))
            {
                return false;
            }
        }

        return reading.IsAtEnd && reading.TryFinish(location, out unixNano, out offset);
    }

    private static (long Seconds, long Nanos) Split(long unixNano)
    {
        var seconds = Math.DivRem(unixNano, 1_000_000_000, out var nanos);
        return nanos < 0 ? (seconds - 1, nanos + 1_000_000_000) : (seconds, nanos);
    }

    private static string Fraction(string token, long nanos)
    {
        // ".000" keeps zeros, ".999" cuts them; a token without its point stands behind one that was a literal.
        var hasPoint = token[0] is '.' or ',';
        var digits = hasPoint ? token[1..] : token;
        var text = nanos.ToString("000000000", CultureInfo.InvariantCulture)[..Math.Min(9, digits.Length == 8 ? 9 : digits.Length)];
        if (hasPoint && digits[0] == '9')
        {
            text = text.TrimEnd('0');
            return text.Length == 0 ? "" : token[0] + text;
        }

        return hasPoint ? token[0] + text : text;
    }

    private static string Zone(TimeSpan offset, string pattern)
    {
        var size = offset.Duration();
        var sign = offset < TimeSpan.Zero ? "-" : "+";
        var culture = CultureInfo.InvariantCulture;
        return sign + pattern switch
        {
            "-07" => size.Hours.ToString("00", culture),
            "-07:00" => size.ToString("hh\\:mm", culture),
            "-07:00:00" => size.ToString("hh\\:mm\\:ss", culture),
            "-070000" => size.ToString("hhmmss", culture),
            _ => size.ToString("hhmm", culture),
        };
    }

    private static void AddLayout(string layout, List<Part> parts, StringBuilder literal)
    {
        for (var i = 0; i < layout.Length;)
        {
            if (layout.AsSpan(i).StartsWith("_1"))
            {
                Flush(parts, literal);
                parts.Add(new Part("_1", false));
                i += 2;
            }
            else if (layout[i] == '9')
            {
                // "%S.%L": the point in front belongs to the fraction, as in Go's layouts.
                var point = literal.Length > 0 && literal[^1] is '.' or ',' ? literal[^1].ToString() : "";
                literal.Length -= point.Length;
                Flush(parts, literal);
                parts.Add(new Part(point + layout[i..], false));
                return;
            }
            else
            {
                i += AddToken(layout.AsSpan(i), parts, literal);
            }
        }
    }

    private static int AddToken(ReadOnlySpan<char> rest, List<Part> parts, StringBuilder literal)
    {
        if (rest[0] is '.' or ',' && rest.Length > 1 && rest[1] is '0' or '9')
        {
            var length = 1 + rest[1..].IndexOfAnyExcept(rest[1]);
            length = length == 0 ? rest.Length : length;
            if (length == rest.Length || !char.IsAsciiDigit(rest[length]))
            {
                Flush(parts, literal);
                parts.Add(new Part(rest[..length].ToString(), false));
                return length;
            }
        }

        foreach (var token in s_tokens)
        {
            if (rest.StartsWith(token))
            {
                Flush(parts, literal);
                parts.Add(new Part(token, false));
                return token.Length;
            }
        }

        literal.Append(rest[0]);
        return 1;
    }

    private static void Flush(List<Part> parts, StringBuilder literal)
    {
        if (literal.Length > 0)
        {
            parts.Add(new Part(literal.ToString(), true));
            literal.Clear();
        }
    }

    /// <summary>A piece of a layout: text that stands for itself, or the name of a field.</summary>
    public readonly record struct Part(string Text, bool IsLiteral);

    private sealed class Reading(string text)
    {
        private static readonly string[] s_months = CultureInfo.InvariantCulture.DateTimeFormat.MonthNames[..12];
        private static readonly string[] s_shortMonths = CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedMonthNames[..12];
        private static readonly string[] s_days = CultureInfo.InvariantCulture.DateTimeFormat.DayNames;
        private static readonly string[] s_shortDays = CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedDayNames;

        private int _position;
        private int _year;
        private int _month = 1;
        private int _day = 1;
        private int? _dayOfYear;
        private int _hour;
        private int _minute;
        private int _second;
        private long _nanos;
        private bool _hasFraction;
        private bool? _isAfternoon;
        private TimeSpan? _offset;

        public bool IsAtEnd => _position == text.Length;

        public bool Literal(string expected)
        {
            if (!text.AsSpan(_position).StartsWith(expected))
            {
                return false;
            }

            _position += expected.Length;
            return true;
        }

        public bool Take(string token)
        {
            switch (token)
            {
                case "2006":
                    return Number(4, 4, out _year);
                case "06":
                    var good = Number(2, 2, out var shortYear);
                    _year = shortYear + (shortYear >= 69 ? 1900 : 2000);
                    return good;
                case "01" or "1" or "_1":
                    return Number(token == "01" ? 2 : 1, 2, out _month);
                case "Jan":
                    return Name(s_shortMonths, out _month, 1);
                case "January":
                    return Name(s_months, out _month, 1);
                case "02" or "2" or "_2":
                    return Number(token == "02" ? 2 : 1, 2, out _day);
                case "002":
                    var isDay = Number(3, 3, out var day);
                    _dayOfYear = day;
                    return isDay;
                case "Mon":
                    return Name(s_shortDays, out _, 0);
                case "Monday":
                    return Name(s_days, out _, 0);
                case "15" or "03" or "3":
                    return Number(token == "3" ? 1 : 2, 2, out _hour);
                case "04" or "4":
                    return Number(token == "4" ? 1 : 2, 2, out _minute);
                case "05" or "5":
                    return Number(token == "5" ? 1 : 2, 2, out _second) && OptionalFraction();
                case "PM" or "pm":
                    return Half();
                case "MST":
                    return ZoneName();
                case "Z07:00" or "Z0700" when _position < text.Length && text[_position] == 'Z':
                    _position++;
                    _offset = TimeSpan.Zero;
                    return true;
                case "Z07:00" or "-07:00":
                    return Zone(colons: true, seconds: false);
                case "Z0700" or "-0700":
                    return Zone(colons: false, seconds: false);
                case "-07:00:00":
                    return Zone(colons: true, seconds: true);
                case "-070000":
                    return Zone(colons: false, seconds: true);
                case "-07":
                    return ZoneHours();
                default:
                    return Fraction(token);
            }
        }

        public bool TryFinish(TimeZoneInfo location, out long unixNano, out TimeSpan offset)
        {
            unixNano = 0;
            offset = default;
            if (_isAfternoon is { } afternoon)
            {
                _hour = (_hour % 12) + (afternoon ? 12 : 0);
            }

            if (_month is < 1 or > 12 || _year is < 1 or > 9999 || _day < 1 || _day > DateTime.DaysInMonth(_year, _month) || _hour > 23 || _minute > 59 || _second > 59)
            {
                return false;
            }

            var local = new DateTime(_year, _month, _day, _hour, _minute, _second, DateTimeKind.Unspecified);
            if (_dayOfYear is { } dayOfYear)
            {
                local = new DateTime(_year, 1, 1).AddDays(dayOfYear - 1).Add(local.TimeOfDay);
            }

            offset = _offset ?? location.GetUtcOffset(local);
            var seconds = (local - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond - (long)offset.TotalSeconds;
            if (seconds is < -9_223_372_036 or > 9_223_372_036)
            {
                return false;
            }

            unixNano = (seconds * 1_000_000_000) + _nanos;
            return true;
        }

        // Go takes a fraction behind the seconds also when the layout does not show one.
        private bool OptionalFraction()
        {
            if (_position + 1 < text.Length && text[_position] is '.' or ',' && char.IsAsciiDigit(text[_position + 1]) && !_hasFraction)
            {
                var mark = _position++;
                if (!Digits(out _nanos))
                {
                    _position = mark;
                }
            }

            return true;
        }

        private bool Fraction(string token)
        {
            var hasPoint = token[0] is '.' or ',';
            if (_hasFraction || (hasPoint && (_position == text.Length || text[_position] != token[0])))
            {
                // Already taken with the seconds, or absent, which a fraction of nines may be.
                return _hasFraction || token[^1] == '9';
            }

            _position += hasPoint ? 1 : 0;
            return Digits(out _nanos);
        }

        private bool Digits(out long nanos)
        {
            var start = _position;
            nanos = 0;
            var scale = 100_000_000L;
            while (_position < text.Length && char.IsAsciiDigit(text[_position]))
            {
                nanos += (text[_position++] - '0') * scale;
                scale /= 10;
            }

            _hasFraction |= _position > start;
            return _position > start;
        }

        private bool Number(int least, int most, out int value)
        {
            value = 0;
            if (least == 1 && _position < text.Length && text[_position] == ' ')
            {
                _position++;
            }

            var start = _position;
            while (_position < text.Length && _position - start < most && char.IsAsciiDigit(text[_position]))
            {
                value = (value * 10) + text[_position++] - '0';
            }

            return _position - start >= least;
        }

        private bool Name(string[] names, out int value, int first)
        {
            for (var i = 0; i < names.Length; i++)
            {
                if (text.AsSpan(_position).StartsWith(names[i], StringComparison.OrdinalIgnoreCase))
                {
                    value = i + first;
                    _position += names[i].Length;
                    return true;
                }
            }

            value = first;
            return false;
        }

        private bool Half()
        {
            var rest = text.AsSpan(_position);
            _isAfternoon = rest.StartsWith("PM", StringComparison.OrdinalIgnoreCase);
            if (_isAfternoon != true && !rest.StartsWith("AM", StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }

            _position += 2;
            return true;
        }

        private bool ZoneName()
        {
            var start = _position;
            while (_position < text.Length && char.IsAsciiLetterUpper(text[_position]))
            {
                _position++;
            }

            var name = text[start.._position];
            if (name.Length < 3 && name != "Z")
            {
                return false;
            }

            // Names are ambiguous; as in Go a name that is not UTC keeps the location's own offset.
            _offset = name is "UTC" or "GMT" or "Z" ? TimeSpan.Zero : _offset;
            return true;
        }

        private bool Zone(bool colons, bool seconds)
        {
            if (_position < text.Length && text[_position] == 'Z')
            {
                _position++;
                _offset = TimeSpan.Zero;
                return true;
            }

            if (!Sign(out var sign) || !Number(2, 2, out var hours) || (colons && !Literal(":")) || !Number(2, 2, out var minutes))
            {
                return false;
            }

            var rest = 0;
            if (seconds && ((colons && !Literal(":")) || !Number(2, 2, out rest)))
            {
                return false;
            }

            _offset = sign * new TimeSpan(hours, minutes, rest);
            return true;
        }

        private bool ZoneHours()
        {
            if (!Sign(out var sign) || !Number(2, 2, out var hours))
            {
                return false;
            }

            _offset = sign * TimeSpan.FromHours(hours);
            return true;
        }

        private bool Sign(out int sign)
        {
            sign = _position < text.Length && text[_position] == '-' ? -1 : 1;
            return _position < text.Length && text[_position++] is '+' or '-';
        }
    }
}
