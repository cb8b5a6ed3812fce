using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Clew.TraceQL.Analysis;

/// <summary>
/// Rewrites RE2's syntax into .NET's. Everything that RE2 refuses (look-around, back-references, atomic groups, large repeats)
/// is refused; Perl classes are ASCII as in RE2; <c>$</c> is the end of the text unless <c>(?m)</c>; groups do not capture.
/// Characters above U+FFFF are two units to .NET: a dot takes one of them, and they cannot stand in brackets.
/// </summary>
internal sealed partial class Re2Translator
{
    /// <summary>RE2's limit for the product of nested repeats.</summary>
    private const int MaxRepeat = 1000;

    /// <summary>Open groups at one place.</summary>
    private const int MaxGroups = 100;

    private readonly string _pattern;
    private readonly StringBuilder _output = new();

    // One entry per open group: whether ^ and $ match at lines when it closes again, and the largest repeat so far inside it.
    private readonly Stack<(bool OuterMultiline, int OuterRepeat)> _groups = new();
    private int _position;
    private bool _multiline;
    private int _repeat = 1;

    // The largest repeat inside what the next quantifier applies to.
    private int _atomRepeat = 1;

    private Re2Translator(string pattern) => _pattern = pattern;

    public static bool TryTranslate(string pattern, [NotNullWhen(true)] out string? translated, [NotNullWhen(false)] out string? problem)
    {
        try
        {
            translated = new Re2Translator(pattern).Translate();
            problem = null;
            return true;
        }
        catch (FormatException error)
        {
            translated = null;
            problem = $"error parsing regexp: {error.Message}";
            return false;
        }
    }

    /// <summary>RE2's words for the errors that are left to .NET's parser.</summary>
    public static string Describe(RegexParseError error) => error switch
    {
        RegexParseError.QuantifierAfterNothing => "missing argument to repetition operator",
        RegexParseError.NestedQuantifiersNotParenthesized => "invalid nested repetition operator",
        RegexParseError.ReversedQuantifierRange => "invalid repeat count",
        RegexParseError.InsufficientClosingParentheses => "missing closing )",
        RegexParseError.InsufficientOpeningParentheses => "unexpected )",
        _ => "invalid expression",
    };

    private char Current => _position < _pattern.Length ? _pattern[_position] : '\0';

    private string Translate()
    {
        while (_position < _pattern.Length)
        {
            var c = _pattern[_position];
            switch (c)
            {
                case '\\':
                    Escape();
                    break;
                case '[':
                    _output.Append(new ClassReader(this).Read());
                    _atomRepeat = 1;
                    break;
                case '(':
                    OpenGroup();
                    break;
                case ')':
                    CloseGroup();
                    break;
                case '{':
                    Repeat();
                    break;
                case '$':
                    _output.Append(_multiline ? "$" : @"\z");
                    _position++;
                    break;
                default:
                    // A bracket or brace that closes nothing is itself.
                    _output.Append(c is ']' or '}' ? $@"\{c}" : c.ToString());
                    _position++;
                    _atomRepeat = c is '*' or '+' or '?' ? _atomRepeat : 1;
                    break;
            }
        }

        if (_groups.Count > 0)
        {
            throw new FormatException($"missing closing ): `{Clip(_pattern)}`");
        }

        return _output.ToString();
    }

    private void OpenGroup()
    {
        var start = _position;
        if (_groups.Count == MaxGroups)
        {
            throw new FormatException($"expression nests more than {MaxGroups} groups");
        }

        _position++;
        if (Current != '?')
        {
            Push();
            return;
        }

        _position++;
        if (Rest.StartsWith("P<") || Rest.StartsWith("<"))
        {
            var nameStart = _position + (Current == 'P' ? 2 : 1);
            var length = _pattern.AsSpan(nameStart).IndexOf('>');
            if (length <= 0 || _pattern.AsSpan(nameStart, length).ContainsAnyExcept(WordCharacters))
            {
                throw new FormatException($"invalid or unsupported Perl syntax: `{Clip(start)}`");
            }

            _position = nameStart + length + 1;
            Push();
            return;
        }

        var flags = ReadFlags(start, out var multiline);
        if (Current == ':')
        {
            Push(flags.Length == 0 ? "?:" : $"?{flags}:");
        }
        else if (flags.Length > 0)
        {
            _output.Append($"(?{flags})");
        }

        _position++;
        _multiline = multiline;
    }

    private void Push(string head = "?:")
    {
        _groups.Push((_multiline, _repeat));
        _repeat = 1;
        _output.Append('(').Append(head);
    }

    private void CloseGroup()
    {
        if (!_groups.TryPop(out var outer))
        {
            throw new FormatException($"unexpected ): `{Clip(_pattern)}`");
        }

        _atomRepeat = _repeat;
        (_multiline, _repeat) = (outer.OuterMultiline, Math.Max(outer.OuterRepeat, _repeat));
        _output.Append(')');
        _position++;
    }

    private string ReadFlags(int start, out bool multiline)
    {
        multiline = _multiline;
        var on = true;
        var output = new StringBuilder();
        for (; ; _position++)
        {
            switch (Current)
            {
                case 'm':
                    multiline = on;
                    output.Append('m');
                    break;
                case 'i' or 's':
                    output.Append(Current);
                    break;
                case 'U':
                    // Greediness decides what is captured, not whether the whole text matches.
                    break;
                case '-' when on:
                    on = false;
                    output.Append('-');
                    break;
                case ':' or ')':
                    return output.ToString().TrimEnd('-');
                default:
                    throw new FormatException($"invalid or unsupported Perl syntax: `{Clip(start)}`");
            }
        }
    }

    private void Repeat()
    {
        var match = Counts().Match(_pattern, _position);
        if (!match.Success)
        {
            _output.Append(@"\{");
            _position++;
            _atomRepeat = 1;
            return;
        }

        var low = Count(match.Groups[1].ValueSpan);
        var high = match.Groups[3].Length > 0 ? Count(match.Groups[3].ValueSpan) : low;
        var product = Math.Max(1, Math.Max(low, high)) * _atomRepeat;
        if (low > MaxRepeat || high > MaxRepeat || high < low || product > MaxRepeat)
        {
            throw new FormatException($"invalid repeat count: `{match.Value}`");
        }

        _repeat = Math.Max(_repeat, product);
        _output.Append(match.ValueSpan);
        _position += match.Length;
    }

    private static int Count(ReadOnlySpan<char> digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? Math.Min(count, MaxRepeat + 1) : MaxRepeat + 1;

    [GeneratedRegex(@"\G\{(\d+)(,(\d*))?\}", RegexOptions.ECMAScript)]
    private static partial Regex Counts();

    private ReadOnlySpan<char> Rest => _pattern.AsSpan(_position);

    /// <summary>A pattern as it is quoted in a sentence.</summary>
    public static string Clip(string pattern) => pattern.Length <= 100 ? pattern : string.Concat(pattern.AsSpan(0, 100), "…");

    private string Clip(int start) => _pattern[start..Math.Min(_pattern.Length, start + 8)];
}
