using System.Globalization;
using System.Text;
using Clew.Otlp.Editing;

namespace Clew.Pipeline.Text;

/// <summary>Go's <c>fmt.Sprintf</c> for the values that attributes have, with its marks for what does not fit.</summary>
internal static class GoFormat
{
    public static string Sprintf(string format, IReadOnlyList<object?> arguments)
    {
        var result = new StringBuilder();
        var next = 0;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                result.Append(format[i]);
                continue;
            }

            var spec = new Spec();
            i = spec.Read(format, i + 1);
            if (i >= format.Length)
            {
                result.Append("%!(NOVERB)");
                break;
            }

            if (format[i] == '%')
            {
                result.Append('%');
            }
            else if (next >= arguments.Count)
            {
                result.Append("%!").Append(format[i]).Append("(MISSING)");
            }
            else
            {
                result.Append(spec.Pad(Verb(format[i], arguments[next++], spec)));
            }
        }

        if (next < arguments.Count)
        {
            result.Append("%!(EXTRA ");
            result.AppendJoin(", ", arguments.Skip(next).Select(static value => $"{TypeName(value)}={Plain(value)}"));
            result.Append(')');
        }

        return result.ToString();
    }

    private static string Verb(char verb, object? value, Spec spec) => (verb, value) switch
    {
        ('v', _) => Plain(value),
        ('T', _) => TypeName(value),
        ('t', bool flag) => flag ? "true" : "false",
        ('d', long number) => Signed(number.ToString(CultureInfo.InvariantCulture), spec),
        ('b', long number) => Convert.ToString(number, 2),
        ('o', long number) => Convert.ToString(number, 8),
        ('x', long number) => Hex(number, spec, upper: false),
        ('X', long number) => Hex(number, spec, upper: true),
        ('c', long number) => char.ConvertFromUtf32((int)number),
        ('f' or 'F', double number) => Signed(number.ToString($"F{spec.Precision ?? 6}", CultureInfo.InvariantCulture), spec),
        ('e', double number) => Signed(Exponent(number, spec.Precision ?? 6), spec),
        ('g' or 'G', double number) => Signed(OtlpValue.Number(number), spec),
        ('s', string text) => spec.Precision is { } length && length < text.Length ? text[..length] : text,
        ('q', string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"",
        ('x', string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text)),
        ('X', string text) => Convert.ToHexString(Encoding.UTF8.GetBytes(text)),
        ('x', byte[] bytes) => Convert.ToHexStringLower(bytes),
        ('X', byte[] bytes) => Convert.ToHexString(bytes),
        ('s', byte[] bytes) => Encoding.UTF8.GetString(bytes),
        ('s', OtlpList or AttributeMap) => Plain(value),
        (_, null) => $"%!{verb}(<nil>)",
        _ => $"%!{verb}({TypeName(value)}={Plain(value)})",
    };

    private static string Exponent(double number, int precision) =>
        number.ToString($"0.{new string('0', precision)}e+00", CultureInfo.InvariantCulture);

    private static string Hex(long number, Spec spec, bool upper)
    {
        var digits = Math.Abs(number).ToString(upper ? "X" : "x", CultureInfo.InvariantCulture);
        return (number < 0 ? "-" : "") + (spec.Sharp ? upper ? "0X" : "0x" : "") + digits;
    }

    private static string Signed(string text, Spec spec) =>
        text[0] == '-' ? text : spec.Plus ? "+" + text : spec.Space ? " " + text : text;

    private static string Plain(object? value) => value switch
    {
        null => "<nil>",
        string text => text,
        OtlpList list => $"[{string.Join(' ', list.Select(Plain))}]",
        AttributeMap map => $"map[{string.Join(' ', map.OrderBy(static entry => entry.Key, StringComparer.Ordinal).Select(static entry => $"{entry.Key}:{Plain(entry.Value)}"))}]",
        byte[] bytes => $"[{string.Join(' ', bytes)}]",
        double number => OtlpValue.Number(number),
        bool or long => OtlpValue.ToText(value),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static string TypeName(object? value) => value switch
    {
        null => "<nil>",
        string => "string",
        bool => "bool",
        long => "int64",
        double => "float64",
        byte[] => "[]uint8",
        OtlpList => "[]interface {}",
        AttributeMap => "map[string]interface {}",
        _ => value.GetType().Name,
    };

    private sealed class Spec
    {
        public bool Plus { get; private set; }

        public bool Space { get; private set; }

        public bool Sharp { get; private set; }

        public int? Precision { get; private set; }

        private bool Minus { get; set; }

        private bool Zero { get; set; }

        private int Width { get; set; }

        /// <summary>Answers the index of the verb.</summary>
        public int Read(string format, int index)
        {
            for (; index < format.Length && format[index] is '+' or '-' or '#' or ' ' or '0'; index++)
            {
                Plus |= format[index] == '+';
                Minus |= format[index] == '-';
                Sharp |= format[index] == '#';
                Space |= format[index] == ' ';
                Zero |= format[index] == '0';
            }

            (Width, index) = Number(format, index);
            if (index < format.Length && format[index] == '.')
            {
                (var precision, index) = Number(format, index + 1);
                Precision = precision;
            }

            return index;
        }

        public string Pad(string text)
        {
            // A width larger than this is a mistake or an attack on memory.
            var width = Math.Min(Width, 10_000);
            if (text.Length >= width)
            {
                return text;
            }

            if (Minus)
            {
                return text.PadRight(width);
            }

            var isNumber = text.Length > 0 && (char.IsAsciiDigit(text[0]) || (text[0] is '-' or '+' && text.Length > 1));
            if (!Zero || !isNumber)
            {
                return text.PadLeft(width);
            }

            return text[0] is '-' or '+' ? text[0] + text[1..].PadLeft(width - 1, '0') : text.PadLeft(width, '0');
        }

        private static (int Value, int Index) Number(string format, int index)
        {
            var value = 0;
            while (index < format.Length && char.IsAsciiDigit(format[index]))
            {
                value = Math.Min(100_000, (value * 10) + format[index++] - '0');
            }

            return (value, index);
        }
    }
}
