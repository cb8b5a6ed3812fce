using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Clew.EndToEnd.Tests.Harness;

/// <summary>
/// One running <c>clew serve</c> on ports of its own. The test owns it and the data folder: disposing kills the process, the folder stays,
/// so that another process can be started on it.
/// </summary>
internal sealed class ClewProcess : IAsyncDisposable
{
    private const int Sighup = 1;
    private const int Sigterm = 15;
    private const int Sigkill = 9;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly HttpClient _probe = new() { Timeout = TimeSpan.FromSeconds(5) };

    private ClewProcess(string data, int http, int grpc, int otlpHttp, string[] more, params string[] under)
    {
        Http = new Uri($"http://127.0.0.1:{http}");
        OtlpGrpc = new Uri($"http://127.0.0.1:{grpc}");
        OtlpHttp = new Uri($"http://127.0.0.1:{otlpHttp}");
        string[] program = [.. under, Repository.Program];
        var start = new ProcessStartInfo(program[0])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            // Nothing of the test's own folder or of the developer's settings is to be picked up.
            WorkingDirectory = data,
        };
        string[] arguments =
        [
            .. program[1..],
            "serve", "--data", data,
            "--http", $"127.0.0.1:{http}", "--otlp-grpc", $"127.0.0.1:{grpc}", "--otlp-http", $"127.0.0.1:{otlpHttp}",
            .. more,
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The API and the UI.</summary>
    public Uri Http { get; }

    public Uri OtlpGrpc { get; }

    public Uri OtlpHttp { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Everything said so far on standard output and standard error.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>Starts and waits until it says that it is ready.</summary>
    public static Task<ClewProcess> StartAsync(string data, params string[] more) => ReadyAsync(Launch(data, more));

    /// <summary>Starts it by another program, which has to become it: signals go to the process that was started.</summary>
    public static Task<ClewProcess> StartUnderAsync(string[] program, string data, params string[] more) =>
        ReadyAsync(new ClewProcess(data, FreePorts.Take(), FreePorts.Take(), FreePorts.Take(), more, program));

    private static async Task<ClewProcess> ReadyAsync(ClewProcess started)
    {
        try
        {
            await Poll.UntilAsync(started.IsReadyAsync, () => $"clew is not ready. It said:\n{started.Output}");
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts without waiting: for starts that are to fail.</summary>
    public static ClewProcess Launch(string data, params string[] more) =>
        new(data, FreePorts.Take(), FreePorts.Take(), FreePorts.Take(), more);

    /// <summary>Starts on OTLP ports, and if wanted an API port, that another process has.</summary>
    public static ClewProcess LaunchOnPortsOf(ClewProcess other, bool apiToo, string data) =>
        new(data, apiToo ? other.Http.Port : FreePorts.Take(), other.OtlpGrpc.Port, other.OtlpHttp.Port, []);

    /// <summary>The hard end: nothing in the process gets a chance to run.</summary>
    public async Task KillAsync()
    {
        Signal(Sigkill);
        await ExitAsync();
    }

    /// <summary>Asks to stop, as an operator or Kubernetes does, without waiting.</summary>
    public void Terminate() => Signal(Sigterm);

    /// <summary>Asks to load the configuration again.</summary>
    public void HangUp() => Signal(Sighup);

    /// <summary>Waits for the end, and returns the exit code.</summary>
    public async Task<int> ExitAsync()
    {
        using var deadline = new CancellationTokenSource(Poll.Deadline);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"clew still runs after {Poll.Deadline.TotalSeconds:F0} s. It said:\n{Output}");
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
        _probe.Dispose();
    }

    private async Task<bool> IsReadyAsync()
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException(
                $"clew ended with {_process.ExitCode.ToString(CultureInfo.InvariantCulture)} instead of becoming ready. It said:\n{Output}");
        }

        try
        {
            using var answer = await _probe.GetAsync(new Uri(Http, "/ready"));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (TaskCanceledException)
        {
            return false;
        }
    }

    private void Signal(int signal)
    {
        if (NativeMethods.Kill(_process.Id, signal) != 0 && !_process.HasExited)
        {
            throw new InvalidOperationException($"Signal {signal} could not be sent to process {_process.Id}.");
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is not null)
        {
            _output.Enqueue(line.Data);
        }
    }
}
