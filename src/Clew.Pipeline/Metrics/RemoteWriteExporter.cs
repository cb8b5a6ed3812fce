using System.Net.Http.Headers;
using System.Threading.Channels;
using Clew.Model;
using Clew.Pipeline.Components;
using Microsoft.Extensions.Logging;

namespace Clew.Pipeline.Metrics;

/// <summary>Settings of <c>prometheusremotewrite</c>.</summary>
public sealed record RemoteWriteOptions
{
    public required Uri Endpoint { get; init; }

    public string Namespace { get; init; } = "";

    public IReadOnlyList<KeyValuePair<string, string>> ExternalLabels { get; init; } = [];

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    public bool SendMetadata { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Requests that wait while the other side does not answer; the oldest goes when there are more, its successors hold newer totals.</summary>
    public int QueueSize { get; init; } = 1000;

    public TimeSpan InitialRetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A request is given up after so long; zero: never.</summary>
    public TimeSpan MaxElapsed { get; init; } = TimeSpan.FromMinutes(5);

    public bool SkipTlsVerify { get; init; }

    /// <summary>The folder in which requests wait and survive a restart; null: they wait in memory.</summary>
    public string? WalFolder { get; init; }
}

/// <summary>
/// <c>prometheusremotewrite</c>: writes the series of its pipelines down at an interval and sends them, in order, over and over until they
/// are taken, refused for good or too old. Values are totals, so a lost request costs resolution, not counts.
/// </summary>
public sealed partial class RemoteWriteExporter : IMetricExporter, IDisposable
{
    private readonly RemoteWriteOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly ComponentMetrics _metrics;
    private readonly HttpClient _client;
    private IReadOnlyList<IMetricSource> _sources = [];
    private readonly Channel<WaitingRequest> _queue;
    private readonly WaitingRequests _waiting;
    private readonly CancellationTokenSource _stop = new();
    private Task _writing = Task.CompletedTask;
    private Task _sending = Task.CompletedTask;

    public RemoteWriteExporter(ComponentId id, RemoteWriteOptions options, ComponentServices services)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(services);
        Id = id;
        _options = options;
        _logger = services.Logger(id);
        _clock = services.Clock;
        _metrics = services.Metrics;
        var handler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        if (options.SkipTlsVerify)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }

        _client = new HttpClient(handler) { Timeout = options.Timeout };
        _waiting = new WaitingRequests(options.WalFolder);
        _queue = Channel.CreateBounded<WaitingRequest>(
            new BoundedChannelOptions(Math.Max(1, options.QueueSize)) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            dropped =>
            {
                WaitingRequests.Remove(dropped);
                Dropped(_logger, Id, dropped.Series, _options.QueueSize);
            });
    }

    public ComponentId Id { get; }

    /// <summary>Series that the other side has taken.</summary>
    public long SentSeries { get; private set; }

    public void SetSources(IReadOnlyList<IMetricSource> sources) => Volatile.Write(ref _sources, sources);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _waiting.Leftover().ForEach(request => _queue.Writer.TryWrite(request));
        _writing = Task.Run(WriteAsync, CancellationToken.None);
        _sending = Task.Run(SendAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Writes once more, and waits until all is sent, or was tried once more, or the token is cancelled. What waits in files stays there.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _writing.ConfigureAwait(false);
        Enqueue();
        _queue.Writer.TryComplete();
        await Task.WhenAny(_sending, Task.Delay(Timeout.Infinite, cancellationToken)).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task WriteAsync()
    {
        var interval = _sources.Count == 0 ? TimeSpan.FromSeconds(60) : _sources.Min(static source => source.FlushInterval);
        using var timer = new PeriodicTimer(interval > TimeSpan.Zero ? interval : TimeSpan.FromSeconds(1), _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                Enqueue();
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private void Enqueue()
    {
        var now = UnixNano.Now(_clock);
        var prefix = _options.Namespace.Length > 0 ? PrometheusName.OfMetric(_options.Namespace) + "_" : "";
        foreach (var (body, series) in RemoteWriteRequest.Write(
                     Volatile.Read(ref _sources).SelectMany(static source => source.Collect()), prefix, _options.ExternalLabels, _options.SendMetadata, now / UnixNano.PerMillisecond))
        {
            try
            {
                _queue.Writer.TryWrite(_waiting.Add(body, series, now));
            }
            catch (IOException fault)
            {
                // A full disk: the next request has newer totals.
                _metrics.PointsFailed(Id, series);
                GivenUp(_logger, Id, series, _options.Endpoint, fault.Message);
            }
        }
    }

    private async Task SendAsync()
    {
        await foreach (var request in _queue.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            if (WaitingRequests.BodyOf(request) is { } body && !await DeliverAsync(request, body).ConfigureAwait(false))
            {
                // Stopping: this one and those behind it are sent after the next start.
                return;
            }

            WaitingRequests.Remove(request);
        }
    }

    /// <summary>True when the request needs no more sending.</summary>
    private async Task<bool> DeliverAsync(WaitingRequest request, byte[] body)
    {
        var delay = _options.InitialRetryDelay;
        while (true)
        {
            var (isDone, problem) = await TrySendAsync(body).ConfigureAwait(false);
            if (problem is null)
            {
                SentSeries += request.Series;
                _metrics.PointsSent(Id, request.Series);
                return true;
            }

            // In files there is room until queue_size is reached; whether values are too old the other side says.
            var isOld = request.File is null && _options.MaxElapsed > TimeSpan.Zero && UnixNano.Now(_clock) - request.MadeUnixNano > _options.MaxElapsed.Ticks * 100;
            if (!isDone && request.File is not null && _stop.IsCancellationRequested)
            {
                return false;
            }

            if (isDone || isOld || _stop.IsCancellationRequested)
            {
                _metrics.PointsFailed(Id, request.Series);
                GivenUp(_logger, Id, request.Series, _options.Endpoint, problem);
                return true;
            }

            Retried(_logger, Id, _options.Endpoint, delay.TotalSeconds, problem);
            await Task.Delay(delay, _clock, CancellationToken.None).ConfigureAwait(false);
            delay = TimeSpan.FromTicks(Math.Min(_options.MaxRetryDelay.Ticks, delay.Ticks * 2));
        }
    }

    /// <summary>A problem that another try may solve has IsDone false.</summary>
    private async Task<(bool IsDone, string? Problem)> TrySendAsync(byte[] body)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _options.Endpoint) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
            request.Content.Headers.ContentEncoding.Add("snappy");
            request.Headers.TryAddWithoutValidation("X-Prometheus-Remote-Write-Version", "0.1.0");
            request.Headers.TryAddWithoutValidation("User-Agent", "clew");
            foreach (var (name, value) in _options.Headers)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            using var response = await _client.SendAsync(request).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                return (true, null);
            }

            var text = await response.Content.ReadAsStringAsync().ConfigureAwait(false);
            var status = (int)response.StatusCode;
            return (status is not (429 or >= 500), $"HTTP {status}: {text[..Math.Min(200, text.Length)]}");
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException or IOException)
        {
            return (false, fault.Message);
        }
    }

    [LoggerMessage(2250, LogLevel.Warning, "Exporter {Exporter}: {Target} did not take series, next try in {DelaySeconds:0.0} s: {Reason}")]
    private static partial void Retried(ILogger logger, ComponentId exporter, Uri target, double delaySeconds, string reason);

    [LoggerMessage(2251, LogLevel.Error, "Exporter {Exporter}: {Series} series for {Target} are given up: {Reason}")]
    private static partial void GivenUp(ILogger logger, ComponentId exporter, int series, Uri target, string reason);

    [LoggerMessage(2252, LogLevel.Warning, "Exporter {Exporter}: {Series} series are dropped, {QueueSize} requests wait already (remote_write_queue.queue_size); newer ones hold the same totals")]
    private static partial void Dropped(ILogger logger, ComponentId exporter, int series, int queueSize);
}
