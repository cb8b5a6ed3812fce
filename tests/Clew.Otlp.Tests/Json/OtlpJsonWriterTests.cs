using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Clew.Otlp.Json;
using Clew.Otlp.Tests.Support;
using CsCheck;

namespace Clew.Otlp.Tests.Json;

public sealed class OtlpJsonWriterTests
{
    [Fact]
    public void Span_in_the_hex_dialect_has_hex_ids_and_enum_numbers()
    {
        var span = new ModelSpan { Name = "결제 <ok>", Status = new ModelStatus("", 2), Attributes = [new ModelAttribute("n", 7L)] };
        Assert.Equal(
            """
            {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"scope":{"name":"lib","version":"1.0"},"spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"결제 <ok>","kind":2,"startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000000010000000","attributes":[{"key":"n","value":{"intValue":"7"}}],"status":{"code":2}}]}]}]}
            """.Trim(),
            Write(OracleEncoder.Encode(ModelResourceSpans.Of(span)), OtlpJsonDialect.OtlpHex));
    }

    [Fact]
    public void Span_in_the_tempo_dialect_has_base64_ids_and_enum_names_under_the_key_that_the_caller_names()
    {
        var span = new ModelSpan { Status = new ModelStatus("", 2) };
        Assert.Equal(
            """
            {"batches":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"scope":{"name":"lib","version":"1.0"},"spans":[{"traceId":"AQIDBAUGBwgJCgsMDQ4PEA==","spanId":"AQIDBAUGBwg=","name":"GET /","kind":"SPAN_KIND_SERVER","startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000000010000000","status":{"code":"STATUS_CODE_ERROR"}}]}]}]}
            """.Trim(),
            Write(OracleEncoder.Encode(ModelResourceSpans.Of(span)), OtlpJsonDialect.Tempo, "batches"));
    }

    [Theory]
    [InlineData("", """{"stringValue":""}""")]
    [InlineData(false, """{"boolValue":false}""")]
    [InlineData(0L, """{"intValue":"0"}""")]
    [InlineData(0.0, """{"doubleValue":0}""")]
    [InlineData(double.NaN, """{"doubleValue":"NaN"}""")]
    [InlineData(double.NegativeInfinity, """{"doubleValue":"-Infinity"}""")]
    [InlineData(null, "{}")]
    public void Values_are_written_even_when_zero(object? value, string expected)
    {
        var bytes = new OracleEncoder().AnyValue(value);
        Assert.Equal(expected, Write(json => OtlpJsonWriter.WriteAnyValue(json, bytes, OtlpJsonDialect.Tempo)));
    }

    [Fact]
    public void Empty_request_is_an_empty_object() => Assert.Equal("{}", Write([], OtlpJsonDialect.OtlpHex));

    [Fact]
    public void Field_that_stands_twice_is_written_once_with_its_last_value()
    {
        byte[] span = [.. new OracleEncoder().Span(new ModelSpan { Name = "first" }), .. new OracleEncoder().Span(new ModelSpan { Name = "last" })];
        var json = Write(writer => OtlpJsonWriter.WriteSpan(writer, span, OtlpJsonDialect.OtlpHex));
        Assert.Equal("last", (string?)JsonNode.Parse(json)!["name"]);
        Assert.Single(json.Split("\"name\"").Skip(1));
    }

    [Fact]
    public void Any_request_becomes_the_json_of_the_oracle_in_both_dialects() => Gen.Select(ModelGen.Request, Gen.Int).Sample((request, seed) =>
    {
        var bytes = new OracleEncoder(new Random(seed)).Request(request);
        Assert.True(JsonNode.DeepEquals(new OracleJson(tempo: false).Request(request), JsonNode.Parse(Write(bytes, OtlpJsonDialect.OtlpHex))));
        Assert.True(JsonNode.DeepEquals(new OracleJson(tempo: true).Request(request, "batches"), JsonNode.Parse(Write(bytes, OtlpJsonDialect.Tempo, "batches"))));
    });

    [Fact]
    public void Bytes_cut_or_changed_anywhere_still_make_json() => Gen.Select(ModelGen.Request, Gen.Int).Sample((request, seed) =>
    {
        var random = new Random(seed);
        var bytes = Mutations.Of(OracleEncoder.Encode(request), random);
        foreach (var dialect in Enum.GetValues<OtlpJsonDialect>())
        {
            Assert.NotNull(JsonNode.Parse(Write(bytes, dialect)));
        }
    });

    [Fact]
    public void Values_nested_too_deeply_are_cut_and_do_not_overflow()
    {
        object? value = "deep";
        for (var i = 0; i < 2000; i++)
        {
            value = new[] { value };
        }

        var bytes = new OracleEncoder().AnyValue(value);
        var json = Write(writer => OtlpJsonWriter.WriteAnyValue(writer, bytes, OtlpJsonDialect.OtlpHex));
        Assert.DoesNotContain("deep", json, StringComparison.Ordinal);
    }

    private static string Write(byte[] request, OtlpJsonDialect dialect, string topKey = "resourceSpans") =>
        Write(json => OtlpJsonWriter.WriteTraces(json, request, dialect, topKey));

    private static string Write(Action<Utf8JsonWriter> write)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, OtlpJsonWriter.Options))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(memory.ToArray());
    }
}
