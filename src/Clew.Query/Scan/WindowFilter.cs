using System.Numerics;
using Clew.Model;
using Clew.Storage.Columns;

namespace Clew.Query.Scan;

/// <summary>Drops the rows of a chunk whose spans lie outside of a window.</summary>
internal static class WindowFilter
{
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
