using System.Diagnostics.Metrics;
using System.IO.Compression;
using System.Net;
using System.Text;
using Clew.Pipeline.Components;
using Clew.Receivers.Tests.Support;
using Clew.Receivers.Zipkin;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clew.Receivers.Tests.Zipkin;

public sealed class ZipkinReceiverTests : IAsyncLifetime
{
    private readonly ServiceProvider _provider = ReceiverFixture.Services(new CapturedLog());
    private readonly RecordingConsumer _consumer = new();
    private readonly HttpClient _http = new();
    private ZipkinReceiver _receiver = null!;

    private static byte[] Json => Encoding.UTF8.GetBytes($"[{{{ZipkinSamples.Ids},\"name\":\"get\"}}]");

    public async ValueTask InitializeAsync()
    {
        _receiver = new ZipkinReceiver(
            new ComponentId("zipkin"), new ZipkinReceiverOptions { Address = ReceiverFixture.AnyPort, MaxBodyBytes = 4096 }, _consumer,
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
    [InlineData("/api/v2/spans", "application/json", "http_v2_json")]
    [InlineData("/", null, "http_v2_json")]
    [InlineData("/api/v2/spans", "application/x-protobuf", "http_v2_proto")]
    [InlineData("/api/v1/spans", "application/json; charset=utf-8", "http_v1_json")]
    [InlineData("/zipkin/api/v1/spans", "application/x-thrift", "http_v1_thrift")]
    public async Task Spans_reach_the_consumer(string path, string? type, string transport)
    {
        var body = transport switch
        {
            "http_v2_proto" => ZipkinSamples.Proto(),
            "http_v1_json" => Encoding.UTF8.GetBytes(ZipkinSamples.V1Json),
            "http_v1_thrift" => ZipkinSamples.Thrift(),
            _ => Json,
        };

        using var response = await PostAsync(path, type, body);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal(1, _consumer.Single.SpanCount);
        Assert.Equal("zipkin", _consumer.Single.Context.Receiver);
        Assert.Equal(1, _receiver.Status.Single(status => status.Transport == transport).AcceptedSpans);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("zlib")]
    public async Task Compressed_spans_reach_the_consumer(string encoding)
    {
        var packed = new MemoryStream();
        await using (Stream stream = encoding == "gzip" ? new GZipStream(packed, CompressionMode.Compress) : new ZLibStream(packed, CompressionMode.Compress))
        {
            stream.Write(Json);
        }

        using var response = await PostAsync("/api/v2/spans", "application/json", packed.ToArray(), encoding);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(1, _consumer.Single.SpanCount);
    }

    [Fact]
    public async Task Empty_list_is_accepted()
    {
        using var response = await PostAsync("/api/v2/spans", "application/json", "[]"u8.ToArray());

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Empty(_consumer.Batches);
    }

    [Fact]
    public async Task Bad_span_refuses_the_request_before_the_consumer_sees_any()
    {
        using var response = await PostAsync("/api/v2/spans", "application/json", Encoding.UTF8.GetBytes($"[{{{ZipkinSamples.Ids}}},{{}}]"));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("[1].traceId", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Empty(_consumer.Batches);
        Assert.Contains("[1].traceId", _receiver.Status.Single(status => status.RefusedRequests == 1).LastRefusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_is_the_consumers()
    {
        _consumer.Answer = _ => ConsumeResult.Unavailable("the disk is full");
        using var unavailable = await PostAsync("/api/v2/spans", "application/json", Json);
        _consumer.Answer = _ => ConsumeResult.Overloaded("too many spans", TimeSpan.FromSeconds(3));
        using var overloaded = await PostAsync("/api/v2/spans", "application/json", Json);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, unavailable.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), unavailable.Headers.RetryAfter?.Delta);
        Assert.Equal(HttpStatusCode.TooManyRequests, overloaded.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(3), overloaded.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task Large_body_and_other_methods_are_refused()
    {
        using var large = await PostAsync("/api/v2/spans", "application/json", new byte[5000]);
        using var get = await _http.GetAsync(Url("/api/v2/spans"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, get.StatusCode);
    }

    [Fact]
    public async Task Stopped_receiver_starts_again()
    {
        await _receiver.StopAsync(CancellationToken.None);
        Assert.Empty(_receiver.EndPoints);
        await _receiver.StartAsync(CancellationToken.None);

        using var response = await PostAsync("/api/v2/spans", "application/json", Json);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    private Uri Url(string path) => new($"http://{_receiver.EndPoints[0]}{path}");

    private Task<HttpResponseMessage> PostAsync(string path, string? type, byte[] body, string? encoding = null)
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }

        return _http.PostAsync(Url(path), content, TestContext.Current.CancellationToken);
    }
}
