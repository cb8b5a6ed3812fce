using System.Net;
using System.Net.Sockets;
using Clew.Pipeline.Components;
using Clew.Receivers.Hosting;
using Clew.Receivers.Intake;
using Clew.Receivers.Telemetry;
using Clew.Receivers.Translation;
using Clew.Receivers.Zipkin;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Clew.Receivers.Jaeger;

/// <summary>
/// Jaeger over gRPC, over HTTP and in datagrams. A request over TCP is answered only with what the consumer answered; of a datagram it is
/// counted what became of it. It can be started and stopped any number of times.
/// </summary>
public sealed partial class JaegerReceiver : ITraceReceiver, IReceiverStatusSource
{
    private readonly JaegerReceiverOptions _options;
    private readonly ReceiverServices _services;
    private readonly ForeignIntake _intake;
    private readonly ReceiverActivity _grpcActivity;
    private readonly ReceiverActivity _httpActivity;
    private readonly JaegerRoutes _routes;
    private readonly JaegerUdpListener? _compact;
    private readonly JaegerUdpListener? _binary;
    private readonly ILogger _logger;
    private WebApplication? _app;
    private BoundAddress? _grpc;
    private BoundAddress? _http;

    public JaegerReceiver(ComponentId id, JaegerReceiverOptions options, ITraceConsumer consumer, ReceiverServices services)
    {
        Id = id;
        _options = options;
        _services = services;
        _logger = services.Loggers.CreateLogger<JaegerReceiver>();
        _intake = new ForeignIntake(consumer, options.SpanLimits, _logger);
        var metrics = new ReceiverMetrics(services.Meters);
        _grpcActivity = new ReceiverActivity(id.ToString(), "grpc", metrics, services.Clock);
        _httpActivity = new ReceiverActivity(id.ToString(), "thrift_http", metrics, services.Clock);
        _routes = new JaegerRoutes(
            options, new RequestIdentity(id.ToString(), options.TenantsEnabled, services.Clock), new ReceiveBudget(options.MaxInFlightBytes), _intake,
            _grpcActivity, _httpActivity);
        _compact = Udp(options.ThriftCompact, "thrift_compact", isCompact: true, metrics);
        _binary = Udp(options.ThriftBinary, "thrift_binary", isCompact: false, metrics);
    }

    public ComponentId Id { get; }

    /// <summary>Where batches go. A request under way keeps the consumer that it started with.</summary>
    public ITraceConsumer Consumer
    {
        get => _intake.Consumer;
        set => _intake.Consumer = value;
    }

    /// <summary>With real ports; empty while stopped or off. So are the others.</summary>
    public IReadOnlyList<IPEndPoint> GrpcEndPoints => _grpc?.EndPoints ?? [];

    public IReadOnlyList<IPEndPoint> HttpEndPoints => _http?.EndPoints ?? [];

    public IReadOnlyList<IPEndPoint> CompactEndPoints => _compact?.EndPoints ?? [];

    public IReadOnlyList<IPEndPoint> BinaryEndPoints => _binary?.EndPoints ?? [];

    /// <summary>What each protocol that is on has seen.</summary>
    public IReadOnlyList<ReceiverStatus> Status
    {
        get
        {
            var status = new List<ReceiverStatus>(4);
            if (_options.Grpc is not null)
            {
                status.Add(BoundAddress.Show(_grpcActivity.Snapshot(GrpcEndPoints), _grpc));
            }

            if (_options.ThriftHttp is not null)
            {
                status.Add(BoundAddress.Show(_httpActivity.Snapshot(HttpEndPoints), _http));
            }

            foreach (var udp in (JaegerUdpListener?[])[_compact, _binary])
            {
                if (udp is not null)
                {
                    status.Add(udp.Activity.Snapshot(udp.EndPoints));
                }
            }

            return status;
        }
    }

    /// <summary>Opens the listeners. Throws <see cref="IOException"/> with a sentence for the operator when an address cannot be bound.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_options.Grpc is not null || _options.ThriftHttp is not null)
            {
                await StartTcpAsync(cancellationToken);
            }

            _compact?.Start();
            _binary?.Start();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await StopAsync(CancellationToken.None);
            throw new IOException($"receiver '{Id}' cannot listen: {e.Message} Stop the program that uses the address, or set another endpoint.", e);
        }

        LogStarted(Id.ToString(), string.Join(", ", Status.SelectMany(row => row.EndPoints)));
    }

    /// <summary>Closes the listeners, then waits for requests and datagrams under way, at most until the token is cancelled.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_app is { } app)
        {
            _app = null;
            await app.StopAsync(cancellationToken);
            await app.DisposeAsync();
        }

        (_grpc, _http) = (null, null);
        foreach (var udp in (JaegerUdpListener?[])[_compact, _binary])
        {
            if (udp is not null)
            {
                await udp.StopAsync(cancellationToken);
            }
        }

        LogStopped(Id.ToString());
    }

    private JaegerUdpListener? Udp(JaegerUdpOptions? options, string transport, bool isCompact, ReceiverMetrics metrics)
    {
        var zipkin = new ZipkinDecoder(parseStringTags: false);
        return options is null ? null : new JaegerUdpListener(
            Id.ToString(), options, _options.TenantsEnabled, bytes => JaegerThrift.ReadMessage(bytes.Span, isCompact, zipkin.TryAdd), _intake,
            new ReceiverActivity(Id.ToString(), transport, metrics, _services.Clock), _services.Clock);
    }

    private async Task StartTcpAsync(CancellationToken cancellationToken)
    {
        var builder = ReceiverHost.CreateBuilder(_services);
        builder.WebHost.ConfigureKestrel(Listen);
        var app = builder.Build();
        app.Run(_routes.HandleAsync);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        _app = app;
    }

    private void Listen(KestrelServerOptions server)
    {
        if (_options.Grpc is { } grpc)
        {
            _grpc = grpc.UnixSocket is { } path ? server.ListenUnix(path, HttpProtocols.Http2) : server.Listen(grpc.Address, grpc.Tls, _options.Listening);
        }

        if (_options.ThriftHttp is { } http)
        {
            _http = http.UnixSocket is { } path ? server.ListenUnix(path, HttpProtocols.Http1) : server.Listen(http.Address, http.Tls, _options.Listening);
        }
    }

    [LoggerMessage(2401, LogLevel.Debug, "Receiver {Receiver} listens for Jaeger on {Addresses}")]
    private partial void LogStarted(string receiver, string addresses);

    [LoggerMessage(2402, LogLevel.Debug, "Receiver {Receiver} has stopped listening")]
    private partial void LogStopped(string receiver);
}
