using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
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
        _client = new HttpClient(options.Tls.Handler()) { Timeout = options.Timeout > TimeSpan.Zero ? options.Timeout : System.Threading.Timeout.InfiniteTimeSpan };
        foreach (var (name, value) in options.Headers)
        {
            _client.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        }
    }

    public string Target { get; }

    public async Task<SendOutcome> SendAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        using var body = new PooledBuffer(request.Length);
        using var json = _options.Json ? ToJson(request.Span) : null;
        var plain = json?.WrittenMemory ?? request;
        var encoding = Compress(plain, body);
        using var content = new ReadOnlyMemoryContent(encoding is null ? plain : body.WrittenMemory);
        content.Headers.ContentType = new MediaTypeHeaderValue(_options.Json ? "application/json" : "application/x-protobuf");
        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }

        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, _options.Address) { Content = content };
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

    private string? Compress(ReadOnlyMemory<byte> request, PooledBuffer destination)
    {
        using var target = new BufferStream(destination);
        Stream? stream = _options.Compression switch
        {
            SendCompression.Gzip => new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true),
            SendCompression.Deflate => new ZLibStream(target, CompressionLevel.Fastest, leaveOpen: true),
            SendCompression.Zstd => new ZstdSharp.CompressionStream(target, level: 1, leaveOpen: true),
            _ => null,
        };
        if (stream is null)
        {
            return null;
        }

        using (stream)
        {
            stream.Write(request.Span);
        }

        return _options.Compression.ToString().ToLowerInvariant();
    }

    private static async Task<byte[]> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var bytes = new byte[MaxErrorBytes];
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

    /// <summary>A stream that appends to a buffer.</summary>
    private sealed class BufferStream(PooledBuffer buffer) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => buffer.Length;

        public override long Position
        {
            get => buffer.Length;
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> bytes) => buffer.Write(bytes);

        public override void Write(byte[] bytes, int offset, int count) => buffer.Write(bytes.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] bytes, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
