using System.Diagnostics.Metrics;
using System.Globalization;
using Clew.Otlp.Batches;
using Clew.Pipeline.Components;
using Clew.Receivers;
using Clew.Receivers.Listeners;
using Clew.Receivers.Otlp;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Bench.Passthrough;

/// <summary>
/// A next hop that counts: after each request it writes a line with the number of spans and of different marked requests so far. It may
/// answer slowly, and does what the lines of its input say: <c>away</c> closes its port, <c>hang</c> takes requests and never answers,
/// <c>back</c> ends either.
/// </summary>
internal static class GrpcSink
{
    public static async Task RunAsync(int port, int delayMs)
    {
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var counting = new Counting(delayMs);
        OtlpReceiver? receiver = await ListenAsync(port, counting, services);
        while (await Console.In.ReadLineAsync() is { } order)
        {
            switch (order)
            {
                case "away" when receiver is not null:
                    using (var atOnce = new CancellationTokenSource(TimeSpan.Zero))
                    {
                        await receiver.StopAsync(atOnce.Token);
                    }

                    receiver = null;

                    break;
                case "hang":
                    counting.Hang();
                    break;
                case "back":
                    counting.GoOn();
                    receiver ??= await ListenAsync(port, counting, services);
                    break;
            }
        }
    }

    private static async Task<OtlpReceiver> ListenAsync(int port, Counting counting, IServiceProvider services)
    {
        var receiver = new OtlpReceiver(
            new ComponentId("otlp"), new OtlpReceiverOptions { Grpc = new OtlpGrpcOptions { Address = new ListenAddress("127.0.0.1", port) } }, counting,
            new ReceiverServices(NullLoggerFactory.Instance, services.GetRequiredService<IMeterFactory>(), TimeProvider.System));
        await receiver.StartAsync(CancellationToken.None);
        return receiver;
    }

    private sealed class Counting(int delayMs) : ITraceConsumer
    {
        private readonly Lock _gate = new();
        private readonly HashSet<ulong> _marks = [];
        private long _spans;
        private TaskCompletionSource? _hanging;

        public void Hang() => Volatile.Write(ref _hanging, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

        public void GoOn() => Interlocked.Exchange(ref _hanging, null)?.SetResult();

        public async ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
        {
            if (Volatile.Read(ref _hanging) is { } hanging)
            {
                await hanging.Task.WaitAsync(cancellationToken);
            }

            if (delayMs > 0)
            {
                await Task.Delay(delayMs, cancellationToken);
            }

            lock (_gate)
            {
                foreach (ref readonly var span in batch.Spans)
                {
                    if (RequestMark.TryRead(span.TraceId, out var mark))
                    {
                        _marks.Add(mark);
                    }
                }

                _spans += batch.SpanCount;
                Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_spans} {_marks.Count}"));
            }

            return ConsumeResult.Accepted;
        }
    }
}
