using Clew.Otlp.Batches;
using Clew.Pipeline.Components;
using Clew.Pipeline.Graph;

namespace Clew.Pipeline.Connectors;

/// <summary><c>forward</c>: hands what it gets to every pipeline behind it, and answers as they do.</summary>
public sealed class ForwardConnector(ComponentId id, ConnectorContext context) : ITraceConnector
{
    private readonly ITraceConsumer _next = FanOut.Of([.. context.Outputs.Select(static output => output.Value)]);

    public ComponentId Id => id;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken) => _next.ConsumeAsync(batch, cancellationToken);
}
