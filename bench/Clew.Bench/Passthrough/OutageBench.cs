using System.Diagnostics;
using System.Globalization;
using Grpc.Core;

namespace Clew.Bench.Passthrough;

/// <summary>
/// A next hop that goes away under load and comes back: <c>--seconds N</c> (default 120) of a steady load (<c>--rate SPANS</c> a second,
/// default 20 000), the hop away from the first tenth to the end, or with <c>--hang</c> silent; then how long the queue takes to empty.
/// Counts requests acknowledged and requests that arrived, by number; memory is the peak of the measured process.
/// </summary>
internal static class OutageBench
{
    private const int SpansPerRequest = 810;
    private const int Connections = 4;

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is ["send", var address, var rateText, var secondsText])
        {
            var acknowledged = await SendAsync(new Uri(address), double.Parse(rateText, CultureInfo.InvariantCulture), double.Parse(secondsText, CultureInfo.InvariantCulture));
            Console.WriteLine(acknowledged.ToString(CultureInfo.InvariantCulture));
            return 0;
        }

        var program = BenchProcess.Option(args, "--clew") ?? throw new ArgumentException("--clew PROGRAM names the executable to measure");
        var seconds = double.Parse(BenchProcess.Option(args, "--seconds") ?? "120", CultureInfo.InvariantCulture);
        var rate = double.Parse(BenchProcess.Option(args, "--rate") ?? "20000", CultureInfo.InvariantCulture);
        var compression = BenchProcess.Option(args, "--compression") ?? "gzip";
        return await MeasureAsync(program, seconds, rate, compression, args.Contains("--hang")) ? 0 : 1;
    }

    private static async Task<bool> MeasureAsync(string program, double seconds, double rate, string compression, bool hang)
    {
        var data = Directory.CreateTempSubdirectory("clew-outage-");
        var (grpc, sinkPort, http) = (ServerProcess.FreePort(), ServerProcess.FreePort(), ServerProcess.FreePort());
        using var sink = BenchProcess.Start(Environment.ProcessPath!, "passthrough", "sink", $"{sinkPort}", "0");
        var file = Path.Combine(data.FullName, "outage.yaml");
        await File.WriteAllTextAsync(file, $$"""
            receivers: {otlp: {protocols: {grpc: {endpoint: 127.0.0.1:{{grpc}} } } } }
            processors: {memory_limiter: {check_interval: 1s, limit_mib: 1024}, batch: {timeout: 1s, send_batch_size: 1024} }
            exporters: {otlp: {endpoint: 127.0.0.1:{{sinkPort}}, tls: {insecure: true}, compression: {{compression}}, sending_queue: {queue_size: 10000000} } }
            service: {pipelines: {traces: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [otlp]} }, telemetry: {logs: {level: error} } }
            """);
        using var clew = BenchProcess.Start(program, "serve", "--config", file, "--data", data.FullName, "--http", $"127.0.0.1:{http}");
        try
        {
            await BenchProcess.WaitForPortAsync(grpc);
            await BenchProcess.WaitForPortAsync(sinkPort);
            var counts = new SinkReader(sink);
            using var sender = BenchProcess.Start(
                Environment.ProcessPath!, "outage", "send", $"http://127.0.0.1:{grpc}", rate.ToString(CultureInfo.InvariantCulture), seconds.ToString(CultureInfo.InvariantCulture));
            await Task.Delay(TimeSpan.FromSeconds(seconds / 10));
            await sink.StandardInput.WriteLineAsync(hang ? "hang" : "away");
            var acknowledged = long.Parse((await sender.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
            clew.Refresh();
            Console.WriteLine(
                $"{acknowledged} requests ({acknowledged * SpansPerRequest / 1e6:F2} million spans) acknowledged in {seconds} s, the next hop {(hang ? "silent" : "away")} for nine tenths of it");
            Console.WriteLine($"before it is back: {counts.Last.Requests} arrived, queue on disk {Bytes(data) >> 20} MB, peak RSS {clew.PeakWorkingSet64 >> 20} MB");
            await sink.StandardInput.WriteLineAsync("back");
            var started = Stopwatch.GetTimestamp();
            var all = await counts.UntilAsync(acknowledged, TimeSpan.FromMinutes(5));
            clew.Refresh();
            Console.WriteLine(
                $"{(all ? "all arrived" : "NOT ALL ARRIVED")}: {counts.Last.Requests} of {acknowledged} requests, {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s after it was back; "
                + $"{counts.Last.Spans} spans with those sent twice; peak RSS {clew.PeakWorkingSet64 >> 20} MB");
            return all;
        }
        finally
        {
            clew.Kill();
            sink.Kill();
            await clew.WaitForExitAsync();
            await sink.WaitForExitAsync();
            data.Delete(recursive: true);
        }
    }

    private static long Bytes(DirectoryInfo folder) => folder.EnumerateFiles("*", SearchOption.AllDirectories).Sum(static file => file.Length);

    /// <summary>Sends at a steady rate, each request until it is acknowledged; answers how many were.</summary>
    private static async Task<long> SendAsync(Uri address, double rate, double seconds)
    {
        var request = RequestMark.Request(SpansPerRequest);
        var total = (long)(rate * seconds / SpansPerRequest);
        var (next, acknowledged) = (-1L, 0L);
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            var own = request.ToArray();
            var mark = new RequestMark(own);
            using var sender = RequestSender.Create(address, "grpc", own);
            for (var number = Interlocked.Increment(ref next); number < total; number = Interlocked.Increment(ref next))
            {
                var wait = TimeSpan.FromSeconds(number * SpansPerRequest / rate) - Stopwatch.GetElapsedTime(started);
                await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
                mark.Write((ulong)number);
                if (await AcknowledgedAsync(sender))
                {
                    Interlocked.Increment(ref acknowledged);
                }
            }
        }));
        return acknowledged;
    }

    private static async Task<bool> AcknowledgedAsync(RequestSender sender)
    {
        for (var attempt = 0; attempt < 50; attempt++)
        {
            try
            {
                await sender.SendAsync();
                return true;
            }
            catch (RpcException refused) when (refused.StatusCode is StatusCode.Unavailable or StatusCode.ResourceExhausted)
            {
                await Task.Delay(100);
            }
        }

        return false;
    }

    /// <summary>Follows the counts of a sink.</summary>
    private sealed class SinkReader
    {
        private readonly Lock _gate = new();
        private SinkCount _last;
        private (long Requests, TaskCompletionSource Reached)? _goal;

        public SinkReader(Process sink) => _ = ReadAsync(sink);

        public SinkCount Last
        {
            get
            {
                lock (_gate)
                {
                    return _last;
                }
            }
        }

        /// <summary>True when so many different requests arrived within the time.</summary>
        public async Task<bool> UntilAsync(long requests, TimeSpan within)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_gate)
            {
                if (_last.Requests >= requests)
                {
                    return true;
                }

                _goal = (requests, reached);
            }

            await Task.WhenAny(reached.Task, Task.Delay(within));
            return reached.Task.IsCompleted;
        }

        private async Task ReadAsync(Process sink)
        {
            while (await sink.StandardOutput.ReadLineAsync() is { } line)
            {
                lock (_gate)
                {
                    _last = SinkCount.Parse(line);
                    if (_goal is { } goal && _last.Requests >= goal.Requests)
                    {
                        goal.Reached.TrySetResult();
                    }
                }
            }
        }
    }
}
