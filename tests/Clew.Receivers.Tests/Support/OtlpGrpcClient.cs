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

/// <summary>The compressions of real senders, and one ("lz4", which packs nothing here) that the receiver does not know.</summary>
internal sealed class ClientCompression(string encoding, Func<Stream, Stream> pack) : ICompressionProvider
{
    public static ICompressionProvider[] All { get; } =
    [
        new ClientCompression("gzip", stream => new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true)),
        new ClientCompression("deflate", stream => new ZLibStream(stream, CompressionLevel.Fastest, leaveOpen: true)),
        new ClientCompression("zstd", stream => new ZstdSharp.CompressionStream(stream, leaveOpen: true)),
        new ClientCompression("snappy", stream => new Snappier.SnappyStream(stream, CompressionMode.Compress, leaveOpen: true)),
        new ClientCompression("lz4", stream => new BufferedStream(stream)),
    ];

    public string EncodingName => encoding;

    public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) => pack(stream);

    public Stream CreateDecompressionStream(Stream stream) => throw new NotSupportedException("answers are not compressed");
}
