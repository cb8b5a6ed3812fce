using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Clew.Receivers.Listeners;

/// <summary>Kestrel's transport for <see cref="SharedPortEndPoint"/>s; every other end point stays with the transports beside it.</summary>
internal sealed class SharedPortListenerFactory(IOptions<SocketTransportOptions> options, ILoggerFactory loggers, TimeProvider clock)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly SocketTransportFactory _sockets = new(options, loggers);
    private readonly ILogger _logger = loggers.CreateLogger("Clew.Receivers.Listeners");

    public bool CanBind(EndPoint endpoint) => endpoint is SharedPortEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var shared = (SharedPortEndPoint)endpoint;
        return shared.Port.BindAsync(shared, _sockets, _logger, clock, cancellationToken);
    }
}
