using System.Numerics;
using Clew.Query.Scan;
using Clew.Query.Values;
using Clew.Storage.Columns;

namespace Clew.Query.Metrics;

/// <summary>
/// Offers rows of one source as exemplars of their series: those whose start has the least scramble in its interval
/// (<see cref="SeriesState.ExemplarKey"/>). Once an interval has its exemplars hardly a row is still taken, so whole chunks are compared with
/// the largest key that any of their series would take. One thread.
/// </summary>
internal sealed class ExemplarPicker(GroupTable groups, ColumnOrigin origin)
{
    private readonly ulong[] _below = new ulong[Chunk.MaxWords];

    /// <summary>Offers rows that lie in one interval.</summary>
    /// <param name="chunk">Where they are.</param>
    /// <param name="interval">Which.</param>
    /// <param name="rows">Rows that count.</param>
    /// <param name="grouping">Has read their groups.</param>
    /// <param name="counts">The groups among the rows.</param>
    /// <param name="argument">What the function computes with; null when it counts.</param>
    /// <param name="numbers">Its numbers, a row each.</param>
    public void Take(Chunk chunk, int interval, ReadOnlySpan<ulong> rows, RowGrouping grouping, List<(int Group, int Count)> counts, NumberReader? argument, ReadOnlySpan<long> numbers)
    {
        var limit = 0UL;
        foreach (var (group, _) in counts)
        {
            limit = Math.Max(limit, groups.States[group].ExemplarLimit(interval));
        }

        if (limit == 0)
        {
            return;
        }

        var starts = chunk.Dense(IntrinsicColumns.Start);
        ColumnKernels.ScramblesUpTo(starts, limit, _below);
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word] & _below[word]; rest != 0; rest &= rest - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                if (grouping.GroupOf(row) is var group and >= 0)
                {
                    TakeOne(chunk, interval, row, group, starts[row], argument is null ? double.NaN : Number(argument.Kinds[row], numbers[row]));
                }
            }
        }
    }

    /// <summary>Offers one row.</summary>
    public void TakeOne(Chunk chunk, int interval, int row, int group, long start, double value)
    {
        var state = groups.States[group];
        var key = SeriesState.ExemplarKey(start);
        if (state.TakesExemplar(interval, key))
        {
            state.AddExemplar(interval, key, start, value, origin.TraceOf(chunk, row), origin, ColumnOrigin.PlaceOf(chunk.Pages, row));
        }
    }

    /// <summary>A number as exemplars show it: durations in seconds.</summary>
    public static double Number(ValueKind kind, long bits) =>
        kind == ValueKind.Float ? BitConverter.Int64BitsToDouble(bits) : kind == ValueKind.Duration ? bits / 1e9 : bits;
}
