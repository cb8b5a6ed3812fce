using Clew.Storage.Retention;

namespace Clew.Storage.Tenants;

/// <summary>What a wall clock that jumps must not do: drop spans that are not old, or put off what is due until it has caught up.</summary>
internal sealed partial class TenantStore
{
    private readonly ClockWatch _watch;

    private void TellOfClock()
    {
        if (_watch.TryTake(out var jump))
        {
            _metrics.Fault(StoreFault.Clock);
            _logger.ClockJumped(jump, ClockWatch.Grace);
        }
    }

    /// <summary>True until a time that was set at most <paramref name="delay"/> ahead; a time further ahead is of a clock that was put back since.</summary>
    private static bool IsBefore(long now, long timeUnixNano, TimeSpan delay) => now < timeUnixNano && timeUnixNano - now <= delay.Ticks * 100;

    /// <summary>No span of the trace came for a while, or the last one came by a clock that was put back since.</summary>
    private bool IsFinished(long lastArrival, long now) =>
        lastArrival <= now - (_options.TraceIdle.Ticks * 100) || lastArrival > now + (ClockWatch.Tolerance.Ticks * 100);
}
