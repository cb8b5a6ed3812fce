using Clew.Storage.Blocks.Building;

namespace Clew.Storage.Compaction;

/// <summary>Neighbours in a source row group that become neighbours in the new one.</summary>
internal struct MergeRun
{
    public int SourceRow;
    public int TargetRow;
    public int Count;
}

/// <summary>What one row group of an input gives to a new row group.</summary>
internal sealed class MergeSource(MergeInput input, int group)
{
    public MergeInput Input => input;

    public int Group => group;

    public List<MergeRun> Runs { get; } = [];

    /// <summary>The rows that are used lie from here on.</summary>
    public int FirstRow { get; private set; } = int.MaxValue;

    public int EndRow { get; private set; }

    public void Add(int row, int target, int count)
    {
        FirstRow = Math.Min(FirstRow, row);
        EndRow = Math.Max(EndRow, row + count);
        if (Runs.Count > 0 && Runs[^1] is var last && last.SourceRow + last.Count == row && last.TargetRow + last.Count == target)
        {
            last.Count += count;
            Runs[^1] = last;
            return;
        }

        Runs.Add(new MergeRun { SourceRow = row, TargetRow = target, Count = count });
    }
}

/// <summary>The rows of one new row group: where each comes from, and the traces they make.</summary>
internal sealed class MergeRows
{
    private readonly Dictionary<(int Input, int Group), MergeSource> _sources = [];

    public IReadOnlyCollection<MergeSource> Sources => _sources.Values;

    public List<TraceRun> Traces { get; } = [];

    /// <summary>Nested-set numbers of joined traces, whose parts had numbers of their own.</summary>
    public List<(int Row, int Left, int Right, int Parent)> NestedSets { get; } = [];

    /// <summary>Runs of rows that stand for more than themselves.</summary>
    public List<(int Row, int Count, double Weight)> Weights { get; } = [];

    public int Count { get; private set; }

    /// <summary>Takes a trace, or its next rows, from one input.</summary>
    public void Add(MergeInput input, int firstRow, int count)
    {
        while (count > 0)
        {
            var group = input.GroupOf(firstRow);
            var groupRow = firstRow - (int)input.Spans.RowGroupFirstRow(group);
            var take = Math.Min(count, input.Spans.RowGroupRows(group) - groupRow);
            if (!_sources.TryGetValue((input.Index, group), out var source))
            {
                _sources.Add((input.Index, group), source = new MergeSource(input, group));
            }

            source.Add(groupRow, Count, take);
            Count += take;
            firstRow += take;
            count -= take;
        }
    }
}
