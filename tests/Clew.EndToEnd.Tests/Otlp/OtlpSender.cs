using System.Net.Http.Headers;
using Clew.EndToEnd.Tests.Harness;
using Grpc.Core;
using Grpc.Net.Client;

namespace Clew.EndToEnd.Tests.Otlp;

/// <summary>Sends bytes to the OTLP ports as they are, good or bad, and hands back what was answered.</summary>
internal sealed class OtlpSender : IDisposable
{
    public const string Protobuf = "application/x-protobuf";

    private static readonly Method<byte[], byte[]> Export = new(
        MethodType.Unary, "opentelemetry.proto.collector.trace.v1.TraceService", "Export",
        Marshallers.Create(static bytes => bytes, static bytes => bytes),
        Marshallers.Create(static bytes => bytes, static bytes => bytes));

    private readonly HttpClient _http;
    private readonly GrpcChannel _channel;
    private readonly CallInvoker _grpc;

    public OtlpSender(ClewProcess process)
    {
        _http = new HttpClient { BaseAddress = process.OtlpHttp, Timeout = Poll.Deadline };
        _channel = GrpcChannel.ForAddress(process.OtlpGrpc);
        _grpc = _channel.CreateCallInvoker();
    }

    /// <summary>Sends over gRPC. Throws <see cref="RpcException"/> with what the server answered, unless it took the request.</summary>
    public async Task<ExportAnswer> SendGrpcAsync(byte[] request, string? compression = null)
    {
        var headers = new Metadata();
        if (compression is not null)
        {
            // How this client is told to compress a request; it does not go over the wire under this name.
            headers.Add("grpc-internal-encoding-request", compression);
        }

        using var call = _grpc.AsyncUnaryCall(Export, null, new CallOptions(headers, DateTime.UtcNow + Poll.Deadline), request);
        return ExportAnswer.Parse(await call.ResponseAsync);
    }

    /// <summary>Sends over HTTP. Throws <see cref="HttpRequestException"/> unless the answer is 200.</summary>
    public async Task<ExportAnswer> SendHttpAsync(byte[] request, string contentType = Protobuf, string? encoding = null)
    {
        using var answer = await PostAsync(request, contentType, encoding);
        answer.EnsureSuccessStatusCode();
        return ExportAnswer.Parse(await answer.Content.ReadAsByteArrayAsync());
    }

    /// <summary>Posts to /v1/traces and hands back the answer, whatever it is. The caller disposes it.</summary>
    public Task<HttpResponseMessage> PostAsync(byte[] body, string? contentType, string? encoding = null)
    {
        var content = new ByteArrayContent(body);
        if (contentType is not null)
        {
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }

        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }

        return _http.PostAsync(new Uri("/v1/traces", UriKind.Relative), content);
    }

    /// <summary>Posts a body that the server should refuse by its announced length, before it is sent.</summary>
    public Task<HttpResponseMessage> PostExpectingAsync(byte[] body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/v1/traces", UriKind.Relative)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(Protobuf);
        request.Headers.ExpectContinue = true;
        return _http.SendAsync(request);
    }

    /// <summary>Any other method or path of the OTLP/HTTP port.</summary>
    public Task<HttpResponseMessage> RequestAsync(HttpMethod method, string path) =>
        _http.SendAsync(new HttpRequestMessage(method, new Uri(path, UriKind.Relative)));

    public void Dispose()
    {
        _http.Dispose();
        _channel.Dispose();
    }
}
