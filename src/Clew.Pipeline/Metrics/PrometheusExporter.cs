using System.Net;
using System.Text;
using Clew.Otlp.Batches;
using Clew.Pipeline.Components;

namespace Clew.Pipeline.Metrics;

/// <summary>An exporter of a metrics pipeline. It is given its sources before it is started, and others when the configuration changes.</summary>
public interface IMetricExporter : ITraceExporter
{
    void SetSources(IReadOnlyList<IMetricSource> sources);

    /// <summary>Nobody sends it spans: the configuration refuses that.</summary>
    ValueTask<ConsumeResult> ITraceConsumer.ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken) =>
        new(ConsumeResult.Invalid($"exporter {Id} takes metrics, not spans"));
}

/// <summary>Settings of <c>prometheus</c>.</summary>
public sealed record PrometheusExporterOptions
{
    /// <summary>Host and port of the listener; 0.0.0.0 is every address.</summary>
    public required string Host { get; init; }

    public required int Port { get; init; }

    public string Namespace { get; init; } = "";

    public IReadOnlyList<KeyValuePair<string, string>> ConstLabels { get; init; } = [];

    public bool OpenMetrics { get; init; } = true;
}

/// <summary><c>prometheus</c>: offers the series of its pipelines under <c>/metrics</c> of a listener of its own.</summary>
public sealed class PrometheusExporter(ComponentId id, PrometheusExporterOptions options, ComponentMetrics metrics) : IMetricExporter, IDisposable
{
    private IReadOnlyList<IMetricSource> _sources = [];
    private readonly HttpListener _listener = new();
    private Task _serving = Task.CompletedTask;

    public ComponentId Id => id;

    public void SetSources(IReadOnlyList<IMetricSource> sources) => Volatile.Write(ref _sources, sources);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var host = options.Host is "0.0.0.0" or "" or "::" or "[::]" ? "*" : options.Host;
        _listener.Prefixes.Add($"http://{host}:{options.Port}/");
        try
        {
            _listener.Start();
        }
        catch (Exception fault) when (fault is HttpListenerException or System.Net.Sockets.SocketException)
        {
            throw new IOException($"exporter {id} cannot listen on {options.Host}:{options.Port}: {fault.Message} Stop the program that uses the address, or choose another endpoint.", fault);
        }

        _serving = Task.Run(ServeAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _listener.Close();
        await _serving.ConfigureAwait(false);
    }

    public void Dispose() => ((IDisposable)_listener).Dispose();

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync().ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                // Closed, which is how this ends.
                return;
            }

            try
            {
                await AnswerAsync(context).ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is HttpListenerException or IOException or ObjectDisposedException or InvalidOperationException)
            {
                // The reader went away in the middle; the next one asks again.
                context.Response.Abort();
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var response = context.Response;
        if (context.Request.Url?.AbsolutePath != "/metrics")
        {
            response.StatusCode = (int)HttpStatusCode.NotFound;
            response.Close();
            return;
        }

        var openMetrics = options.OpenMetrics && (context.Request.Headers["Accept"] ?? "").Contains("application/openmetrics-text", StringComparison.Ordinal);
        var prefix = options.Namespace.Length > 0 ? PrometheusName.OfMetric(options.Namespace) + "_" : "";
        var families = Volatile.Read(ref _sources).SelectMany(static source => source.Collect()).GroupBy(static family => family.Name)
            .Select(group => group.First() with { Name = prefix + group.Key, Points = [.. group.SelectMany(static family => family.Points)] }).ToList();
        var body = Encoding.UTF8.GetBytes(PrometheusText.Write(families, options.ConstLabels, openMetrics));
        response.ContentType = openMetrics ? PrometheusText.OpenMetricsType : PrometheusText.PlainType;
        response.ContentLength64 = body.Length;
        await response.OutputStream.WriteAsync(body).ConfigureAwait(false);
        response.Close();
        metrics.PointsSent(id, families.Sum(static family => (long)family.Points.Count));
    }
}
