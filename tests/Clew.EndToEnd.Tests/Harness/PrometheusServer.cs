using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;

namespace Clew.EndToEnd.Tests.Harness;

/// <summary>One series of a counter that grows by a constant rate.</summary>
internal sealed record CounterSeries(string Metric, double Rate, IReadOnlyDictionary<string, string> Labels);

/// <summary>
/// A real Prometheus on a loopback port, filled with counters before it starts: a point every 15 s for 15 min up to its time, so that a
/// rate over any shorter range is exactly the series' own. Disposing ends it.
/// </summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private const int HistorySeconds = 900;
    private const int StepSeconds = 15;

    private readonly Process _process;
    private readonly TempFolder _folder;
    private readonly StringBuilder _output = new();

    private PrometheusServer(TempFolder folder, Uri address, DateTimeOffset time, params string[] more)
    {
        _folder = folder;
        Address = address;
        Time = time;
        var start = new ProcessStartInfo("prometheus") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])
        [
            "--config.file", Path.Combine(folder.Path, "prometheus.yml"), "--storage.tsdb.path", Path.Combine(folder.Path, "data"),
            "--storage.tsdb.retention.time", "100y", "--web.listen-address", address.Authority, .. more,
        ])
        {
            start.ArgumentList.Add(argument);
        }

        _process = new Process { StartInfo = start };
        _process.ErrorDataReceived += (_, line) => { lock (_output) { _output.AppendLine(line.Data); } };
        _process.Start();
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    public Uri Address { get; }

    /// <summary>The moment at which the series were last counted.</summary>
    public DateTimeOffset Time { get; }

    public static async Task<PrometheusServer> StartAsync(IReadOnlyCollection<CounterSeries> series, DateTimeOffset time)
    {
        var folder = new TempFolder();
        try
        {
            await FillAsync(folder.Path, series, time.ToUnixTimeSeconds());
            await File.WriteAllTextAsync(Path.Combine(folder.Path, "prometheus.yml"), "global: {scrape_interval: 15s}\n");
            var server = new PrometheusServer(folder, new Uri($"http://127.0.0.1:{FreePorts.Take()}"), time);
            using var probe = new HttpClient { BaseAddress = server.Address, Timeout = TimeSpan.FromSeconds(5) };
            await Poll.UntilAsync(() => server.IsReadyAsync(probe), () => $"prometheus is not ready. It said:\n{server._output}");
            return server;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            folder.Dispose();
            throw new InvalidOperationException("prometheus and promtool are not installed; ./test binary installs the Debian package 'prometheus'");
        }
    }

    /// <summary>An empty one with a configuration of its own, on an address that the test chose.</summary>
    public static async Task<PrometheusServer> StartAsync(Uri address, string config, params string[] more)
    {
        var folder = new TempFolder();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "prometheus.yml"), config);
        var server = new PrometheusServer(folder, address, DateTimeOffset.UtcNow, more);
        using var probe = new HttpClient { BaseAddress = server.Address, Timeout = TimeSpan.FromSeconds(5) };
        await Poll.UntilAsync(() => server.IsReadyAsync(probe), () => $"prometheus is not ready. It said:\n{server._output}");
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _folder.Dispose();
    }

    private async Task<bool> IsReadyAsync(HttpClient probe)
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"prometheus ended with {_process.ExitCode}. It said:\n{_output}");
        }

        try
        {
            using var answer = await probe.GetAsync(new Uri("/-/ready", UriKind.Relative));
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

    private static async Task FillAsync(string folder, IReadOnlyCollection<CounterSeries> series, long time)
    {
        var file = Path.Combine(folder, "series.om");
        await using (var text = new StreamWriter(file))
        {
            foreach (var metric in series.GroupBy(static one => one.Metric))
            {
                var isTotal = metric.Key.EndsWith("_total", StringComparison.Ordinal);
                await text.WriteAsync(isTotal ? $"# TYPE {metric.Key[..^6]} counter\n" : $"# TYPE {metric.Key} unknown\n");
                foreach (var one in metric)
                {
                    var labels = string.Join(',', one.Labels.Where(static label => label.Value.Length > 0).Select(static label => $"{label.Key}=\"{label.Value}\""));
                    for (var at = time - HistorySeconds; at <= time; at += StepSeconds)
                    {
                        await text.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{metric.Key}{{{labels}}} {one.Rate * (at - time + HistorySeconds)} {at}\n"));
                    }
                }
            }

            await text.WriteAsync("# EOF\n");
        }

        var start = new ProcessStartInfo("promtool") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["tsdb", "create-blocks-from", "openmetrics", file, Path.Combine(folder, "data")])
        {
            start.ArgumentList.Add(argument);
        }

        using var promtool = Process.Start(start)!;
        var said = promtool.StandardError.ReadToEndAsync();
        await promtool.StandardOutput.ReadToEndAsync();
        await promtool.WaitForExitAsync();
        if (promtool.ExitCode != 0)
        {
            throw new InvalidOperationException($"promtool ended with {promtool.ExitCode}: {await said}");
        }
    }
}
