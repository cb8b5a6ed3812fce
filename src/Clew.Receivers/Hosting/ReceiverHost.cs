using System.Net;
using System.Net.Sockets;
using Clew.Receivers.Listeners;
using Clew.Receivers.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Clew.Receivers.Hosting;

/// <summary>
/// A receiver's own small Kestrel server, so that its listeners can be opened and closed without touching any other. It reads no
/// configuration and no environment variable, and leaves signals to the program.
/// </summary>
internal static class ReceiverHost
{
    public static WebApplicationBuilder CreateBuilder(ReceiverServices services)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Clew.Receivers" });
        builder.Logging.ForwardTo(services.Loggers);
        builder.Services.AddSingleton(services.Meters);
        builder.Services.AddSingleton(services.Clock);
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.Services.AddSharedPorts();
        // Requests leave the connection's thread where Kestrel hands them to the endpoint; the way there is only parsing of frames.
        builder.Services.Configure<SocketTransportOptions>(static sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.WebHost.UseKestrelCore();
        // Kestrel adds its own factory whether there is one or not.
        builder.Services.Replace(ServiceDescriptor.Singleton<IMemoryPoolFactory<byte>, ReceiveBlocks>());
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            // Receivers have limits of their own, which know more than the length of the body.
            server.Limits.MaxRequestBodySize = null;
        });
        return builder;
    }

    /// <summary>Listens in plaintext with both HTTP versions, or with TLS.</summary>
    public static BoundAddress Listen(
        this KestrelServerOptions server, ListenAddress address, ListenerTls? tls, SharedPortOptions options, ConnectionAge? maxAge = null)
    {
        if (tls is null)
        {
            var shared = server.ListenShared(address, options, listen => Limit(listen, maxAge));
            return new BoundAddress(() => shared.BoundEndPoints, () => shared.TlsAttempts);
        }

        var bound = new List<ListenOptions>();
        foreach (var endPoint in address.Resolve())
        {
            server.Listen(endPoint, listen =>
            {
                Limit(listen, maxAge);
                tls.Use(listen);
                bound.Add(listen);
            });
        }

        return new BoundAddress(() => [.. bound.Select(listen => (IPEndPoint)listen.EndPoint)], () => 0);
    }

    /// <summary>
    /// Listens on a Unix socket for one version of HTTP. A socket that an ended process left behind is replaced; one that somebody
    /// answers on is not.
    /// </summary>
    public static BoundAddress ListenUnix(this KestrelServerOptions server, string path, HttpProtocols protocols, ConnectionAge? maxAge = null)
    {
        if (File.Exists(path))
        {
            RemoveLeftover(path);
        }

        server.ListenUnixSocket(path, listen =>
        {
            listen.Protocols = protocols;
            Limit(listen, maxAge);
        });
        return new BoundAddress(static () => [], static () => 0) { UnixSocket = path };
    }

    private static void RemoveLeftover(string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException fault) when (fault.SocketErrorCode is SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }

        throw new IOException($"another process listens on {path}.");
    }

    private static void Limit(ListenOptions listen, ConnectionAge? maxAge)
    {
        if (maxAge is not null)
        {
            listen.Use(maxAge.Watch);
        }
    }

    /// <summary>The default lifetime would take over Ctrl+C.</summary>
    private sealed class QuietLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>Where a listener really is, once it is open.</summary>
internal sealed class BoundAddress(Func<IReadOnlyList<IPEndPoint>> endPoints, Func<long> tlsAttempts)
{
    public IReadOnlyList<IPEndPoint> EndPoints => endPoints();

    public long TlsAttempts => tlsAttempts();

    /// <summary>The path of a Unix socket; null for an address.</summary>
    public string? UnixSocket { get; init; }

    /// <summary>A receiver's status with what its listener knows; null while it does not listen.</summary>
    public static ReceiverStatus Show(ReceiverStatus status, BoundAddress? bound) => status with
    {
        TlsAttempts = bound?.TlsAttempts ?? 0,
        EndPoints = bound?.UnixSocket is { } path ? [$"unix:{path}"] : status.EndPoints,
    };
}
