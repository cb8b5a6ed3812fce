using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Clew.Server.Configuration;
using Microsoft.Extensions.Logging;

namespace Clew.Server.Hosting;

/// <summary>What the last reload came to, for the status page.</summary>
internal sealed record ReloadReport(int Reloads, DateTimeOffset? LastTime, bool LastSucceeded, string? LastMessage)
{
    /// <summary>Nothing was loaded again since the start.</summary>
    public static ReloadReport None { get; } = new(0, null, true, null);
}

/// <summary>
/// Loads the configuration again on SIGHUP, and when a file that it was read from changes: first everything is checked, then the
/// pipelines are exchanged; whatever goes wrong, those that run go on. Files are compared by content, looked at every
/// <see cref="WatchInterval"/>: a ConfigMap is swapped through links, which file notifications miss.
/// </summary>
internal sealed partial class ConfigReloader : IAsyncDisposable
{
    public static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(2);

    private readonly PipelineHost _pipeline;
    private readonly ExtensionHost _extensions;
    private readonly IConfigEnvironment _environment;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly PosixSignalRegistration _hangUp;
    private readonly Task _running;
    private volatile bool _asked;
    private ClewConfig _config;
    private Dictionary<string, string> _seen;
    private ReloadReport _report = ReloadReport.None;

    public ConfigReloader(ClewConfig config, PipelineHost pipeline, ExtensionHost extensions, IConfigEnvironment environment, TimeProvider clock, ILogger logger)
    {
        _config = config;
        _pipeline = pipeline;
        _extensions = extensions;
        _environment = environment;
        _clock = clock;
        _logger = logger;
        _seen = Look(config);
        _hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            _asked = true;
            Wake();
        });
        _running = RunAsync();
    }

    public ReloadReport Report => Volatile.Read(ref _report);

    public async ValueTask DisposeAsync()
    {
        _hangUp.Dispose();
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
        _wake.Dispose();
    }

    private void Wake()
    {
        try
        {
            if (_wake.CurrentCount == 0)
            {
                _wake.Release();
            }
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // Somebody else woke it, or it is ending.
        }
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _wake.WaitAsync(WatchInterval, _stop.Token).ConfigureAwait(false);
                var seen = Look(_config);
                var changed = seen.Where(file => _seen.GetValueOrDefault(file.Key) != file.Value).Select(static file => file.Key).ToList();
                if (_asked || changed.Count > 0)
                {
                    var why = _asked ? "SIGHUP" : $"{string.Join(", ", changed)} changed";
                    _asked = false;
                    _seen = seen;
                    await ReloadAsync(why).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception fault)
            {
                Conclude(false, $"the reload failed: {fault.Message}");
                LogKept("the reload failed", fault.Message);
            }
        }
    }

    private async Task ReloadAsync(string why)
    {
        var result = ConfigLoader.Load(_config.Origin.Request, _environment);
        if (result.Config is not { } next)
        {
            Keep(why, string.Join(" · ", result.Errors));
            return;
        }

        if (next.NotInThisVersion.FirstOrDefault(static note => note.Refuses) is { } missing)
        {
            Keep(why, $"{missing.Component} ({missing.Where}): {missing.Why}. Until then: {missing.WayOut}");
            return;
        }

        if (next.HasStore && !_config.HasStore)
        {
            Keep(why, "the new configuration keeps spans in this process, which needs a restart");
            return;
        }

        var restart = RestartNeeded(_config, next);
        if (next.Pipeline.Equals(_config.Pipeline))
        {
            _seen = Look(next);
            _config = Merge(_config, next);
            Conclude(true, restart ?? "nothing changed in the pipelines");
            LogUnchanged(why, restart ?? "nothing changed in the pipelines");
            return;
        }

        // Sections that need a restart stay as they are; the pipelines are the new file's.
        var applied = Merge(_config, next);
        if (await _extensions.ReloadAsync(_config, applied, _stop.Token).ConfigureAwait(false) is { } refused)
        {
            Keep(why, refused);
            return;
        }

        if (await _pipeline.ReloadAsync(applied, _stop.Token).ConfigureAwait(false) is { } failure)
        {
            await _extensions.ReloadAsync(applied, _config, _stop.Token).ConfigureAwait(false);
            Keep(why, failure);
            return;
        }

        _config = applied;
        _seen = Look(applied);
        var message = Describe(next) + (restart is null ? "" : "; " + restart);
        Conclude(true, message);
        LogReloaded(why, message);
    }

    private static ClewConfig Merge(ClewConfig running, ClewConfig next) => running with { Pipeline = next.Pipeline, Origin = next.Origin };

    private static string Describe(ClewConfig config) =>
        string.Join(", ", config.Pipeline.Pipelines.Select(static pipeline =>
            $"{pipeline.Id}: {string.Join("+", pipeline.Receivers)} → {string.Concat(pipeline.Processors.Select(static id => $"{id} → "))}{string.Join("+", pipeline.Exporters)}"));

    private static string? RestartNeeded(ClewConfig running, ClewConfig next)
    {
        var sections = new List<string>();
        Add("server", running.Server.Equals(next.Server));
        Add("storage", running.Storage.Equals(next.Storage));
        Add("retention", running.Retention.Equals(next.Retention));
        Add("query", running.Query.Equals(next.Query));
        Add("tenants", running.Tenants.Equals(next.Tenants));
        Add("mesh", running.Mesh.Equals(next.Mesh));
        Add("auth", running.Auth.Equals(next.Auth));
        Add("ui", running.Ui.Equals(next.Ui));
        Add("cluster", running.Cluster.Equals(next.Cluster));
        return sections.Count == 0 ? null : $"changes of {string.Join(", ", sections)} take effect at the next restart";

        void Add(string name, bool equal)
        {
            if (!equal)
            {
                sections.Add(name);
            }
        }
    }

    private void Keep(string why, string reason)
    {
        Conclude(false, reason);
        LogKept(why, reason);
    }

    private void Conclude(bool succeeded, string message) =>
        Volatile.Write(ref _report, new ReloadReport(Report.Reloads + 1, _clock.GetUtcNow(), succeeded, message));

    /// <summary>A hash of each file's content; a file that cannot be read has the reason.</summary>
    private static Dictionary<string, string> Look(ClewConfig config)
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in config.Origin.Files)
        {
            try
            {
                seen[path] = Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // In the middle of a swap there may be no file; what was seen before counts until there is one again.
                continue;
            }
        }

        return seen;
    }

    [LoggerMessage(2511, LogLevel.Information, "Configuration loaded again ({Why}): {Pipelines}")]
    private partial void LogReloaded(string why, string pipelines);

    [LoggerMessage(2512, LogLevel.Information, "Configuration loaded again ({Why}): {Outcome}")]
    private partial void LogUnchanged(string why, string outcome);

    [LoggerMessage(2513, LogLevel.Error, "Configuration not loaded ({Why}), the running one goes on: {Reason}")]
    private partial void LogKept(string why, string reason);
}
