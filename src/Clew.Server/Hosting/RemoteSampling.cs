using System.Buffers.Binary;
using Clew.Otlp.Wire;
using Clew.Server.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Clew.Server.Hosting;

/// <summary>
/// The extension <c>jaegerremotesampling</c>: tells SDKs how to sample, over HTTP (<c>/sampling?service=X</c>) and gRPC
/// (<c>SamplingManager</c>), both on each of its addresses.
/// </summary>
internal static class RemoteSampling
{
    private const int MaxRequestBytes = 64 << 10;

    public static void Map(WebApplication app, RemoteSamplingConfig config)
    {
        var strategies = new SamplingStrategies(config.File, config.Contents, config.ReloadInterval, TimeProvider.System);
        foreach (var path in (string[])["/sampling", "/api/sampling", "/"])
        {
            app.MapGet(path, (HttpContext http) => http.Request.Query["service"].ToString() is { Length: > 0 } service
                ? Results.Text(strategies.Json(service), "application/json")
                : Results.Text("'service' parameter must be provided once: /sampling?service=NAME", statusCode: StatusCodes.Status400BadRequest));
        }

        app.MapPost("/jaeger.api_v2.SamplingManager/GetSamplingStrategy", http => AnswerAsync(http, strategies));
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
