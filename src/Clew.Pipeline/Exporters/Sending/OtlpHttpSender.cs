using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Clew.Otlp.Batches;
using Clew.Otlp.Json;
using Clew.Otlp.Wire;

namespace Clew.Pipeline.Exporters.Sending;

/// <summary>Sends over OTLP/HTTP, protobuf or JSON.</summary>
public sealed class OtlpHttpSender : ITraceSender
{
    /// <summary>An error's body is read up to here.</summary>
    private const int MaxErrorBytes = 64 << 10;

    private readonly HttpClient _client;
    private readonly SenderOptions _options;

    public OtlpHttpSender(SenderOptions options)
    {
        _options = options;
        Target = options.Address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
        _client = new HttpClient(options.Handler()) { Timeout = options.Timeout > TimeSpan.Zero ? options.Timeout : System.Threading.Timeout.InfiniteTimeSpan };
        foreach (var (name, value) in options.Headers)
        {
            _client.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        }
    }

    public string Target { get; }

    public async Task<SendOutcome> SendAsync(ReadOnlyMemory<byte> request, BatchContext? context, CancellationToken cancellationToken)
    {
        using var body = new PooledBuffer(request.Length);
        using var json = _options.Json ? ToJson(request.Span) : null;
        var plain = json?.WrittenMemory ?? request;
        var encoding = SendBody.Compress(plain, _options.Compression, body);
        using var content = new ReadOnlyMemoryContent(encoding is null ? plain : body.WrittenMemory);
        content.Headers.ContentType = new MediaTypeHeaderValue(_options.Json ? "application/json" : "application/x-protobuf");
        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }

        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, _options.Address) { Content = content };
            SenderContext.Set(message, context);
            using var response = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            var answer = await ReadAsync(response.Content, cancellationToken).ConfigureAwait(false);
            return response.IsSuccessStatusCode
                ? _options.Json ? SendOutcome.Delivered : ExportResponse.Read(answer)
                : Outcome(response, answer);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new SendOutcome(SendStatus.Retry, fault is OperationCanceledException ? $"no answer within {_options.Timeout.TotalSeconds} s" : fault.Message);
        }
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return default;
    }

    private static PooledBuffer ToJson(ReadOnlySpan<byte> request)
    {
        var buffer = new PooledBuffer(request.Length * 3);
        using var writer = new Utf8JsonWriter(buffer, OtlpJsonWriter.Options);
        OtlpJsonWriter.WriteTraces(writer, request, OtlpJsonDialect.OtlpHex);
        return buffer;
    }

    private static async Task<byte[]> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength == 0)
        {
            return [];
        }

        await using var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var bytes = new byte[Math.Min(content.Headers.ContentLength ?? MaxErrorBytes, MaxErrorBytes)];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return bytes[..length];
    }

    /// <summary>OTLP's rule: only 429, 502, 503 and 504 may be retried.</summary>
    private static SendOutcome Outcome(HttpResponseMessage response, byte[] body)
    {
        var retry = response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;
        var after = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - DateTimeOffset.UtcNow is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero,
            _ => (TimeSpan?)null,
        };
        var isProtobuf = response.Content.Headers.ContentType?.MediaType == "application/x-protobuf";
        var text = isProtobuf ? ExportResponse.ReadStatus(body).Message : System.Text.Encoding.UTF8.GetString(body, 0, Math.Min(body.Length, 500));
        return new SendOutcome(retry ? SendStatus.Retry : SendStatus.Refused, $"HTTP {(int)response.StatusCode}: {text}", after);
    }
}
