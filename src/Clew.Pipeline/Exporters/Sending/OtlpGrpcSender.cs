using Grpc.Core;
using Grpc.Net.Client;

namespace Clew.Pipeline.Exporters.Sending;

/// <summary>Sends over OTLP/gRPC. The request's bytes go out as they are: the marshaller does not decode them.</summary>
public sealed class OtlpGrpcSender : ITraceSender
{
    private static readonly Method<RawRequest, byte[]> Export = new(
        MethodType.Unary,
        "opentelemetry.proto.collector.trace.v1.TraceService",
        "Export",
        Marshallers.Create<RawRequest>(
            static (request, context) =>
            {
                context.SetPayloadLength(request.Bytes.Length);
                var writer = context.GetBufferWriter();
                request.Bytes.Span.CopyTo(writer.GetSpan(request.Bytes.Length));
                writer.Advance(request.Bytes.Length);
                context.Complete();
            },
            static context => new RawRequest(context.PayloadAsNewBuffer())),
        Marshallers.Create(static bytes => bytes, static bytes => bytes));

    private readonly GrpcChannel _channel;
    private readonly CallInvoker _invoker;
    private readonly Metadata _headers = [];
    private readonly TimeSpan _timeout;

    public OtlpGrpcSender(SenderOptions options)
    {
        Target = options.Address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        _timeout = options.Timeout;
        _channel = GrpcChannel.ForAddress(options.Address, new GrpcChannelOptions
        {
            HttpHandler = options.Handler(),
            DisposeHttpClient = true,
            MaxReceiveMessageSize = 4 << 20,
            MaxSendMessageSize = null,
        });
        _invoker = _channel.CreateCallInvoker();
        foreach (var (name, value) in options.Headers)
        {
            _headers.Add(name.ToLowerInvariant(), value);
        }

        if (options.Compression == SendCompression.Gzip)
        {
            _headers.Add("grpc-internal-encoding-request", "gzip");
        }
    }

    public string Target { get; }

    public async Task<SendOutcome> SendAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        try
        {
            var call = new CallOptions(_headers, _timeout > TimeSpan.Zero ? DateTime.UtcNow + _timeout : null, cancellationToken);
            var response = await _invoker.AsyncUnaryCall(Export, null, call, new RawRequest(request)).ResponseAsync.ConfigureAwait(false);
            return ExportResponse.Read(response);
        }
        catch (RpcException fault)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Outcome(fault);
        }
    }

    public ValueTask DisposeAsync()
    {
        _channel.Dispose();
        return default;
    }

    /// <summary>OTLP's rule: these codes may be retried, RESOURCE_EXHAUSTED only when the next hop says when.</summary>
    private static SendOutcome Outcome(RpcException fault)
    {
        var details = fault.Trailers.GetValueBytes("grpc-status-details-bin");
        var (_, retryAfter) = details is null ? default : ExportResponse.ReadStatus(details);
        var reason = $"{fault.StatusCode}: {fault.Status.Detail}";
        var retry = fault.StatusCode switch
        {
            StatusCode.Cancelled or StatusCode.DeadlineExceeded or StatusCode.Aborted or StatusCode.OutOfRange or StatusCode.Unavailable or StatusCode.DataLoss => true,
            StatusCode.ResourceExhausted => retryAfter is not null,
            _ => false,
        };
        return new SendOutcome(retry ? SendStatus.Retry : SendStatus.Refused, reason, retryAfter);
    }

    /// <summary>gRPC asks for a reference type.</summary>
    private sealed record RawRequest(ReadOnlyMemory<byte> Bytes);
}
