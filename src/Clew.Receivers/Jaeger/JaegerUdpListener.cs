using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Receivers.Telemetry;
using Clew.Receivers.Translation;

namespace Clew.Receivers.Jaeger;

/// <summary>
/// Datagrams of one port. A loop for each socket does nothing but receive; a bounded queue stands between it and the workers, and what
/// finds it full is dropped and counted. Stopping closes the sockets first and then works the queue off.
/// </summary>
internal sealed class JaegerUdpListener(
    string receiver, JaegerUdpOptions options, bool tenantsEnabled, Func<ReadOnlyMemory<byte>, Decoded> decode, ForeignIntake intake,
    ReceiverActivity activity, TimeProvider clock)
{
    private readonly List<Socket> _sockets = [];
    private Channel<Datagram>? _queue;
    private CancellationTokenSource? _abandon;
    private Task _loops = Task.CompletedTask;
    private Task _workers = Task.CompletedTask;

    public ReceiverActivity Activity => activity;

    public IReadOnlyList<IPEndPoint> EndPoints { get; private set; } = [];

    /// <summary>Throws <see cref="SocketException"/> when an address cannot be bound; nothing is then left open.</summary>
    public void Start()
    {
        try
        {
            foreach (var endPoint in options.Address.Resolve())
            {
                _sockets.Add(Open(endPoint));
            }
        }
        catch (SocketException)
        {
            CloseSockets();
            throw;
        }

        EndPoints = [.. _sockets.Select(socket => (IPEndPoint)socket.LocalEndPoint!)];
        _queue = Channel.CreateBounded<Datagram>(options.QueueSize);
        _abandon = new CancellationTokenSource();
        var (queue, token) = (_queue, _abandon.Token);
        _workers = Task.WhenAll(Enumerable.Range(0, options.Workers).Select(_ => Task.Run(() => WorkAsync(queue.Reader, token), CancellationToken.None)));
        _loops = Task.WhenAll(_sockets.Select(socket => Task.Run(() => ReceiveAsync(socket, queue.Writer), CancellationToken.None)));
    }

    /// <summary>Works the queue off, at most until the token is cancelled.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_queue is not { } queue)
        {
            return;
        }

        _queue = null;
        CloseSockets();
        await _loops;
        queue.Writer.Complete();
        using (_abandon)
        {
            await using (cancellationToken.Register(_abandon!.Cancel))
            {
                await _workers;
            }
        }

        EndPoints = [];
    }

    private Socket Open(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (endPoint.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            if (options.SocketBufferBytes > 0)
            {
                socket.ReceiveBufferSize = options.SocketBufferBytes;
            }

            socket.Bind(endPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void CloseSockets()
    {
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }

        _sockets.Clear();
    }

    private async Task ReceiveAsync(Socket socket, ChannelWriter<Datagram> queue)
    {
        // One byte past the limit tells a datagram of exactly the limit from a larger one.
        var buffer = new byte[options.MaxPacketBytes + 1];
        var any = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        while (true)
        {
            SocketReceiveFromResult received;
            try
            {
                received = await socket.ReceiveFromAsync(buffer, any);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.OperationAborted or SocketError.Interrupted or SocketError.NotSocket)
            {
                return;
            }
            catch (SocketException e)
            {
                // Such as "message too long" or an unreachable former sender: about one datagram, not about the socket.
                activity.RequestRefused(RequestFault.Malformed, $"a datagram could not be received: {e.Message}");
                continue;
            }

            var peer = Peer((IPEndPoint)received.RemoteEndPoint);
            if (received.ReceivedBytes > options.MaxPacketBytes)
            {
                activity.RequestRefused(
                    RequestFault.TooLarge, $"a datagram from {peer} is larger than max_packet_size, which is {options.MaxPacketBytes} bytes; it was dropped");
                continue;
            }

            // From here to its worker the array belongs to the datagram.
            var bytes = ArrayPool<byte>.Shared.Rent(received.ReceivedBytes);
            buffer.AsSpan(0, received.ReceivedBytes).CopyTo(bytes);
            if (!queue.TryWrite(new Datagram(bytes, received.ReceivedBytes, peer)))
            {
                ArrayPool<byte>.Shared.Return(bytes);
                activity.RequestRefused(RequestFault.QueueFull, $"{options.QueueSize} datagrams were waiting (queue_size); the next ones were dropped");
            }
        }
    }

    private async Task WorkAsync(ChannelReader<Datagram> queue, CancellationToken abandon)
    {
        await foreach (var datagram in queue.ReadAllAsync(CancellationToken.None))
        {
            Decoded decoded;
            try
            {
                decoded = tenantsEnabled ? default : decode(datagram.Bytes.AsMemory(0, datagram.Length));
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(datagram.Bytes);
            }

            if (tenantsEnabled)
            {
                activity.RequestRefused(RequestFault.NoTenant, "tenants are on and a datagram cannot name one; send over HTTP or gRPC");
                continue;
            }

            var context = new BatchContext(TenantId.Single, UnixNano.Now(clock)) { Peer = datagram.Peer, Receiver = receiver };
            await intake.TakeAsync(decoded, context, "", activity, abandon);
        }
    }

    private static string Peer(IPEndPoint sender) =>
        (sender.Address.IsIPv4MappedToIPv6 ? sender.Address.MapToIPv4() : sender.Address).ToString();

    private readonly record struct Datagram(byte[] Bytes, int Length, string Peer);
}
