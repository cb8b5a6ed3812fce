using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Clew.Api.Http;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.V1;

/// <summary>JSON in and out of handlers under <c>/api/v1</c>.</summary>
public static class ApiJson
{
    /// <summary>Request bodies are small things that people wrote; this is far above all of them.</summary>
    public const int MaxBodyBytes = 1 << 20;

    public static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type) =>
        JsonAnswer.WriteAsync(context, json => JsonSerializer.Serialize(json, value, type));

    /// <summary>The request's body; a 400 or 413 says what is wrong with it.</summary>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        var body = await ReadBytesAsync(context).ConfigureAwait(false);
        try
        {
            return JsonSerializer.Deserialize(body.Span, type) ?? throw ApiException.BadRequest("the request's body is null where an object must stand");
        }
        catch (JsonException error)
        {
            throw ApiException.BadRequest($"the request's body is not what it should be: {error.Message}");
        }
    }

    /// <summary>The bytes of the request's body; a 413 when there are more than <see cref="MaxBodyBytes"/>.</summary>
    public static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var buffer = new MemoryStream();
        var chunk = new byte[16 << 10];
        int count;
        while ((count = await context.Request.Body.ReadAsync(chunk, context.RequestAborted).ConfigureAwait(false)) > 0)
        {
            if (buffer.Length + count > MaxBodyBytes)
            {
                throw new ApiException(StatusCodes.Status413PayloadTooLarge, $"the request's body is larger than {MaxBodyBytes} bytes");
            }

            buffer.Write(chunk, 0, count);
        }

        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }
}
