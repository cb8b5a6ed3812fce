using Microsoft.Extensions.Hosting;

namespace Clew.Server.Hosting;

/// <summary>The framework's lifetime would take over Ctrl+C; the program handles signals itself.</summary>
internal sealed class QuietLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
