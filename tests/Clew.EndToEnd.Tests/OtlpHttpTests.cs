using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Clew.EndToEnd.Tests.Harness;
using Clew.EndToEnd.Tests.Otlp;

namespace Clew.EndToEnd.Tests;

/// <summary>What OTLP/HTTP answers to requests good and bad, as the OTLP specification has it.</summary>
public sealed class OtlpHttpTests(RunningClew clew) : IClassFixture<RunningClew>
{
    private const int InvalidArgument = 3;
    private const int MaxRequestBytes = 64 << 20;

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Acknowledged_span_is_found_at_once(string? encoding)
    {
        var maker = new SpanMaker(seed: 1 + (encoding?.Length ?? 0), $"http {encoding}");
        var span = maker.Span();

        var answer = await clew.Sender.SendHttpAsync(Encoded(maker.Request(span), encoding), encoding: encoding);

        Assert.Equal(new ExportAnswer(0, ""), answer);
        Assert.Equal(span.SpanHex, Assert.Single(await clew.Api.TraceAsync(span.TraceHex)).SpanId);
        Assert.Equal(span.TraceHex, Assert.Single(await clew.Api.SearchAsync($"{{ resource.service.name = \"{maker.Service}\" }}")).TraceId);
    }

    [Fact]
    public async Task Answer_has_the_content_type_of_the_request()
    {
        using var protobuf = await clew.Sender.PostAsync([], OtlpSender.Protobuf);
        Assert.Equal(HttpStatusCode.OK, protobuf.StatusCode);
        Assert.Equal(OtlpSender.Protobuf, protobuf.Content.Headers.ContentType?.MediaType);
        Assert.Empty(await protobuf.Content.ReadAsByteArrayAsync());

        using var json = await clew.Sender.PostAsync("{}"u8.ToArray(), "application/json");
        Assert.Equal(HttpStatusCode.OK, json.StatusCode);
        Assert.Equal("application/json", json.Content.Headers.ContentType?.MediaType);
        Assert.Equal("{}", (await json.Content.ReadAsStringAsync()).Replace(" ", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bad_spans_are_refused_alone_and_counted()
    {
        var maker = new SpanMaker(seed: 10, "http partial");
        var (first, second) = (maker.Span(), maker.Span());

        var answer = await clew.Sender.SendHttpAsync(
            ExportRequest.Of(maker.Service, [first.Encode(), .. BadSpans.All(maker).Select(static it => it.Span), second.Encode()]));

        Assert.Equal(BadSpans.All(maker).Count(), answer.RejectedSpans);
        Assert.NotEqual("", answer.Message);
        Assert.Single(await clew.Api.TraceAsync(first.TraceHex));
        Assert.Single(await clew.Api.TraceAsync(second.TraceHex));
        Assert.Equal(2, (await clew.Api.SearchAsync($"{{ resource.service.name = \"{maker.Service}\" }}")).Count);
    }

    [Fact]
    public async Task Bad_span_in_json_is_refused_alone_and_counted()
    {
        const string Body = """
            {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"json partial"}}]},"scopeSpans":[{"spans":[
              {"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174","name":"good","kind":2,
               "startTimeUnixNano":"1544712660000000000","endTimeUnixNano":1544712661000000000},
              {"traceId":"5B8EFFF798038103D269B633813FC6","spanId":"EEE19B7EC3C1B175","name":"short trace id","kind":2,
               "startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000000"}]}]}]}
            """;

        using var answer = await clew.Sender.PostAsync(Encoding.UTF8.GetBytes(Body), "application/json");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        var partial = json.RootElement.GetProperty("partialSuccess");
        Assert.Equal("1", partial.GetProperty("rejectedSpans").ToString());
        Assert.NotEqual("", partial.GetProperty("errorMessage").GetString());
        Assert.Equal("good", Assert.Single(await clew.Api.TraceAsync("5b8efff798038103d269b633813fc60c")).Name);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/grpc-web")]
    [InlineData(null)]
    public async Task Other_content_type_is_415(string? contentType)
    {
        using var answer = await clew.Sender.PostAsync([1], contentType);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Contains("application/x-protobuf", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Other_method_is_405_and_names_post(string method)
    {
        using var answer = await clew.Sender.RequestAsync(new HttpMethod(method), "/v1/traces");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Contains("POST", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [MemberData(nameof(MalformedBodies))]
    public async Task Malformed_body_is_400_with_a_status(string what, byte[] body, string contentType, string? encoding)
    {
        using var answer = await clew.Sender.PostAsync(body, contentType, encoding);

        Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{what}: {answer.StatusCode}");
        Assert.Equal(contentType, answer.Content.Headers.ContentType?.MediaType);
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        if (contentType == OtlpSender.Protobuf)
        {
            var status = RpcStatus.Parse(bytes);
            Assert.Equal(InvalidArgument, status.Code);
            Assert.NotEqual("", status.Message);
        }
        else
        {
            using var json = JsonDocument.Parse(bytes);
            Assert.Equal(InvalidArgument, json.RootElement.GetProperty("code").GetInt32());
            Assert.NotEqual("", json.RootElement.GetProperty("message").GetString());
        }
    }

    public static IEnumerable<TheoryDataRow<string, byte[], string, string?>> MalformedBodies()
    {
        var good = new SpanMaker(seed: 20, "malformed");
        var request = good.Request(good.Trace(3));
        yield return new("cut off", request[..^7], OtlpSender.Protobuf, null);
        yield return new("not protobuf", "hello, world"u8.ToArray(), OtlpSender.Protobuf, null);
        yield return new("not JSON", "{\"resourceSpans\":[{"u8.ToArray(), "application/json", null);
        yield return new("JSON of another shape", "[1, 2]"u8.ToArray(), "application/json", null);
        yield return new("not gzip", request, OtlpSender.Protobuf, "gzip");
        yield return new("cut-off gzip", Encoded(request, "gzip")[..^12], OtlpSender.Protobuf, "gzip");
        yield return new("unknown encoding", request, OtlpSender.Protobuf, "br");
    }

    [Fact]
    public async Task Body_over_the_limit_is_413()
    {
        using var answer = await clew.Sender.PostExpectingAsync(new byte[MaxRequestBytes + 1]);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task Body_over_the_limit_once_decompressed_is_413()
    {
        using var answer = await clew.Sender.PostAsync(Encoded(new byte[MaxRequestBytes + 1], "gzip"), OtlpSender.Protobuf, "gzip");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task Refused_requests_leave_the_server_ready()
    {
        using var refused = await clew.Sender.PostAsync([0xff], OtlpSender.Protobuf);
        using var ready = await clew.Api.GetAsync("/ready");
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    private static byte[] Encoded(byte[] body, string? encoding)
    {
        using var encoded = new MemoryStream();
        using (Stream? encoder = encoding switch
        {
            null => null,
            "gzip" => new GZipStream(encoded, CompressionLevel.Fastest),
            "deflate" => new ZLibStream(encoded, CompressionLevel.Fastest),
            _ => throw new NotSupportedException(encoding),
        })
        {
            encoder?.Write(body);
        }

        return encoding is null ? body : encoded.ToArray();
    }
}
