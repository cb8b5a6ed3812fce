using Clew.EndToEnd.Tests.Harness;
using Clew.EndToEnd.Tests.Otlp;
using Grpc.Core;

namespace Clew.EndToEnd.Tests;

/// <summary>What OTLP/gRPC answers to requests good and bad.</summary>
public sealed class OtlpGrpcTests(RunningClew clew) : IClassFixture<RunningClew>
{
    private const int MaxRequestBytes = 64 << 20;

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    public async Task Acknowledged_span_is_found_at_once(string? compression)
    {
        var maker = new SpanMaker(seed: 100 + (compression?.Length ?? 0), $"grpc {compression}");
        var span = maker.Span();

        var answer = await clew.Sender.SendGrpcAsync(maker.Request(span), compression);

        Assert.Equal(new ExportAnswer(0, ""), answer);
        Assert.Equal(span.SpanHex, Assert.Single(await clew.Api.TraceAsync(span.TraceHex)).SpanId);
        Assert.Equal(span.TraceHex, Assert.Single(await clew.Api.SearchAsync($"{{ resource.service.name = \"{maker.Service}\" }}")).TraceId);
    }

    [Fact]
    public async Task Each_kind_of_bad_span_is_refused_alone()
    {
        foreach (var ((what, bad), i) in BadSpans.All(new SpanMaker(seed: 110, "")).Select(static (it, i) => (it, i)))
        {
            var maker = new SpanMaker(seed: 111 + i, $"grpc partial {i}");
            var good = maker.Trace(2);

            var answer = await clew.Sender.SendGrpcAsync(ExportRequest.Of(maker.Service, [good[0].Encode(), bad, good[1].Encode()]));

            Assert.True(answer.RejectedSpans == 1, $"{what}: {answer.RejectedSpans} refused");
            Assert.NotEqual("", answer.Message);
            Assert.Equal(2, (await clew.Api.TraceAsync(good[0].TraceHex)).Count);
        }
    }

    [Fact]
    public async Task Spans_sent_twice_are_visible_once()
    {
        var maker = new SpanMaker(seed: 130, "grpc twice");
        var trace = maker.Trace(5);
        await clew.Sender.SendGrpcAsync(maker.Request(trace));
        await clew.Sender.SendGrpcAsync(maker.Request(trace));

        Assert.Equal(5, (await clew.Api.TraceAsync(trace[0].TraceHex)).Count);
        Assert.Equal(5, Assert.Single(await clew.Api.SearchAsync($"{{ resource.service.name = \"{maker.Service}\" }}")).Matched);
    }

    [Fact]
    public async Task Empty_request_is_accepted() => Assert.Equal(new ExportAnswer(0, ""), await clew.Sender.SendGrpcAsync([]));

    [Fact]
    public async Task Malformed_request_is_an_invalid_argument()
    {
        var maker = new SpanMaker(seed: 140, "grpc malformed");
        var trace = maker.Trace(3);

        var refused = await Assert.ThrowsAsync<RpcException>(() => clew.Sender.SendGrpcAsync(maker.Request(trace)[..^7]));

        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Empty(await clew.Api.TraceAsync(trace[0].TraceHex));
    }

    [Fact]
    public async Task Request_over_the_limit_is_resource_exhausted_for_good()
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => clew.Sender.SendGrpcAsync(new byte[MaxRequestBytes + 1]));

        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        // With RetryInfo a client would send the same bytes again and again.
        var details = refused.Trailers.GetValueBytes("grpc-status-details-bin") ?? [];
        Assert.DoesNotContain("google.rpc.RetryInfo", System.Text.Encoding.UTF8.GetString(details), StringComparison.Ordinal);
    }
}
