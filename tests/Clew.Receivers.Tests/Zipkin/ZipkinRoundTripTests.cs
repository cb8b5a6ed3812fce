using System.Diagnostics.Metrics;
using System.Text;
using Clew.Otlp.Json;
using Clew.Pipeline.Components;
using Clew.Pipeline.Exporters.Sending;
using Clew.Receivers.Tests.Support;
using Clew.Receivers.Zipkin;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clew.Receivers.Tests.Zipkin;

/// <summary>What the exporter <c>zipkin</c> writes, the receiver reads back: also what Zipkin has no place for.</summary>
public sealed class ZipkinRoundTripTests : IAsyncLifetime
{
    private const string Original = """
        {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}},{"key":"host.name","value":{"stringValue":"h1"}}]},
         "scopeSpans":[{"scope":{"name":"lib","version":"1.2"},"spans":[
          {"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","parentSpanId":"1112131415161718","traceState":"a=1","name":"GET /shop","kind":3,
           "startTimeUnixNano":"1500000000000001000","endTimeUnixNano":"1500000000000011000",
           "attributes":[{"key":"retries","value":{"intValue":"3"}},{"key":"ratio","value":{"doubleValue":1.5}},{"key":"ok","value":{"boolValue":true}},
            {"key":"note","value":{"stringValue":"주문"}},{"key":"peer.service","value":{"stringValue":"db"}}],
           "events":[{"timeUnixNano":"1500000000000005000","name":"flushed"},
            {"timeUnixNano":"1500000000000006000","name":"retry","attributes":[{"key":"n","value":{"stringValue":"x"}}]}],
           "links":[{"traceId":"2102030405060708090a0b0c0d0e0f10","spanId":"2102030405060708","traceState":"b=2"}],
           "status":{"code":2,"message":"boom"}},
          {"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0000000000000002","name":"work","kind":1,
           "startTimeUnixNano":"1500000000000002000","endTimeUnixNano":"1500000000000003000","status":{"code":1}}]}]}]}
        """;

    private readonly ServiceProvider _provider = ReceiverFixture.Services(new CapturedLog());
    private readonly RecordingConsumer _consumer = new();
    private ZipkinReceiver _receiver = null!;

    public async ValueTask InitializeAsync()
    {
        _receiver = new ZipkinReceiver(
            new ComponentId("zipkin"), new ZipkinReceiverOptions { Address = ReceiverFixture.AnyPort, ParseStringTags = true }, _consumer,
            new ReceiverServices(_provider.GetRequiredService<ILoggerFactory>(), _provider.GetRequiredService<IMeterFactory>(), TimeProvider.System));
        await _receiver.StartAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _receiver.StopAsync(CancellationToken.None);
        await _provider.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Spans_come_back_with_everything_they_had(bool isProto)
    {
        await using var sender = new ZipkinSender(new SenderOptions { Address = new Uri($"http://{_receiver.EndPoints[0]}/api/v2/spans") }, isProto, "unknown");
        using var request = OtlpJsonDecoder.Decode(Encoding.UTF8.GetBytes(Original)).Bytes!;

        Assert.Equal(SendOutcome.Delivered, await sender.SendAsync(request.WrittenMemory, null, CancellationToken.None));

        var json = OtlpJson.Of(_consumer.Single.Bytes);
        foreach (var part in (string[])
                 [
                     "{\"key\":\"service.name\",\"value\":{\"stringValue\":\"shop\"}}", "{\"key\":\"host.name\",\"value\":{\"stringValue\":\"h1\"}}", "\"scope\":{\"name\":\"lib\",\"version\":\"1.2\"}",
                     "\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"0102030405060708\"", "\"parentSpanId\":\"1112131415161718\"", "\"traceState\":\"a=1\"", "\"name\":\"GET /shop\"", "\"kind\":3",
                     "\"startTimeUnixNano\":\"1500000000000001000\",\"endTimeUnixNano\":\"1500000000000011000\"",
                     "{\"key\":\"retries\",\"value\":{\"intValue\":\"3\"}}", "{\"key\":\"ratio\",\"value\":{\"doubleValue\":1.5}}", "{\"key\":\"ok\",\"value\":{\"boolValue\":true}}",
                     "{\"key\":\"note\",\"value\":{\"stringValue\":\"주문\"}}", "{\"key\":\"peer.service\",\"value\":{\"stringValue\":\"db\"}}",
                     "{\"timeUnixNano\":\"1500000000000005000\",\"name\":\"flushed\"}", "\"name\":\"retry\",\"attributes\":[{\"key\":\"n\",\"value\":{\"stringValue\":\"x\"}}]",
                     "\"traceId\":\"2102030405060708090a0b0c0d0e0f10\",\"spanId\":\"2102030405060708\",\"traceState\":\"b=2\"", "\"status\":{\"message\":\"boom\",\"code\":2}",
                     "\"name\":\"work\",\"kind\":1", "\"status\":{\"code\":1}",
                 ])
        {
            Assert.Contains(part, json, StringComparison.Ordinal);
        }

        // Tags that only carried what has its own place are gone.
        foreach (var key in (string[])["otel.", "w3c.", "otlp.", "span.kind", "\"key\":\"error\""])
        {
            Assert.DoesNotContain(key, json, StringComparison.Ordinal);
        }
    }
}
