using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Clew.Bench;

/// <summary>A <c>clew serve</c> of its own on free ports of the loopback interface. Disposing ends it and leaves its data.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private const int Terminate = 15;
    private readonly Process _process;
    private readonly List<string> _said = [];

    private ServerProcess(Process process, int http, int grpc)
    {
        _process = process;
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{http}"), Timeout = TimeSpan.FromMinutes(2) };
        Grpc = new Uri($"http://127.0.0.1:{grpc}");
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public HttpClient Http { get; }

    /// <summary>Where OTLP over gRPC is listened for.</summary>
    public Uri Grpc { get; }

    /// <summary>Of the threads that live; to the nanosecond, where <c>stat</c> counts in hundredths of a second.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            var nanoseconds = 0L;
            foreach (var thread in Directory.EnumerateDirectories($"/proc/{_process.Id}/task"))
            {
                nanoseconds += long.Parse(File.ReadAllText(Path.Combine(thread, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture);
            }

            return TimeSpan.FromMicroseconds(nanoseconds / 1000.0);
        }
    }

    public double PeakMegabytes =>
        double.Parse(File.ReadLines($"/proc/{_process.Id}/status").First(static line => line.StartsWith("VmHWM", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;

    /// <summary>Starts the given program, or the server built beside this benchmark, and waits until it is ready.</summary>
    public static async Task<ServerProcess> StartAsync(string data, string? program = null, params string[] more)
    {
        var (http, grpc, otlpHttp) = (FreePort(), FreePort(), FreePort());
        var process = Process.Start(new ProcessStartInfo(program ?? Beside(),
            ["serve", "--data", data, "--http", $"127.0.0.1:{http}", "--otlp-grpc", $"127.0.0.1:{grpc}", "--otlp-http", $"127.0.0.1:{otlpHttp}", .. more])
        {
            WorkingDirectory = Path.GetTempPath(), RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var server = new ServerProcess(process, http, grpc);
        try
        {
            await server.UntilReadyAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until nothing is left to do: an empty log, no spans in memory, no bytes to compact.</summary>
    public async Task UntilSettledAsync(TimeSpan limit)
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < limit)
        {
            var left = (await Http.GetStringAsync("/metrics")).Split('\n').Where(static line => Gauges.Any(gauge => line.StartsWith(gauge, StringComparison.Ordinal)));
            if (left.All(static line => line.Split(' ')[1] == "0"))
            {
                return;
            }

            await Task.Delay(1000);
        }

        throw new InvalidOperationException($"not settled within {limit}: {string.Join("; ", _said.TakeLast(5))}");
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            _ = Signal(_process.Id, Terminate);
            await _process.WaitForExitAsync();
        }

        foreach (var line in _said.Where(static line => line.Contains("rror", StringComparison.Ordinal) || line.Contains("warn", StringComparison.OrdinalIgnoreCase)).Take(20))
        {
            Console.WriteLine(line);
        }

        _process.Dispose();
    }

    private static readonly string[] Gauges = ["clew_store_head_spans", "clew_compaction_pending_bytes"];

    private async Task UntilReadyAsync()
    {
        while (!_process.HasExited)
        {
            try
            {
                using var answer = await Http.GetAsync("/ready");
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException($"clew ended instead of becoming ready: {string.Join("; ", _said.TakeLast(5))}");
    }

    private void Keep(string? line)
    {
        lock (_said)
        {
            _said.Add(line ?? "");
        }
    }

    /// <summary>The server's build beside this one.</summary>
    public static string Beside()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Clew.slnx")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder?.FullName ?? ".", "src/Clew.Server/bin/Release/net10.0/clew");
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
