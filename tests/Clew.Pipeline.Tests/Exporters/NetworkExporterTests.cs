using System.Threading.Channels;
using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;
using Clew.Pipeline.Components;
using Clew.Pipeline.Exporters;
using Clew.Pipeline.Exporters.Sending;
using Clew.Pipeline.Tests.Support;
using Clew.Storage.Queues;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Pipeline.Tests.Exporters;

public sealed class NetworkExporterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("clew-queue-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Request_is_acknowledged_when_it_is_queued_and_sent_until_it_is_taken()
    {
        var hop = new NextHop { Answers = { new SendOutcome(SendStatus.Retry, "down"), new SendOutcome(SendStatus.Retry, "down") } };
        var exporter = await StartAsync(hop);
        Assert.True((await SendAsync(exporter, 1, 3)).IsAccepted);
        Assert.Equal(3, (await hop.Delivered.Reader.ReadAsync()).Count);
        Assert.Equal(3, hop.Attempts);
        await exporter.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Undelivered_requests_are_sent_after_a_restart()
    {
        var down = new NextHop { Default = new SendOutcome(SendStatus.Retry, "down") };
        var exporter = await StartAsync(down, drain: TimeSpan.Zero);
        Assert.True((await SendAsync(exporter, 1, 2)).IsAccepted);
        Assert.True((await SendAsync(exporter, 2, 5)).IsAccepted);
        await exporter.StopAsync(CancellationToken.None);

        var up = new NextHop();
        exporter = await StartAsync(up);
        var spans = (await up.Delivered.Reader.ReadAsync()).Count + (await up.Delivered.Reader.ReadAsync()).Count;
        Assert.Equal(7, spans);
        await exporter.StopAsync(CancellationToken.None);
        Assert.DoesNotContain(Directory.EnumerateFiles(_folder), file => file.EndsWith(".wal", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Full_queue_refuses_with_a_retryable_answer_that_names_the_limit()
    {
        var down = new NextHop { Default = new SendOutcome(SendStatus.Retry, "down") };
        var exporter = await StartAsync(down, capacity: 2, drain: TimeSpan.Zero);
        Assert.True((await SendAsync(exporter, 1, 1)).IsAccepted);
        Assert.True((await SendAsync(exporter, 2, 1)).IsAccepted);
        var refused = await SendAsync(exporter, 3, 1);
        Assert.Equal(ConsumeStatus.Overloaded, refused.Status);
        Assert.Contains("queue_size", refused.Reason, StringComparison.Ordinal);
        await exporter.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Batch_shape_groups_requests_by_size()
    {
        var hop = new NextHop();
        var exporter = await StartAsync(hop);
        var shape = new BatchShape { SendBatchSize = 10, Timeout = TimeSpan.FromHours(1) };
        for (var trace = 1; trace <= 5; trace++)
        {
            Assert.True((await SendAsync(exporter, trace, 2, shape)).IsAccepted);
        }

        Assert.Equal(10, (await hop.Delivered.Reader.ReadAsync()).Count);
        Assert.Equal(1, hop.Attempts);
        await exporter.StopAsync(CancellationToken.None);
    }

    /// <summary>Requests leave in parts: of memory, of the disk, and of both.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(250)]
    [InlineData(1 << 20)]
    public async Task Grouped_requests_are_whole_wherever_their_bytes_are(long heldBytes)
    {
        var hop = new NextHop { Answers = { new SendOutcome(SendStatus.Retry, "down") } };
        var exporter = await StartAsync(hop, change: options => options with { Queue = options.Queue! with { HeldBytes = heldBytes } });
        var shape = new BatchShape { SendBatchSize = 12, Timeout = TimeSpan.FromHours(1) };
        for (var trace = 1; trace <= 12; trace++)
        {
            Assert.True((await SendAsync(exporter, trace, 3, shape)).IsAccepted);
        }

        for (var request = 0; request < 3; request++)
        {
            Assert.Equal(12, (await hop.Delivered.Reader.ReadAsync()).Count);
        }

        await exporter.StopAsync(CancellationToken.None);
        Assert.DoesNotContain(Directory.EnumerateFiles(_folder), file => file.EndsWith(".wal", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sending_queue_groups_without_a_batch_processor_and_by_bytes()
    {
        var hop = new NextHop();
        var exporter = await StartAsync(hop, change: static options => options with { Batch = new BatchShape { SendBatchSize = 100, CountsBytes = true, Timeout = TimeSpan.FromHours(1) } });
        for (var trace = 1; trace <= 2; trace++)
        {
            // The processor's word does not count.
            Assert.True((await SendAsync(exporter, trace, 2, new BatchShape { SendBatchSize = 1 })).IsAccepted);
        }

        Assert.Equal(4, (await hop.Delivered.Reader.ReadAsync()).Count);
        Assert.Equal(1, hop.Attempts);
        await exporter.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Blocking_queue_takes_everything_once_the_next_hop_is_there()
    {
        var hop = new NextHop { Default = new SendOutcome(SendStatus.Retry, "down") };
        var exporter = await StartAsync(hop, capacity: 2, change: static options => options with { BlockOnOverflow = true });
        Assert.True((await SendAsync(exporter, 1, 1)).IsAccepted);
        Assert.True((await SendAsync(exporter, 2, 1)).IsAccepted);
        var waiting = Enumerable.Range(3, 8).Select(trace => SendAsync(exporter, trace, 1)).ToList();
        Assert.DoesNotContain(waiting, static send => send.IsCompleted);
        hop.Default = SendOutcome.Delivered;
        Assert.All(await Task.WhenAll(waiting), static result => Assert.True(result.IsAccepted));
        for (var request = 0; request < 10; request++)
        {
            Assert.Single(await hop.Delivered.Reader.ReadAsync());
        }

        await exporter.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Spans_that_came_with_different_headers_leave_apart_when_the_headers_are_sent_on()
    {
        var hop = new NextHop();
        var exporter = await StartAsync(hop, change: static options => options with { ContextKeys = ["X-Tenant"] });
        var shape = new BatchShape { SendBatchSize = 4, Timeout = TimeSpan.FromHours(1) };
        foreach (var (trace, tenant) in ((int, string)[])[(1, "blue"), (2, "green"), (3, "blue"), (4, "green")])
        {
            await SendAsync(exporter, trace, 2, shape, tenant);
        }

        var contexts = new List<string>();
        for (var request = 0; request < 2; request++)
        {
            Assert.Equal(4, (await hop.Delivered.Reader.ReadAsync()).Count);
            contexts.Add((await hop.Contexts.Reader.ReadAsync())!.Metadata["x-tenant"][0]);
        }

        Assert.Equal(["blue", "green"], contexts.Order());
        await exporter.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Stop_sends_what_a_group_still_waits_with()
    {
        var hop = new NextHop();
        var exporter = await StartAsync(hop);
        await SendAsync(exporter, 1, 3, new BatchShape { SendBatchSize = 1000, Timeout = TimeSpan.FromHours(1) });
        await exporter.StopAsync(CancellationToken.None);
        Assert.Equal(3, (await hop.Delivered.Reader.ReadAsync()).Count);
    }

    [Fact]
    public async Task Batch_larger_than_the_maximum_is_split_and_loses_nothing()
    {
        var hop = new NextHop();
        var exporter = await StartAsync(hop);
        await SendAsync(exporter, 1, 25, new BatchShape { SendBatchSize = 10, SendBatchMaxSize = 10, Timeout = TimeSpan.Zero });
        var sizes = new List<int>();
        for (var i = 0; i < 3; i++)
        {
            sizes.Add((await hop.Delivered.Reader.ReadAsync()).Count);
        }

        Assert.Equal([5, 10, 10], sizes.Order());
        await exporter.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Request_that_the_next_hop_will_never_take_is_given_up()
    {
        var hop = new NextHop { Answers = { new SendOutcome(SendStatus.Refused, "bad") } };
        var exporter = await StartAsync(hop);
        await SendAsync(exporter, 1, 1);
        await SendAsync(exporter, 2, 4);
        Assert.Equal(4, (await hop.Delivered.Reader.ReadAsync()).Count);
        await exporter.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Without_a_queue_the_sender_hears_what_the_next_hop_says()
    {
        var hop = new NextHop { Answers = { new SendOutcome(SendStatus.Retry, "busy", TimeSpan.FromSeconds(9)) } };
        var exporter = new NetworkExporter(
            new ComponentId("otlp"), new NetworkExporterOptions(), hop, Meters.Components(), TimeProvider.System, NullLogger.Instance);
        var refused = await SendAsync(exporter, 1, 1);
        Assert.Equal(ConsumeStatus.Unavailable, refused.Status);
        Assert.Equal(TimeSpan.FromSeconds(9), refused.RetryAfter);
        Assert.True((await SendAsync(exporter, 1, 1)).IsAccepted);
    }

    [Fact]
    public void Retry_delay_grows_to_its_maximum_and_honours_the_next_hop()
    {
        var policy = new RetryPolicy { RandomizationFactor = 0 };
        Assert.Equal(TimeSpan.FromSeconds(5), policy.Delay(1, 0.5, null));
        Assert.Equal(TimeSpan.FromSeconds(7.5), policy.Delay(2, 0.5, null));
        Assert.Equal(TimeSpan.FromSeconds(30), policy.Delay(50, 0.5, null));
        Assert.Equal(TimeSpan.FromSeconds(60), policy.Delay(1, 0.5, TimeSpan.FromSeconds(60)));
    }

    private async Task<NetworkExporter> StartAsync(NextHop hop, long capacity = 1000, TimeSpan? drain = null, Func<NetworkExporterOptions, NetworkExporterOptions>? change = null)
    {
        var options = new NetworkExporterOptions
        {
            Queue = new DiskQueueOptions { Folder = _folder, Name = "exporter otlp", Capacity = capacity },
            Consumers = 2,
            Retry = new RetryPolicy { InitialInterval = TimeSpan.FromMilliseconds(1), MaxInterval = TimeSpan.FromMilliseconds(2) },
            DrainTime = drain ?? TimeSpan.FromSeconds(30),
        };
        var exporter = new NetworkExporter(new ComponentId("otlp"), change?.Invoke(options) ?? options, hop, Meters.Components(), TimeProvider.System, NullLogger.Instance);
        await exporter.StartAsync(CancellationToken.None);
        return exporter;
    }

    private static async Task<ConsumeResult> SendAsync(NetworkExporter exporter, int trace, int spans, BatchShape? shape = null, string? tenant = null)
    {
        using var batch = Spans.Batch(Enumerable.Range(1, spans).Select(id => new TestSpan(new TraceId(9, (ulong)trace), id)));
        return await exporter.ConsumeAsync(batch.WithContext(batch.Context with
        {
            Shape = shape, Metadata = tenant is null ? batch.Context.Metadata : new Dictionary<string, string[]> { ["x-tenant"] = [tenant] },
        }), CancellationToken.None);
    }

    /// <summary>A next hop in memory: answers as told, then by default; what it takes can be read.</summary>
    private sealed class NextHop : ITraceSender
    {
        private int _attempts;

        public List<SendOutcome> Answers { get; } = [];

        public SendOutcome Default { get; set; } = SendOutcome.Delivered;

        public Channel<BatchContext?> Contexts { get; } = Channel.CreateUnbounded<BatchContext?>();

        public Channel<List<SpanId>> Delivered { get; } = Channel.CreateUnbounded<List<SpanId>>();

        public int Attempts => Volatile.Read(ref _attempts);

        public string Target => "test";

        public Task<SendOutcome> SendAsync(ReadOnlyMemory<byte> request, BatchContext? context, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var attempt = Interlocked.Increment(ref _attempts);
            var outcome = attempt <= Answers.Count ? Answers[attempt - 1] : Default;
            if (outcome.Status == SendStatus.Delivered)
            {
                var buffer = new PooledBuffer();
                buffer.Write(request.Span);
                using var batch = OtlpScanner.Scan(buffer, new BatchContext(TenantId.Single, 0)).Batch!;
                var ids = new List<SpanId>();
                foreach (ref readonly var span in batch.Spans)
                {
                    ids.Add(span.SpanId);
                }

                Contexts.Writer.TryWrite(context);
                Delivered.Writer.TryWrite(ids);
            }

            return Task.FromResult(outcome);
        }

        public ValueTask DisposeAsync() => default;
    }
}
