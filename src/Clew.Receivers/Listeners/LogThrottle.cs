namespace Clew.Receivers.Listeners;

/// <summary>Lets one line through an interval and counts those it holds back.</summary>
internal sealed class LogThrottle(TimeProvider clock, TimeSpan interval)
{
    private readonly Lock _lock = new();
    private long? _last;
    private long _heldBack;

    public bool ShouldLog(out long heldBack)
    {
        lock (_lock)
        {
            if (_last is { } last && clock.GetElapsedTime(last) < interval)
            {
                _heldBack++;
                heldBack = 0;
                return false;
            }

            _last = clock.GetTimestamp();
            heldBack = _heldBack;
            _heldBack = 0;
            return true;
        }
    }
}
