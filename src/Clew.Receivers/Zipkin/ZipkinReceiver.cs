using System.Net;
using Clew.Pipeline.Components;
using Clew.Receivers.Hosting;
using Clew.Receivers.Intake;
using Clew.Receivers.Telemetry;
using Clew.Receivers.Translation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Clew.Receivers.Zipkin;

/// <summary>
/// Zipkin over HTTP: both versions of its API, JSON, protobuf and Thrift. A request is answered with 202 only when the consumer has
/// taken its spans. It can be started and stopped any number of times.
/// </summary>
public sealed partial class ZipkinReceiver : ITraceReceiver, IReceiverStatusSource
{
    private readonly ZipkinReceiverOptions _options;
    private readonly ReceiverServices _services;
    private readonly ForeignIntake _intake;
    private readonly ZipkinRoutes _routes;
    private readonly ILogger _logger;
    private WebApplication? _app;
    private BoundAddress? _bound;

    public ZipkinReceiver(ComponentId id, ZipkinReceiverOptions options, ITraceConsumer consumer, ReceiverServices services)
    {
        Id = id;
        _options = options;
        _services = services;
        _logger = services.Loggers.CreateLogger<ZipkinReceiver>();
        _intake = new ForeignIntake(consumer, options.SpanLimits, _logger);
        var http = new ForeignHttp(
            new RequestIdentity(id.ToString(), options.TenantsEnabled, services.Clock), new ReceiveBudget(options.MaxInFlightBytes), _intake,
            options.MaxBodyBytes, options.IncludeMetadata, options.Authenticator);
        _routes = new ZipkinRoutes(
            http, new ZipkinDecoder(options.ParseStringTags), new ReceiverMetrics(services.Meters), id.ToString(), services.Clock);
    }

    public ComponentId Id { get; }

    /// <summary>Where batches go. A request under way keeps the consumer that it started with.</summary>
    public ITraceConsumer Consumer
    {
        get => _intake.Consumer;
        set => _intake.Consumer = value;
    }

    /// <summary>Where it listens, with real ports; empty while stopped.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => _bound?.EndPoints ?? [];

    /// <summary>A row for each encoding; all of them are on.</summary>
    public IReadOnlyList<ReceiverStatus> Status =>
        [.. _routes.Activities.Select(activity => BoundAddress.Show(activity.Snapshot(EndPoints), _bound))];

    /// <summary>Opens the listener. Throws <see cref="IOException"/> with a sentence for the operator when the address cannot be bound.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = ReceiverHost.CreateBuilder(_services);
        builder.WebHost.ConfigureKestrel(server => _bound = _options.UnixSocket is { } path
            ? server.ListenUnix(path, HttpProtocols.Http1)
            : server.Listen(_options.Address, _options.Tls, _options.Listening));
        var app = builder.Build();
        app.Run(HandleAsync);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            await app.DisposeAsync();
            _bound = null;
            throw new IOException($"receiver '{Id}' cannot listen: {e.Message} Stop the program that uses the address, or set another endpoint.", e);
        }

        _app = app;
        LogStarted(Id.ToString(), string.Join(", ", EndPoints));
    }

    /// <summary>Closes the listener, then waits for requests under way, at most until the token is cancelled.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_app is not { } app)
        {
            return;
        }

        _app = null;
        await app.StopAsync(cancellationToken);
        await app.DisposeAsync();
        _bound = null;
        LogStopped(Id.ToString());
    }

    private async Task HandleAsync(HttpContext http)
    {
        foreach (var (name, value) in _options.ResponseHeaders)
        {
            http.Response.Headers[name] = value;
        }

        try
        {
            await _routes.HandleAsync(http);
        }
        catch (Exception e) when (http.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            // The client has gone; there is nobody to answer.
        }
    }

    [LoggerMessage(2301, LogLevel.Debug, "Receiver {Receiver} listens for Zipkin on {Address}")]
    private partial void LogStarted(string receiver, string address);

    [LoggerMessage(2302, LogLevel.Debug, "Receiver {Receiver} has stopped listening")]
    private partial void LogStopped(string receiver);
}
