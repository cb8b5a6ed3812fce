using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Clew.Otlp.Batches;
using Clew.Pipeline.Components;
using Clew.Receivers.Jaeger;
using Clew.Receivers.Tests.Support;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clew.Receivers.Tests.Jaeger;

public sealed class JaegerReceiverTests : IAsyncLifetime
{
    private static readonly Marshaller<byte[]> Raw = Marshallers.Create(bytes => bytes, bytes => bytes);
    private static readonly Method<byte[], byte[]> PostSpans = new(MethodType.Unary, "jaeger.api_v2.CollectorService", "PostSpans", Raw, Raw);

    private readonly ServiceProvider _provider = ReceiverFixture.Services(new CapturedLog());
    private readonly WaitingConsumer _consumer = new();
    private readonly HttpClient _http = new();
    private JaegerReceiver _receiver = null!;

    public async ValueTask InitializeAsync()
    {
        _receiver = new JaegerReceiver(
            new ComponentId("jaeger"),
            new JaegerReceiverOptions
            {
                Grpc = new JaegerTcpOptions { Address = ReceiverFixture.AnyPort },
                ThriftHttp = new JaegerTcpOptions { Address = ReceiverFixture.AnyPort },
                ThriftCompact = new JaegerUdpOptions { Address = ReceiverFixture.AnyPort },
                ThriftBinary = new JaegerUdpOptions { Address = ReceiverFixture.AnyPort },
            },
            _consumer,
            new ReceiverServices(_provider.GetRequiredService<ILoggerFactory>(), _provider.GetRequiredService<IMeterFactory>(), TimeProvider.System));
        await _receiver.StartAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _receiver.StopAsync(CancellationToken.None);
        await _provider.DisposeAsync();
    }

    [Theory]
    [InlineData("application/x-thrift", false)]
    [InlineData("application/vnd.apache.thrift.binary", false)]
    [InlineData("application/vnd.apache.thrift.compact", true)]
    public async Task Batch_over_http_reaches_the_consumer(string type, bool isCompact)
    {
        using var response = await PostAsync("/api/traces?format=jaeger.thrift", type, isCompact ? JaegerSamples.CompactBatch() : JaegerSamples.Batch());

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(1, (await _consumer.NextAsync()).SpanCount);
        Assert.Equal(1, Row("thrift_http").AcceptedSpans);
    }

    [Fact]
    public async Task Bad_requests_over_http_are_refused()
    {
        using var bad = await PostAsync("/api/traces", "application/x-thrift", [1, 2, 3]);
        using var type = await PostAsync("/api/traces", "text/plain", JaegerSamples.Batch());
        using var path = await PostAsync("/api/spans", "application/x-thrift", JaegerSamples.Batch());

        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, type.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, path.StatusCode);
        Assert.Equal(3, Row("thrift_http").RefusedRequests);
    }

    [Fact]
    public async Task Answer_over_http_is_the_consumers()
    {
        _consumer.Answer = ConsumeResult.Unavailable("the disk is full");

        using var response = await PostAsync("/api/traces", "application/x-thrift", JaegerSamples.Batch());

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
    }

    [Fact]
    public async Task Batch_over_grpc_reaches_the_consumer_and_its_answer_the_sender()
    {
        using var channel = GrpcChannel.ForAddress($"http://{_receiver.GrpcEndPoints[0]}");
        var calls = channel.CreateCallInvoker();

        var answer = await calls.AsyncUnaryCall(PostSpans, null, default, JaegerSamples.Proto());
        Assert.Empty(answer);
        Assert.Equal(2, (await _consumer.NextAsync()).SpanCount);
        Assert.Equal(2, Row("grpc").AcceptedSpans);

        var bad = await Assert.ThrowsAsync<RpcException>(() => calls.AsyncUnaryCall(PostSpans, null, default, [0x0A, 0x05]).ResponseAsync);
        Assert.Equal(StatusCode.InvalidArgument, bad.StatusCode);
        _consumer.Answer = ConsumeResult.Unavailable("the disk is full");
        var full = await Assert.ThrowsAsync<RpcException>(() => calls.AsyncUnaryCall(PostSpans, null, default, JaegerSamples.Proto()).ResponseAsync);
        Assert.Equal(StatusCode.Unavailable, full.StatusCode);
    }

    [Fact]
    public async Task Datagrams_reach_the_consumer()
    {
        using var client = new UdpClient(AddressFamily.InterNetwork);

        await client.SendAsync(JaegerSamples.CompactMessage(), _receiver.CompactEndPoints[0], TestContext.Current.CancellationToken);
        Assert.Equal("127.0.0.1", (await _consumer.NextAsync()).Peer);
        await client.SendAsync(JaegerSamples.EmitBatch(), _receiver.BinaryEndPoints[0], TestContext.Current.CancellationToken);
        await _consumer.NextAsync();
        await client.SendAsync(JaegerSamples.EmitZipkinBatch(), _receiver.BinaryEndPoints[0], TestContext.Current.CancellationToken);
        await _consumer.NextAsync();

        // Stopping works off what is under way, so the counts are final after it.
        await _receiver.StopAsync(CancellationToken.None);
        Assert.Equal(1, Row("thrift_compact").AcceptedSpans);
        Assert.Equal(2, Row("thrift_binary").AcceptedSpans);
    }

    [Fact]
    public async Task Bad_datagram_is_counted_and_the_next_one_taken()
    {
        using var client = new UdpClient(AddressFamily.InterNetwork);

        await client.SendAsync(new byte[] { 1, 2, 3 }, _receiver.BinaryEndPoints[0], TestContext.Current.CancellationToken);
        await client.SendAsync(JaegerSamples.EmitBatch(), _receiver.BinaryEndPoints[0], TestContext.Current.CancellationToken);
        await _consumer.NextAsync();
        await _receiver.StopAsync(CancellationToken.None);

        Assert.Equal(1, Row("thrift_binary").RefusedRequests);
        Assert.Equal(1, Row("thrift_binary").AcceptedSpans);
    }

    [Fact]
    public async Task Stopped_receiver_starts_again()
    {
        await _receiver.StopAsync(CancellationToken.None);
        await _receiver.StartAsync(CancellationToken.None);
        using var client = new UdpClient(AddressFamily.InterNetwork);

        await client.SendAsync(JaegerSamples.EmitBatch(), _receiver.BinaryEndPoints[0], TestContext.Current.CancellationToken);

        Assert.Equal(1, (await _consumer.NextAsync()).SpanCount);
    }

    private Telemetry.ReceiverStatus Row(string transport) => _receiver.Status.Single(status => status.Transport == transport);

    private Task<HttpResponseMessage> PostAsync(string path, string type, byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        return _http.PostAsync(new Uri($"http://{_receiver.HttpEndPoints[0]}{path}"), content, TestContext.Current.CancellationToken);
    }

    /// <summary>Lets a test wait for the next batch.</summary>
    private sealed class WaitingConsumer : ITraceConsumer
    {
        private readonly System.Threading.Channels.Channel<(int SpanCount, string? Peer)> _batches =
            System.Threading.Channels.Channel.CreateUnbounded<(int SpanCount, string? Peer)>();

        public ConsumeResult Answer { get; set; } = ConsumeResult.Accepted;

        public ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
        {
            _batches.Writer.TryWrite((batch.SpanCount, batch.Context.Peer));
            return new(Answer);
        }

        public async Task<(int SpanCount, string? Peer)> NextAsync() => await _batches.Reader.ReadAsync(TestContext.Current.CancellationToken);
    }
}
