using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Clew.Receivers.Listeners;

/// <summary>
/// One address that answers HTTP/1.1 and cleartext HTTP/2. Kestrel cannot do both on one plaintext port, so it is given two logical
/// listeners, and this hands each accepted connection to the right one after a look at its first bytes.
/// </summary>
public sealed class SharedPort
{
    private readonly Lock _lock = new();
    private readonly ListenAddress _address;
    private readonly SharedPortOptions _options;
    private Task<SharedListener>? _listener;
    private IPEndPoint[] _bound = [];
    private long _tlsAttempts;

    internal SharedPort(ListenAddress address, SharedPortOptions options)
    {
        _address = address;
        _options = options;
    }

    /// <summary>The addresses in use with their real ports; empty before the server has started.</summary>
    public IReadOnlyList<IPEndPoint> BoundEndPoints => Volatile.Read(ref _bound);

    /// <summary>Connections that were closed because the client spoke TLS to this plaintext port.</summary>
    public long TlsAttempts => Interlocked.Read(ref _tlsAttempts);

    public override string ToString() => _bound is [var first, ..] ? first.ToString() : _address.ToString();

    internal void CountTlsAttempt() => Interlocked.Increment(ref _tlsAttempts);

    /// <summary>Binds the sockets when the first of the two logical listeners is bound; the second finds them open.</summary>
    internal async ValueTask<IConnectionListener> BindAsync(
        SharedPortEndPoint endPoint, IConnectionListenerFactory sockets, ILogger logger, TimeProvider clock, CancellationToken cancellationToken)
    {
        Task<SharedListener> listener;
        lock (_lock)
        {
            listener = _listener ??= OpenAsync(sockets, logger, clock, cancellationToken);
        }

        return (await listener).Logical(endPoint);
    }

    private async Task<SharedListener> OpenAsync(IConnectionListenerFactory sockets, ILogger logger, TimeProvider clock, CancellationToken cancellationToken)
    {
        var listeners = new List<IConnectionListener>();
        foreach (var endPoint in _address.Resolve())
        {
            try
            {
                listeners.Add(await sockets.BindAsync(endPoint, cancellationToken));
            }
            catch (Exception e) when (listeners.Count > 0 && e is not OperationCanceledException)
            {
                ListenerLog.SecondFamilyMissing(logger, _address.ToString(), endPoint.ToString(), e.Message);
            }
        }

        Volatile.Write(ref _bound, [.. listeners.Select(listener => (IPEndPoint)listener.EndPoint)]);
        return new SharedListener(this, listeners, _options, logger, clock);
    }
}
