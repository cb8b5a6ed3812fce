using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Clew.Receivers.Listeners;

/// <summary>
/// The open sockets of a <see cref="SharedPort"/>. Accepted connections wait here until their first bytes have come, and then go to one
/// of two queues, from which Kestrel takes them. The bytes are looked at, not consumed: Kestrel reads the request from its beginning.
/// </summary>
internal sealed class SharedListener
{
    // Kestrel empties these at once; when it does not, connections go on waiting under the limit for waiting ones.
    private const int QueueCapacity = 256;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly SharedPort _port;
    private readonly IReadOnlyList<IConnectionListener> _sockets;
    private readonly WaitingConnections _waiting;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly LogThrottle _tlsThrottle;
    private readonly Channel<ConnectionContext> _http1 = Channel.CreateBounded<ConnectionContext>(QueueCapacity);
    private readonly Channel<ConnectionContext> _http2 = Channel.CreateBounded<ConnectionContext>(QueueCapacity);
    private readonly ITimer _sweeper;
    private readonly Task _accepting;
    private readonly Lock _lock = new();
    private Task? _unbound;
    private int _openListeners = 2;

    public SharedListener(SharedPort port, IReadOnlyList<IConnectionListener> sockets, SharedPortOptions options, ILogger logger, TimeProvider clock)
    {
        _port = port;
        _sockets = sockets;
        _logger = logger;
        _clock = clock;
        _waiting = new WaitingConnections(options, clock);
        _tlsThrottle = new LogThrottle(clock, TimeSpan.FromMinutes(1));
        _sweeper = clock.CreateTimer(_ => Sweep(options), null, SweepInterval, SweepInterval);
        _accepting = Task.WhenAll(sockets.Select(AcceptAsync));
    }

    /// <summary>The listener of one HTTP version, as Kestrel sees it.</summary>
    public IConnectionListener Logical(SharedPortEndPoint endPoint) =>
        new LogicalListener(this, endPoint, (endPoint.Protocol == HttpProtocols.Http2 ? _http2 : _http1).Reader);

    private async Task AcceptAsync(IConnectionListener sockets)
    {
        try
        {
            while (await sockets.AcceptAsync() is { } connection)
            {
                _waiting.Add(connection, RouteAsync);
            }
        }
        catch (Exception e)
        {
            ListenerLog.AcceptFailed(_logger, _port.ToString(), e);
        }
    }

    /// <summary>Waits for the first bytes and hands the connection on. Owns the connection until then.</summary>
    private async Task RouteAsync(WaitingConnection waiting)
    {
        var connection = waiting.Connection;
        var handedOn = false;
        try
        {
            var spoken = await RecogniseAsync(connection);
            if (spoken == SpokenProtocol.Undecided || !waiting.TryFinish())
            {
                return;
            }

            if (spoken == SpokenProtocol.Tls)
            {
                await RefuseTlsAsync(connection);
            }
            else
            {
                await (spoken == SpokenProtocol.Http2 ? _http2 : _http1).Writer.WriteAsync(connection);
                handedOn = true;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ChannelClosedException or ObjectDisposedException or InvalidOperationException)
        {
            // The client went away, waited too long, or the listener is closing: there is nobody to tell.
        }
        finally
        {
            if (!handedOn)
            {
                connection.Abort();
                await connection.DisposeAsync();
            }
        }
    }

    private static async ValueTask<SpokenProtocol> RecogniseAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var result = await input.ReadAsync();
            var buffer = result.Buffer;
            var spoken = FirstBytes.Recognise(buffer);
            if (spoken != SpokenProtocol.Undecided)
            {
                // Nothing consumed, nothing examined: the next read returns these bytes at once.
                input.AdvanceTo(buffer.Start);
                return spoken;
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted || result.IsCanceled)
            {
                return SpokenProtocol.Undecided;
            }
        }
    }

    /// <summary>Answers in plaintext: TLS clients then report that the server does not speak TLS, which is the cause.</summary>
    private async ValueTask RefuseTlsAsync(ConnectionContext connection)
    {
        _port.CountTlsAttempt();
        if (_tlsThrottle.ShouldLog(out var heldBack))
        {
            ListenerLog.TlsOnPlaintextPort(_logger, (connection.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? "a client", _port.ToString(), heldBack);
        }

        await connection.Transport.Output.WriteAsync(
            "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 44\r\n\r\nThis port does not speak TLS; use plaintext.\n"u8.ToArray());
        await connection.Transport.Output.CompleteAsync();
    }

    private void Sweep(SharedPortOptions options)
    {
        var closed = _waiting.AbortOverdue();
        if (closed > 0)
        {
            ListenerLog.SilentConnectionsClosed(_logger, _port.ToString(), closed, options.MaxWaiting, options.FirstBytesTimeout.TotalSeconds);
        }
    }

    private async Task UnbindAsync(CancellationToken cancellationToken)
    {
        foreach (var sockets in _sockets)
        {
            await sockets.UnbindAsync(cancellationToken);
        }

        await _accepting;
        await _sweeper.DisposeAsync();
        await _waiting.AbortAllAsync();
        _http1.Writer.Complete();
        _http2.Writer.Complete();
    }

    private Task UnbindOnceAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _unbound ??= UnbindAsync(cancellationToken);
        }
    }

    private async ValueTask CloseOneAsync(ChannelReader<ConnectionContext> queue)
    {
        await UnbindOnceAsync(CancellationToken.None);
        while (queue.TryRead(out var connection))
        {
            connection.Abort();
            await connection.DisposeAsync();
        }

        if (Interlocked.Decrement(ref _openListeners) == 0)
        {
            foreach (var sockets in _sockets)
            {
                await sockets.DisposeAsync();
            }
        }
    }

    private sealed class LogicalListener(SharedListener shared, SharedPortEndPoint endPoint, ChannelReader<ConnectionContext> queue) : IConnectionListener
    {
        private int _disposed;

        public EndPoint EndPoint => endPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await queue.WaitToReadAsync(cancellationToken))
            {
                if (queue.TryRead(out var connection))
                {
                    return connection;
                }
            }

            return null;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => new(shared.UnbindOnceAsync(cancellationToken));

        public ValueTask DisposeAsync() =>
            Interlocked.Exchange(ref _disposed, 1) == 0 ? shared.CloseOneAsync(queue) : ValueTask.CompletedTask;
    }
}
