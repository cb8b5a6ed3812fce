using Clew.Otlp.Batches;
using Clew.Pipeline.Components;
using Clew.Storage;

namespace Clew.Pipeline.Exporters;

/// <summary>The exporter <c>store</c>: this process's trace store takes responsibility once the spans are durable and searchable.</summary>
public sealed class StoreExporter(ComponentId id, ITraceStore store) : ITraceExporter
{
    public ComponentId Id => id;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        var result = await store.AppendAsync(batch, cancellationToken).ConfigureAwait(false);
        return result.Status switch
        {
            AppendStatus.Accepted => ConsumeResult.Accepted,
            AppendStatus.Overloaded => ConsumeResult.Overloaded(result.Reason ?? "the store is overloaded; retry"),
            _ => ConsumeResult.Unavailable(result.Reason ?? "the store is not available; retry"),
        };
    }
}
