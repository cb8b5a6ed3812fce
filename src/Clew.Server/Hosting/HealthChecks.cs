using Clew.Server.Configuration;
using Microsoft.Extensions.Logging;

namespace Clew.Server.Hosting;

/// <summary>The health checks that the configuration starts; normally one or none.</summary>
internal sealed class HealthChecks : IAsyncDisposable
{
    private readonly List<HealthCheck> _started = [];

    public static async Task<HealthChecks> StartAsync(
        ClewConfig config, DateTimeOffset startedAt, Func<string?> notReady, ILoggerProvider logging, CancellationToken cancellationToken)
    {
        var checks = new HealthChecks();
        foreach (var id in config.Pipeline.StartedExtensions)
        {
            if (config.Pipeline.Extensions.TryGetValue(id, out var extension) && extension is HealthCheckConfig check)
            {
                checks._started.Add(await HealthCheck.StartAsync(check, startedAt, notReady, logging, cancellationToken).ConfigureAwait(false));
            }
        }

        return checks;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var check in _started)
        {
            await check.DisposeAsync().ConfigureAwait(false);
        }
    }
}
