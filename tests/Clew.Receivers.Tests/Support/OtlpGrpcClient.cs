using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Compression;

namespace Clew.Receivers.Tests.Support;

/// <summary>A gRPC client that sends bytes as they are.</summary>
internal sealed class OtlpGrpcClient(GrpcChannel channel)
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(bytes => bytes, bytes => bytes);

    public async Task<byte[]> ExportAsync(
        byte[] request, Metadata? headers = null, string service = "opentelemetry.proto.collector.trace.v1.TraceService", string method = "Export", CancellationToken cancellationToken = default)
    {
        var call = channel.CreateCallInvoker().AsyncUnaryCall(
            new Method<byte[], byte[]>(MethodType.Unary, service, method, Bytes, Bytes), null, new CallOptions(headers, cancellationToken: cancellationToken), request);
        return await call;
    }

    public async Task<RpcException> FailAsync(byte[] request, Metadata? headers = null, string service = "opentelemetry.proto.collector.trace.v1.TraceService", string method = "Export") =>
        await Assert.ThrowsAsync<RpcException>(() => ExportAsync(request, headers, service, method));

    public static Metadata Compressed(string encoding) => new() { { "grpc-internal-encoding-request", encoding } };
}

internal sealed class ZstdClientCompression : ICompressionProvider
{
    public string EncodingName => "zstd";

    public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) => new ZstdSharp.CompressionStream(stream);

    public Stream CreateDecompressionStream(Stream stream) => new ZstdSharp.DecompressionStream(stream);
}
