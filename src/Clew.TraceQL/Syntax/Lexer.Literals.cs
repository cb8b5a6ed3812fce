using System.Buffers;
using System.Globalization;
using System.Text;

namespace Clew.TraceQL.Syntax;

/// <summary>Numbers, durations and strings.</summary>
internal sealed partial class Lexer
{
    private void LexNumber()
    {
        var duration = DurationText.Measure(Rest);
        if (duration > 0 && !ContinuesWord(_position + duration))
        {
            LexDuration(duration);
            return;
        }

        var end = SkipDigits(_position);
        var isFloat = end < _text.Length && _text[end] == '.';
        if (isFloat)
        {
            end = SkipDigits(end + 1);
        }

        if (end < _text.Length && _text[end] is 'e' or 'E')
        {
            var sign = end + 1 < _text.Length && _text[end + 1] is '+' or '-' ? 1 : 0;
            var exponentEnd = SkipDigits(end + 1 + sign);
            if (exponentEnd > end + 1 + sign)
            {
                isFloat = true;
                end = exponentEnd;
            }
        }

        var digits = _text.AsSpan(_position, end - _position);
        if (ContinuesWord(end))
        {
            var wordEnd = end + LengthOfWord(end);
            AddInvalid(
                wordEnd - _position,
                $"syntax error: unexpected IDENTIFIER, invalid number {Printer.Quote(Clip(_text[_position..wordEnd]))}",
                "numbers are decimal; durations use y w d h m s ms, or h m s ms us ns with fractions");
        }
        else if (isFloat)
        {
            LexFloat(digits);
        }
        else
        {
            LexInteger(digits);
        }
    }

    private void LexDuration(int length)
    {
        var text = Rest[..length];
        if (DurationText.TryParse(text, out var nanos))
        {
            Add(TokenKind.Duration, length, StaticValue.FromDurationNanos(nanos));
            return;
        }

        AddInvalid(
            length,
            $"syntax error: invalid duration {Printer.Quote(Clip(text.ToString()))}",
            "use whole y w d h m s ms in that order, or h m s ms us ns with fractions, up to 292 years");
    }

    private void LexFloat(ReadOnlySpan<char> digits)
    {
        var value = double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (double.IsFinite(value))
        {
            Add(TokenKind.Float, digits.Length, StaticValue.FromFloat(value));
            return;
        }

        AddInvalid(digits.Length, $"syntax error: number {Clip(digits.ToString())} is out of range");
    }

    private void LexInteger(ReadOnlySpan<char> digits)
    {
        if (digits.Length > 1 && digits[0] == '0')
        {
            AddInvalid(digits.Length, $"syntax error: invalid number {Printer.Quote(Clip(digits.ToString()))}", "integers have no leading zero");
        }
        else if (long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            Add(TokenKind.Integer, digits.Length, StaticValue.FromInt(value));
        }
        else
        {
            AddInvalid(
                digits.Length,
                $"syntax error: number {Clip(digits.ToString())} is out of range",
                "integers have 64 bits (minInt to maxInt); write a decimal point for larger ones");
        }
    }

    private void LexString(char quote)
    {
        var start = _position + 1;
        if (quote == '`')
        {
            var length = _text.AsSpan(start).IndexOf('`');
            if (length < 0)
            {
                AddInvalid(_text.Length - _position, "syntax error: unexpected EOF, expecting `", "close the string");
                return;
            }

            // As in Go, carriage returns do not belong to raw strings.
            var raw = _text.Substring(start, length).Replace("\r", "", StringComparison.Ordinal);
            Add(TokenKind.String, length + 2, StaticValue.FromString(raw));
            return;
        }

        for (var end = start; end < _text.Length && _text[end] != '\n'; end++)
        {
            if (_text[end] == '\\')
            {
                end++;
            }
            else if (_text[end] == '"')
            {
                AddQuoted(end + 1 - _position, _text.AsSpan(start, end - start));
                return;
            }
        }

        var line = Rest.IndexOf('\n');
        AddInvalid(
            line < 0 ? Rest.Length : line,
            "syntax error: unexpected EOF, expecting \"",
            "close the string on its line, or use backticks");
    }

    private void AddQuoted(int length, ReadOnlySpan<char> content)
    {
        if (!content.Contains('\\'))
        {
            Add(TokenKind.String, length, StaticValue.FromString(content.ToString()));
        }
        else if (GoString.TryUnescape(content, out var value))
        {
            Add(TokenKind.String, length, StaticValue.FromString(value));
        }
        else
        {
            AddInvalid(
                length,
                "syntax error: invalid escape sequence",
                "known are \\a \\b \\f \\n \\r \\t \\v \\\\ \\\" \\ooo \\xhh \\uhhhh \\Uhhhhhhhh; backticks need no escapes");
        }
    }

    private bool ContinuesWord(int position) =>
        position < _text.Length && (IsWordStart(_text[position]) || char.IsDigit(_text[position]));

    private int SkipDigits(int position)
    {
        while (IsDigitAt(position))
        {
            position++;
        }

        return position;
    }

    private static string Clip(string text) => text.Length <= 40 ? text : string.Concat(text.AsSpan(0, 40), "…");
}
