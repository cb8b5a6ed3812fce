using System.Net;
using Clew.Pipeline.Components;
using Clew.Receivers.Hosting;
using Clew.Receivers.Listeners;
using Clew.Receivers.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Clew.Receivers.Otlp;

/// <summary>
/// OTLP over gRPC and HTTP. A request is answered only with what the consumer answered. The receiver owns its listeners: it can be
/// started and stopped any number of times, and its consumer exchanged while it listens.
/// </summary>
public sealed partial class OtlpReceiver : ITraceReceiver, IReceiverStatusSource
{
    private readonly OtlpReceiverOptions _options;
    private readonly ReceiverServices _services;
    private readonly OtlpIngest _ingest;
    private readonly ILogger _logger;
    private readonly ConnectionAge? _maxAge;
    private WebApplication? _app;
    private BoundAddress? _grpc;
    private BoundAddress? _http;

    public OtlpReceiver(ComponentId id, OtlpReceiverOptions options, ITraceConsumer consumer, ReceiverServices services)
    {
        Id = id;
        _options = options;
        _services = services;
        _maxAge = options.Grpc?.MaxConnectionAge is { } age ? new ConnectionAge(age, options.Grpc.MaxConnectionAgeGrace, services.Clock) : null;
        _logger = services.Loggers.CreateLogger<OtlpReceiver>();
        _ingest = new OtlpIngest(id.ToString(), options, consumer, new ReceiverMetrics(services.Meters), _logger, services.Clock);
    }

    public ComponentId Id { get; }

    /// <summary>Where batches go. A request under way keeps the consumer that it started with.</summary>
    public ITraceConsumer Consumer
    {
        get => _ingest.Intake.Consumer;
        set => _ingest.Intake.Consumer = value;
    }

    /// <summary>Where gRPC is listened for, with real ports; empty while stopped or off.</summary>
    public IReadOnlyList<IPEndPoint> GrpcEndPoints => _grpc?.EndPoints ?? [];

    /// <summary>Where HTTP is listened for, with real ports; empty while stopped or off.</summary>
    public IReadOnlyList<IPEndPoint> HttpEndPoints => _http?.EndPoints ?? [];

    /// <summary>What each protocol that is on has seen.</summary>
    public IReadOnlyList<ReceiverStatus> Status
    {
        get
        {
            var status = new List<ReceiverStatus>(2);
            if (_options.Grpc is not null)
            {
                status.Add(BoundAddress.Show(_ingest.Grpc.Snapshot(GrpcEndPoints), _grpc));
            }

            if (_options.Http is not null)
            {
                status.Add(BoundAddress.Show(_ingest.Http.Snapshot(HttpEndPoints), _http));
            }

            return status;
        }
    }

    /// <summary>Opens the listeners. Throws <see cref="IOException"/> with a sentence for the operator when an address cannot be bound.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = ReceiverHost.CreateBuilder(_services);
        builder.Services.AddOtlp(_ingest);
        builder.WebHost.ConfigureKestrel(Listen);
        var app = builder.Build();
        app.MapOtlp(_ingest, _maxAge);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            await app.DisposeAsync();
            (_grpc, _http) = (null, null);
            throw new IOException($"receiver '{Id}' cannot listen: {e.Message} Stop the program that uses the address, or set another endpoint.", e);
        }

        _app = app;
        LogStarted(Id.ToString(), string.Join(", ", GrpcEndPoints), string.Join(", ", HttpEndPoints));
    }

    /// <summary>Closes the listeners, then waits for requests under way, at most until the token is cancelled.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_app is not { } app)
        {
            return;
        }

        _app = null;
        await app.StopAsync(cancellationToken);
        await app.DisposeAsync();
        (_grpc, _http) = (null, null);
        LogStopped(Id.ToString());
    }

    private void Listen(KestrelServerOptions server)
    {
        if (_options.Grpc is { } grpc)
        {
            server.Limits.KeepAliveTimeout = grpc.MaxConnectionIdle ?? server.Limits.KeepAliveTimeout;
            server.Limits.Http2.MaxStreamsPerConnection = grpc.MaxConcurrentStreams ?? server.Limits.Http2.MaxStreamsPerConnection;
            server.Limits.Http2.KeepAlivePingDelay = grpc.KeepAliveTime ?? server.Limits.Http2.KeepAlivePingDelay;
            server.Limits.Http2.KeepAlivePingTimeout = grpc.KeepAliveTimeout ?? server.Limits.Http2.KeepAlivePingTimeout;
            _grpc = grpc.UnixSocket is { } path
                ? server.ListenUnix(path, HttpProtocols.Http2, _maxAge)
                : server.Listen(grpc.Address, grpc.Tls, _options.Listening, _maxAge);
        }

        if (_options.Http is { } http)
        {
            // The two protocols may have one address.
            var isShared = _grpc is not null && http.UnixSocket is null && _options.Grpc!.UnixSocket is null && http.Address == _options.Grpc!.Address && http.Address.Port != 0;
            _http = isShared ? _grpc
                : http.UnixSocket is { } path ? server.ListenUnix(path, HttpProtocols.Http1)
                : server.Listen(http.Address, http.Tls, _options.Listening);
        }
    }

    [LoggerMessage(2201, LogLevel.Debug, "Receiver {Receiver} listens: gRPC on {GrpcAddress}, HTTP on {HttpAddress}")]
    private partial void LogStarted(string receiver, string grpcAddress, string httpAddress);

    [LoggerMessage(2202, LogLevel.Debug, "Receiver {Receiver} has stopped listening")]
    private partial void LogStopped(string receiver);
}
