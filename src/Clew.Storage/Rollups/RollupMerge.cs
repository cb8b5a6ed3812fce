using Clew.Model;
using Clew.Storage.Blocks;

namespace Clew.Storage.Rollups;

/// <summary>
/// The roll-ups of a block that is merged from others: the sum of theirs; corrected for traces that are joined, drop duplicates or go.
/// </summary>
internal static class RollupMerge
{
    /// <param name="blocks">The inputs, in the order in which of equal spans the first counts.</param>
    /// <param name="split">Traces with parts in several inputs.</param>
    /// <param name="drop">Traces that go; null for none.</param>
    /// <param name="cancellationToken">Stops between traces.</param>
    public static async ValueTask<RollupTable> OfAsync(
        IReadOnlyList<BlockReader> blocks, IReadOnlyCollection<TraceId> split, Func<TraceId, bool>? drop, CancellationToken cancellationToken)
    {
        // Corrections must find the series they correct, so nothing is folded into "other" before they are done.
        var table = new RollupTable(RollupLimits.Unlimited);
        foreach (var block in blocks)
        {
            await block.AddRollupsAsync(table, cancellationToken).ConfigureAwait(false);
        }

        var joiner = new TraceJoiner(table);
        if (drop is not null)
        {
            foreach (var block in blocks)
            {
                var rows = new List<int>();
                for (var row = 0; row < block.Traces.Count; row++)
                {
                    if (drop(block.Traces[row].Id))
                    {
                        rows.Add(row);
                    }
                }

                await joiner.DropAsync(block, rows, cancellationToken).ConfigureAwait(false);
            }
        }

        var stay = drop is null ? split : [.. split.Where(id => !drop(id))];
        await joiner.JoinAsync(blocks, stay, cancellationToken).ConfigureAwait(false);
        table.Trim(drop);
        return table.Limited(RollupLimits.Default);
    }
}
