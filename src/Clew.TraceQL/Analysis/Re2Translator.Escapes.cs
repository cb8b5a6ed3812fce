using System.Buffers;
using System.Globalization;
using System.Text;

namespace Clew.TraceQL.Analysis;

/// <summary>Backslash sequences and bracketed classes.</summary>
internal sealed partial class Re2Translator
{
    private static readonly SearchValues<char> WordCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    private static readonly HashSet<string> Categories =
    [
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
        "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Co", "Cs",
    ];

    // .NET knows blocks, not scripts; these are the scripts' main ranges.
    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["Latin"] = @"A-Za-z\u00AA\u00BA\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02B8\u1E00-\u1EFF",
        ["Greek"] = @"\u0370-\u03FF\u1F00-\u1FFF",
        ["Cyrillic"] = @"\u0400-\u052F\u1C80-\u1C8F\u2DE0-\u2DFF\uA640-\uA69F",
        ["Arabic"] = @"\u0600-\u06FF\u0750-\u077F\u08A0-\u08FF\uFB50-\uFDFF\uFE70-\uFEFC",
        ["Hebrew"] = @"\u0591-\u05F4\uFB1D-\uFB4F",
        ["Devanagari"] = @"\u0900-\u097F\uA8E0-\uA8FF",
        ["Thai"] = @"\u0E01-\u0E3A\u0E40-\u0E5B",
        ["Hangul"] = @"\u1100-\u11FF\u302E\u302F\u3131-\u318E\u3200-\u321E\u3260-\u327E\uA960-\uA97C\uAC00-\uD7FB\uFFA0-\uFFDC",
        ["Hiragana"] = @"\u3041-\u3096\u309D-\u309F",
        ["Katakana"] = @"\u30A1-\u30FA\u30FD-\u30FF\u31F0-\u31FF\u32D0-\u32FE\u3300-\u3357\uFF66-\uFF9D",
        ["Han"] = @"\u2E80-\u2FD5\u3005\u3007\u3021-\u3029\u3038-\u303B\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAD9",
    };

    /// <summary>Ranges of a named ASCII set, in order and apart from each other; null for an unknown name.</summary>
    private static (char Low, char High)[]? AsciiSet(string name) => name switch
    {
        "d" or "digit" => [('0', '9')],
        "w" or "word" => [('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        "s" => [('\t', '\n'), ('\f', '\r'), (' ', ' ')],
        "space" => [('\t', '\r'), (' ', ' ')],
        "alnum" => [('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => [('A', 'Z'), ('a', 'z')],
        "ascii" => [('\0', '\x7F')],
        "blank" => [('\t', '\t'), (' ', ' ')],
        "cntrl" => [('\0', '\x1F'), ('\x7F', '\x7F')],
        "graph" => [('!', '~')],
        "lower" => [('a', 'z')],
        "print" => [(' ', '~')],
        "punct" => [('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "upper" => [('A', 'Z')],
        "xdigit" => [('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => null,
    };

    private static void AppendSet(StringBuilder output, (char Low, char High)[] set, bool negated)
    {
        if (!negated)
        {
            foreach (var (low, high) in set)
            {
                AppendRange(output, low, high);
            }

            return;
        }

        var next = 0;
        foreach (var (low, high) in set)
        {
            if (low > next)
            {
                AppendRange(output, (char)next, (char)(low - 1));
            }

            next = high + 1;
        }

        AppendRange(output, (char)next, '\uFFFF');
    }

    private static void AppendRange(StringBuilder output, char low, char high)
    {
        output.Append(CultureInfo.InvariantCulture, $@"\u{(int)low:X4}");
        if (high != low)
        {
            output.Append(CultureInfo.InvariantCulture, $@"-\u{(int)high:X4}");
        }
    }

    private void Escape()
    {
        var start = _position;
        _position++;
        if (_position == _pattern.Length)
        {
            throw new FormatException("trailing backslash at end of expression: ``");
        }

        _atomRepeat = 1;
        switch (Current)
        {
            case 'A' or 'z' or 'b' or 'B':
                _output.Append('\\').Append(Current);
                _position++;
                break;
            case 'Q':
                QuoteRun();
                break;
            case 'd' or 'D' or 'w' or 'W' or 's' or 'S' or 'p' or 'P':
                _output.Append('[');
                ReadClassEscape(start, _output);
                _output.Append(']');
                break;
            default:
                AppendLiteral(ReadCharacterEscape(start));
                break;
        }
    }

    private void QuoteRun()
    {
        _position++;
        var length = Rest.IndexOf(@"\E");
        var run = length < 0 ? Rest : Rest[..length];
        foreach (var c in run)
        {
            AppendRange(_output, c, c);
        }

        _position += run.Length + (length < 0 ? 0 : 2);
    }

    private void AppendLiteral(Rune rune)
    {
        // Two units repeat as one thing.
        Span<char> units = stackalloc char[2];
        var count = rune.EncodeToUtf16(units);
        _output.Append(count == 2 ? "(?:" : "");
        foreach (var unit in units[..count])
        {
            AppendRange(_output, unit, unit);
        }

        _output.Append(count == 2 ? ")" : "");
    }

    /// <summary>A Perl or Unicode class, at its letter, as the inside of brackets.</summary>
    private void ReadClassEscape(int start, StringBuilder output)
    {
        var letter = Current;
        _position++;
        var negated = char.IsUpper(letter);
        if (letter is not ('p' or 'P'))
        {
            AppendSet(output, AsciiSet(char.ToLowerInvariant(letter).ToString())!, negated);
            return;
        }

        string name;
        if (Current == '{')
        {
            var length = Rest.IndexOf('}');
            name = length < 0 ? "" : _pattern.Substring(_position + 1, length - 1);
            _position += Math.Max(length + 1, 0);
        }
        else
        {
            name = _position < _pattern.Length ? Current.ToString() : "";
            _position += name.Length;
        }

        if (name.StartsWith('^'))
        {
            negated = !negated;
            name = name[1..];
        }

        if (name == "Any" && !negated)
        {
            output.Append(@"\u0000-\uFFFF");
        }
        else if (Categories.Contains(name))
        {
            output.Append(negated ? @"\P{" : @"\p{").Append(name).Append('}');
        }
        else if (!negated && Scripts.TryGetValue(name, out var ranges))
        {
            output.Append(ranges);
        }
        else
        {
            throw new FormatException($"invalid character class range: `{Clip(_pattern[start.._position])}`");
        }
    }

    /// <summary>The character that an escape names; the position is at the one behind the backslash.</summary>
    private Rune ReadCharacterEscape(int start)
    {
        var c = Current;
        _position++;
        if (char.IsAscii(c) && !char.IsAsciiLetterOrDigit(c) && !char.IsControl(c))
        {
            return new Rune(c);
        }

        var at = "afnrtv".IndexOf(c);
        if (at >= 0)
        {
            return new Rune("\a\f\n\r\t\v"[at]);
        }

        var code = c switch
        {
            'x' when Current == '{' => ReadBraced(),
            'x' => ReadDigits(2, 2, 16),
            '0' => ReadOctal(0),
            >= '1' and <= '7' when Current is >= '0' and <= '7' => ReadOctal(c - '0'),
            _ => -1,
        };
        return code >= 0 && Rune.TryCreate(code, out var rune)
            ? rune
            : throw new FormatException($"invalid escape sequence: `{_pattern[start..Math.Min(_position, _pattern.Length)]}`");
    }

    private int ReadBraced()
    {
        _position++;
        var code = ReadDigits(1, 6, 16);
        return Current == '}' && _position++ >= 0 ? code : -1;
    }

    private int ReadOctal(int first)
    {
        var before = _position;
        var rest = ReadDigits(0, 2, 8);
        return (first << (3 * (_position - before))) + rest;
    }

    private int ReadDigits(int least, int most, int radix)
    {
        var value = 0;
        var count = 0;
        for (; count < most && char.IsAsciiHexDigit(Current) && (radix == 16 || Current is >= '0' and <= '7'); count++, _position++)
        {
            value = (value * radix) + (char.IsAsciiDigit(Current) ? Current - '0' : (Current | 0x20) - 'a' + 10);
        }

        return count >= least ? value : -1;
    }

    /// <summary>A bracketed class, from its bracket on.</summary>
    private readonly struct ClassReader(Re2Translator reader)
    {
        public string Read()
        {
            var start = reader._position;
            var output = new StringBuilder("[");
            reader._position++;
            if (reader.Current == '^')
            {
                output.Append('^');
                reader._position++;
            }

            var isFirst = true;
            while (isFirst || reader.Current != ']')
            {
                if (reader._position >= reader._pattern.Length)
                {
                    throw new FormatException($"missing closing ]: `{Clip(reader._pattern[start..])}`");
                }

                isFirst = false;
                ReadItem(output);
            }

            reader._position++;
            return output.Append(']').ToString();
        }

        private void ReadItem(StringBuilder output)
        {
            var start = reader._position;
            if (reader.Rest.StartsWith("[:") && reader.Rest[2..].IndexOf(":]") is var length and >= 0)
            {
                var name = reader._pattern.Substring(start + 2, length);
                var negated = name.StartsWith('^');
                var set = AsciiSet(negated ? name[1..] : name);
                if (set is null || name.TrimStart('^').Length < 2)
                {
                    throw new FormatException($"invalid character class range: `[:{Clip(name)}:]`");
                }

                reader._position += length + 4;
                AppendSet(output, set, negated);
                return;
            }

            if (reader.Current == '\\' && start + 1 < reader._pattern.Length && "dDwWsSpP".Contains(reader._pattern[start + 1]))
            {
                reader._position++;
                reader.ReadClassEscape(start, output);
                return;
            }

            var low = ReadCharacter(start);
            var high = low;
            if (reader.Current == '-' && reader._position + 1 < reader._pattern.Length && reader._pattern[reader._position + 1] != ']')
            {
                reader._position++;
                high = ReadCharacter(start);
            }

            if (high < low)
            {
                throw new FormatException($"invalid character class range: `{reader._pattern[start..reader._position]}`");
            }

            AppendRange(output, low, high);
        }

        private char ReadCharacter(int start)
        {
            int code;
            if (reader.Current == '\\')
            {
                var escape = reader._position++;
                code = reader._position < reader._pattern.Length
                    ? reader.ReadCharacterEscape(escape).Value
                    : throw new FormatException("trailing backslash at end of expression: ``");
            }
            else
            {
                code = reader.Current;
                reader._position++;
            }

            return code is <= char.MaxValue and not (>= 0xD800 and <= 0xDFFF)
                ? (char)code
                : throw new FormatException($"characters above U+FFFF cannot stand in brackets: `{reader.Clip(start)}`");
        }
    }
}
