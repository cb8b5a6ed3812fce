using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;

namespace Clew.Pipeline.Exporters.Sending;

/// <summary>Sends to a Zipkin server over HTTP.</summary>
public sealed class ZipkinSender : ITraceSender
{
    private readonly HttpClient _client;
    private readonly SenderOptions _options;
    private readonly bool _isProto;
    private readonly string _defaultService;

    public ZipkinSender(SenderOptions options, bool isProto, string defaultService)
    {
        _options = options;
        _isProto = isProto;
        _defaultService = defaultService;
        Target = options.Address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
        _client = HttpSending.Client(options);
    }

    public string Target { get; }

    public async Task<SendOutcome> SendAsync(ReadOnlyMemory<byte> request, BatchContext? context, CancellationToken cancellationToken)
    {
        using var body = new PooledBuffer(request.Length * 2);
        using (var copy = new PooledBuffer(request.Length))
        {
            copy.Write(request.Span);
            if (OtlpScanner.Scan(new Unowned(copy), new BatchContext(TenantId.Single, 0), OtlpLimits.AlreadyChecked).Batch is not { } batch)
            {
                return new SendOutcome(SendStatus.Refused, "the request in the queue is not readable");
            }

            using (batch)
            {
                if (_isProto)
                {
                    ZipkinEncoder.WriteProto(batch, _defaultService, body);
                }
                else
                {
                    ZipkinEncoder.WriteJson(batch, _defaultService, body);
                }
            }
        }

        return await HttpSending.PostAsync(_client, _options, body.WrittenMemory, _isProto ? "application/x-protobuf" : "application/json", context, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return default;
    }
}

/// <summary>Memory that somebody else disposes.</summary>
internal sealed class Unowned(PooledBuffer buffer) : System.Buffers.IMemoryOwner<byte>
{
    public Memory<byte> Memory => buffer.Memory;

    public void Dispose()
    {
    }
}

/// <summary>What senders over plain HTTP have in common.</summary>
internal static class HttpSending
{
    private const int MaxErrorBytes = 500;

    public static HttpClient Client(SenderOptions options)
    {
        var client = new HttpClient(options.Handler()) { Timeout = options.Timeout > TimeSpan.Zero ? options.Timeout : Timeout.InfiniteTimeSpan };
        foreach (var (name, value) in options.Headers)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        }

        return client;
    }

    public static async Task<SendOutcome> PostAsync(HttpClient client, SenderOptions options, ReadOnlyMemory<byte> body, string contentType, BatchContext? context, CancellationToken cancellationToken)
    {
        try
        {
            using var compressed = new PooledBuffer(1024);
            var encoding = SendBody.Compress(body, options.Compression, compressed);
            using var content = new ReadOnlyMemoryContent(encoding is null ? body : compressed.WrittenMemory);
            content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
            if (encoding is not null)
            {
                content.Headers.ContentEncoding.Add(encoding);
            }

            using var message = new HttpRequestMessage(HttpMethod.Post, options.Address) { Content = content };
            SenderContext.Set(message, context);
            using var response = await client.SendAsync(message, cancellationToken).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                return SendOutcome.Delivered;
            }

            var answer = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            var text = Encoding.UTF8.GetString(answer, 0, Math.Min(answer.Length, MaxErrorBytes));
            var retry = response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout || (int)response.StatusCode >= 500;
            return new SendOutcome(retry ? SendStatus.Retry : SendStatus.Refused, $"HTTP {(int)response.StatusCode}: {text}", response.Headers.RetryAfter?.Delta);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new SendOutcome(SendStatus.Retry, fault is OperationCanceledException ? $"no answer within {options.Timeout.TotalSeconds} s" : fault.Message);
        }
    }
}
