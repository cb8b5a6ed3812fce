using System.Numerics;
using Clew.Model;
using Clew.Storage.Columns;

namespace Clew.Query.Scan;

/// <summary>Drops the rows of a chunk whose spans lie outside of a window.</summary>
internal static class WindowFilter
{
    /// <summary>What bounds tell of a chunk: none when every span lies outside, all when every one is inside.</summary>
    public static Outlook Look(Chunk chunk, TimeRange window, WindowRule rule)
    {
        var starts = chunk.Bounds(IntrinsicColumns.Start);
        if (!starts.IsKnown)
        {
            return Outlook.Mixed;
        }

        // A span that starts inside also overlaps; one that starts before may reach in.
        return starts.Min > window.EndUnixNano || (rule == WindowRule.Starts && starts.Max < window.StartUnixNano) ? Outlook.None
            : starts.Min >= window.StartUnixNano && starts.Max <= window.EndUnixNano && starts.NoNulls ? Outlook.All
            : Outlook.Mixed;
    }

    public static void Keep(Chunk chunk, TimeRange window, WindowRule rule, Span<ulong> rows)
    {
        if (!Bits.Any(rows))
        {
            return;
        }

        var starts = chunk.Dense(IntrinsicColumns.Start);
        var durations = rule == WindowRule.Overlaps ? chunk.Dense(IntrinsicColumns.Duration) : default;
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                var end = starts[row] + (rule == WindowRule.Overlaps ? durations[row] : 0);
                if (!window.Overlaps(starts[row], end))
                {
                    rows[word] &= ~(rest & (0 - rest));
                }
            }
        }
    }
}
