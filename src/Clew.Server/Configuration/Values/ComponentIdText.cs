using System.Globalization;

namespace Clew.Server.Configuration;

/// <summary>
/// Reads the id of a configured component, <c>type[/name]</c>, by the Collector's rules: the type is a letter followed by up to 62 letters,
/// digits or underscores; the name is up to 1024 characters without blanks, control characters and symbols.
/// </summary>
internal static class ComponentIdText
{
    public const int MaxTypeLength = 63;
    public const int MaxNameLength = 1024;

    public static bool TryParse(string text, out ComponentId id)
    {
        id = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var type = (slash < 0 ? text : text[..slash]).Trim();
        var name = slash < 0 ? null : text[(slash + 1)..].Trim();
        if (!IsType(type) || (name is not null && !IsName(name)))
        {
            return false;
        }

        id = new ComponentId(type, name);
        return true;
    }

    private static bool IsType(string type)
    {
        if (type.Length is 0 or > MaxTypeLength || !char.IsAsciiLetter(type[0]))
        {
            return false;
        }

        foreach (var c in type)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsName(string name)
    {
        if (name.Length is 0 or > MaxNameLength)
        {
            return false;
        }

        foreach (var c in name)
        {
            if (char.IsWhiteSpace(c) || char.IsControl(c)
                || char.GetUnicodeCategory(c) is UnicodeCategory.MathSymbol or UnicodeCategory.CurrencySymbol
                    or UnicodeCategory.ModifierSymbol or UnicodeCategory.OtherSymbol)
            {
                return false;
            }
        }

        return true;
    }
}
