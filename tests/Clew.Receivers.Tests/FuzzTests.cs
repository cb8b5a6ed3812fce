using System.Diagnostics.Metrics;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Clew.Pipeline.Components;
using Clew.Receivers.Jaeger;
using Clew.Receivers.Tests.Jaeger;
using Clew.Receivers.Tests.Support;
using Clew.Receivers.Tests.Zipkin;
using Clew.Receivers.Zipkin;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clew.Receivers.Tests;

/// <summary>
/// Damaged requests of every protocol over real sockets: each one is answered, none is answered with a fault of the server, and after all
/// of them good requests are taken. The seed that fails is printed.
/// </summary>
public sealed class FuzzTests
{
    /// <summary>scripts/fuzz.sh asks for more rounds than a test run has time for.</summary>
    private static readonly int s_rounds = int.TryParse(Environment.GetEnvironmentVariable("CLEW_FUZZ_ROUNDS"), out var rounds) ? Math.Max(1, rounds) : 1;

    private const int RequestsOfRound = 150;

    [Fact]
    public async Task Damaged_requests_are_answered_and_good_ones_taken_after_them()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        await using var provider = ReceiverFixture.Services(new CapturedLog());
        var consumer = new RecordingConsumer();
        var services = new ReceiverServices(provider.GetRequiredService<ILoggerFactory>(), provider.GetRequiredService<IMeterFactory>(), TimeProvider.System);
        var jaeger = new JaegerReceiver(
            new ComponentId("jaeger"),
            new JaegerReceiverOptions
            {
                Grpc = new JaegerTcpOptions { Address = ReceiverFixture.AnyPort }, ThriftHttp = new JaegerTcpOptions { Address = ReceiverFixture.AnyPort },
                ThriftCompact = new JaegerUdpOptions { Address = ReceiverFixture.AnyPort }, ThriftBinary = new JaegerUdpOptions { Address = ReceiverFixture.AnyPort },
            },
            consumer, services);
        var zipkin = new ZipkinReceiver(new ComponentId("zipkin"), new ZipkinReceiverOptions { Address = ReceiverFixture.AnyPort }, consumer, services);
        await jaeger.StartAsync(CancellationToken.None);
        await zipkin.StartAsync(CancellationToken.None);
        using var http = new HttpClient();
        Target[] targets =
        [
            new("OTLP protobuf", $"http://{fixture.Receiver.HttpEndPoints[0]}/v1/traces", "application/x-protobuf", Requests.Spans(good: 3)),
            new("OTLP JSON", $"http://{fixture.Receiver.HttpEndPoints[0]}/v1/traces", "application/json", Encoding.UTF8.GetBytes(Requests.Json)),
            new("OTLP gRPC", $"http://{fixture.Receiver.GrpcEndPoints[0]}/opentelemetry.proto.collector.trace.v1.TraceService/Export", "application/grpc", Framed(Requests.Spans(good: 3))),
            new("Jaeger gRPC", $"http://{jaeger.GrpcEndPoints[0]}/jaeger.api_v2.CollectorService/PostSpans", "application/grpc", Framed(JaegerSamples.Proto())),
            new("Jaeger Thrift", $"http://{jaeger.HttpEndPoints[0]}/api/traces", "application/x-thrift", JaegerSamples.Batch([JaegerSamples.Tag("a", "b")])),
            new("Zipkin 2 JSON", $"http://{zipkin.EndPoints[0]}/api/v2/spans", "application/json", Encoding.UTF8.GetBytes($"[{{{ZipkinSamples.Ids},\"name\":\"get\"}}]")),
            new("Zipkin 2 protobuf", $"http://{zipkin.EndPoints[0]}/api/v2/spans", "application/x-protobuf", ZipkinSamples.Proto()),
            new("Zipkin 1 JSON", $"http://{zipkin.EndPoints[0]}/api/v1/spans", "application/json", Encoding.UTF8.GetBytes(ZipkinSamples.V1Json)),
            new("Zipkin 1 Thrift", $"http://{zipkin.EndPoints[0]}/api/v1/spans", "application/x-thrift", ZipkinSamples.Thrift()),
        ];
        var first = Random.Shared.Next();
        for (var round = 0; round < s_rounds; round++)
        {
            var seed = first + round;
            var random = new Random(seed);
            for (var i = 0; i < RequestsOfRound; i++)
            {
                var target = targets[random.Next(targets.Length)];
                var encoding = random.Next(3) == 0 ? ((string[])["gzip", "zstd", "deflate", "snappy", "br", ""])[random.Next(6)] : "";
                var body = random.Next(4) == 0 ? Mutations.Of(Packed(target.Good, encoding), random) : Packed(Mutations.Of(target.Good, random), encoding);
                var status = await SendAsync(http, target, body, encoding);
                Assert.True((int)status is < 500 or 501 or 503, $"{target.Name} answered {(int)status} to request {i} of seed {seed}: {Convert.ToHexString(body)}");
            }

            await DatagramsAsync(jaeger, random);
            await GarbageAsync(fixture.Receiver.GrpcEndPoints[0], random);
            await GarbageAsync(zipkin.EndPoints[0], random);
        }

        foreach (var target in targets)
        {
            Assert.True((int)await SendAsync(http, target, target.Good, "") is 200 or 202, $"{target.Name} does not take a good request after seeds {first} to {first + s_rounds - 1}");
        }

        await jaeger.StopAsync(CancellationToken.None);
        await zipkin.StopAsync(CancellationToken.None);
    }

    private static async Task<HttpStatusCode> SendAsync(HttpClient http, Target target, byte[] body, string encoding)
    {
        var isGrpc = target.Type == "application/grpc";
        using var request = new HttpRequestMessage(HttpMethod.Post, target.Url)
        {
            Version = isGrpc ? HttpVersion.Version20 : HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(target.Type);
        if (encoding.Length > 0 && isGrpc)
        {
            request.Headers.TryAddWithoutValidation("grpc-encoding", encoding);
        }
        else if (encoding.Length > 0)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        }

        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);

        // 13 is INTERNAL, 2 is UNKNOWN: the codes of a server that broke.
        var grpc = answer.TrailingHeaders.TryGetValues("grpc-status", out var values) || answer.Headers.TryGetValues("grpc-status", out values) ? values.First() : "0";
        return grpc is "13" or "2" ? HttpStatusCode.InternalServerError : answer.StatusCode;
    }

    private static async Task DatagramsAsync(JaegerReceiver jaeger, Random random)
    {
        using var udp = new UdpClient();
        for (var i = 0; i < 20; i++)
        {
            await udp.SendAsync(Mutations.Of(JaegerSamples.CompactMessage(), random), jaeger.CompactEndPoints[0], TestContext.Current.CancellationToken);
            await udp.SendAsync(Mutations.Of(JaegerSamples.EmitBatch(), random), jaeger.BinaryEndPoints[0], TestContext.Current.CancellationToken);
            await udp.SendAsync(Mutations.Of(JaegerSamples.EmitZipkinBatch(), random), jaeger.BinaryEndPoints[0], TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Bytes that are no request at all, or the beginning of one in either version of HTTP.</summary>
    private static async Task GarbageAsync(IPEndPoint endPoint, Random random)
    {
        byte[][] beginnings =
        [
            [], "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"u8.ToArray(), "POST /v1/traces HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"u8.ToArray(),
            [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 8, 1, 4, 0, 0, 0, 1, 0x82, 0x86, 0x84, 0x41, 1, 2, 3, 4],
            [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3],
        ];
        using var socket = new TcpClient();
        await socket.ConnectAsync(endPoint, TestContext.Current.CancellationToken);
        var stream = socket.GetStream();
        var garbage = new byte[random.Next(200)];
        random.NextBytes(garbage);
        try
        {
            await stream.WriteAsync((byte[])[.. Mutations.Of([.. beginnings[random.Next(beginnings.Length)], 0], random), .. garbage], TestContext.Current.CancellationToken);
            socket.Client.Shutdown(SocketShutdown.Send);
            await stream.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);
        }
        catch (Exception fault) when (fault is IOException or SocketException)
        {
            // Cut off, which is an answer too.
        }
    }

    private static byte[] Framed(byte[] message) => [0, 0, 0, (byte)(message.Length >> 8), (byte)message.Length, .. message];

    private static byte[] Packed(byte[] body, string encoding)
    {
        using var memory = new MemoryStream();
        using (Stream? stream = encoding switch
        {
            "gzip" => new GZipStream(memory, CompressionLevel.Fastest, leaveOpen: true),
            "zstd" => new ZstdSharp.CompressionStream(memory, leaveOpen: true),
            "deflate" => new ZLibStream(memory, CompressionLevel.Fastest, leaveOpen: true),
            "snappy" => new Snappier.SnappyStream(memory, CompressionMode.Compress, leaveOpen: true),
            _ => null,
        })
        {
            if (stream is null)
            {
                return body;
            }

            stream.Write(body);
        }

        return memory.ToArray();
    }

    private sealed record Target(string Name, string Url, string Type, byte[] Good);
}
