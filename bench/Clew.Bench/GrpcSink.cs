using System.Diagnostics.Metrics;
using System.Globalization;
using Clew.Otlp.Batches;
using Clew.Pipeline.Components;
using Clew.Receivers;
using Clew.Receivers.Listeners;
using Clew.Receivers.Otlp;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Bench;

/// <summary>A next hop that counts: it writes the number of spans so far after each request, and may answer slowly.</summary>
internal static class GrpcSink
{
    public static async Task RunAsync(int port, int delayMs)
    {
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var receiver = new OtlpReceiver(
            new ComponentId("otlp"), new OtlpReceiverOptions { Grpc = new OtlpGrpcOptions { Address = new ListenAddress("127.0.0.1", port) } }, new Counting(delayMs),
            new ReceiverServices(NullLoggerFactory.Instance, services.GetRequiredService<IMeterFactory>(), TimeProvider.System));
        await receiver.StartAsync(CancellationToken.None);
        await Task.Delay(Timeout.Infinite);
    }

    private sealed class Counting(int delayMs) : ITraceConsumer
    {
        private readonly Lock _gate = new();
        private long _spans;

        public async ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
        {
            if (delayMs > 0)
            {
                await Task.Delay(delayMs, cancellationToken);
            }

            lock (_gate)
            {
                _spans += batch.SpanCount;
                Console.Out.WriteLine(_spans.ToString(CultureInfo.InvariantCulture));
            }

            return ConsumeResult.Accepted;
        }
    }
}
