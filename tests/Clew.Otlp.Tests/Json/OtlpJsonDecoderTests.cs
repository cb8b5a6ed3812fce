using System.Text;
using System.Text.Json;
using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Otlp.Json;
using Clew.Otlp.Tests.Support;
using CsCheck;

namespace Clew.Otlp.Tests.Json;

public sealed class OtlpJsonDecoderTests
{
    private static readonly ModelSpan Full = new()
    {
        ParentSpanId = [8, 7, 6, 5, 4, 3, 2, 1],
        TraceState = "a=b",
        Flags = 0x101,
        DroppedAttributes = 1,
        Attributes =
        [
            new("s", "v"), new("b", true), new("i", -5L), new("d", 1.5), new("a", new object?[] { "x", null }),
            new("m", new ModelAttribute[] { new("k", 1L) }), new("y", new byte[] { 1, 2, 3 }),
        ],
        Events = [new ModelEvent(5, "e", [new("k", "v")])],
        Links = [new ModelLink([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], [2, 2, 2, 2, 2, 2, 2, 2], "", [], 0, 1)],
        Status = new ModelStatus("bad", 2),
    };

    [Fact]
    public void Json_of_any_request_decodes_to_the_bytes_that_protobuf_writes() => ModelGen.Request.Sample(request =>
    {
        var json = new OracleJson(tempo: false).Request(request).ToJsonString();
        AssertDecodes(request, json);
    });

    [Theory]
    [InlineData("otlp-camel-case.json")]
    [InlineData("otlp-snake-case.json")]
    [InlineData("otlp-strings-and-names.json")]
    [InlineData("otlp-unknown-fields-and-nulls.json")]
    public void Lenient_forms_decode_to_the_same_span(string file) => AssertDecodes(
        [new ModelResourceSpans(new ModelResource([new("service.name", "shop")], 2), [new ModelScopeSpans(new ModelScope("lib", "1", []), [Full], "u2")], "u1")],
        Corpus.Text("otlp", file));

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("{")]
    [InlineData("""{"resourceSpans":[{]}""")]
    [InlineData("""{"resourceSpans":[]} {}""")]
    [InlineData("[]")]
    [InlineData("""{"resourceSpans":{}}""")]
    [InlineData("""{"resourceSpans":[null]}""")]
    [InlineData("""{"resourceSpans":[{"resource":{"attributes":[{"key":7}]}}]}""")]
    [InlineData("""{"resourceSpans":[{"scopeSpans":[{"spans":"none"}]}]}""")]
    public void Broken_json_and_faults_above_spans_refuse_the_request(string json)
    {
        var result = OtlpJsonDecoder.Decode(Encoding.UTF8.GetBytes(json));
        Assert.NotNull(result.Fault);
        Assert.Null(result.Bytes);
    }

    [Fact]
    public void Fault_names_the_path_and_what_stands_there()
    {
        var result = OtlpJsonDecoder.Decode("""{"resourceSpans":[{"scopeSpans":[{},{"scope":{"version":[1]}}]}]}"""u8);
        Assert.Equal("resourceSpans[0].scopeSpans[1].scope.version: expected a string, found an array", result.Fault);
    }

    [Fact]
    public void Broken_json_names_the_place()
    {
        var result = OtlpJsonDecoder.Decode("""{"resourceSpans":[{"scopeSpans":[nul]}]}"""u8);
        Assert.StartsWith("body is not valid JSON at resourceSpans[0].scopeSpans", result.Fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"traceId":"AQIDBAUGBwgJCgsMDQ4PEA==","spanId":"0102030405060708"}""", "traceId: expected an id in hex digits (base64 is not OTLP/JSON), found the string 'AQIDBAUGBwgJCgsMDQ4PEA=='")]
    [InlineData("""{"spanId":12}""", "spanId: expected an id in hex digits (base64 is not OTLP/JSON), found the number 12")]
    [InlineData("""{"startTimeUnixNano":-1}""", "startTimeUnixNano: expected nanoseconds as a 64-bit integer without sign, found the number -1")]
    [InlineData("""{"kind":"SERVER"}""", "kind: expected an integer or a name such as SPAN_KIND_SERVER, found the string 'SERVER'")]
    [InlineData("""{"attributes":[{"key":"a","value":{"intValue":"1.5"}}]}""", "attributes[0].value.intValue: expected a 64-bit integer, found the string '1.5'")]
    [InlineData("""{"attributes":[{"key":"a","value":{"bytesValue":"***"}}]}""", "attributes[0].value.bytesValue: expected bytes in base64, found the string '***'")]
    [InlineData("""{"attributes":[{"key":"a","value":"b"}]}""", "attributes[0].value: expected an object, found the string 'b'")]
    [InlineData("""{"attributes":{}}""", "attributes: expected an array, found an object")]
    [InlineData("""{"flags":4294967296}""", "flags: expected a 32-bit integer without sign, found the number 4294967296")]
    public void Value_that_cannot_be_read_refuses_its_span_alone(string bad, string reason)
    {
        const string good = """{"traceId":"0102030405060708090A0B0C0D0E0F10","spanId":"0102030405060708"}""";
        var json = $$"""{"resourceSpans":[{"scopeSpans":[{"spans":[{{good}},{{bad}},{{good}}]}]}]}""";
        var result = OtlpJsonDecoder.Decode(Encoding.UTF8.GetBytes(json));
        Assert.Null(result.Fault);
        Assert.Equal(1, result.RejectedSpans);
        Assert.Equal("resourceSpans[0].scopeSpans[0].spans[1]." + reason, result.RejectReason);
        using var batch = OtlpScanner.Scan(result.Bytes!, new BatchContext(TenantId.Single, 0)).Batch!;
        Assert.Equal(2, batch.SpanCount);
    }

    [Fact]
    public void Id_of_wrong_length_is_left_to_the_scan_which_refuses_the_span()
    {
        var result = OtlpJsonDecoder.Decode("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"abcd","spanId":"0102030405060708"}]}]}]}"""u8);
        var scan = OtlpScanner.Scan(result.Bytes!, new BatchContext(TenantId.Single, 0));
        Assert.Equal("trace ids must be 128 bit and not all zero, received 16 bits", scan.RejectReason);
        scan.Batch!.Dispose();
    }

    [Fact]
    public void Half_a_surrogate_pair_is_repaired_by_the_scan_and_counted()
    {
        var result = OtlpJsonDecoder.Decode(
            """{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"a\ud83db\u00e9\ud83d\ude00"}]}]}]}"""u8);
        var scan = OtlpScanner.Scan(result.Bytes!, new BatchContext(TenantId.Single, 0));
        Assert.Equal(1, scan.RepairedStrings);
        using var batch = scan.Batch!;
        var expected = new OracleEncoder().Span(new ModelSpan { Name = "a\uFFFDbé😀", Kind = 0, Start = 0, End = 0 });
        Assert.Equal(ProtoText.Of(expected, "Span"), ProtoText.Of(batch.SpanBytes(batch.Spans[0]), "Span"));
    }

    [Fact]
    public void Body_over_the_limit_is_refused_with_both_numbers()
    {
        var result = OtlpJsonDecoder.Decode("{       }"u8, new OtlpLimits { MaxRequestBytes = 8 });
        Assert.Equal("body of 9 bytes is larger than the limit of 8 bytes", result.Fault);
    }

    [Fact]
    public void Nesting_without_end_is_refused()
    {
        var json = "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"value\":" + string.Concat(Enumerable.Repeat("{\"arrayValue\":{\"values\":[", 5000));
        Assert.NotNull(OtlpJsonDecoder.Decode(Encoding.UTF8.GetBytes(json)).Fault);
    }

    [Fact]
    public void Damaged_json_never_throws() => Gen.Select(ModelGen.Request, Gen.Int).Sample((request, seed) =>
    {
        var json = Mutations.Of(Encoding.UTF8.GetBytes(new OracleJson(tempo: false).Request(request).ToJsonString()), new Random(seed));
        var result = OtlpJsonDecoder.Decode(json);
        Assert.True(result.Fault is null != result.Bytes is null);
        if (result.Bytes is not null)
        {
            Assert.True(result.Bytes.Length <= json.Length);
            var scan = OtlpScanner.Scan(result.Bytes, new BatchContext(TenantId.Single, 0));
            Assert.Null(scan.Fault);
            scan.Batch!.Dispose();
        }
    });

    [Fact]
    public void Writer_and_decoder_are_inverse() => ModelGen.Request.Sample(request =>
    {
        var bytes = OracleEncoder.Encode(request);
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, OtlpJsonWriter.Options))
        {
            OtlpJsonWriter.WriteTraces(json, bytes, OtlpJsonDialect.OtlpHex);
        }

        using var decoded = OtlpJsonDecoder.Decode(memory.ToArray()).Bytes!;
        Assert.Equal(ProtoText.Of(bytes), ProtoText.Of(decoded.Written));
    });

    private static void AssertDecodes(ModelResourceSpans[] expected, string json)
    {
        var result = OtlpJsonDecoder.Decode(Encoding.UTF8.GetBytes(json));
        Assert.Null(result.Fault);
        Assert.Null(result.RejectReason);
        using var bytes = result.Bytes!;
        Assert.Equal(ProtoText.Of(OracleEncoder.Encode(expected)), ProtoText.Of(bytes.Written));
    }
}
