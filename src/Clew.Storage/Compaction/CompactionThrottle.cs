using System.Diagnostics;

namespace Clew.Storage.Compaction;

/// <summary>
/// Keeps a merge to its share of one core while others want the machine: after each step it sleeps as long as the share asks for. Nobody
/// waits for it, so the sleep may be long; it is cut into pieces so that a store that becomes idle is noticed.
/// </summary>
internal sealed class CompactionThrottle(double share, Func<bool> isBusy, CancellationToken cancellationToken)
{
    private static readonly TimeSpan Piece = TimeSpan.FromMilliseconds(100);

    private long _stepStarted = Stopwatch.GetTimestamp();

    public async ValueTask PauseAsync()
    {
        var left = Stopwatch.GetElapsedTime(_stepStarted) * ((1 - share) / share);
        while (left > TimeSpan.Zero && isBusy())
        {
            var nap = left < Piece ? left : Piece;
            await Task.Delay(nap, cancellationToken).ConfigureAwait(false);
            left -= nap;
        }

        _stepStarted = Stopwatch.GetTimestamp();
    }
}
