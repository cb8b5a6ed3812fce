using System.Diagnostics;
using System.Globalization;
using Clew.Bench.DataSet;
using Clew.Bench.Settle;
using Grpc.Core;
using Grpc.Net.Client;

namespace Clew.Bench.Queries;

/// <summary>
/// What dashboards cost those who send: spans come in over OTLP gRPC as fast as they are taken, first alone, then while dashboards refresh
/// over HTTP, each every five seconds with six panels over everything that came in. Ingest is to keep 60 % of its rate and to acknowledge 99 of 100
/// requests within a second.
/// </summary>
internal static class DashboardBench
{
    private const int SpansPerRequest = 811;
    private const int Streams = 4;
    private const double LeastShare = 0.6;
    private const double MostAckMs = 1000;
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(5);

    // A round of the set is six minutes; two hours take in more than is sent.
    private static readonly string Range = $"&start={new DataSetOptions().StartUnixNano / 1_000_000_000}&end={(new DataSetOptions().StartUnixNano / 1_000_000_000) + 7200}";

    private static readonly string[] Panels =
    [
        "/api/metrics/query_range?q={ } | rate() by(resource.service.name)&step=15s",
        "/api/metrics/query_range?q={ status = error } | rate() by(resource.service.name)&step=15s",
        "/api/metrics/query_range?q={ } | quantile_over_time(duration, .5, .9, .99)&step=15s",
        "/api/metrics/query_range?q={ kind = server } | rate() by(name)&step=15s",
        "/api/search?q={ status = error }&limit=20",
        "/api/v2/search/tag/resource.service.name/values?limit=1000",
    ];

    public static async Task<int> RunAsync(string[] args)
    {
        var dashboards = int.Parse(QueryBench.Option(args, "--dashboards") ?? "50", CultureInfo.InvariantCulture);
        var seconds = int.Parse(QueryBench.Option(args, "--seconds") ?? "30", CultureInfo.InvariantCulture);
        var folder = Directory.CreateTempSubdirectory("clew-dashboards-");
        try
        {
            await using var server = await ServerProcess.StartAsync(Path.Combine(folder.FullName, "data"), QueryBench.Option(args, "--clew"));
            var set = new ReplaySet(500_000, SpansPerRequest, new DataSetOptions());
            using var channel = GrpcChannel.ForAddress(server.Grpc);
            _ = await SendAsync(channel, set, TimeSpan.FromSeconds(5));
            var alone = await SendAsync(channel, set, TimeSpan.FromSeconds(seconds));
            Write("alone", alone);
            using var stop = new CancellationTokenSource();
            var answered = new List<double>();
            var viewers = Enumerable.Range(0, dashboards).Select(i => Task.Run(() => ViewAsync(server.Http, i, answered, stop.Token))).ToArray();
            var beside = await SendAsync(channel, set, TimeSpan.FromSeconds(seconds));
            await stop.CancelAsync();
            await Task.WhenAll(viewers);
            Write($"beside {dashboards} dashboards", beside);
            answered.Sort();
            var share = beside.SpansPerSecond / alone.SpansPerSecond;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"keeps {share:P0} of its rate; {answered.Count} panels answered, {answered.Count / (double)seconds:F1} a second, median {At(answered, 0.5):F0} ms, p99 {At(answered, 0.99):F0} ms; server's peak memory {server.PeakMegabytes:F0} MB"));
            return share >= LeastShare && beside.AckP99Ms <= MostAckMs ? 0 : 1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private sealed record Sent(double SpansPerSecond, double AckP50Ms, double AckP99Ms);

    private static async Task<Sent> SendAsync(GrpcChannel channel, ReplaySet set, TimeSpan time)
    {
        var method = new Method<byte[], byte[]>(
            MethodType.Unary, "opentelemetry.proto.collector.trace.v1.TraceService", "Export", Marshallers.Create(static b => b, static b => b), Marshallers.Create(static b => b, static b => b));
        var spans = 0L;
        var acks = new List<double>();
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Streams).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(started) < time)
            {
                var (bytes, count) = set.Next();
                var sent = Stopwatch.GetTimestamp();
                try
                {
                    await channel.CreateCallInvoker().AsyncUnaryCall(method, null, default, bytes);
                }
                catch (RpcException fault) when (fault.StatusCode is StatusCode.ResourceExhausted or StatusCode.Unavailable)
                {
                    // Refused spans do not count, and the sender comes again as it was told to.
                    await Task.Delay(50);
                    continue;
                }

                lock (acks)
                {
                    acks.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
                    spans += count;
                }
            }
        })));
        acks.Sort();
        return new Sent(spans / Stopwatch.GetElapsedTime(started).TotalSeconds, At(acks, 0.5), At(acks, 0.99));
    }

    private static async Task ViewAsync(HttpClient http, int number, List<double> answered, CancellationToken cancellationToken)
    {
        try
        {
            // Browsers are not in step.
            await Task.Delay(Refresh * (number / 50.0 % 1), cancellationToken);
            while (true)
            {
                var next = Task.Delay(Refresh, cancellationToken);
                await Task.WhenAll(Panels.Select(async panel =>
                {
                    var started = Stopwatch.GetTimestamp();
                    using var answer = await http.GetAsync(panel + Range, cancellationToken);
                    await answer.Content.LoadIntoBufferAsync(cancellationToken);
                    if (answer.IsSuccessStatusCode)
                    {
                        lock (answered)
                        {
                            answered.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                        }
                    }
                }));
                await next;
            }
        }
        catch (OperationCanceledException)
        {
            // The measurement is over.
        }
    }

    private static void Write(string name, Sent sent) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {sent.SpansPerSecond / 1000:F0} k spans/s, acknowledged in {sent.AckP50Ms:F0} ms (p99 {sent.AckP99Ms:F0} ms)"));

    private static double At(List<double> sorted, double share) => sorted.Count == 0 ? double.NaN : sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];
}
