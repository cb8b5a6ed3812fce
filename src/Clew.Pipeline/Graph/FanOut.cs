using Clew.Otlp.Batches;
using Clew.Pipeline.Components;

namespace Clew.Pipeline.Graph;

/// <summary>
/// Hands each batch to several consumers at once and answers when all of them have; the worst answer wins, so that a success means
/// that everyone has taken responsibility. A sender that tries again after a partial failure repeats what the others have: the store
/// shows such a span once.
/// </summary>
public sealed class FanOut : ITraceConsumer
{
    private readonly ITraceConsumer[] _consumers;

    private FanOut(ITraceConsumer[] consumers) => _consumers = consumers;

    /// <summary>One consumer needs no fan-out and is answered as it is.</summary>
    public static ITraceConsumer Of(IReadOnlyList<ITraceConsumer> consumers)
    {
        ArgumentOutOfRangeException.ThrowIfZero(consumers.Count);
        return consumers.Count == 1 ? consumers[0] : new FanOut([.. consumers]);
    }

    public async ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        var pending = new ValueTask<ConsumeResult>[_consumers.Length];
        for (var i = 0; i < pending.Length; i++)
        {
            pending[i] = ConsumeAsync(_consumers[i], batch, cancellationToken);
        }

        // Every one is awaited, also after a failure: the batch must outlive all who use it.
        var answer = ConsumeResult.Accepted;
        Exception? fault = null;
        foreach (var consumer in pending)
        {
            try
            {
                answer = ConsumeResult.Combine(answer, await consumer.ConfigureAwait(false));
            }
            catch (Exception caught)
            {
                fault ??= caught;
            }
        }

        return fault is null ? answer : throw new AggregateException(fault);
    }

    // Async, so that a consumer that throws at once is a failed task like any other and the rest are still awaited.
    private static async ValueTask<ConsumeResult> ConsumeAsync(ITraceConsumer consumer, TraceBatch batch, CancellationToken cancellationToken) =>
        await consumer.ConsumeAsync(batch, cancellationToken).ConfigureAwait(false);
}
