using Clew.Otlp.Batches;
using Clew.Model;
using Clew.Pipeline.Components;
using Clew.Pipeline.Exporters.Sending;
using Clew.Receivers.Auth;
using Clew.Receivers.Otlp;
using Clew.Receivers.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Clew.Receivers.Tests.Otlp;

/// <summary>The two OTLP senders of the pipeline against the receiver: what one process sends another takes.</summary>
public sealed class OtlpSenderTests
{
    [Theory]
    [InlineData(true, SendCompression.None)]
    [InlineData(true, SendCompression.Gzip)]
    [InlineData(true, SendCompression.Zstd)]
    [InlineData(true, SendCompression.Deflate)]
    [InlineData(false, SendCompression.None)]
    [InlineData(false, SendCompression.Gzip)]
    [InlineData(false, SendCompression.Zstd)]
    [InlineData(false, SendCompression.Deflate)]
    public async Task Request_arrives_byte_for_byte(bool grpc, SendCompression compression)
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        await using var sender = Sender(fixture, grpc, options => options with { Compression = compression });

        // Larger than the windows of a stream, so that the receiver must read while it is sent.
        var request = Requests.Spans(good: 3000, nameBytes: 500);
        Assert.Equal(SendOutcome.Delivered, await sender.SendAsync(request, null, CancellationToken.None));
        Assert.Equal(request, fixture.Consumer.Single.Bytes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Partial_success_tells_how_many_and_why(bool grpc)
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        await using var sender = Sender(fixture, grpc);
        var outcome = await sender.SendAsync(Requests.Spans(good: 2, bad: 3), null, CancellationToken.None);
        Assert.Equal((SendStatus.Delivered, 3), (outcome.Status, outcome.RejectedSpans));
        Assert.Contains("trace ids must be 128 bit", outcome.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Push_back_is_retried_when_the_next_hop_says_and_a_bad_request_never(bool grpc)
    {
        await using var fixture = await ReceiverFixture.StartAsync();
        await using var sender = Sender(fixture, grpc);
        fixture.Consumer.Answer = _ => ConsumeResult.Overloaded("the disk is full: 100 %", TimeSpan.FromSeconds(7));
        var busy = await sender.SendAsync(Requests.Spans(), null, CancellationToken.None);
        Assert.Equal((SendStatus.Retry, TimeSpan.FromSeconds(7)), (busy.Status, busy.RetryAfter));
        Assert.Contains("the disk is full: 100 %", busy.Reason, StringComparison.Ordinal);

        var bad = await sender.SendAsync(new byte[] { 0x0A, 0xFF }, null, CancellationToken.None);
        Assert.Equal(SendStatus.Refused, bad.Status);
    }

    [Fact]
    public async Task Nobody_there_is_retried_and_the_wrong_port_is_named()
    {
        await using var closed = Sender(new Uri($"http://127.0.0.1:{FreePort.Next()}"), grpc: true);
        var nobody = await closed.SendAsync(Requests.Spans(), null, CancellationToken.None);
        Assert.Equal(SendStatus.Retry, nobody.Status);
        Assert.Contains("refused", nobody.Reason, StringComparison.Ordinal);

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static server => server.Listen(System.Net.IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2));
        await using var other = builder.Build();
        other.Run(static http =>
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return http.Response.WriteAsync("no such page");
        });
        await other.StartAsync(TestContext.Current.CancellationToken);
        await using var sender = Sender(new Uri(other.Urls.First()), grpc: true);
        var wrong = await sender.SendAsync(Requests.Spans(), null, CancellationToken.None);
        Assert.Equal(SendStatus.Refused, wrong.Status);
        Assert.Contains("is this the port of OTLP/gRPC?", wrong.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_and_what_the_sender_of_the_spans_gave_go_with_the_request()
    {
        await using var fixture = await ReceiverFixture.StartAsync(new OtlpReceiverOptions
        {
            Grpc = new OtlpGrpcOptions { Address = ReceiverFixture.AnyPort, IncludeMetadata = true, Authenticator = new BearerAuthenticator("Authorization", "Bearer", ["open"], "") },
        });
        var setting = new HeaderSettingAuth([
            new HeaderSetting("upsert", "X-Tenant", "", FromContext: "X-Scope-OrgID", DefaultValue: "nobody"), new HeaderSetting("insert", "x-user", "", FromAttribute: "subject"),
            new HeaderSetting("upsert", "x-fixed", "1"), new HeaderSetting("delete", "x-gone", "")]);
        await using var sender = Sender(fixture, true, options => options with
        {
            Headers = new Dictionary<string, string> { ["Authorization"] = "Bearer open", ["X-Gone"] = "here" }, Authenticator = setting,
        });
        var context = new BatchContext(TenantId.Single, 0)
        {
            Metadata = new Dictionary<string, string[]> { ["x-scope-orgid"] = ["blue"] }, Auth = new Dictionary<string, string[]> { ["subject"] = ["ann"] },
        };
        Assert.Equal(SendOutcome.Delivered, await sender.SendAsync(Requests.Spans(), context, CancellationToken.None));
        Assert.Equal(SendOutcome.Delivered, await sender.SendAsync(Requests.Spans(), null, CancellationToken.None));
        var (known, unknown) = (fixture.Consumer.Batches[0].Context.Metadata, fixture.Consumer.Batches[1].Context.Metadata);
        Assert.Equal(("blue", "ann", "1"), (known["x-tenant"][0], known["x-user"][0], known["x-fixed"][0]));
        Assert.Equal("nobody", unknown["x-tenant"][0]);
        Assert.DoesNotContain("x-user", unknown.Keys);
        Assert.DoesNotContain("x-gone", known.Keys);
    }

    private static ITraceSender Sender(ReceiverFixture fixture, bool grpc, Func<SenderOptions, SenderOptions>? change = null) =>
        Sender(new Uri(grpc ? $"http://{fixture.Receiver.GrpcEndPoints[0]}" : $"http://{fixture.Receiver.HttpEndPoints[0]}/v1/traces"), grpc, change);

    private static ITraceSender Sender(Uri address, bool grpc, Func<SenderOptions, SenderOptions>? change = null)
    {
        var options = new SenderOptions { Address = address, Compression = SendCompression.None, Timeout = TimeSpan.FromSeconds(30) };
        options = change?.Invoke(options) ?? options;
        return grpc ? new OtlpGrpcSender(options) : new OtlpHttpSender(options);
    }
}
