using System.Buffers.Binary;
using Clew.Otlp.Wire;
using Clew.Receivers.Listeners;
using Clew.Server.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Clew.Server.Hosting;

/// <summary>
/// The extension <c>jaegerremotesampling</c>: tells SDKs how to sample, over HTTP (<c>/sampling?service=X</c>) and gRPC
/// (<c>SamplingManager</c>), both on each of its addresses.
/// </summary>
internal sealed class RemoteSampling : IAsyncDisposable
{
    private const int MaxRequestBytes = 64 << 10;

    private readonly WebApplication _app;

    private RemoteSampling(WebApplication app) => _app = app;

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    public static async Task<RemoteSampling> StartAsync(RemoteSamplingConfig config, ILoggerProvider logging, CancellationToken cancellationToken)
    {
        var strategies = new SamplingStrategies(config.File, config.Contents, config.ReloadInterval, TimeProvider.System);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Clew.Server" });
        builder.Logging.AddProvider(logging);
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.Services.AddRouting();
        builder.Services.AddSharedPorts();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(server =>
        {
            foreach (var endpoint in config.Endpoints)
            {
                server.ListenShared(ReceiverMapping.Address(endpoint));
            }
        });
        var app = builder.Build();
        foreach (var path in (string[])["/sampling", "/api/sampling", "/"])
        {
            app.MapGet(path, (HttpContext http) => http.Request.Query["service"].ToString() is { Length: > 0 } service
                ? Results.Text(strategies.Json(service), "application/json")
                : Results.Text("'service' parameter must be provided once: /sampling?service=NAME", statusCode: StatusCodes.Status400BadRequest));
        }

        app.MapPost("/jaeger.api_v2.SamplingManager/GetSamplingStrategy", http => AnswerAsync(http, strategies));
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException fault)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw new IOException($"extension '{config.Id}' cannot listen on {string.Join(", ", config.Endpoints)}: {fault.Message}", fault);
        }

        return new RemoteSampling(app);
    }

    private static async Task AnswerAsync(HttpContext http, SamplingStrategies strategies)
    {
        using var body = new MemoryStream();
        var buffer = new byte[4096];
        for (var read = 0; body.Length <= MaxRequestBytes && (read = await http.Request.Body.ReadAsync(buffer).ConfigureAwait(false)) > 0;)
        {
            body.Write(buffer, 0, read);
        }

        http.Response.ContentType = "application/grpc";
        var message = strategies.Proto(ServiceOf(body.ToArray()));
        var frame = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame.AsSpan(5));
        await http.Response.Body.WriteAsync(frame).ConfigureAwait(false);
        http.Response.AppendTrailer("grpc-status", "0");
    }

    private static string ServiceOf(byte[] frame)
    {
        var reader = new ProtoReader(frame.AsSpan(Math.Min(5, frame.Length)));
        while (reader.Next())
        {
            if (reader.Field == 1 && reader.TryBytes(out var name))
            {
                return System.Text.Encoding.UTF8.GetString(name);
            }

            reader.Skip();
        }

        return "";
    }
}
