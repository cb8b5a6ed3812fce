using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Clew.Pipeline.Components;
using Clew.Receivers.Otlp;
using Clew.Receivers.Tests.Support;

namespace Clew.Receivers.Tests.Otlp;

public sealed class OtlpHttpTests
{
    private const string Protobuf = "application/x-protobuf";
    private const string Json = "application/json";

    [Fact]
    public async Task Protobuf_spans_reach_the_consumer_and_the_answer_is_empty_protobuf()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var request = Requests.Spans(3);
        var response = await PostAsync(fixture.Http, request);
        Assert.Equal((HttpStatusCode.OK, Protobuf, 0), (response.StatusCode, response.Content.Headers.ContentType!.MediaType, (await response.Content.ReadAsByteArrayAsync()).Length));
        Assert.Equal(request, fixture.Consumer.Single.Bytes);
    }

    [Fact]
    public async Task Json_spans_reach_the_consumer_and_the_answer_is_json()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var response = await PostAsync(fixture.Http, Encoding.UTF8.GetBytes(Requests.Json), "application/json; charset=utf-8");
        Assert.Equal((HttpStatusCode.OK, Json, "{}"), (response.StatusCode, response.Content.Headers.ContentType!.MediaType, await response.Content.ReadAsStringAsync()));
        Assert.Equal(1, fixture.Consumer.Single.SpanCount);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("deflate")]
    [InlineData("deflate (raw)")]
    [InlineData("zlib")]
    [InlineData("snappy")]
    [InlineData("snappy (block)")]
    [InlineData("x-snappy-framed")]
    [InlineData("identity")]
    public async Task Encodings_are_unpacked(string encoding)
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var request = Requests.Spans(2000);
        var response = await PostAsync(fixture.Http, Pack(request, encoding), encoding: encoding.Split(' ')[0]);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(request, fixture.Consumer.Single.Bytes);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("deflate")]
    [InlineData("snappy")]
    [InlineData("snappy (block)")]
    public async Task Damaged_compression_is_a_bad_request(string encoding)
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var packed = Pack(Requests.Spans(200, nameBytes: 50), encoding);
        foreach (var broken in new[] { packed[..(packed.Length / 2)], [1, 2, 3], [.. packed[..8], .. packed[16..]] })
        {
            var response = await PostAsync(fixture.Http, broken, Json, encoding.Split(' ')[0]);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Equal(3, (int)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["code"]!);
        }
    }

    [Fact]
    public async Task Unknown_encoding_is_a_bad_request_that_names_the_known_ones()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var response = await PostAsync(fixture.Http, Requests.Spans(), Json, "br");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("gzip, zstd", (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Encodings_that_are_switched_off_are_a_bad_request()
    {
        await using var fixture = await ReceiverFixture.StartAsync(new OtlpReceiverOptions
        {
            Grpc = null, Http = new OtlpHttpOptions { Address = ReceiverFixture.AnyPort, CompressionAlgorithms = ["", "gzip"] },
        });
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(fixture.Http, Requests.Spans(), encoding: "identity")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(fixture.Http, Pack(Requests.Spans(), "gzip"), encoding: "gzip")).StatusCode);
        var response = await PostAsync(fixture.Http, Pack(Requests.Spans(), "zstd"), Json, "zstd");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("switched off here; allowed are: none, gzip", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Protobuf, null)]
    [InlineData(Protobuf, "gzip")]
    [InlineData(Json, null)]
    [InlineData(Json, "zstd")]
    public async Task Empty_request_succeeds(string type, string? encoding)
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var body = type == Json ? "{}"u8.ToArray() : [];
        var response = await PostAsync(fixture.Http, encoding is null ? body : Pack(body, encoding), type, encoding);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(fixture.Consumer.Batches);
    }

    [Fact]
    public async Task Body_of_exactly_the_limit_is_taken_and_one_byte_more_is_413()
    {
        var request = Requests.Spans(nameBytes: 5000);
        await using var fixture = await ReceiverFixture.StartAsync(Limited(request.Length));
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(fixture.Http, request)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(fixture.Http, Pack(request, "gzip"), encoding: "gzip")).StatusCode);
        await using var smaller = await ReceiverFixture.StartAsync(Limited(request.Length - 1));
        foreach (var (body, encoding) in new[] { (request, (string?)null), (Pack(request, "gzip"), "gzip"), (Pack(request, "zstd"), "zstd"), (Pack(request, "deflate"), "deflate"), (Pack(request, "snappy (block)"), "snappy") })
        {
            var response = await PostAsync(smaller.Http, body, Json, encoding);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
            Assert.Equal(8, (int)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["code"]!);
            Assert.Null(response.Headers.RetryAfter);
        }

        Assert.Equal(5, smaller.HttpStatus.RefusedRequests);
    }

    [Fact]
    public async Task Chunked_body_over_the_limit_is_413()
    {
        await using var fixture = await ReceiverFixture.StartAsync(Limited(1000));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/traces") { Content = new ByteArrayContent(Requests.Spans(nameBytes: 5000)) };
        request.Headers.TransferEncodingChunked = true;
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(Protobuf);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await fixture.Http.SendAsync(request)).StatusCode);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Other_methods_are_405_and_name_post(string method)
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var response = await fixture.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/v1/traces"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["POST"], response.Content.Headers.Allow);
        Assert.Contains("POST /v1/traces", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-thrift")]
    [InlineData("nonsense;;")]
    [InlineData(null)]
    public async Task Other_content_types_are_415_and_name_the_right_ones(string? type)
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var response = await PostAsync(fixture.Http, Requests.Spans(), type);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Contains("application/x-protobuf or application/json", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Malformed_protobuf_is_400_with_a_status_in_protobuf()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var response = await PostAsync(fixture.Http, [1, 2, 3]);
        Assert.Equal((HttpStatusCode.BadRequest, Protobuf), (response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        var status = await response.Content.ReadAsByteArrayAsync();
        // {1 code: INVALID_ARGUMENT, 2 message}
        Assert.Equal([8, 3, 18], status[..3]);
        Assert.Contains("ExportTraceServiceRequest", Encoding.UTF8.GetString(status), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Malformed_json_is_400_with_a_status_in_json_that_names_the_path()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var response = await PostAsync(fixture.Http, """{"resourceSpans":[{"scopeSpans":7}]}"""u8.ToArray(), Json);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("resourceSpans[0].scopeSpans: expected an array, found the number 7", (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["message"]);
    }

    [Fact]
    public async Task Bad_spans_in_json_and_on_the_wire_are_counted_together_in_the_partial_success()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        const string json =
            """{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"zz"},{"traceId":"0102","spanId":"0102030405060708"},{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708"}]}]}]}""";
        var response = await PostAsync(fixture.Http, Encoding.UTF8.GetBytes(json), Json);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var partial = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["partialSuccess"]!;
        Assert.Equal("2", (string?)partial["rejectedSpans"]);
        Assert.StartsWith("2 spans were refused, the first because: resourceSpans[0].scopeSpans[0].spans[0].traceId", (string?)partial["errorMessage"], StringComparison.Ordinal);
        Assert.Equal((1, 2), (fixture.HttpStatus.AcceptedSpans, fixture.HttpStatus.RefusedSpans));
    }

    [Fact]
    public async Task Repaired_text_is_a_warning()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var response = await PostAsync(fixture.Http, Requests.Spans(invalidText: true));
        Assert.Contains("invalid UTF-8", Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync()), StringComparison.Ordinal);
        Assert.Equal(0, fixture.HttpStatus.RefusedSpans);
    }

    [Theory]
    [InlineData(ConsumeStatus.Overloaded, 429, 8, 2500, "3")]
    [InlineData(ConsumeStatus.Unavailable, 503, 14, 200, "1")]
    [InlineData(ConsumeStatus.Invalid, 400, 3, 0, null)]
    public async Task Refusals_have_their_code_and_retry_after(ConsumeStatus status, int http, int code, int retryAfterMs, string? retryAfter)
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        fixture.Consumer.Answer = _ => new ConsumeResult(status, "because", RetryAfter: TimeSpan.FromMilliseconds(retryAfterMs));
        var response = await PostAsync(fixture.Http, Encoding.UTF8.GetBytes(Requests.Json), Json);
        Assert.Equal((http, retryAfter), ((int)response.StatusCode, response.Headers.RetryAfter?.ToString()));
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal((code, "because"), ((int)body["code"]!, (string?)body["message"]));
        Assert.Equal(retryAfter is null, body["details"] is null);
    }

    [Theory]
    [InlineData("/v1/metrics", "metrics")]
    [InlineData("/v1/logs", "logs")]
    public async Task Other_signals_are_404_in_words_and_counted(string path, string signal)
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var response = await PostAsync(fixture.Http, "{}"u8.ToArray(), Json, path: path);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains($"Clew takes traces only, and refuses {signal}", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal((1, 0), (fixture.HttpStatus.UnsupportedRequests, fixture.HttpStatus.RefusedRequests));
    }

    [Theory]
    [InlineData("/v1/traces/v1/traces", "the path is doubled")]
    [InlineData("/otlp/v1/traces", "without '/otlp' in front")]
    [InlineData("/", "must end in /v1/traces")]
    [InlineData("/api/traces", "Jaeger")]
    [InlineData("/api/v2/spans", "Zipkin")]
    [InlineData("/nothing", "over HTTP send POST /v1/traces")]
    public async Task Unknown_paths_are_404_with_a_hint(string path, string hint)
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var response = await PostAsync(fixture.Http, Requests.Spans(), path: path);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains(hint, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_of_the_root_tells_what_the_port_is()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var text = await fixture.Http.GetStringAsync("/");
        Assert.StartsWith($"Clew takes OTLP traces on port {fixture.Receiver.HttpEndPoints[0].Port}: over HTTP send POST /v1/traces", text, StringComparison.Ordinal);
        Assert.Single(text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Configured_paths_are_used_and_a_trailing_slash_makes_no_difference()
    {
        await using var fixture = await ReceiverFixture.StartAsync(new OtlpReceiverOptions
        {
            Grpc = null,
            Http = new OtlpHttpOptions { Address = ReceiverFixture.AnyPort, TracesPath = "/in/{x}/spans", ResponseHeaders = new Dictionary<string, string> { ["X-From"] = "clew" } },
        });
        var response = await PostAsync(fixture.Http, Requests.Spans(), path: "/in/%7Bx%7D/spans/");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["clew"], response.Headers.GetValues("X-From"));
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(fixture.Http, Requests.Spans())).StatusCode);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized, "no org id")]
    [InlineData("..", HttpStatusCode.BadRequest, "tenant id '..' is not allowed; '.' and '..' are folder names")]
    public async Task With_tenants_on_the_tenant_must_be_named_and_valid(string? tenant, HttpStatusCode status, string message)
    {
        await using var fixture = await ReceiverFixture.StartAsync(new OtlpReceiverOptions { Grpc = null, Http = new OtlpHttpOptions { Address = ReceiverFixture.AnyPort }, TenantsEnabled = true });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/traces") { Content = new StringContent(Requests.Json, new MediaTypeHeaderValue(Json)) };
        if (tenant is not null)
        {
            request.Headers.Add("X-Scope-OrgID", tenant);
        }

        var response = await fixture.Http.SendAsync(request);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal(message, (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["message"]);
    }

    [Fact]
    public async Task Tenant_header_is_ignored_when_tenants_are_off()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/traces") { Content = new StringContent(Requests.Json, new MediaTypeHeaderValue(Json)) };
        request.Headers.Add("X-Scope-OrgID", "a|b");
        Assert.Equal(HttpStatusCode.OK, (await fixture.Http.SendAsync(request)).StatusCode);
        Assert.Equal("single-tenant", fixture.Consumer.Single.Context.Tenant.Value);
    }

    [Fact]
    public async Task Http_is_served_on_the_grpc_port_and_over_http2_too()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri($"http://{fixture.Receiver.GrpcEndPoints[0]}") };
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(client, Requests.Spans())).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(fixture.Http2, Requests.Spans())).StatusCode);
        Assert.Equal(2, fixture.Consumer.Batches.Count);
    }

    [Fact]
    public async Task Http_request_to_a_receiver_without_http_is_told_where_grpc_is()
    {
        await using var fixture = await ReceiverFixture.StartAsync(new OtlpReceiverOptions { Grpc = new OtlpGrpcOptions { Address = ReceiverFixture.AnyPort }, Http = null });
        var response = await PostAsync(fixture.Http, Requests.Spans());
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Contains("OTLP over HTTP is off", text, StringComparison.Ordinal);
        Assert.Contains("TraceService/Export", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_address_for_both_protocols_is_one_listener()
    {
        var port = FreePort.Next();
        var address = new Receivers.Listeners.ListenAddress("127.0.0.1", port);
        await using var fixture = await ReceiverFixture.StartAsync(new OtlpReceiverOptions { Grpc = new OtlpGrpcOptions { Address = address }, Http = new OtlpHttpOptions { Address = address } });
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(fixture.Http, Requests.Spans())).StatusCode);
        await fixture.Grpc.ExportAsync(Requests.Spans());
        Assert.Equal(fixture.Receiver.GrpcEndPoints, fixture.Receiver.HttpEndPoints);
        Assert.Equal(2, fixture.Consumer.Batches.Count);
    }

    [Theory]
    [InlineData("https://shop.example", true)]
    [InlineData("https://a.b.example.org", true)]
    [InlineData("https://example.org", false)]
    [InlineData("https://evil.example", false)]
    public async Task Pages_of_allowed_origins_may_send(string origin, bool allowed)
    {
        await using var fixture = await ReceiverFixture.StartAsync(new OtlpReceiverOptions
        {
            Grpc = null,
            Http = new OtlpHttpOptions
            {
                Address = ReceiverFixture.AnyPort,
                Cors = new OtlpCorsOptions { AllowedOrigins = ["https://shop.example", "https://*.example.org"], AllowedHeaders = ["X-Team"], MaxAge = TimeSpan.FromSeconds(600) },
            },
        });
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/v1/traces");
        preflight.Headers.Add("Origin", origin);
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "content-type,x-team");
        var response = await fixture.Http.SendAsync(preflight);
        Assert.Equal(allowed ? [origin] : null, response.Headers.TryGetValues("Access-Control-Allow-Origin", out var origins) ? origins : null);
        if (allowed)
        {
            Assert.Equal("600", response.Headers.GetValues("Access-Control-Max-Age").Single());
            Assert.Contains("X-Team", response.Headers.GetValues("Access-Control-Allow-Headers").Single(), StringComparison.OrdinalIgnoreCase);
        }

        using var post = new HttpRequestMessage(HttpMethod.Post, "/v1/traces") { Content = new StringContent(Requests.Json, new MediaTypeHeaderValue(Json)) };
        post.Headers.Add("Origin", origin);
        Assert.Equal(allowed, (await fixture.Http.SendAsync(post)).Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Status_tells_who_sent_what_and_when()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        Assert.Null(fixture.HttpStatus.FirstReceived);
        fixture.Http.DefaultRequestHeaders.UserAgent.ParseAdd("OTel-OTLP-Exporter-Python/1.30");
        await PostAsync(fixture.Http, Requests.Spans(good: 2, bad: 1));
        var status = fixture.HttpStatus;
        Assert.Equal(("127.0.0.1", 1L, 2L, 1L), (status.LastPeer, status.Requests, status.AcceptedSpans, status.RefusedSpans));
        Assert.NotNull(status.FirstReceived);
        Assert.Equal([fixture.Receiver.HttpEndPoints[0].ToString()], status.EndPoints);
        var sender = Assert.Single(status.Senders);
        Assert.Equal(("127.0.0.1", "OTel-OTLP-Exporter-Python/1.30", 1L, 2L, 1L), (sender.Peer, sender.UserAgent, sender.Requests, sender.AcceptedSpans, sender.RefusedSpans));
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient client, byte[] body, string? type = Protobuf, string? encoding = null, string path = "/v1/traces")
    {
        using var content = new ByteArrayContent(body);
        if (type is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }

        return await client.PostAsync(path, content);
    }

    private static OtlpReceiverOptions Limited(int maxBodyBytes) =>
        new() { Grpc = null, Http = new OtlpHttpOptions { Address = ReceiverFixture.AnyPort, MaxBodyBytes = maxBodyBytes } };

    private static byte[] Pack(byte[] body, string encoding)
    {
        if (encoding is "identity" or "snappy (block)")
        {
            return encoding == "identity" ? body : Snappier.Snappy.CompressToArray(body);
        }

        using var memory = new MemoryStream();
        using (Stream stream = encoding switch
        {
            "gzip" => new GZipStream(memory, CompressionLevel.Fastest, leaveOpen: true),
            "zstd" => new ZstdSharp.CompressionStream(memory, leaveOpen: true),
            "deflate" or "zlib" => new ZLibStream(memory, CompressionLevel.Fastest, leaveOpen: true),
            "deflate (raw)" => new DeflateStream(memory, CompressionLevel.Fastest, leaveOpen: true),
            "snappy" or "x-snappy-framed" => new Snappier.SnappyStream(memory, CompressionMode.Compress, leaveOpen: true),
            _ => throw new ArgumentException($"no encoding '{encoding}'"),
        })
        {
            stream.Write(body);
        }

        return memory.ToArray();
    }
}
