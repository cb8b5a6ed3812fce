using System.Globalization;

namespace Clew.Semantics;

/// <summary>Hosts out of URLs and addresses.</summary>
internal static class HostText
{
    /// <summary>The host and, when it is not the scheme's own, the port; empty when there is no <c>scheme://host</c>.</summary>
    public static string OfUrl(ReadOnlySpan<char> url)
    {
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        if (scheme <= 0)
        {
            return "";
        }

        var rest = url[(scheme + 3)..];
        var end = rest.IndexOfAny('/', '?', '#');
        var authority = end < 0 ? rest : rest[..end];
        var at = authority.LastIndexOf('@');
        authority = at < 0 ? authority : authority[(at + 1)..];
        var name = url[..scheme];
        var ownPort = name.Equals("http", StringComparison.OrdinalIgnoreCase) ? ":80" : name.Equals("https", StringComparison.OrdinalIgnoreCase) ? ":443" : "";
        return (ownPort.Length > 0 && authority.EndsWith(ownPort, StringComparison.Ordinal) ? authority[..^ownPort.Length] : authority).ToString();
    }

    public static string WithoutPort(string host)
    {
        var colon = host.LastIndexOf(':');
        return colon > 0 && !host[(colon + 1)..].AsSpan().ContainsAnyExceptInRange('0', '9') ? host[..colon] : host;
    }

    /// <summary>Appends a port unless it is the one that everybody knows.</summary>
    public static string WithPort(string host, string port) =>
        port is "" or "0" or "80" or "443" || host.Contains(':', StringComparison.Ordinal) ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
}
