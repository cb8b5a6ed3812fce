using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;

namespace Clew.Pipeline.Exporters.Sending;

/// <summary>
/// Sends over OTLP/gRPC. A unary call is one HTTP/2 POST with a length-prefixed message (gRPC over HTTP/2), so that a queued request goes
/// from its buffer to the connection without a copy or a serializer between.
/// </summary>
public sealed class OtlpGrpcSender : ITraceSender
{
    /// <summary>One byte "is compressed", four bytes of length, big-endian.</summary>
    private const int PrefixLength = 5;

    /// <summary>An answer holds a count and a sentence; more is not read (OTLP: responses are at most 4 MiB).</summary>
    private const int MaxAnswerBytes = 4 << 20;

    private static readonly MediaTypeHeaderValue s_grpc = new("application/grpc");

    private readonly HttpMessageInvoker _client;
    private readonly Uri _method;
    private readonly SenderOptions _options;
    private readonly string? _encoding;
    private readonly string? _timeout;

    public OtlpGrpcSender(SenderOptions options)
    {
        _options = options;
        Target = options.Address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        _method = new Uri(new Uri(Target), "/opentelemetry.proto.collector.trace.v1.TraceService/Export");
        _client = new HttpMessageInvoker(options.Handler(), disposeHandler: true);
        _encoding = SendBody.NameOf(options.Compression);
        // At most eight digits; milliseconds are fine enough for any timeout that fits.
        _timeout = options.Timeout > TimeSpan.Zero
            ? string.Create(CultureInfo.InvariantCulture, $"{Math.Clamp((long)options.Timeout.TotalMilliseconds, 1, 99_999_999)}m") : null;
    }

    public string Target { get; }

    public Task<SendOutcome> SendAsync(ReadOnlyMemory<byte> request, BatchContext? context, CancellationToken cancellationToken) =>
        SendPartsAsync(new ReadOnlySequence<byte>(request), context, cancellationToken);

    /// <inheritdoc/>
    public async Task<SendOutcome> SendPartsAsync(ReadOnlySequence<byte> request, BatchContext? context, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (_options.Timeout > TimeSpan.Zero)
        {
            limit.CancelAfter(_options.Timeout);
        }

        using var packed = _encoding is null ? null : Packed(request);
        using var message = new HttpRequestMessage(HttpMethod.Post, _method)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new GrpcMessage(request, packed),
        };
        SenderContext.Set(message, context);
        AddHeaders(message.Headers);
        try
        {
            using var response = await _client.SendAsync(message, limit.Token).ConfigureAwait(false);
            var answer = await ReadAsync(response.Content, limit.Token).ConfigureAwait(false);
            return Outcome(response, answer);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new SendOutcome(SendStatus.Retry, $"{GrpcStatus.DeadlineExceeded}: no answer within {_options.Timeout.TotalSeconds} s");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            return new SendOutcome(SendStatus.Retry, $"{GrpcStatus.Unavailable}: {(fault.InnerException ?? fault).Message}");
        }
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return default;
    }

    private void AddHeaders(HttpRequestHeaders headers)
    {
        headers.TryAddWithoutValidation("te", "trailers");
        if (_encoding is not null)
        {
            headers.TryAddWithoutValidation("grpc-encoding", _encoding);
        }

        if (_timeout is not null)
        {
            headers.TryAddWithoutValidation("grpc-timeout", _timeout);
        }

        foreach (var (name, value) in _options.Headers)
        {
            headers.TryAddWithoutValidation(name.ToLowerInvariant(), value);
        }
    }

    /// <summary>The whole message: the prefix and the compressed request.</summary>
    private PooledBuffer Packed(ReadOnlySequence<byte> request)
    {
        var buffer = new PooledBuffer(PrefixLength + (int)(request.Length / 4));
        buffer.GetSpan(PrefixLength);
        buffer.Advance(PrefixLength);
        SendBody.Compress(request, _options.Compression, buffer);
        var prefix = buffer.Memory.Span;
        prefix[0] = 1;
        BinaryPrimitives.WriteInt32BigEndian(prefix[1..], buffer.Length - PrefixLength);
        return buffer;
    }

    /// <summary>The message without its prefix; empty when there is none, or one that is compressed or cut off.</summary>
    private static async Task<byte[]> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var prefix = new byte[PrefixLength];
        var read = await stream.ReadAtLeastAsync(prefix, PrefixLength, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1));
        var message = read == PrefixLength && prefix[0] == 0 && length <= MaxAnswerBytes ? new byte[length] : [];
        await stream.ReadAtLeastAsync(message, message.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);

        // The trailers come with the end of the body.
        var rest = new byte[256];
        while (await stream.ReadAsync(rest, cancellationToken).ConfigureAwait(false) > 0)
        {
        }

        return message;
    }

    private static SendOutcome Outcome(HttpResponseMessage response, byte[] answer)
    {
        if (Header(response, "grpc-status") is not { } text || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code))
        {
            return NotGrpc(response);
        }

        if (code == (int)GrpcStatus.Ok)
        {
            return ExportResponse.Read(answer);
        }

        var (_, retryAfter) = Header(response, "grpc-status-details-bin") is { } details && TryBase64(details, out var status) ? ExportResponse.ReadStatus(status) : default;
        var retry = Enum.IsDefined((GrpcStatus)code) && IsRetryable((GrpcStatus)code, retryAfter is not null);
        var reason = Header(response, "grpc-message") is { } encoded ? Uri.UnescapeDataString(encoded) : "";
        return new SendOutcome(retry ? SendStatus.Retry : SendStatus.Refused, $"{(GrpcStatus)code}: {reason}", retryAfter);
    }

    /// <summary>What answered is no gRPC server; gRPC says which code such an HTTP status stands for.</summary>
    private static SendOutcome NotGrpc(HttpResponseMessage response)
    {
        var code = response.StatusCode switch
        {
            HttpStatusCode.BadRequest => GrpcStatus.Internal,
            HttpStatusCode.Unauthorized => GrpcStatus.Unauthenticated,
            HttpStatusCode.Forbidden => GrpcStatus.PermissionDenied,
            HttpStatusCode.NotFound => GrpcStatus.Unimplemented,
            HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => GrpcStatus.Unavailable,
            _ => GrpcStatus.Unknown,
        };
        return new SendOutcome(
            IsRetryable(code, false) ? SendStatus.Retry : SendStatus.Refused,
            $"{code}: HTTP {(int)response.StatusCode} without a grpc-status ({response.Content.Headers.ContentType?.MediaType ?? "no content type"}): is this the port of OTLP/gRPC?");
    }

    /// <summary>OTLP's rule: these codes may be retried, RESOURCE_EXHAUSTED only when the next hop says when.</summary>
    private static bool IsRetryable(GrpcStatus code, bool saysWhen) => code switch
    {
        GrpcStatus.Cancelled or GrpcStatus.DeadlineExceeded or GrpcStatus.Aborted or GrpcStatus.OutOfRange or GrpcStatus.Unavailable or GrpcStatus.DataLoss => true,
        GrpcStatus.ResourceExhausted => saysWhen,
        _ => false,
    };

    /// <summary>From the trailers, or from the headers of an answer that has nothing else.</summary>
    private static string? Header(HttpResponseMessage response, string name) =>
        response.TrailingHeaders.TryGetValues(name, out var values) || response.Headers.TryGetValues(name, out values) ? values.First() : null;

    /// <summary>gRPC allows the padding to be left out.</summary>
    private static bool TryBase64(string text, out byte[] bytes)
    {
        var padded = text.PadRight((text.Length + 3) / 4 * 4, '=');
        bytes = new byte[padded.Length];
        var valid = Convert.TryFromBase64String(padded, bytes, out var length);
        bytes = bytes[..(valid ? length : 0)];
        return valid;
    }

    /// <summary>The codes of gRPC, with their numbers; their names are shown to operators.</summary>
    private enum GrpcStatus
    {
        Ok = 0,
        Cancelled = 1,
        Unknown = 2,
        InvalidArgument = 3,
        DeadlineExceeded = 4,
        NotFound = 5,
        AlreadyExists = 6,
        PermissionDenied = 7,
        ResourceExhausted = 8,
        FailedPrecondition = 9,
        Aborted = 10,
        OutOfRange = 11,
        Unimplemented = 12,
        Internal = 13,
        Unavailable = 14,
        DataLoss = 15,
        Unauthenticated = 16,
    }

    /// <summary>The body of a call: a prefix and the request's own memory, or a message that was packed before.</summary>
    private sealed class GrpcMessage : HttpContent
    {
        private readonly ReadOnlySequence<byte> _request;
        private readonly PooledBuffer? _packed;

        public GrpcMessage(ReadOnlySequence<byte> request, PooledBuffer? packed)
        {
            (_request, _packed) = (request, packed);
            Headers.ContentType = s_grpc;
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            if (_packed is not null)
            {
                await stream.WriteAsync(_packed.WrittenMemory, cancellationToken).ConfigureAwait(false);
                return;
            }

            var prefix = new byte[PrefixLength];
            BinaryPrimitives.WriteInt32BigEndian(prefix.AsSpan(1), (int)_request.Length);
            await stream.WriteAsync(prefix, cancellationToken).ConfigureAwait(false);
            foreach (var part in _request)
            {
                await stream.WriteAsync(part, cancellationToken).ConfigureAwait(false);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            // Known, but gRPC sends no content-length.
            length = 0;
            return false;
        }
    }
}
