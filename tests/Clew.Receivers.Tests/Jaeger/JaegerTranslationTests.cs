using Clew.Receivers.Jaeger;
using Clew.Receivers.Tests.Support;
using Clew.Receivers.Tests.Zipkin;
using Clew.Receivers.Translation;
using Clew.Receivers.Zipkin;

namespace Clew.Receivers.Tests.Jaeger;

public sealed class JaegerTranslationTests
{
    [Theory]
    [InlineData("span.kind", "client", "\"kind\":3")]
    [InlineData("span.kind", "server", "\"kind\":2")]
    [InlineData("span.kind", "producer", "\"kind\":4")]
    [InlineData("span.kind", "consumer", "\"kind\":5")]
    [InlineData("span.kind", "internal", "\"kind\":1")]
    [InlineData("error", true, "\"status\":{\"code\":2}")]
    [InlineData("otel.status_code", "OK", "\"status\":{\"code\":1}")]
    [InlineData("otel.status_code", "ERROR", "\"status\":{\"code\":2}")]
    [InlineData("http.status_code", 503L, "\"status\":{\"code\":2}")]
    [InlineData("w3c.tracestate", "a=b", "\"traceState\":\"a=b\"")]
    [InlineData("otel.scope.name", "lib", "\"scope\":{\"name\":\"lib\"}")]
    [InlineData("otel.library.version", "2", "\"scope\":{\"version\":\"2\"}")]
    [InlineData("text", "t", "{\"key\":\"text\",\"value\":{\"stringValue\":\"t\"}}")]
    [InlineData("real", 1.5, "{\"key\":\"real\",\"value\":{\"doubleValue\":1.5}}")]
    [InlineData("flag", true, "{\"key\":\"flag\",\"value\":{\"boolValue\":true}}")]
    [InlineData("number", 42L, "{\"key\":\"number\",\"value\":{\"intValue\":\"42\"}}")]
    [InlineData("bytes", new byte[] { 1, 2, 3 }, "{\"key\":\"bytes\",\"value\":{\"bytesValue\":\"AQID\"}}")]
    public void Tag_becomes_otlp(string key, object value, string expected) =>
        Assert.Contains(expected, Json([JaegerSamples.Tag(key, value)]), StringComparison.Ordinal);

    [Theory]
    [InlineData("span.kind", "client")]
    [InlineData("error", true)]
    [InlineData("otel.status_code", "OK")]
    [InlineData("w3c.tracestate", "a=b")]
    public void Tag_that_became_a_field_is_gone(string key, object value) =>
        Assert.DoesNotContain($"\"key\":\"{key}\"", Json([JaegerSamples.Tag(key, value)]), StringComparison.Ordinal);

    [Theory]
    [InlineData("client", true)]
    [InlineData("server", false)]
    public void Http_4xx_is_an_error_of_clients_only(string kind, bool isError)
    {
        var json = Json([JaegerSamples.Tag("span.kind", kind), JaegerSamples.Tag("http.status_code", 404L)]);

        Assert.Equal(isError, json.Contains("\"status\":{\"code\":2}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("otel.status_description")]
    [InlineData("http.status_message")]
    public void Error_has_the_message_of(string key)
    {
        var json = Json([JaegerSamples.Tag("error", true), JaegerSamples.Tag(key, "why")]);

        Assert.Contains("\"status\":{\"message\":\"why\",\"code\":2}", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Span_and_process_become_otlp()
    {
        var json = OtlpJson.Of(JaegerThrift.ReadBatch(
            JaegerSamples.Batch(processTags: [JaegerSamples.Tag("hostname", "h"), JaegerSamples.Tag("jaeger.version", "Go-2"), JaegerSamples.Tag("x", 1L)]),
            isCompact: false));

        Assert.Contains(
            "\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"front\"}},{\"key\":\"host.name\",\"value\":{\"stringValue\":\"h\"}},"
            + "{\"key\":\"opencensus.exporterversion\",\"value\":{\"stringValue\":\"Jaeger-Go-2\"}},{\"key\":\"x\",\"value\":{\"intValue\":\"1\"}}]}",
            json, StringComparison.Ordinal);
        Assert.Contains("\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"000000000000000b\",\"name\":\"get\"", json, StringComparison.Ordinal);
        Assert.Contains("\"startTimeUnixNano\":\"1000000000\",\"endTimeUnixNano\":\"1000010000\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public void First_child_of_is_the_parent_and_the_others_are_links()
    {
        var json = Json([], bytes => JaegerSamples.List(bytes, 6,
        [
            JaegerSamples.Reference(1, 0x090a0b0c0d0e0f10, 1), JaegerSamples.Reference(0, 0x090a0b0c0d0e0f10, 2), JaegerSamples.Reference(0, 77, 3),
        ]));

        Assert.Contains("\"parentSpanId\":\"0000000000000002\"", json, StringComparison.Ordinal);
        Assert.Contains("\"spanId\":\"0000000000000001\",\"attributes\":[{\"key\":\"opentracing.ref_type\",\"value\":{\"stringValue\":\"follows_from\"}}]", json, StringComparison.Ordinal);
        Assert.Contains("\"spanId\":\"0000000000000003\",\"attributes\":[{\"key\":\"opentracing.ref_type\",\"value\":{\"stringValue\":\"child_of\"}}]", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Follows_from_is_the_parent_when_there_is_no_other()
    {
        var json = Json([], bytes => JaegerSamples.List(bytes, 6, [JaegerSamples.Reference(1, 0x090a0b0c0d0e0f10, 1)]));

        Assert.Contains("\"parentSpanId\":\"0000000000000001\"", json, StringComparison.Ordinal);
        Assert.DoesNotContain("\"links\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Parent_field_counts_before_references()
    {
        var json = Json([], bytes =>
        {
            bytes.I64(4, 9);
            JaegerSamples.List(bytes, 6, [JaegerSamples.Reference(0, 0x090a0b0c0d0e0f10, 9)]);
        });

        Assert.Contains("\"parentSpanId\":\"0000000000000009\"", json, StringComparison.Ordinal);
        Assert.DoesNotContain("\"links\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Log_becomes_an_event()
    {
        var json = Json([], bytes =>
        {
            bytes.ListField(11, 12, 1).I64(1, 1_000_005);
            JaegerSamples.List(bytes, 2, [JaegerSamples.Tag("event", "retry"), JaegerSamples.Tag("n", 2L)]);
            bytes.Stop();
        });

        Assert.Contains(
            "\"events\":[{\"timeUnixNano\":\"1000005000\",\"name\":\"retry\",\"attributes\":[{\"key\":\"n\",\"value\":{\"intValue\":\"2\"}}]}]", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Compact_batch_becomes_otlp()
    {
        var json = OtlpJson.Of(JaegerThrift.ReadBatch(JaegerSamples.CompactBatch(), isCompact: true));

        Assert.Contains("\"stringValue\":\"front\"", json, StringComparison.Ordinal);
        Assert.Contains("\"traceId\":\"00000000000000020000000000000001\",\"spanId\":\"000000000000000b\",\"parentSpanId\":\"000000000000000c\",\"name\":\"get\"", json, StringComparison.Ordinal);
        Assert.Contains("\"startTimeUnixNano\":\"1000000000\",\"endTimeUnixNano\":\"1000010000\"", json, StringComparison.Ordinal);
        Assert.Contains("\"status\":{\"code\":2}", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Protobuf_spans_are_grouped_by_their_processes()
    {
        var json = OtlpJson.Of(JaegerProto.ReadRequest(JaegerSamples.Proto()));

        Assert.Contains("\"stringValue\":\"front\"", json, StringComparison.Ordinal);
        Assert.Contains("\"stringValue\":\"own\"", json, StringComparison.Ordinal);
        Assert.Contains("\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"000000000000000c\",\"name\":\"get\"", json, StringComparison.Ordinal);
        Assert.Contains("\"startTimeUnixNano\":\"1000000007\",\"endTimeUnixNano\":\"1000000017\"", json, StringComparison.Ordinal);
        Assert.Contains("{\"key\":\"n\",\"value\":{\"intValue\":\"42\"}}", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_of_the_agent_are_read_in_every_style()
    {
        var zipkin = new ZipkinDecoder(parseStringTags: false);
        Assert.Equal(1, JaegerThrift.ReadMessage(JaegerSamples.EmitBatch(), false, zipkin.TryAdd).Batch!.SpanCount);
        Assert.Equal(1, JaegerThrift.ReadMessage(JaegerSamples.EmitBatch(isStrict: false), false, zipkin.TryAdd).Batch!.SpanCount);
        Assert.Equal(1, JaegerThrift.ReadMessage(JaegerSamples.CompactMessage(), true, zipkin.TryAdd).Batch!.SpanCount);
        Assert.Equal(1, JaegerThrift.ReadMessage(JaegerSamples.EmitZipkinBatch(), false, zipkin.TryAdd).Batch!.SpanCount);
        Assert.Contains("emitBatch", JaegerThrift.ReadMessage(JaegerSamples.Message("what", _ => { }), false, zipkin.TryAdd).Fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Damaged_requests_never_throw(int seed)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var zipkin = new ZipkinDecoder(parseStringTags: false);
        (byte[] Good, Func<byte[], Decoded> Decode)[] encodings =
        [
            (JaegerSamples.Batch([JaegerSamples.Tag("a", "b")]), bytes => JaegerThrift.ReadBatch(bytes, false)),
            (JaegerSamples.CompactBatch(), bytes => JaegerThrift.ReadBatch(bytes, true)),
            (JaegerSamples.EmitBatch(), bytes => JaegerThrift.ReadMessage(bytes, false, zipkin.TryAdd)),
            (JaegerSamples.EmitZipkinBatch(), bytes => JaegerThrift.ReadMessage(bytes, false, zipkin.TryAdd)),
            (JaegerSamples.CompactMessage(), bytes => JaegerThrift.ReadMessage(bytes, true, zipkin.TryAdd)),
            (JaegerSamples.Proto(), bytes => JaegerProto.ReadRequest(bytes)),
        ];
        foreach (var (good, decode) in encodings)
        {
            for (var i = 0; i < 3000; i++)
            {
                var decoded = decode(Mutations.Of(good, random));
                Assert.True((decoded.Fault is null) != (decoded.Batch is null));
                decoded.Batch?.Encode()?.Dispose();
            }
        }
    }

    [Fact]
    public void Nesting_and_sizes_beyond_the_bytes_are_refused()
    {
        byte[] nested = [.. Enumerable.Repeat((byte)0x9C, 100)];
        byte[] long32 = [15, 0, 2, 12, 0x7F, 0xFF, 0xFF, 0xFF];

        Assert.NotNull(JaegerThrift.ReadBatch(nested, isCompact: true).Fault);
        Assert.NotNull(JaegerThrift.ReadBatch(long32, isCompact: false).Fault);
    }

    private static string Json(Action<ThriftBytes>[] tags, Action<ThriftBytes>? rest = null) =>
        OtlpJson.Of(JaegerThrift.ReadBatch(JaegerSamples.Batch(tags, rest), isCompact: false));
}
