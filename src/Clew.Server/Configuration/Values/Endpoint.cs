using System.Globalization;
using System.Net;

namespace Clew.Server.Configuration;

/// <summary>
/// A <c>host:port</c> to listen on. The host is a name, an IPv4 address or an IPv6 address (in brackets when written); an empty host
/// or <c>*</c> means every interface. Port 0 lets the system choose.
/// </summary>
internal readonly record struct Endpoint(string Host, int Port)
{
    /// <summary>What an operator is told when a value is not an endpoint.</summary>
    public const string Hint = "use host:port, like 127.0.0.1:4317 or [::1]:4317";

    /// <summary>True for <c>localhost</c> and the loopback addresses: no other machine can reach it.</summary>
    public bool IsLoopback =>
        string.Equals(Host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>True when every interface is meant: an empty host, <c>0.0.0.0</c> or <c>::</c>.</summary>
    public bool IsAnyInterface =>
        Host is "" or "*" || (IPAddress.TryParse(Host, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)));

    public static bool TryParse(string text, out Endpoint endpoint)
    {
        endpoint = default;
        var colon = text.LastIndexOf(':');
        if (colon < 0
            || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            return false;
        }

        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
            if (!IPAddress.TryParse(host, out _))
            {
                return false;
            }
        }
        else if (host.AsSpan().ContainsAny(":/[] \t"))
        {
            return false;
        }

        endpoint = new Endpoint(host, port);
        return true;
    }

    /// <summary>True when both would want the same port of the same interface.</summary>
    public bool CollidesWith(Endpoint other) =>
        Port != 0 && Port == other.Port
        && (IsAnyInterface || other.IsAnyInterface || (IsLoopback && other.IsLoopback)
            || string.Equals(Host, other.Host, StringComparison.OrdinalIgnoreCase));

    public override string ToString() =>
        Host.Contains(':', StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
            : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
