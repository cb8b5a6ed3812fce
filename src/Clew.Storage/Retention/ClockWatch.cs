using Clew.Model;

namespace Clew.Storage.Retention;

/// <summary>
/// Compares the wall clock with the time that really passed. A wall clock that jumps forwards makes everything look old at once, so for a
/// while after such a jump nothing is dropped for its age: a clock that was set wrong is set right again, and dropped spans stay dropped.
/// Safe for any number of threads.
/// </summary>
internal sealed class ClockWatch(TimeProvider clock)
{
    /// <summary>Difference that counts as a jump: far above what clocks drift or are slewed between two looks.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);

    /// <summary>How long after a jump forwards ages are not trusted. Then the new time is believed.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private long _wallUnixNano = UnixNano.Now(clock);
    private long _timestamp = clock.GetTimestamp();
    private long? _jumpedAt;
    private TimeSpan _untold;

    /// <summary>Whether an age by the wall clock is one that may be acted on.</summary>
    public bool IsTrusted
    {
        get
        {
            Look();
            lock (_lock)
            {
                return _jumpedAt is not { } jumped || clock.GetElapsedTime(jumped) >= Grace;
            }
        }
    }

    /// <summary>How far the wall clock jumped, backwards with a minus; true once a jump, for whoever tells of it.</summary>
    public bool TryTake(out TimeSpan jump)
    {
        Look();
        lock (_lock)
        {
            (jump, _untold) = (_untold, TimeSpan.Zero);
            return jump != TimeSpan.Zero;
        }
    }

    private void Look()
    {
        lock (_lock)
        {
            var (wall, timestamp) = (UnixNano.Now(clock), clock.GetTimestamp());
            var jump = TimeSpan.FromTicks((wall - _wallUnixNano) / 100) - clock.GetElapsedTime(_timestamp, timestamp);
            (_wallUnixNano, _timestamp) = (wall, timestamp);
            if (jump.Duration() >= Tolerance)
            {
                _jumpedAt = jump > TimeSpan.Zero ? timestamp : null;
                _untold = jump;
            }
        }
    }
}
