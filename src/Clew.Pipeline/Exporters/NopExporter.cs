using Clew.Otlp.Batches;
using Clew.Pipeline.Components;

namespace Clew.Pipeline.Exporters;

/// <summary><c>nop</c>: takes everything and keeps nothing.</summary>
public sealed class NopExporter(ComponentId id) : ITraceExporter
{
    public ComponentId Id => id;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken) => new(ConsumeResult.Accepted);
}
