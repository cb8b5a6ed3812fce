using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Clew.Receivers.Listeners;

/// <summary>
/// One of the two logical listeners of a <see cref="SharedPort"/>: the connections of one HTTP version. Not an
/// <see cref="IPEndPoint"/>, so that no other transport takes it for an address to bind.
/// </summary>
internal sealed class SharedPortEndPoint(SharedPort port, HttpProtocols protocol) : EndPoint
{
    public SharedPort Port { get; } = port;

    /// <summary><see cref="HttpProtocols.Http1"/> or <see cref="HttpProtocols.Http2"/>.</summary>
    public HttpProtocols Protocol { get; } = protocol;

    public override string ToString() => Port.ToString();
}
