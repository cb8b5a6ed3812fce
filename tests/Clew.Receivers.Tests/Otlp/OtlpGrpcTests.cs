using System.Text;
using Clew.Otlp.Wire;
using Clew.Pipeline.Components;
using Clew.Receivers.Otlp;
using Clew.Receivers.Tests.Support;
using Grpc.Core;

namespace Clew.Receivers.Tests.Otlp;

public sealed class OtlpGrpcTests
{
    [Fact]
    public async Task Spans_reach_the_consumer_as_the_bytes_that_were_sent()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var request = Requests.Spans(3);
        Assert.Empty(await fixture.Grpc.ExportAsync(request));
        var batch = fixture.Consumer.Single;
        Assert.Equal(3, batch.SpanCount);
        Assert.Equal(request, batch.Bytes);
        Assert.Equal(("127.0.0.1", "otlp", "single-tenant"), (batch.Context.Peer, batch.Context.Receiver, batch.Context.Tenant.Value));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("deflate")]
    [InlineData("snappy")]
    public async Task Compressed_messages_are_unpacked(string encoding)
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        await fixture.Grpc.ExportAsync(Requests.Spans(500), OtlpGrpcClient.Compressed(encoding));
        Assert.Equal(500, fixture.Consumer.Single.SpanCount);
    }

    [Fact]
    public async Task Empty_request_succeeds_without_touching_the_pipeline()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        Assert.Empty(await fixture.Grpc.ExportAsync([]));
        Assert.Empty(fixture.Consumer.Batches);
    }

    [Fact]
    public async Task Bad_spans_are_a_partial_success_and_the_good_ones_are_taken()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var (rejected, message) = PartialSuccess(await fixture.Grpc.ExportAsync(Requests.Spans(good: 2, bad: 1)));
        Assert.Equal(1, rejected);
        Assert.Equal("trace ids must be 128 bit and not all zero, received 56 bits", message);
        Assert.Equal(2, fixture.Consumer.Single.SpanCount);
        Assert.Equal((2, 1, message), (fixture.GrpcStatus.AcceptedSpans, fixture.GrpcStatus.RefusedSpans, fixture.GrpcStatus.LastRefusal));
    }

    [Fact]
    public async Task Spans_that_the_consumer_refuses_are_a_partial_success()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        fixture.Consumer.Answer = _ => new ConsumeResult(ConsumeStatus.Accepted, "too old", RejectedSpans: 2);
        var (rejected, message) = PartialSuccess(await fixture.Grpc.ExportAsync(Requests.Spans(good: 5, bad: 1)));
        Assert.Equal(3, rejected);
        Assert.StartsWith("3 spans were refused, the first because: trace ids", message, StringComparison.Ordinal);
        Assert.Equal((3, 3), (fixture.GrpcStatus.AcceptedSpans, fixture.GrpcStatus.RefusedSpans));
    }

    [Fact]
    public async Task Repaired_text_is_a_warning_without_rejected_spans()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var (rejected, message) = PartialSuccess(await fixture.Grpc.ExportAsync(Requests.Spans(invalidText: true)));
        Assert.Equal(0, rejected);
        Assert.Equal("1 strings held invalid UTF-8; their bad bytes were replaced by U+FFFD", message);
    }

    [Fact]
    public async Task Bytes_that_are_no_request_are_invalid_argument()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var failure = await fixture.Grpc.FailAsync([1, 2, 3]);
        Assert.Equal(StatusCode.InvalidArgument, failure.StatusCode);
        Assert.StartsWith("body is not a valid ExportTraceServiceRequest", failure.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(1, fixture.GrpcStatus.RefusedRequests);
    }

    [Theory]
    [InlineData(ConsumeStatus.Overloaded, StatusCode.ResourceExhausted, 2500, true)]
    [InlineData(ConsumeStatus.Unavailable, StatusCode.Unavailable, 1000, true)]
    [InlineData(ConsumeStatus.Unavailable, StatusCode.Unavailable, 0, true)]
    [InlineData(ConsumeStatus.Invalid, StatusCode.InvalidArgument, 0, false)]
    public async Task Refusals_have_their_code_and_retry_info(ConsumeStatus status, StatusCode expected, int retryAfterMs, bool retry)
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        fixture.Consumer.Answer = _ => new ConsumeResult(status, "because", RetryAfter: TimeSpan.FromMilliseconds(retryAfterMs));
        var failure = await fixture.Grpc.FailAsync(Requests.Spans());
        Assert.Equal((expected, "because"), (failure.StatusCode, failure.Status.Detail));
        var details = Encoding.UTF8.GetString(failure.Trailers.GetValueBytes("grpc-status-details-bin")!);
        Assert.Contains("because", details, StringComparison.Ordinal);
        Assert.Equal(retry, details.Contains("type.googleapis.com/google.rpc.RetryInfo", StringComparison.Ordinal));
        Assert.Equal((0, 1, 0), (fixture.GrpcStatus.AcceptedSpans, fixture.GrpcStatus.RefusedSpans, fixture.GrpcStatus.FailedSpans));
    }

    [Fact]
    public async Task Fault_of_the_pipeline_is_unavailable_and_counted_as_failed()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        fixture.Consumer.Answer = _ => throw new InvalidOperationException("bug");
        var failure = await fixture.Grpc.FailAsync(Requests.Spans());
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.DoesNotContain("bug", failure.Status.Detail, StringComparison.Ordinal);
        Assert.Equal((0, 1), (fixture.GrpcStatus.RefusedSpans, fixture.GrpcStatus.FailedSpans));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    [InlineData("zstd")]
    public async Task Message_over_the_limit_is_resource_exhausted_also_after_decompression(string? encoding)
    {
        await using var fixture = await ReceiverFixture.StartAsync(new OtlpReceiverOptions
        {
            Grpc = new OtlpGrpcOptions { Address = ReceiverFixture.AnyPort, MaxMessageBytes = 100_000 },
            Http = null,
        });
        var failure = await fixture.Grpc.FailAsync(Requests.Spans(nameBytes: 200_000), encoding is null ? null : OtlpGrpcClient.Compressed(encoding));
        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
        Assert.Empty(fixture.Consumer.Batches);
    }

    [Theory]
    [InlineData("opentelemetry.proto.collector.metrics.v1.MetricsService", "metrics")]
    [InlineData("opentelemetry.proto.collector.logs.v1.LogsService", "logs")]
    [InlineData("opentelemetry.proto.collector.profiles.v1development.ProfilesService", "profiles")]
    public async Task Other_signals_are_unimplemented_in_words_and_counted(string service, string signal)
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var failure = await fixture.Grpc.FailAsync([], service: service);
        Assert.Equal(StatusCode.Unimplemented, failure.StatusCode);
        Assert.Contains($"Clew takes traces only, and refuses {signal}", failure.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(1, fixture.GrpcStatus.UnsupportedRequests);
    }

    [Theory]
    [InlineData("opentelemetry.proto.collector.trace.v1.TraceService", "Import")]
    [InlineData("some.Other", "Call")]
    public async Task Unknown_method_is_unimplemented_and_names_the_right_one(string service, string method)
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var failure = await fixture.Grpc.FailAsync([], service: service, method: method);
        Assert.Equal(StatusCode.Unimplemented, failure.StatusCode);
        Assert.Contains("opentelemetry.proto.collector.trace.v1.TraceService/Export", failure.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, StatusCode.Unauthenticated, "no org id")]
    [InlineData("a|b", StatusCode.InvalidArgument, "tenant id 'a|b' has the unsupported character '|' at position 2")]
    public async Task With_tenants_on_the_tenant_must_be_named_and_valid(string? tenant, StatusCode status, string detail)
    {
        await using var fixture = await ReceiverFixture.StartAsync(WithTenants());
        var failure = await fixture.Grpc.FailAsync(Requests.Spans(), tenant is null ? null : new Metadata { { "x-scope-orgid", tenant } });
        Assert.Equal((status, detail), (failure.StatusCode, failure.Status.Detail));
        Assert.Empty(fixture.Consumer.Batches);
    }

    [Fact]
    public async Task Named_tenant_is_in_the_context()
    {
        await using var fixture = await ReceiverFixture.StartAsync(WithTenants());
        await fixture.Grpc.ExportAsync(Requests.Spans(), new Metadata { { "x-scope-orgid", "team-a" } });
        Assert.Equal("team-a", fixture.Consumer.Single.Context.Tenant.Value);
    }

    [Fact]
    public async Task Metadata_is_kept_only_when_asked_for()
    {
        await using var fixture = await ReceiverFixture.StartAsync(new OtlpReceiverOptions
        {
            Grpc = new OtlpGrpcOptions { Address = ReceiverFixture.AnyPort, IncludeMetadata = true },
            Http = new OtlpHttpOptions { Address = ReceiverFixture.AnyPort },
        });
        await fixture.Grpc.ExportAsync(Requests.Spans(), new Metadata { { "X-Team", "blue" } });
        Assert.Equal(["blue"], fixture.Consumer.Single.Context.Metadata["x-team"]);
    }

    [Fact]
    public async Task Grpc_is_served_on_the_http_port_too()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        using var channel = Grpc.Net.Client.GrpcChannel.ForAddress($"http://{fixture.Receiver.HttpEndPoints[0]}");
        await new OtlpGrpcClient(channel).ExportAsync(Requests.Spans());
        Assert.Equal(1, fixture.Consumer.Single.SpanCount);
    }

    [Fact]
    public async Task Grpc_call_to_a_receiver_without_grpc_is_told_where_http_is()
    {
        await using var fixture = await ReceiverFixture.StartAsync(new OtlpReceiverOptions { Grpc = null, Http = new OtlpHttpOptions { Address = ReceiverFixture.AnyPort } });
        var failure = await fixture.Grpc.FailAsync(Requests.Spans());
        Assert.Equal(StatusCode.Unimplemented, failure.StatusCode);
        Assert.Contains("over HTTP send POST /v1/traces", failure.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_over_the_memory_budget_are_unavailable_and_the_budget_is_given_back()
    {
        await using var fixture = await ReceiverFixture.StartAsync(new OtlpReceiverOptions
        {
            Grpc = new OtlpGrpcOptions { Address = ReceiverFixture.AnyPort }, Http = null, MaxInFlightBytes = 1000,
        });
        Assert.Equal(StatusCode.Unavailable, (await fixture.Grpc.FailAsync(Requests.Spans(nameBytes: 2000))).StatusCode);
        for (var i = 0; i < 5; i++)
        {
            await fixture.Grpc.ExportAsync(Requests.Spans(nameBytes: 500));
        }
    }

    [Fact]
    public async Task Consumer_can_be_exchanged_while_the_receiver_listens()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var next = new RecordingConsumer();
        await fixture.Grpc.ExportAsync(Requests.Spans());
        fixture.Receiver.Consumer = next;
        await fixture.Grpc.ExportAsync(Requests.Spans());
        Assert.Equal((1, 1), (fixture.Consumer.Batches.Count, next.Batches.Count));
    }

    [Fact]
    public async Task Nothing_is_logged_above_debug_for_good_and_refused_requests()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        fixture.Consumer.Answer = _ => ConsumeResult.Overloaded("full");
        await fixture.Grpc.FailAsync(Requests.Spans());
        Assert.Empty(fixture.Log.At(Microsoft.Extensions.Logging.LogLevel.Information));
        Assert.Empty(fixture.Log.At(Microsoft.Extensions.Logging.LogLevel.Warning));
        Assert.Empty(fixture.Log.At(Microsoft.Extensions.Logging.LogLevel.Error));
    }

    [Fact]
    public async Task Unknown_compression_is_unimplemented_and_names_the_known_ones()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        var failure = await fixture.Grpc.FailAsync(Requests.Spans(), OtlpGrpcClient.Compressed("lz4"));
        Assert.Equal(StatusCode.Unimplemented, failure.StatusCode);
        Assert.Contains("gzip, zstd", failure.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[0], "the request holds no message")]
    [InlineData(new byte[] { 0, 0, 0 }, "the request holds no message")]
    [InlineData(new byte[] { 0, 0, 0, 0, 2, 1 }, "the message ends after 1 of 2 bytes")]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, "the request holds more than one message")]
    [InlineData(new byte[] { 7, 0, 0, 0, 0 }, "the message begins with 7 where 0 (plain) or 1 (compressed) must stand")]
    [InlineData(new byte[] { 1, 0, 0, 0, 0 }, "the message is compressed, but grpc-encoding does not say how")]
    public async Task Broken_framing_is_invalid_argument(byte[] body, string reason)
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        using var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/grpc+proto");
        var response = await fixture.Http2.PostAsync("/opentelemetry.proto.collector.trace.v1.TraceService/Export", content);
        Assert.Equal((200, "3", reason), ((int)response.StatusCode, response.Headers.GetValues("grpc-status").Single(), response.Headers.GetValues("grpc-message").Single()));
    }

    [Fact]
    public async Task Grpc_over_http1_is_told_that_it_needs_http2()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        using var content = new ByteArrayContent([0, 0, 0, 0, 0]);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/grpc");
        var response = await fixture.Http.PostAsync("/opentelemetry.proto.collector.trace.v1.TraceService/Export", content);
        Assert.Equal(426, (int)response.StatusCode);
        Assert.Contains("gRPC needs HTTP/2", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Words_outside_ascii_arrive_as_they_are()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        fixture.Consumer.Answer = _ => ConsumeResult.Invalid("50% 가득 참");
        Assert.Equal("50% 가득 참", (await fixture.Grpc.FailAsync(Requests.Spans())).Status.Detail);
    }

    [Fact]
    public async Task Caller_that_gives_up_is_counted_and_not_logged()
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        using var giveUp = new CancellationTokenSource();
        var waiting = new WaitingConsumer();
        fixture.Receiver.Consumer = waiting;
        var call = fixture.Grpc.ExportAsync(Requests.Spans(), cancellationToken: giveUp.Token);
        await waiting.Entered.Task;
        await giveUp.CancelAsync();
        await Assert.ThrowsAsync<RpcException>(() => call);
        await fixture.Receiver.StopAsync(CancellationToken.None);
        Assert.Equal((1, "the sender gave up before the answer"), (fixture.GrpcStatus.FailedSpans, fixture.GrpcStatus.LastRefusal));
        Assert.Empty(fixture.Log.At(Microsoft.Extensions.Logging.LogLevel.Error));
    }

    private sealed class WaitingConsumer : ITraceConsumer
    {
        public TaskCompletionSource Entered { get; } = new();

        public async ValueTask<ConsumeResult> ConsumeAsync(Clew.Otlp.Batches.TraceBatch batch, CancellationToken cancellationToken)
        {
            Entered.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return ConsumeResult.Accepted;
        }
    }

    private static OtlpReceiverOptions WithTenants() => new()
    {
        Grpc = new OtlpGrpcOptions { Address = ReceiverFixture.AnyPort }, Http = new OtlpHttpOptions { Address = ReceiverFixture.AnyPort }, TenantsEnabled = true,
    };

    private static (long Rejected, string Message) PartialSuccess(byte[] response)
    {
        var outer = new ProtoReader(response);
        Assert.True(outer.Next());
        Assert.True(outer.TryBytes(out var partial));
        var inner = new ProtoReader(partial);
        long rejected = 0;
        var message = "";
        while (inner.Next())
        {
            if (inner.Field == 1)
            {
                inner.TryVarint(out var value);
                rejected = (long)value;
            }
            else
            {
                inner.TryBytes(out var text);
                message = Encoding.UTF8.GetString(text);
            }
        }

        return (rejected, message);
    }
}
