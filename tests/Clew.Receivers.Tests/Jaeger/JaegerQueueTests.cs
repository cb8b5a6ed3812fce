using System.Diagnostics.Metrics;
using System.Net.Sockets;
using Clew.Otlp.Batches;
using Clew.Pipeline.Components;
using Clew.Receivers.Jaeger;
using Clew.Receivers.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clew.Receivers.Tests.Jaeger;

public sealed class JaegerQueueTests
{
    [Fact]
    public async Task Datagram_that_finds_the_queue_full_is_dropped_and_counted()
    {
        await using var provider = ReceiverFixture.Services(new CapturedLog());
        var meters = provider.GetRequiredService<IMeterFactory>();
        var dropped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "clew_receiver_refused_requests" && ReferenceEquals(instrument.Meter.Scope, meters))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            foreach (var tag in tags)
            {
                if (tag is { Key: "reason", Value: "queue_full" })
                {
                    dropped.TrySetResult();
                }
            }
        });
        listener.Start();
        var consumer = new HeldConsumer();
        var receiver = new JaegerReceiver(
            new ComponentId("jaeger"),
            new JaegerReceiverOptions { ThriftBinary = new JaegerUdpOptions { Address = ReceiverFixture.AnyPort, QueueSize = 1, Workers = 1 } },
            consumer,
            new ReceiverServices(provider.GetRequiredService<ILoggerFactory>(), meters, TimeProvider.System));
        await receiver.StartAsync(CancellationToken.None);
        using var client = new UdpClient(AddressFamily.InterNetwork);

        // The first is with the only worker, the second waits, the third has no room.
        await client.SendAsync(JaegerSamples.EmitBatch(), receiver.BinaryEndPoints[0], TestContext.Current.CancellationToken);
        await consumer.Arrived.Task.WaitAsync(TestContext.Current.CancellationToken);
        await client.SendAsync(JaegerSamples.EmitBatch(), receiver.BinaryEndPoints[0], TestContext.Current.CancellationToken);
        await client.SendAsync(JaegerSamples.EmitBatch(), receiver.BinaryEndPoints[0], TestContext.Current.CancellationToken);
        await dropped.Task.WaitAsync(TestContext.Current.CancellationToken);
        consumer.Release.SetResult();
        await receiver.StopAsync(CancellationToken.None);

        var status = Assert.Single(receiver.Status);
        Assert.Equal(2, status.AcceptedSpans);
        Assert.Equal(1, status.RefusedRequests);
        Assert.Contains("queue_size", status.LastRefusal, StringComparison.Ordinal);
    }

    private sealed class HeldConsumer : ITraceConsumer
    {
        public TaskCompletionSource Arrived { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
        {
            Arrived.TrySetResult();
            await Release.Task.WaitAsync(cancellationToken);
            return ConsumeResult.Accepted;
        }
    }
}
