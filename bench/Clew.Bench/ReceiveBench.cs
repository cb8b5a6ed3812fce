using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Clew.Bench.DataSet;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;
using Clew.Pipeline.Components;
using Clew.Receivers;
using Clew.Receivers.Listeners;
using Clew.Receivers.Otlp;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Bench;

/// <summary>
/// What it costs to receive OTLP: processor seconds of the receiving process alone, into a consumer that takes everything at once. The
/// sender is a second process, which repeats one request of the data set, packed once.
/// </summary>
internal static class ReceiveBench
{
    private const int SpansPerRequest = 512;
    private const int Connections = 4;

    private static readonly string[] Forms = ["grpc", "grpc-gzip", "grpc-zstd", "http", "http-gzip", "http-json"];

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is ["send", var address, var form, var requests])
        {
            await SendAsync(new Uri(address), form, int.Parse(requests, CultureInfo.InvariantCulture));
            return 0;
        }

        var millions = args is [var text] ? double.Parse(text, CultureInfo.InvariantCulture) : 1;
        var count = (int)(millions * 1_000_000 / SpansPerRequest);
        Console.WriteLine($"{SpansPerRequest} spans a request, {Request().Length / SpansPerRequest} bytes a span, {Connections} connections");
        Console.WriteLine("form         CPU-s per million   wall-s per million   B allocated/span   collections 0/1/2");
        foreach (var each in Forms)
        {
            await ReceiveAsync(each, count);
        }

        return 0;
    }

    private static async Task ReceiveAsync(string form, int count)
    {
        var any = new ListenAddress("127.0.0.1", 0);
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var receiver = new OtlpReceiver(
            new ComponentId("otlp"),
            new OtlpReceiverOptions { Grpc = new OtlpGrpcOptions { Address = any }, Http = new OtlpHttpOptions { Address = any } },
            new TakeEverything(),
            new ReceiverServices(NullLoggerFactory.Instance, services.GetRequiredService<IMeterFactory>(), TimeProvider.System));
        await receiver.StartAsync(CancellationToken.None);
        var address = $"http://{(form.StartsWith("grpc", StringComparison.Ordinal) ? receiver.GrpcEndPoints : receiver.HttpEndPoints)[0]}";

        // Until the code is compiled for good.
        await SendFromOtherProcessAsync(address, form, count / 2);
        GC.Collect();
        var accepted = Accepted(receiver);
        var cpu = Environment.CpuUsage.TotalTime;
        var allocated = GC.GetTotalAllocatedBytes();
        var collections = Enumerable.Range(0, 3).Select(GC.CollectionCount).ToArray();
        var started = Stopwatch.GetTimestamp();
        await SendFromOtherProcessAsync(address, form, count);
        var spans = Accepted(receiver) - accepted;
        var perMillion = 1e6 / spans;
        var collected = string.Join('/', collections.Select((before, generation) => GC.CollectionCount(generation) - before));
        Console.WriteLine(
            $"{form,-12} {(Environment.CpuUsage.TotalTime - cpu).TotalSeconds * perMillion,17:F2} {Stopwatch.GetElapsedTime(started).TotalSeconds * perMillion,20:F2} "
            + $"{(double)(GC.GetTotalAllocatedBytes() - allocated) / spans,18:F0}   {collected}");
        await receiver.StopAsync(CancellationToken.None);
    }

    private static long Accepted(OtlpReceiver receiver) => receiver.Status.Sum(status => status.AcceptedSpans);

    private static async Task SendFromOtherProcessAsync(string address, string form, int requests)
    {
        using var sender = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["receive", "send", address, form, $"{requests}"]))!;
        await sender.WaitForExitAsync();
    }

    private static async Task SendAsync(Uri address, string form, int requests)
    {
        var request = Request();
        var left = requests;
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            using var sender = RequestSender.Create(address, form, request);
            while (Interlocked.Decrement(ref left) >= 0)
            {
                await sender.SendAsync();
            }
        }));
    }

    private static byte[] Request()
    {
        using var set = new TraceDataSet();
        using var buffer = new PooledBuffer();
        set.WriteRequest(buffer, SpansPerRequest);
        return buffer.Written.ToArray();
    }

    private sealed class TakeEverything : ITraceConsumer
    {
        public ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken) => new(ConsumeResult.Accepted);
    }
}
