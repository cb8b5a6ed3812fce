using System.Diagnostics;
using System.Globalization;
using System.Net;
using Clew.Bench.DataSet;
using Clew.Bench.Passthrough;
using Grpc.Core;
using Grpc.Net.Client;

namespace Clew.Bench.Settle;

/// <summary>
/// What the store costs from OTLP gRPC to rest: starts <c>clew serve</c> on a fresh folder, sends from another process, and waits until
/// nothing is left to do (no bytes to compact, no spans in memory, an empty log). Processor seconds and peak memory are the server's
/// alone; bytes are everything in the data folder.
/// </summary>
internal static class SettleBench
{
    private const int SpansPerRequest = 811;
    private const int Connections = 2;
    private const int StreamsPerConnection = 2;
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(600);

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is ["send", var address, var spans, var resend])
        {
            await SendAsync(new Uri(address), long.Parse(spans, CultureInfo.InvariantCulture), double.Parse(resend, CultureInfo.InvariantCulture));
            return 0;
        }

        var millions = args.Length > 0 && double.TryParse(args[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var m) ? m : 5;
        var resent = BenchProcess.Option(args, "--resend") is { } share ? double.Parse(share, CultureInfo.InvariantCulture) : 0;
        var program = BenchProcess.Option(args, "--clew") ?? ServerProcess.Beside();
        var folder = Directory.CreateTempSubdirectory("clew-settle-");
        try
        {
            await MeasureAsync(program, folder.FullName, (long)(millions * 1_000_000), resent);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return 0;
    }

    private static async Task MeasureAsync(string program, string folder, long spans, double resent)
    {
        var (http, grpc, otlpHttp) = (ServerProcess.FreePort(), ServerProcess.FreePort(), ServerProcess.FreePort());
        var data = Path.Combine(folder, "data");
        using var server = Process.Start(new ProcessStartInfo(program,
            ["serve", "--data", data, "--http", $"127.0.0.1:{http}", "--otlp-grpc", $"127.0.0.1:{grpc}", "--otlp-http", $"127.0.0.1:{otlpHttp}"])
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var said = new List<string>();
        server.OutputDataReceived += (_, line) => Keep(said, line.Data);
        server.ErrorDataReceived += (_, line) => Keep(said, line.Data);
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{http}") };
        try
        {
            await UntilReadyAsync(client, server);
            var before = Cpu(server.Id);
            using var sender = Process.Start(new ProcessStartInfo(Environment.ProcessPath!,
                ["settle", "send", $"http://127.0.0.1:{grpc}", $"{spans}", resent.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true })!;
            var report = await sender.StandardOutput.ReadToEndAsync();
            await sender.WaitForExitAsync();
            Console.Write(report);
            var acknowledged = Cpu(server.Id) - before;
            var started = Stopwatch.GetTimestamp();
            var metrics = await UntilSettledAsync(client, data, started);
            var total = Cpu(server.Id) - before;
            var disk = new DirectoryInfo(data).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
            Console.WriteLine(
                $"server: {acknowledged / spans * 1e6:F2} CPU-s per million to acknowledge, {total / spans * 1e6:F2} until settled; settled {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s after the last answer; "
                + $"peak {PeakMegabytes(server.Id):F0} MB; {(double)disk / spans:F1} B a span on disk; {metrics.GetValueOrDefault("clew_store_block_count"):F0} blocks, {metrics.GetValueOrDefault("clew_store_block_spans"):F0} spans in them");
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
            foreach (var line in said.Where(line => line.Contains("rror", StringComparison.Ordinal) || line.Contains("warn", StringComparison.OrdinalIgnoreCase)).Take(20))
            {
                Console.WriteLine(line);
            }
        }
    }

    private static async Task SendAsync(Uri address, long spans, double resent)
    {
        var set = new ReplaySet((int)Math.Min(spans, 1_000_000), SpansPerRequest, new DataSetOptions());
        Console.WriteLine($"{SpansPerRequest} spans a request, {(double)set.Bytes / set.SpanCount:F1} B a span on the wire, {Connections} connections x {StreamsPerConnection} streams, {resent:P0} sent again");
        var channels = Enumerable.Range(0, Connections).Select(_ => GrpcChannel.ForAddress(address)).ToArray();
        var method = new Method<byte[], byte[]>(
            MethodType.Unary, "opentelemetry.proto.collector.trace.v1.TraceService", "Export", Marshallers.Create(b => b, b => b), Marshallers.Create(b => b, b => b));
        var (sent, retries) = (0L, 0L);
        var cpu = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Connections * StreamsPerConnection).Select(async stream =>
        {
            var calls = channels[stream % Connections].CreateCallInvoker();
            var random = new Random(stream);
            while (Interlocked.Read(ref sent) < spans)
            {
                var (bytes, count) = set.Next();
                Interlocked.Add(ref sent, count);
                for (var times = random.NextDouble() < resent ? 2 : 1; times > 0;)
                {
                    try
                    {
                        await calls.AsyncUnaryCall(method, null, default, bytes);
                        times--;
                    }
                    catch (RpcException fault) when (fault.StatusCode is StatusCode.ResourceExhausted or StatusCode.Unavailable)
                    {
                        Interlocked.Increment(ref retries);
                        await Task.Delay(50);
                    }
                }
            }
        }));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine($"sent {sent} spans in {seconds:F1} s: {sent / seconds / 1000:F0} k spans/s; {retries} retries; sender {(Environment.CpuUsage.TotalTime - cpu).TotalSeconds / sent * 1e6:F2} CPU-s per million");
        foreach (var channel in channels)
        {
            channel.Dispose();
        }
    }

    private static async Task UntilReadyAsync(HttpClient client, Process server)
    {
        while (!server.HasExited)
        {
            try
            {
                if ((await client.GetAsync("/ready")).StatusCode == HttpStatusCode.OK)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(100);
        }

        throw new InvalidOperationException("clew ended instead of becoming ready");
    }

    private static async Task<Dictionary<string, double>> UntilSettledAsync(HttpClient client, string data, long started)
    {
        while (true)
        {
            var metrics = await MetricsAsync(client);
            var log = new DirectoryInfo(Path.Combine(data, "wal")).EnumerateFiles("*.wal", SearchOption.AllDirectories).Sum(file => file.Length);
            if (log == 0 && metrics.GetValueOrDefault("clew_store_head_spans") == 0 && metrics.GetValueOrDefault("clew_compaction_pending_bytes") == 0)
            {
                return metrics;
            }

            if (Stopwatch.GetElapsedTime(started) > SettleLimit)
            {
                Console.WriteLine($"NOT settled: {log} bytes of log, {metrics.GetValueOrDefault("clew_store_head_spans")} spans in memory, {metrics.GetValueOrDefault("clew_compaction_pending_bytes")} bytes to compact");
                return metrics;
            }

            await Task.Delay(1000);
        }
    }

    /// <summary>Gauges without labels, by name.</summary>
    private static async Task<Dictionary<string, double>> MetricsAsync(HttpClient client)
    {
        var metrics = new Dictionary<string, double>();
        foreach (var line in (await client.GetStringAsync("/metrics")).Split('\n'))
        {
            var parts = line.Split(' ');
            if (parts.Length >= 2 && !line.StartsWith('#') && double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            {
                var name = parts[0].Split('{')[0];
                foreach (var suffix in (string[])["_bytes", "_spans", "_blocks"])
                {
                    metrics[name] = value;
                    if (name.EndsWith(suffix, StringComparison.Ordinal))
                    {
                        metrics.TryAdd(name[..^suffix.Length], value);
                    }
                }
            }
        }

        return metrics;
    }

    private static void Keep(List<string> said, string? line)
    {
        lock (said)
        {
            said.Add(line ?? "");
        }
    }

    private static double Cpu(int process)
    {
        var fields = File.ReadAllText($"/proc/{process}/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
    }

    private static double PeakMegabytes(int process) =>
        double.Parse(File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
}
