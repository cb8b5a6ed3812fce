using System.IO.Compression;
using System.Text.Json;
using Clew.Otlp.Json;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Compression;

namespace Clew.Bench;

/// <summary>One connection that sends the same request again and again.</summary>
internal abstract class RequestSender : IDisposable
{
    public static RequestSender Create(Uri address, string form, byte[] request) =>
        form.StartsWith("grpc", StringComparison.Ordinal) ? new GrpcSender(address, form, request) : new HttpSender(address, form, request);

    public abstract Task SendAsync();

    public abstract void Dispose();

    private sealed class GrpcSender : RequestSender
    {
        private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(bytes => bytes, bytes => bytes);

        private static readonly Method<byte[], byte[]> Export =
            new(MethodType.Unary, "opentelemetry.proto.collector.trace.v1.TraceService", "Export", Bytes, Bytes);

        private readonly GrpcChannel _channel;
        private readonly CallOptions _options;
        private readonly byte[] _request;

        public GrpcSender(Uri address, string form, byte[] request)
        {
            _request = request;
            _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { CompressionProviders = [new GzipCompressionProvider(CompressionLevel.Fastest), new Zstd()] });
            // The client's own name for "compress the request with this".
            _options = form == "grpc" ? default : new CallOptions(new Metadata { { "grpc-internal-encoding-request", form[5..] } });
        }

        public override async Task SendAsync() => await _channel.CreateCallInvoker().AsyncUnaryCall(Export, null, _options, _request);

        public override void Dispose() => _channel.Dispose();
    }

    private sealed class Zstd : ICompressionProvider
    {
        public string EncodingName => "zstd";

        public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) => new ZstdSharp.CompressionStream(stream, 1);

        public Stream CreateDecompressionStream(Stream stream) => new ZstdSharp.DecompressionStream(stream);
    }

    private sealed class HttpSender(Uri address, string form, byte[] request) : RequestSender
    {
        private readonly HttpClient _client = new();
        private readonly Uri _url = new(address, "/v1/traces");
        private readonly byte[] _body = form switch { "http-json" => Json(request), "http-gzip" => Gzip(request), _ => request };

        public override async Task SendAsync()
        {
            using var content = new ByteArrayContent(_body);
            content.Headers.ContentType = new(form == "http-json" ? "application/json" : "application/x-protobuf");
            if (form == "http-gzip")
            {
                content.Headers.ContentEncoding.Add("gzip");
            }

            using var response = await _client.PostAsync(_url, content);
            response.EnsureSuccessStatusCode();
        }

        public override void Dispose() => _client.Dispose();

        private static byte[] Gzip(byte[] bytes)
        {
            using var memory = new MemoryStream();
            using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
            {
                gzip.Write(bytes);
            }

            return memory.ToArray();
        }

        private static byte[] Json(byte[] request)
        {
            using var memory = new MemoryStream();
            using (var json = new Utf8JsonWriter(memory, OtlpJsonWriter.Options))
            {
                OtlpJsonWriter.WriteTraces(json, request, OtlpJsonDialect.OtlpHex);
            }

            return memory.ToArray();
        }
    }
}
