using System.Globalization;
using System.Text;

namespace Clew.Server.Configuration.Documents;

/// <summary>Writes single values so that a YAML reader, ours or another, gets the same value back.</summary>
internal static class YamlText
{
    private static readonly string[] s_words =
    [
        "true", "false", "yes", "no", "on", "off", "null", "y", "n", "~", ".inf", "-.inf", ".nan",
    ];

    /// <summary>A plain scalar as it stands, a string in quotes if it could be taken for something else.</summary>
    public static string Scalar(ConfigScalar scalar) =>
        scalar.IsSecret ? $"\"{Secret.Mask}\"" : scalar.IsNull ? "null" : scalar.IsPlain && IsSafe(scalar.Text) ? scalar.Text : Quote(scalar.Text);

    /// <summary>The text, in quotes where it needs them to stay text.</summary>
    public static string Quote(string text)
    {
        if (IsSafe(text) && !s_words.Contains(text.ToLowerInvariant()) && !LooksLikeNumber(text))
        {
            return text;
        }

        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append(@"\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                _ when char.IsControl(c) => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    private static bool LooksLikeNumber(string text) =>
        (char.IsAsciiDigit(text[0]) || text[0] is '+' or '.')
        && (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _)
            || text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) || text.Contains('_', StringComparison.Ordinal)
            || text.StartsWith("0o", StringComparison.OrdinalIgnoreCase) || IsSexagesimal(text) || IsDate(text));

    // YAML 1.1 readers take 12:30 for a number in base 60.
    private static bool IsSexagesimal(string text) =>
        text.Contains(':', StringComparison.Ordinal) && text.All(static c => char.IsAsciiDigit(c) || c is ':' or '.');

    private static bool IsDate(string text) => text.Length >= 10 && text[4] == '-' && text[..4].All(char.IsAsciiDigit);

    private static bool IsSafe(string text)
    {
        if (text.Length == 0 || text[0] is '-' or '?' or ':' or '@' or '`' or '%' or '&' or '*' or '!' or '|' or '>' or '\'' or '"' or '#' or ' ' or '~'
            || text[^1] is ' ' or ':')
        {
            return false;
        }

        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is ',' or '[' or ']' or '{' or '}' or '"' or '\\' or '\'' || char.IsControl(c)
                || (c == ':' && text[i + 1] == ' ')
                || (c == '#' && text[i - 1] == ' '))
            {
                return false;
            }
        }

        return true;
    }
}
