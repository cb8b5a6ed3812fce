using System.Text.Json;
using Clew.Otlp.Json;
using Clew.Otlp.Wire;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.Http;

/// <summary>Writes whole answers: built in pooled memory, sent in one go, so that a fault while writing is still a proper error.</summary>
internal static class JsonAnswer
{
    public static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        using var buffer = new PooledBuffer(16 << 10);
        using (var json = new Utf8JsonWriter(buffer, OtlpJsonWriter.Options))
        {
            write(json);
        }

        await SendAsync(context, MediaTypes.Json, buffer.WrittenMemory).ConfigureAwait(false);
    }

    public static async Task SendProtobufAsync(HttpContext context, Action<PooledBuffer> write)
    {
        using var buffer = new PooledBuffer(16 << 10);
        write(buffer);
        await SendAsync(context, MediaTypes.Protobuf, buffer.WrittenMemory).ConfigureAwait(false);
    }

    public static async Task SendAsync(HttpContext context, string mediaType, ReadOnlyMemory<byte> body)
    {
        context.Response.ContentType = mediaType;
        await context.Response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }
}
