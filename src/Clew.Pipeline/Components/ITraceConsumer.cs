using Clew.Otlp.Batches;

namespace Clew.Pipeline.Components;

/// <summary>
/// Takes batches. The acknowledgement is carried: the returned task completes only when everything behind this consumer has taken
/// responsibility for the spans (or refused them), and its result is what the sender will be told. The batch belongs to the caller and
/// may be used until the task completes. Cancelling stops the wait; it never tears a write already started.
/// </summary>
public interface ITraceConsumer
{
    ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken);
}
