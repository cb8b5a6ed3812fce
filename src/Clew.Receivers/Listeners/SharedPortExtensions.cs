using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Clew.Receivers.Listeners;

/// <summary>HTTP/1.1 and cleartext HTTP/2 (with prior knowledge) on one port of a Kestrel server.</summary>
public static class SharedPortExtensions
{
    /// <summary>Adds the transport that <see cref="ListenShared"/> needs.</summary>
    public static IServiceCollection AddSharedPorts(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        // Kestrel adds its socket transport only where it finds none, so that the order of the two calls would matter.
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConnectionListenerFactory, SocketTransportFactory>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConnectionListenerFactory, SharedPortListenerFactory>());
        return services;
    }

    /// <summary>
    /// Listens on an address for both versions. The result tells the port that was bound when the address asked for port 0.
    /// </summary>
    public static SharedPort ListenShared(
        this KestrelServerOptions server, ListenAddress address, SharedPortOptions? options = null, Action<ListenOptions>? configure = null)
    {
        var port = new SharedPort(address, options ?? new SharedPortOptions());
        foreach (var protocol in (HttpProtocols[])[HttpProtocols.Http1, HttpProtocols.Http2])
        {
            server.Listen(new SharedPortEndPoint(port, protocol), listen =>
            {
                listen.Protocols = protocol;
                configure?.Invoke(listen);
            });
        }

        return port;
    }
}
