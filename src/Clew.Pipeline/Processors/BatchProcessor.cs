using Clew.Otlp.Batches;
using Clew.Pipeline.Components;

namespace Clew.Pipeline.Processors;

/// <summary>
/// <c>batch</c>. Holds nothing: it writes its settings on the context, and the network exporters behind it group by them when requests
/// leave their queues. In front of the store it costs nothing.
/// </summary>
public sealed class BatchProcessor(ComponentId id, BatchShape shape, ITraceConsumer next) : ITraceProcessor
{
    private readonly BatchShape _shape = shape with { Processor = id.ToString() };

    public ComponentId Id => id;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken) =>
        next.ConsumeAsync(batch.WithContext(batch.Context with { Shape = _shape }), cancellationToken);
}
