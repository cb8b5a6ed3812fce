namespace Clew.Receivers.Listeners;

/// <summary>Limits of a port on which HTTP/1.1 and cleartext HTTP/2 are told apart.</summary>
public sealed class SharedPortOptions
{
    /// <summary>Connections whose first bytes have not arrived. One more ends the one that has waited longest.</summary>
    public int MaxWaiting { get; init; } = 1024;

    /// <summary>
    /// How long a connection may wait for its first bytes. Browsers open sockets ahead of need and open new ones without a complaint.
    /// </summary>
    public TimeSpan FirstBytesTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
