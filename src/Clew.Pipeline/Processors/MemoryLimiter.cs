using Clew.Otlp.Batches;
using Clew.Pipeline.Components;

namespace Clew.Pipeline.Processors;

/// <summary>Settings of <c>memory_limiter</c>, in bytes.</summary>
public sealed record MemoryLimiterOptions
{
    /// <summary>The hard limit. Above it a garbage collection is asked for.</summary>
    public required long LimitBytes { get; init; }

    /// <summary>The soft limit lies this far below; above it data is refused.</summary>
    public required long SpikeBytes { get; init; }

    /// <summary>How often the memory is looked at.</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A soft limit, out of percentages of the memory that the process may use.</summary>
    public static MemoryLimiterOptions OfPercent(double limit, double spike, long availableBytes, TimeSpan checkInterval) => new()
    {
        LimitBytes = (long)(availableBytes * limit / 100), SpikeBytes = (long)(availableBytes * spike / 100), CheckInterval = checkInterval,
    };
}

/// <summary><c>memory_limiter</c>: refuses data, for the sender to retry, while the process uses more memory than the soft limit.</summary>
public sealed class MemoryLimiter : ITraceProcessor
{
    private readonly MemoryLimiterOptions _options;
    private readonly ITraceConsumer _next;
    private readonly TimeProvider _clock;
    private readonly Func<long> _usedBytes;
    private readonly ComponentMetrics _metrics;
    private long _nextCheck;
    private volatile bool _refusing;

    /// <param name="id">The component.</param>
    /// <param name="options">The limits.</param>
    /// <param name="next">Takes what is not refused.</param>
    /// <param name="metrics">Counts what passes and what does not.</param>
    /// <param name="clock">When to look again.</param>
    /// <param name="usedBytes">Memory in use; the managed heap and its free reserve when not given.</param>
    public MemoryLimiter(
        ComponentId id, MemoryLimiterOptions options, ITraceConsumer next, ComponentMetrics metrics, TimeProvider clock, Func<long>? usedBytes = null)
    {
        Id = id;
        _options = options;
        _next = next;
        _metrics = metrics;
        _clock = clock;
        _usedBytes = usedBytes ?? (static () => GC.GetTotalMemory(forceFullCollection: false));
    }

    public ComponentId Id { get; }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        Check();
        if (_refusing)
        {
            _metrics.LimiterRefused(Id, batch.SpanCount);
            return new(ConsumeResult.Unavailable(
                $"data refused due to high memory usage (memory_limiter: soft limit {_options.LimitBytes - _options.SpikeBytes} bytes)", _options.CheckInterval));
        }

        _metrics.LimiterAccepted(Id, batch.SpanCount);
        return _next.ConsumeAsync(batch, cancellationToken);
    }

    private void Check()
    {
        var now = _clock.GetTimestamp();
        var due = Interlocked.Read(ref _nextCheck);
        var step = (long)(_options.CheckInterval.TotalSeconds * _clock.TimestampFrequency);
        if (now < due || Interlocked.CompareExchange(ref _nextCheck, now + step, due) != due)
        {
            return;
        }

        var used = _usedBytes();
        if (used > _options.LimitBytes)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            used = _usedBytes();
        }

        _refusing = used > _options.LimitBytes - _options.SpikeBytes;
    }
}
