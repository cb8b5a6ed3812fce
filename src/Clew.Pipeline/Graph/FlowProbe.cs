using Clew.Otlp.Batches;
using Clew.Pipeline.Components;

namespace Clew.Pipeline.Graph;

/// <summary>
/// Stands where one component hands batches to the next and counts them by outcome: success, refused (what is behind pushed back) or
/// failure (it broke). In front of and behind a processor, the two probes share a clock of the time that passes behind it.
/// </summary>
public sealed class FlowProbe : ITraceConsumer
{
    /// <summary>Time behind the processor whose front probe runs; per batch, because a batch may be handed on by another task.</summary>
    private static readonly AsyncLocal<Behind?> s_behind = new();

    private readonly ITraceConsumer _next;
    private readonly FlowMetrics _metrics;
    private readonly FlowKind _kind;
    private readonly bool _produced;
    private readonly TimeProvider _clock;
    private readonly KeyValuePair<string, object?>[] _success;
    private readonly KeyValuePair<string, object?>[] _refused;
    private readonly KeyValuePair<string, object?>[] _failure;
    private readonly KeyValuePair<string, object?>[] _processor;

    /// <param name="kind">What the component is.</param>
    /// <param name="produced">True behind the component, false in front of it.</param>
    /// <param name="component">The component that is counted.</param>
    /// <param name="pipeline">Where it stands; null for receivers, which stand in several.</param>
    /// <param name="next">Takes the batches.</param>
    /// <param name="metrics">The instruments.</param>
    /// <param name="clock">For the time in processors.</param>
    public FlowProbe(FlowKind kind, bool produced, ComponentId component, ComponentId? pipeline, ITraceConsumer next, ComponentMetrics metrics, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        (_next, _metrics, _kind, _produced, _clock) = (next, metrics.Flow, kind, produced, clock);
        var tags = FlowMetrics.Tags(kind, component, pipeline);
        _success = [.. tags, new("outcome", "success")];
        _refused = [.. tags, new("outcome", "refused")];
        _failure = [.. tags, new("outcome", "failure")];
        _processor = [new("processor", component.ToString()), new("otel_signal", "traces")];
    }

    public async ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        var (items, bytes) = (batch.SpanCount, batch.Bytes.Length);
        var isProcessor = _kind == FlowKind.Processor;
        var behind = !isProcessor ? null : _produced ? s_behind.Value : s_behind.Value = new Behind();
        var started = isProcessor ? _clock.GetTimestamp() : 0;
        if (isProcessor)
        {
            (_produced ? _metrics.Outgoing : _metrics.Incoming).Add(items, _processor);
        }

        try
        {
            var result = await _next.ConsumeAsync(batch, cancellationToken).ConfigureAwait(false);

            // Nobody stands behind an exporter: what it does not take has failed there.
            Count(items, bytes, result.IsAccepted ? _success : _kind == FlowKind.Exporter ? _failure : _refused);
            return result;
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            Count(items, bytes, _failure);
            throw;
        }
        finally
        {
            if (isProcessor)
            {
                var elapsed = _clock.GetElapsedTime(started);
                if (_produced)
                {
                    behind?.Add(elapsed);
                }
                else
                {
                    _metrics.InternalDuration.Record(Math.Max(0, (elapsed - behind!.Elapsed).TotalSeconds), _processor);
                }
            }
        }
    }

    private void Count(int items, int bytes, KeyValuePair<string, object?>[] tags)
    {
        var (itemCounter, byteCounter) = _metrics.Of(_kind, _produced);
        itemCounter.Add(items, tags);
        byteCounter.Add(bytes, tags);
    }

    private sealed class Behind
    {
        private long _ticks;

        public TimeSpan Elapsed => TimeSpan.FromTicks(Interlocked.Read(ref _ticks));

        public void Add(TimeSpan elapsed) => Interlocked.Add(ref _ticks, elapsed.Ticks);
    }
}
