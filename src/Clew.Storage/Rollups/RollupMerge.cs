using Clew.Model;
using Clew.Storage.Blocks;
using Clew.Storage.Blocks.Building;

namespace Clew.Storage.Rollups;

/// <summary>
/// The roll-ups of a block that is merged from others: the sum of theirs; corrected for traces that are joined, drop duplicates or go. Some
/// minutes at a time: the union of a few hours' blocks is some hundred thousand series, and a hundred megabytes as a table.
/// </summary>
/// <param name="blocks">The inputs, in the order in which of equal spans the first counts.</param>
/// <param name="split">Traces with parts in several inputs.</param>
/// <param name="drop">Traces that go; null for none.</param>
internal sealed class RollupMerge(IReadOnlyList<BlockReader> blocks, IReadOnlyCollection<TraceId> split, Func<TraceId, bool>? drop)
{
    /// <summary>Series of all inputs that are added at a time: about 800 bytes each. One minute is added however many it has.</summary>
    private const int MaxRowsAtOnce = 16 << 10;

    /// <summary>Writes the file; answers its catalogue, null when nothing is left.</summary>
    public async ValueTask<BlockRollups?> WriteAsync(ScratchStream stream, CancellationToken cancellationToken)
    {
        var sources = new List<IRollupMinutes>();
        try
        {
            foreach (var block in blocks)
            {
                sources.Add(await block.OpenRollupsAsync(cancellationToken).ConfigureAwait(false));
            }

            sources.Add(new TableMinutes(await CorrectionsAsync(cancellationToken).ConfigureAwait(false)));
            using var writer = new RollupsWriter(stream);
            Add(sources, edges: false, writer, cancellationToken);
            Add(sources, edges: true, writer, cancellationToken);
            return writer.Finish();
        }
        finally
        {
            sources.ForEach(static source => source.Dispose());
        }
    }

    private void Add(List<IRollupMinutes> sources, bool edges, RollupsWriter writer, CancellationToken cancellationToken)
    {
        foreach (var minutes in Windows(sources, edges))
        {
            cancellationToken.ThrowIfCancellationRequested();

            // Corrections must find the series they correct, so nothing is folded into "other" before they are done.
            var table = new RollupTable(RollupLimits.Unlimited);
            foreach (var source in sources)
            {
                source.AddTo(table, edges, minutes);
            }

            table.Trim(drop);
            writer.Add(table.Limited(RollupLimits.Default));
        }
    }

    /// <summary>Runs of neighbouring minutes, ascending, that have together no more series than are added at once.</summary>
    private static IEnumerable<MinuteRange> Windows(List<IRollupMinutes> sources, bool edges)
    {
        var rowsOfMinute = new SortedDictionary<long, int>();
        foreach (var run in sources.SelectMany(static source => source.Runs).Where(run => run.IsEdge == edges))
        {
            rowsOfMinute[run.Minute] = rowsOfMinute.GetValueOrDefault(run.Minute) + run.Rows;
        }

        var (first, last, sum) = (0L, 0L, 0);
        foreach (var (minute, rows) in rowsOfMinute)
        {
            if (sum > 0 && sum + rows > MaxRowsAtOnce)
            {
                yield return new MinuteRange(first, last);
                sum = 0;
            }

            first = sum == 0 ? minute : first;
            last = minute;
            sum += rows;
        }

        if (sum > 0)
        {
            yield return new MinuteRange(first, last);
        }
    }

    /// <summary>What is to be added to the sum of the inputs: what goes with a minus, what is joined as parts with a minus and whole with a plus.</summary>
    private async ValueTask<RollupTable> CorrectionsAsync(CancellationToken cancellationToken)
    {
        var table = new RollupTable(RollupLimits.Unlimited);
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
        return table;
    }
}
