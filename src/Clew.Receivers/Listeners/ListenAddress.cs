using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Clew.Receivers.Listeners;

/// <summary>
/// Where to listen, as an operator writes it: <c>host:port</c>. The host is an IP address (IPv6 in brackets), <c>localhost</c> (both
/// loopback addresses), nothing or <c>*</c> (every address of the machine), or a name that is looked up when listening begins.
/// </summary>
public sealed record ListenAddress(string Host, int Port)
{
    /// <summary>Answers false and a sentence for the operator when the text is not an address.</summary>
    public static bool TryParse(string text, out ListenAddress address, out string? error)
    {
        address = new ListenAddress("", 0);
        var colon = text.LastIndexOf(':');
        if (colon < 0)
        {
            error = $"'{text}' has no port; use host:port, for example localhost:4317";
            return false;
        }

        var host = text[..colon];
        if (!ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            error = $"'{text[(colon + 1)..]}' in '{text}' is not a port; use a number from 0 to 65535";
            return false;
        }

        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
        }
        else if (host.Contains(':', StringComparison.Ordinal))
        {
            error = $"'{text}' holds an IPv6 address without brackets; use [{host}]:{port}";
            return false;
        }

        address = new ListenAddress(host, port);
        error = null;
        return true;
    }

    public static ListenAddress Parse(string text) =>
        TryParse(text, out var address, out var error) ? address : throw new FormatException(error);

    /// <summary>True when every address of the machine is meant.</summary>
    public bool IsAny => Host is "" or "*" || (IPAddress.TryParse(Host, out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)));

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>
    /// The sockets to bind. The first must succeed. Those after it stand for the same name in the other address family, which a machine
    /// may lack.
    /// </summary>
    internal IPEndPoint[] Resolve()
    {
        if (Host is "" or "*")
        {
            return [new IPEndPoint(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, Port)];
        }

        if (IPAddress.TryParse(Host, out var ip))
        {
            return [new IPEndPoint(ip, Port)];
        }

        if (Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            // With a port chosen by the system the two families would get different ones.
            return Port == 0 || !Socket.OSSupportsIPv6
                ? [new IPEndPoint(IPAddress.Loopback, Port)]
                : [new IPEndPoint(IPAddress.Loopback, Port), new IPEndPoint(IPAddress.IPv6Loopback, Port)];
        }

        return [new IPEndPoint(Dns.GetHostAddresses(Host)[0], Port)];
    }
}
