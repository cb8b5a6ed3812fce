using System.Diagnostics;
using System.Globalization;

namespace Clew.Bench.Passthrough;

/// <summary>
/// What it costs to pass spans through: OTLP/gRPC in, <c>memory_limiter</c>, <c>batch</c>, the queue on disk, OTLP/gRPC out. Processor
/// seconds and memory are those of the measured <c>clew</c> process alone; sender and sink are other processes. <c>--slow MS</c> makes the
/// sink wait before each answer; <c>--only none/disk</c> measures one form; <c>--cold</c> does not warm up first.
/// </summary>
internal static class PassthroughBench
{
    private const int SpansPerRequest = 810;
    private const int Connections = 4;

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is ["sink", var port, var delay])
        {
            await GrpcSink.RunAsync(int.Parse(port, CultureInfo.InvariantCulture), int.Parse(delay, CultureInfo.InvariantCulture));
            return 0;
        }

        if (args is ["send", var address, var form, var requests])
        {
            await SendAsync(new Uri(address), form, int.Parse(requests, CultureInfo.InvariantCulture));
            return 0;
        }

        var program = BenchProcess.Option(args, "--clew") ?? throw new ArgumentException("--clew PROGRAM names the executable to measure");
        var millions = double.Parse(BenchProcess.Option(args, "--millions") ?? "1", CultureInfo.InvariantCulture);
        var slow = BenchProcess.Option(args, "--slow") ?? "0";
        var only = BenchProcess.Option(args, "--only");
        var cold = args.Contains("--cold");
        Console.WriteLine($"{SpansPerRequest} spans a request, {RequestMark.Request(SpansPerRequest).Length / SpansPerRequest} bytes a span, {Connections} connections");
        Console.WriteLine("form      queue    CPU-s per million   wall-s per million   peak RSS MB");
        foreach (var compression in (string[])["none", "gzip"])
        {
            foreach (var queue in (string[])["disk", "none"])
            {
                if (only is null || only == $"{compression}/{queue}")
                {
                    await MeasureAsync(program, compression, queue, (int)(millions * 1_000_000 / SpansPerRequest), slow, cold);
                }
            }
        }

        return 0;
    }

    private static async Task MeasureAsync(string program, string compression, string queue, int requests, string slow, bool cold)
    {
        var data = Directory.CreateTempSubdirectory("clew-pass-");
        var (grpc, sinkPort, http) = (ServerProcess.FreePort(), ServerProcess.FreePort(), ServerProcess.FreePort());
        using var sink = BenchProcess.Start(Environment.ProcessPath!, "passthrough", "sink", $"{sinkPort}", slow);
        var config = """
            receivers: {otlp: {protocols: {grpc: {endpoint: 127.0.0.1:GRPC}}}}
            processors: {memory_limiter: {check_interval: 1s, limit_mib: 1024}, batch: {timeout: 1s, send_batch_size: 1024}}
            exporters: {otlp: {endpoint: 127.0.0.1:SINK, tls: {insecure: true}, compression: COMPRESSION, sending_queue: {enabled: QUEUE, queue_size: 100000}}}
            service: {pipelines: {traces: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [otlp]}}, telemetry: {logs: {level: error}}}
            """.Replace("GRPC", $"{grpc}", StringComparison.Ordinal).Replace("SINK", $"{sinkPort}", StringComparison.Ordinal)
            .Replace("COMPRESSION", compression, StringComparison.Ordinal).Replace("QUEUE", queue == "disk" ? "true" : "false", StringComparison.Ordinal);
        var file = Path.Combine(data.FullName, "pass.yaml");
        await File.WriteAllTextAsync(file, config);
        using var clew = BenchProcess.Start(program, "serve", "--config", file, "--data", data.FullName, "--http", $"127.0.0.1:{http}");
        try
        {
            await BenchProcess.WaitForPortAsync(grpc);
            await BenchProcess.WaitForPortAsync(sinkPort);
            // Uncompressed on the way in, as the figures of the Collector were taken.
            const string form = "grpc";

            // Until the code is compiled for good; cold, compiling it is part of the figure.
            var warmUp = cold ? 0 : requests / 2;
            await SendFromOtherProcessAsync($"http://127.0.0.1:{grpc}", form, warmUp);
            await DrainAsync(sink, (long)warmUp * SpansPerRequest);
            clew.Refresh();
            var cpu = clew.TotalProcessorTime;
            var started = Stopwatch.GetTimestamp();
            await SendFromOtherProcessAsync($"http://127.0.0.1:{grpc}", form, requests);
            await DrainAsync(sink, ((long)warmUp + requests) * SpansPerRequest);
            clew.Refresh();
            var perMillion = 1e6 / ((double)requests * SpansPerRequest);
            Console.WriteLine(
                $"{compression,-9} {queue,-8} {(clew.TotalProcessorTime - cpu).TotalSeconds * perMillion,17:F2} {Stopwatch.GetElapsedTime(started).TotalSeconds * perMillion,20:F2} {clew.PeakWorkingSet64 >> 20,13}");
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

    /// <summary>The sink writes its count of spans as a line each time that it grows.</summary>
    private static async Task DrainAsync(Process sink, long spans)
    {
        while (spans > 0 && await sink.StandardOutput.ReadLineAsync() is { } line)
        {
            if (SinkCount.Parse(line).Spans >= spans)
            {
                return;
            }
        }
    }

    private static async Task SendAsync(Uri address, string form, int requests)
    {
        var request = RequestMark.Request(SpansPerRequest);
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

    private static async Task SendFromOtherProcessAsync(string address, string form, int requests)
    {
        using var sender = BenchProcess.Start(Environment.ProcessPath!, "passthrough", "send", address, form, $"{requests}");
        await sender.WaitForExitAsync();
    }
}
