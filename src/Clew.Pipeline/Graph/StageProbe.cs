using Clew.Otlp.Batches;
using Clew.Pipeline.Components;

namespace Clew.Pipeline.Graph;

/// <summary>
/// Stands in front of one component of one pipeline and counts what goes in and how it was answered. Costs a few additions a batch;
/// spans are looked at only while somebody watches (<see cref="StageCounters.Tap"/>).
/// </summary>
public sealed class StageProbe(StageCounters counters, ITraceConsumer next, TimeProvider clock) : ITraceConsumer
{
    public async ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        counters.Tap?.Show(batch);
        var started = clock.GetTimestamp();
        try
        {
            var result = await next.ConsumeAsync(batch, cancellationToken).ConfigureAwait(false);
            counters.Answered(batch.SpanCount, result, clock.GetElapsedTime(started), clock);
            return result;
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            counters.Failed(batch.SpanCount, fault.Message, clock.GetElapsedTime(started), clock);
            throw;
        }
    }
}
