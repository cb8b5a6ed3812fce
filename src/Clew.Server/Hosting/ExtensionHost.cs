using Clew.Pipeline.Components;
using Clew.Server.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Endpoint = Clew.Server.Configuration.Endpoint;

namespace Clew.Server.Hosting;

/// <summary>
/// The extensions that listen: started before the pipelines, stopped after them. A reload stops those that are gone or changed and starts
/// the new ones; when one cannot start, those of before are started again.
/// </summary>
internal sealed class ExtensionHost(DateTimeOffset startedAt, Func<string?> notReady, PipelineHost pipelines, ILoggerProvider logging) : IAsyncDisposable
{
    private readonly Dictionary<ComponentId, (ExtensionConfig Config, SideServer Running)> _running = [];

    /// <summary>Ids of what runs.</summary>
    public IReadOnlyCollection<ComponentId> Running => _running.Keys;

    /// <summary>Throws <see cref="IOException"/> when one cannot listen.</summary>
    public async Task StartAsync(ClewConfig config, CancellationToken cancellationToken)
    {
        foreach (var extension in Listening(config).Where(extension => !_running.ContainsKey(extension.Id)))
        {
            _running.Add(extension.Id, (extension, await StartAsync(extension, cancellationToken).ConfigureAwait(false)));
        }
    }

    /// <summary>Null on success; otherwise the reason why everything is as it was.</summary>
    public async Task<string?> ReloadAsync(ClewConfig old, ClewConfig next, CancellationToken cancellationToken)
    {
        await StopAllButAsync(next).ConfigureAwait(false);
        try
        {
            await StartAsync(next, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (IOException fault)
        {
            await StopAllButAsync(old).ConfigureAwait(false);
            await StartAsync(old, cancellationToken).ConfigureAwait(false);
            return fault.Message;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, running) in _running.Values)
        {
            await running.DisposeAsync().ConfigureAwait(false);
        }

        _running.Clear();
    }

    private async Task StopAllButAsync(ClewConfig config)
    {
        var wanted = Listening(config).ToList();
        foreach (var (id, (extension, running)) in _running.Where(entry => !wanted.Contains(entry.Value.Config)).ToList())
        {
            _running.Remove(id);
            await running.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static IEnumerable<ExtensionConfig> Listening(ClewConfig config) => config.Pipeline.StartedExtensions
        .Select(id => config.Pipeline.Extensions.TryGetValue(id, out var extension) ? extension : null)
        .Where(static extension => extension is HealthCheckConfig or RemoteSamplingConfig or ZPagesConfig)!;

    private Task<SideServer> StartAsync(ExtensionConfig extension, CancellationToken cancellationToken) => extension switch
    {
        HealthCheckConfig check => ListenAsync(check, [check.Endpoint], app => HealthCheck.Map(app, check, startedAt, notReady), cancellationToken),
        RemoteSamplingConfig sampling => ListenAsync(sampling, [.. sampling.Endpoints], app => RemoteSampling.Map(app, sampling), cancellationToken),
        ZPagesConfig pages => ListenAsync(pages, [pages.Endpoint], app => ZPages.Map(app, pages, startedAt, pipelines), cancellationToken),
        _ => throw new InvalidOperationException($"extension '{extension.Id}' does not listen"),
    };

    private Task<SideServer> ListenAsync(ExtensionConfig extension, IReadOnlyList<Endpoint> endpoints, Action<WebApplication> map, CancellationToken cancellationToken) =>
        SideServer.StartAsync($"extension '{extension.Id}'", endpoints, logging, map, cancellationToken);
}
