using System.Diagnostics;

namespace Clew.EndToEnd.Tests.Harness;

/// <summary>Waits for a condition, never for a time: returns as soon as it holds, throws when it does not by the deadline.</summary>
internal static class Poll
{
    /// <summary>Generous on purpose: a loaded machine must not fail a test, and a test that passes never waits this long.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static async Task UntilAsync(Func<Task<bool>> condition, Func<string> otherwise, TimeSpan? deadline = null)
    {
        var waited = Stopwatch.StartNew();
        while (!await condition())
        {
            if (waited.Elapsed > (deadline ?? Deadline))
            {
                throw new TimeoutException($"Waited {waited.Elapsed.TotalSeconds:F0} s: {otherwise()}");
            }

            await Task.Delay(Pause);
        }
    }
}
