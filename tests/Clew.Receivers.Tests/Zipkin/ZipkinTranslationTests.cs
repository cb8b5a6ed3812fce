using System.Text;
using Clew.Receivers.Tests.Support;
using Clew.Receivers.Zipkin;

namespace Clew.Receivers.Tests.Zipkin;

public sealed class ZipkinTranslationTests
{
    [Theory]
    // Ids.
    [InlineData("", "\"traceId\":\"0000000000000000463ac35c9f6413ad\",\"spanId\":\"a2fb4a1d1a96d312\"")]
    [InlineData("\"parentId\":\"00f067aa0ba902b7\"", "\"parentSpanId\":\"00f067aa0ba902b7\"")]
    // Services and resources.
    [InlineData("\"localEndpoint\":{\"serviceName\":\"front\"}", "\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"front\"}}]}")]
    [InlineData(
        "\"localEndpoint\":{\"serviceName\":\"front\"},\"tags\":{\"otlp.service.name.source\":\"faas.name\"}",
        "\"attributes\":[{\"key\":\"faas.name\",\"value\":{\"stringValue\":\"front\"}}]}")]
    [InlineData(
        "\"localEndpoint\":{\"serviceName\":\"front\"},\"tags\":{\"k8s.pod.name\":\"p\"}",
        "\"front\"}},{\"key\":\"k8s.pod.name\",\"value\":{\"stringValue\":\"p\"}}]}")]
    [InlineData("\"tags\":{\"otel.scope.name\":\"lib\",\"otel.scope.version\":\"2\"}", "\"scope\":{\"name\":\"lib\",\"version\":\"2\"}")]
    [InlineData("\"tags\":{\"otel.library.name\":\"lib\",\"otel.library.version\":\"2\"}", "\"scope\":{\"name\":\"lib\",\"version\":\"2\"}")]
    // Kind, state, status.
    [InlineData("\"tags\":{\"w3c.tracestate\":\"a=b\"}", "\"traceState\":\"a=b\"")]
    [InlineData("\"kind\":\"CLIENT\"", "\"kind\":3")]
    [InlineData("\"kind\":\"SERVER\"", "\"kind\":2")]
    [InlineData("\"kind\":\"PRODUCER\"", "\"kind\":4")]
    [InlineData("\"kind\":\"CONSUMER\"", "\"kind\":5")]
    [InlineData("\"tags\":{\"span.kind\":\"internal\"}", "\"kind\":1")]
    [InlineData("\"tags\":{\"otel.status_code\":\"STATUS_CODE_OK\"}", "\"status\":{\"code\":1}")]
    [InlineData(
        "\"tags\":{\"otel.status_code\":\"STATUS_CODE_ERROR\",\"otel.status_description\":\"why\"}", "\"status\":{\"message\":\"why\",\"code\":2}")]
    [InlineData("\"tags\":{\"error\":\"true\"}", "\"status\":{\"code\":2}")]
    [InlineData("\"tags\":{\"error\":\"no route\"}", "\"status\":{\"message\":\"no route\",\"code\":2}")]
    [InlineData("\"tags\":{\"error\":\"no route\"}", "{\"key\":\"error\",\"value\":{\"stringValue\":\"no route\"}}")]
    // Addresses.
    [InlineData(
        "\"localEndpoint\":{\"ipv4\":\"10.0.0.1\",\"port\":80}",
        "{\"key\":\"net.host.ip\",\"value\":{\"stringValue\":\"10.0.0.1\"}},{\"key\":\"net.host.port\",\"value\":{\"intValue\":\"80\"}}")]
    [InlineData(
        "\"remoteEndpoint\":{\"serviceName\":\"db\",\"ipv6\":\"::1\",\"port\":5432}",
        "{\"key\":\"peer.service\",\"value\":{\"stringValue\":\"db\"}},{\"key\":\"net.peer.ip\",\"value\":{\"stringValue\":\"::1\"}},"
        + "{\"key\":\"net.peer.port\",\"value\":{\"intValue\":\"5432\"}}")]
    // Annotations and links.
    [InlineData(
        "\"annotations\":[{\"timestamp\":1500000000000005,\"value\":\"flushed\"}]",
        "\"events\":[{\"timeUnixNano\":\"1500000000000005000\",\"name\":\"flushed\"}]")]
    [InlineData(
        "\"annotations\":[{\"timestamp\":1,\"value\":\"sent|{\\\"a\\\":1,\\\"b\\\":\\\"x|y\\\"}|2\"}]",
        "\"name\":\"sent\",\"attributes\":[{\"key\":\"a\",\"value\":{\"intValue\":\"1\"}},{\"key\":\"b\",\"value\":{\"stringValue\":\"x|y\"}}],"
        + "\"droppedAttributesCount\":2")]
    [InlineData("\"annotations\":[{\"timestamp\":1,\"value\":\"a|b|c\"}]", "\"name\":\"a|b|c\"}]")]
    [InlineData(
        "\"tags\":{\"otlp.link.0\":\"0102030405060708090a0b0c0d0e0f10|0102030405060708|s=1|{\\\"k\\\":\\\"v|w\\\"}|1\"}",
        "\"links\":[{\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"0102030405060708\",\"traceState\":\"s=1\","
        + "\"attributes\":[{\"key\":\"k\",\"value\":{\"stringValue\":\"v|w\"}}],\"droppedAttributesCount\":1}]")]
    [InlineData("\"tags\":{\"otlp.link.0\":\"what|ever\"}", "{\"key\":\"otlp.link.0\",\"value\":{\"stringValue\":\"what|ever\"}}")]
    // Times: microseconds become nanoseconds.
    [InlineData(
        "\"timestamp\":1500000000000001,\"duration\":10", "\"startTimeUnixNano\":\"1500000000000001000\",\"endTimeUnixNano\":\"1500000000000011000\"")]
    [InlineData("\"duration\":10", "{\"key\":\"otel.zipkin.absentField.startTime\",\"value\":{\"boolValue\":true}}")]
    // Flags and plain tags.
    [InlineData("\"shared\":true", "{\"key\":\"zipkin.shared\",\"value\":{\"boolValue\":true}}")]
    [InlineData("\"debug\":true", "{\"key\":\"zipkin.debug\",\"value\":{\"boolValue\":true}}")]
    [InlineData("\"tags\":{\"retries\":\"3\"}", "{\"key\":\"retries\",\"value\":{\"stringValue\":\"3\"}}")]
    public void V2_field_becomes_otlp(string fields, string expected) => Assert.Contains(expected, V2(fields), StringComparison.Ordinal);

    [Theory]
    [InlineData("\"parentId\":\"a2fb4a1d1a96d312\"", "parentSpanId")]
    [InlineData("\"tags\":{\"error\":\"true\"}", "\"key\":\"error\"")]
    [InlineData("\"tags\":{\"error\":\"false\"}", "\"code\"")]
    [InlineData("\"tags\":{\"span.kind\":\"internal\"}", "span.kind")]
    [InlineData("\"tags\":{\"otel.status_code\":\"STATUS_CODE_OK\"}", "otel.status_code")]
    public void V2_field_leaves_no_trace_of(string fields, string unwanted) => Assert.DoesNotContain(unwanted, V2(fields), StringComparison.Ordinal);

    [Theory]
    [InlineData("3", "\"intValue\":\"3\"")]
    [InlineData("-3.5", "\"doubleValue\":-3.5")]
    [InlineData("true", "\"boolValue\":true")]
    [InlineData("3 ms", "\"stringValue\":\"3 ms\"")]
    [InlineData("NaN", "\"stringValue\":\"NaN\"")]
    public void Tag_with_parse_string_tags_gets_its_type(string text, string expected) =>
        Assert.Contains($"{{\"key\":\"t\",\"value\":{{{expected}}}}}", V2($"\"tags\":{{\"t\":\"{text}\"}}", parseStringTags: true), StringComparison.Ordinal);

    [Fact]
    public void Spans_are_grouped_by_service_and_keep_their_own_resources()
    {
        var json = Encoding.UTF8.GetBytes(
            $$$"""
            [{{{{ZipkinSamples.Ids}}},"name":"1","localEndpoint":{"serviceName":"a"}},{{{{ZipkinSamples.Ids}}},"name":"2","localEndpoint":{"serviceName":"b"}},
            {{{{ZipkinSamples.Ids}}},"name":"3","localEndpoint":{"serviceName":"a"}},
            {{{{ZipkinSamples.Ids}}},"name":"4","localEndpoint":{"serviceName":"a"},"tags":{"host.name":"h"}}]
            """);

        var otlp = OtlpJson.Of(new ZipkinDecoder(false).V2Json(json));

        Assert.Equal(3, otlp.Split("\"resource\":").Length - 1);
        Assert.True(otlp.IndexOf("\"name\":\"3\"", StringComparison.Ordinal) < otlp.IndexOf("\"name\":\"2\"", StringComparison.Ordinal));
    }

    [Fact]
    public void V1_json_becomes_a_client_span()
    {
        var otlp = OtlpJson.Of(new ZipkinDecoder(false).V1Json(Encoding.UTF8.GetBytes(ZipkinSamples.V1Json)));

        Assert.Contains("{\"key\":\"service.name\",\"value\":{\"stringValue\":\"front\"}}", otlp, StringComparison.Ordinal);
        Assert.Contains("\"kind\":3,\"startTimeUnixNano\":\"1500000000000001000\",\"endTimeUnixNano\":\"1500000000000011000\"", otlp, StringComparison.Ordinal);
        Assert.Contains("{\"key\":\"peer.service\",\"value\":{\"stringValue\":\"back\"}}", otlp, StringComparison.Ordinal);
        Assert.Contains("{\"key\":\"http.path\",\"value\":{\"stringValue\":\"/a\"}}", otlp, StringComparison.Ordinal);
        Assert.Contains("\"events\":[{\"timeUnixNano\":\"1500000000000005000\",\"name\":\"flushed\"}]", otlp, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"annotations\":[{\"timestamp\":5,\"value\":\"ms\",\"endpoint\":{\"serviceName\":\"s\"}}]", "\"kind\":4")]
    [InlineData("\"annotations\":[{\"timestamp\":5,\"value\":\"mr\",\"endpoint\":{\"serviceName\":\"s\"}}]", "\"kind\":5")]
    [InlineData("\"binaryAnnotations\":[{\"key\":\"lc\",\"value\":\"job\"}]", "{\"key\":\"component\",\"value\":{\"stringValue\":\"job\"}}")]
    [InlineData("\"binaryAnnotations\":[{\"key\":\"lc\",\"value\":\"job\"}]", "{\"key\":\"service.name\",\"value\":{\"stringValue\":\"job\"}}")]
    [InlineData("\"name\":\"x\"", "{\"key\":\"service.name\",\"value\":{\"stringValue\":\"unknown-service\"}}")]
    [InlineData("\"binaryAnnotations\":[{\"key\":\"a\",\"value\":\"b\",\"endpoint\":{\"serviceName\":\"bin\"}}]", "\"stringValue\":\"bin\"")]
    [InlineData("\"timestamp\":1500000000000001", "\"startTimeUnixNano\":\"1500000000000001000\"")]
    public void V1_field_becomes_otlp(string fields, string expected)
    {
        var json = Encoding.UTF8.GetBytes($"[{{{ZipkinSamples.Ids},{fields}}}]");

        Assert.Contains(expected, OtlpJson.Of(new ZipkinDecoder(false).V1Json(json)), StringComparison.Ordinal);
    }

    [Fact]
    public void V1_span_of_a_client_and_a_server_becomes_two()
    {
        var json = Encoding.UTF8.GetBytes(
            $$$"""
            [{{{{ZipkinSamples.Ids}}},"timestamp":1,"duration":100,"annotations":[
            {"timestamp":1,"value":"cs","endpoint":{"serviceName":"front"}},{"timestamp":20,"value":"sr","endpoint":{"serviceName":"back"}},
            {"timestamp":80,"value":"ss","endpoint":{"serviceName":"back"}},{"timestamp":101,"value":"cr","endpoint":{"serviceName":"front"}}]}]
            """);

        var otlp = OtlpJson.Of(new ZipkinDecoder(false).V1Json(json));

        Assert.Contains("\"kind\":3,\"startTimeUnixNano\":\"1000\",\"endTimeUnixNano\":\"101000\"", otlp, StringComparison.Ordinal);
        Assert.Contains("\"kind\":2,\"startTimeUnixNano\":\"20000\",\"endTimeUnixNano\":\"80000\"", otlp, StringComparison.Ordinal);
        Assert.Contains("zipkin.shared", otlp, StringComparison.Ordinal);
    }

    [Fact]
    public void V1_thrift_becomes_a_server_span_with_typed_tags()
    {
        var otlp = OtlpJson.Of(new ZipkinDecoder(false).V1Thrift(ZipkinSamples.Thrift()));

        Assert.Contains("\"traceId\":\"0102030405060708463ac35c9f6413ad\",\"spanId\":\"0000000000000a2b\",\"parentSpanId\":\"0000000000000a2a\"", otlp, StringComparison.Ordinal);
        Assert.Contains("\"kind\":2,\"startTimeUnixNano\":\"1500000000000001000\",\"endTimeUnixNano\":\"1500000000000011000\"", otlp, StringComparison.Ordinal);
        Assert.Contains("{\"key\":\"net.host.ip\",\"value\":{\"stringValue\":\"10.0.0.1\"}},{\"key\":\"net.host.port\",\"value\":{\"intValue\":\"40000\"}}", otlp, StringComparison.Ordinal);
        Assert.Contains("{\"key\":\"retries\",\"value\":{\"intValue\":\"3\"}},{\"key\":\"ok\",\"value\":{\"boolValue\":true}}", otlp, StringComparison.Ordinal);
    }

    [Fact]
    public void V2_protobuf_becomes_a_server_span()
    {
        var otlp = OtlpJson.Of(new ZipkinDecoder(false).V2Proto(ZipkinSamples.Proto(), isDebug: true));

        Assert.Contains("\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"000000000000000a\",\"parentSpanId\":\"0000000000000009\"", otlp, StringComparison.Ordinal);
        Assert.Contains("\"kind\":2,\"startTimeUnixNano\":\"1500000000000001000\",\"endTimeUnixNano\":\"1500000000000011000\"", otlp, StringComparison.Ordinal);
        Assert.Contains("{\"key\":\"net.host.ip\",\"value\":{\"stringValue\":\"10.0.0.1\"}}", otlp, StringComparison.Ordinal);
        Assert.Contains("zipkin.debug", otlp, StringComparison.Ordinal);
        Assert.Contains("zipkin.shared", otlp, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", "b", "00000000000000000000000000000001", "000000000000000b")]
    [InlineData("463AC35C9F6413AD", "A2FB4A1D1A96D312", "0000000000000000463ac35c9f6413ad", "a2fb4a1d1a96d312")]
    [InlineData("7463ac35c9f6413ad", "a2fb4a1d1a96d312", "0000000000000007463ac35c9f6413ad", "a2fb4a1d1a96d312")]
    [InlineData("0000000000000000463ac35c9f6413ad", "2", "0000000000000000463ac35c9f6413ad", "0000000000000002")]
    public void V2_ids_of_any_length_are_filled_on_the_left_and_v1_ids_are_whole(string trace, string span, string wholeTrace, string wholeSpan)
    {
        var json = Encoding.UTF8.GetBytes($"[{{\"traceId\":\"{trace}\",\"id\":\"{span}\",\"parentId\":\"0\"}}]");
        var otlp = OtlpJson.Of(new ZipkinDecoder(false).V2Json(json));
        Assert.Contains($"\"traceId\":\"{wholeTrace}\",\"spanId\":\"{wholeSpan}\"", otlp, StringComparison.Ordinal);
        Assert.DoesNotContain("parentSpanId", otlp, StringComparison.Ordinal);
        Assert.Equal(trace.Length is 16 or 32 && span.Length == 16, new ZipkinDecoder(false).V1Json(json).Fault is null);
    }

    [Theory]
    [InlineData("{}", "list of spans")]
    [InlineData("[1]", "[0] is not a span")]
    [InlineData("[{\"traceId\":\"xyz\",\"id\":\"a2fb4a1d1a96d312\"}]", "[0].traceId: 'xyz'")]
    [InlineData("[{\"traceId\":\"0000000000000000\",\"id\":\"a2fb4a1d1a96d312\"}]", "[0].traceId")]
    [InlineData("[{\"traceId\":\"463ac35c9f6413ad\"}]", "[0].id: ''")]
    [InlineData("[{", "not valid JSON")]
    public void Bad_json_is_refused_in_words(string json, string words)
    {
        Assert.Contains(words, new ZipkinDecoder(false).V2Json(Encoding.UTF8.GetBytes(json)).Fault, StringComparison.Ordinal);
        Assert.Contains(words, new ZipkinDecoder(false).V1Json(Encoding.UTF8.GetBytes(json)).Fault, StringComparison.Ordinal);
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
        var decoder = new ZipkinDecoder(parseStringTags: true);
        var v2 = Encoding.UTF8.GetBytes($"[{{{ZipkinSamples.Ids},\"name\":\"\\ud83d\\ude00\",\"tags\":{{\"a\":\"b\",\"error\":\"x\"}},\"annotations\":[{{\"timestamp\":1,\"value\":\"a|{{}}|0\"}}]}}]");
        (byte[] Good, Func<ReadOnlyMemory<byte>, Translation.Decoded> Decode)[] encodings =
        [
            (v2, decoder.V2Json), (Encoding.UTF8.GetBytes(ZipkinSamples.V1Json), decoder.V1Json),
            (ZipkinSamples.Proto(), body => decoder.V2Proto(body, false)), (ZipkinSamples.Thrift(), decoder.V1Thrift),
        ];
        foreach (var (good, decode) in encodings)
        {
            for (var i = 0; i < 3000; i++)
            {
                var bytes = Mutations.Of(good, random);
                var decoded = decode(bytes);
                Assert.True((decoded.Fault is null) != (decoded.Batch is null));
                decoded.Batch?.Encode()?.Dispose();
            }
        }
    }

    private static string V2(string fields, bool parseStringTags = false)
    {
        var comma = fields.Length > 0 ? "," : "";
        return OtlpJson.Of(new ZipkinDecoder(parseStringTags).V2Json(Encoding.UTF8.GetBytes($"[{{{ZipkinSamples.Ids}{comma}{fields}}}]")));
    }
}
