using System.Globalization;
using System.Text;

namespace Clew.Pipeline.Ottl;

internal enum OttlTokenKind
{
    End,
    Name,
    String,
    Int,
    Double,
    Bytes,
    Symbol,
}

/// <summary>A token; <paramref name="Text"/> is the content for strings and the spelling for all others.</summary>
internal readonly record struct OttlToken(OttlTokenKind Kind, string Text, int Position, object? Value = null)
{
    public bool Is(string symbol) => Kind == OttlTokenKind.Symbol && Text == symbol;

    public bool IsName(string name) => Kind == OttlTokenKind.Name && Text == name;

    public string Shown => Kind switch
    {
        OttlTokenKind.End => "the end",
        OttlTokenKind.String => $"\"{Text}\"",
        _ => $"'{Text}'",
    };
}

internal static class OttlLexer
{
    private static readonly string[] s_symbols = ["==", "!=", "<=", ">=", "=>", "<", ">", "=", "+", "-", "*", "/", "(", ")", "[", "]", "{", "}", ",", ".", ":"];

    public static List<OttlToken> Read(string text)
    {
        var tokens = new List<OttlToken>();
        var position = 0;
        while (true)
        {
            while (position < text.Length && char.IsWhiteSpace(text[position]))
            {
                position++;
            }

            if (position == text.Length)
            {
                tokens.Add(new OttlToken(OttlTokenKind.End, "", position));
                return tokens;
            }

            var token = Next(text, ref position);
            tokens.Add(token);
        }
    }

    private static OttlToken Next(string text, ref int position)
    {
        var start = position;
        var c = text[position];
        if (c == '"')
        {
            return String(text, ref position);
        }

        if (char.IsAsciiLetter(c) || c == '_')
        {
            while (position < text.Length && (char.IsAsciiLetterOrDigit(text[position]) || text[position] == '_'))
            {
                position++;
            }

            return new OttlToken(OttlTokenKind.Name, text[start..position], start);
        }

        if (char.IsAsciiDigit(c) || (c == '.' && position + 1 < text.Length && char.IsAsciiDigit(text[position + 1]) && !EndsOperand(text, position)))
        {
            return Number(text, ref position);
        }

        foreach (var symbol in s_symbols)
        {
            if (string.CompareOrdinal(text, position, symbol, 0, symbol.Length) == 0)
            {
                position += symbol.Length;
                return new OttlToken(OttlTokenKind.Symbol, symbol, start);
            }
        }

        throw new OttlSyntaxException($"unexpected '{c}'", start);
    }

    // ".5" is a number only where a value may begin; behind a name the point is a step of a path.
    private static bool EndsOperand(string text, int position) => position > 0 && (char.IsAsciiLetterOrDigit(text[position - 1]) || text[position - 1] is '_' or ']' or ')');

    private static OttlToken Number(string text, ref int position)
    {
        var start = position;
        if (text[position] == '0' && position + 1 < text.Length && text[position + 1] is 'x' or 'X')
        {
            position += 2;
            while (position < text.Length && char.IsAsciiHexDigit(text[position]))
            {
                position++;
            }

            var digits = text[(start + 2)..position];
            if (digits.Length % 2 != 0)
            {
                throw new OttlSyntaxException($"'0x{digits}' has an odd number of digits", start);
            }

            return new OttlToken(OttlTokenKind.Bytes, text[start..position], start, Convert.FromHexString(digits));
        }

        var isDouble = false;
        while (position < text.Length && (char.IsAsciiDigit(text[position]) || (text[position] == '.' && !isDouble)))
        {
            isDouble |= text[position++] == '.';
        }

        if (position < text.Length && text[position] is 'e' or 'E')
        {
            var end = position + 1;
            end += end < text.Length && text[end] is '+' or '-' ? 1 : 0;
            if (end < text.Length && char.IsAsciiDigit(text[end]))
            {
                isDouble = true;
                for (position = end; position < text.Length && char.IsAsciiDigit(text[position]);)
                {
                    position++;
                }
            }
        }

        var spelling = text[start..position];
        if (isDouble)
        {
            return new OttlToken(OttlTokenKind.Double, spelling, start, double.Parse(spelling, CultureInfo.InvariantCulture));
        }

        // One more than the largest is the smallest behind a minus sign.
        return ulong.TryParse(spelling, CultureInfo.InvariantCulture, out var number) && number <= 1UL << 63
            ? new OttlToken(OttlTokenKind.Int, spelling, start, number)
            : throw new OttlSyntaxException($"{spelling} does not fit in 64 bits", start);
    }

    private static OttlToken String(string text, ref int position)
    {
        var start = position++;
        var value = new StringBuilder();
        while (position < text.Length && text[position] != '"')
        {
            if (text[position] == '\\' && position + 1 < text.Length)
            {
                position++;
                Escape(text, ref position, value);
            }
            else
            {
                value.Append(text[position++]);
            }
        }

        if (position == text.Length)
        {
            throw new OttlSyntaxException("a text has no closing quote", start);
        }

        position++;
        return new OttlToken(OttlTokenKind.String, value.ToString(), start);
    }

    private static void Escape(string text, ref int position, StringBuilder value)
    {
        var c = text[position++];
        switch (c)
        {
            case 'n':
                value.Append('\n');
                break;
            case 't':
                value.Append('\t');
                break;
            case 'r':
                value.Append('\r');
                break;
            case 'a':
                value.Append('\a');
                break;
            case 'b':
                value.Append('\b');
                break;
            case 'f':
                value.Append('\f');
                break;
            case 'v':
                value.Append('\v');
                break;
            case 'x':
                Code(text, ref position, value, 2);
                break;
            case 'u':
                Code(text, ref position, value, 4);
                break;
            case '\\' or '"' or '\'':
                value.Append(c);
                break;
            default:
                // As people write expressions: "\d" is a backslash and a d.
                value.Append('\\').Append(c);
                break;
        }
    }

    private static void Code(string text, ref int position, StringBuilder value, int digits)
    {
        if (position + digits > text.Length || !int.TryParse(text.AsSpan(position, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
        {
            throw new OttlSyntaxException($"\\{text[position - 1]} needs {digits} hexadecimal digits", position - 2);
        }

        value.Append((char)code);
        position += digits;
    }
}
