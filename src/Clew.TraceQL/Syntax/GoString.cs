using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Clew.TraceQL.Syntax;

/// <summary>The inside of Go's interpreted string literals.</summary>
internal static class GoString
{
    /// <summary>
    /// Resolves escapes. They may name single bytes (<c>\xc3\xa9</c>), so the text is put together in UTF-8; bytes that are
    /// no UTF-8 become U+FFFD, as they do in stored spans.
    /// </summary>
    public static bool TryUnescape(ReadOnlySpan<char> text, [NotNullWhen(true)] out string? value)
    {
        value = null;
        var bytes = new ArrayBufferWriter<byte>(text.Length + 16);
        while (!text.IsEmpty)
        {
            var escape = text.IndexOf('\\');
            var plain = escape < 0 ? text : text[..escape];
            Encoding.UTF8.GetBytes(plain, bytes);
            if (escape < 0)
            {
                break;
            }

            text = text[(escape + 1)..];
            if (!TryEscape(ref text, bytes))
            {
                return false;
            }
        }

        value = Encoding.UTF8.GetString(bytes.WrittenSpan);
        return true;
    }

    private static bool TryEscape(ref ReadOnlySpan<char> text, ArrayBufferWriter<byte> bytes)
    {
        if (text.IsEmpty)
        {
            return false;
        }

        var c = text[0];
        switch (c)
        {
            case >= '0' and <= '7':
                return TryByte(ref text, skip: 0, digits: 3, radix: 8, bytes);
            case 'x':
                return TryByte(ref text, skip: 1, digits: 2, radix: 16, bytes);
            case 'u' or 'U':
                var length = c == 'u' ? 4 : 8;
                if (!TryNumber(text, 1, length, 16, out var code) || !Rune.TryCreate(code, out var rune))
                {
                    return false;
                }

                bytes.Advance(rune.EncodeToUtf8(bytes.GetSpan(4)));
                text = text[(1 + length)..];
                return true;
        }

        var at = "abfnrtv\\\"".IndexOf(c);
        if (at < 0)
        {
            return false;
        }

        bytes.GetSpan(1)[0] = (byte)"\a\b\f\n\r\t\v\\\""[at];
        bytes.Advance(1);
        text = text[1..];
        return true;
    }

    private static bool TryByte(ref ReadOnlySpan<char> text, int skip, int digits, int radix, ArrayBufferWriter<byte> bytes)
    {
        if (!TryNumber(text, skip, digits, radix, out var value) || value > byte.MaxValue)
        {
            return false;
        }

        bytes.GetSpan(1)[0] = (byte)value;
        bytes.Advance(1);
        text = text[(skip + digits)..];
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, int start, int digits, int radix, out uint value)
    {
        value = 0;
        if (text.Length < start + digits)
        {
            return false;
        }

        foreach (var c in text.Slice(start, digits))
        {
            if (!char.IsAsciiHexDigit(c) || (radix == 8 && c is < '0' or > '7'))
            {
                return false;
            }

            value = (value * (uint)radix) + (uint)Convert.ToInt32(c.ToString(), 16);
        }

        return true;
    }
}
