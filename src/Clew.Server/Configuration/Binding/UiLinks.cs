using System.Text.RegularExpressions;

namespace Clew.Server.Configuration.Binding;

/// <summary>
/// Checks the links of <c>ui.links</c>. Their places are filled with what senders wrote into spans, so the address has to say by itself where it
/// leads: its scheme is written out and one of those that run nothing.
/// </summary>
internal static partial class UiLinks
{
    /// <summary>Links at most: each is shown beside every span.</summary>
    public const int MaxLinks = 50;

    private static readonly string[] Schemes = ["http", "https"];

    /// <summary>True for what a span fills in, between <c>${</c> and <c>}</c>.</summary>
    public static bool IsPlaceholder(string text) => Placeholder().IsMatch(text);

    /// <summary>What is wrong with an address; null when nothing is.</summary>
    public static string? Fault(string url)
    {
        if (url.Length == 0)
        {
            return "must not be empty; write the address, as in https://logs.example/?trace=${trace.id}";
        }

        if (url.Any(char.IsControl) || char.IsWhiteSpace(url[0]))
        {
            return "has a blank in front or a control character, which browsers take out; write it without";
        }

        foreach (Match place in Places().Matches(url))
        {
            if (!IsPlaceholder(place.Groups[1].Value))
            {
                return $"has the unknown place '{place.Value}'; use ${{trace.id}}, ${{span.id}}, ${{span.KEY}}, ${{resource.KEY}}, ${{time.start}} or ${{time.end}}";
            }
        }

        var end = url.IndexOfAny([':', '/', '?', '#', '$']);
        if (end >= 0 && url[end] == ':')
        {
            var scheme = url[..end];
            if (!Schemes.Contains(scheme, StringComparer.OrdinalIgnoreCase))
            {
                return $"has the scheme '{scheme}', which may run or open anything; use http or https";
            }
        }
        else if (end >= 0 && url[end] == '$')
        {
            return "leaves the scheme or the host to the span; begin with http://, https:// or /";
        }

        return Host().IsMatch(url) ? "leaves the host to the span; write it out" : null;
    }

    [GeneratedRegex(@"^(?:trace\.id|span\..+|resource\..+|time\.start|time\.end)$", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\$\{([^}]*)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Places();

    [GeneratedRegex(@"^(?:https?:)?[\\/]{2}[^/?#\\]*\$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Host();
}
