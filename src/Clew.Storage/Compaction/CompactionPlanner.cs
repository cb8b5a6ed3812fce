using Clew.Storage.Manifest;

namespace Clew.Storage.Compaction;

/// <summary>What the planner knows of a live block.</summary>
/// <param name="Record">Its size and times.</param>
/// <param name="OverlapsWith">Blocks that have parts of the same traces.</param>
/// <param name="HasDeleted">True when traces of it are to go.</param>
internal sealed record CompactionBlock(BlockRecord Record, IReadOnlyList<string> OverlapsWith, bool HasDeleted);

/// <summary>Blocks to be replaced by one.</summary>
internal sealed record CompactionJob(IReadOnlyList<CompactionBlock> Blocks)
{
    public long Bytes => Blocks.Sum(static block => block.Record.SizeBytes);
}

/// <summary>
/// Decides what to merge next. First blocks with deleted traces, then blocks that share traces, then, when there are too many small
/// blocks, the run of neighbours in time that costs the fewest spans for each block that it removes. That choice keeps blocks of like size
/// together, so that a span is rewritten a handful of times in its life, and by then mostly copied.
/// </summary>
internal static class CompactionPlanner
{
    private const int MaxInputs = 64;

    /// <summary>A block of this many times the size of the one it shares traces with waits for an idle store.</summary>
    private const int Unbalanced = 8;

    public static CompactionJob? Next(IReadOnlyList<CompactionBlock> blocks, CompactionOptions options, bool isIdle)
    {
        var deleted = blocks.FirstOrDefault(static block => block.HasDeleted);
        return deleted is not null ? new CompactionJob([deleted]) : Overlapping(blocks, options, isIdle) ?? SmallRun(blocks, options, isIdle ? options.KeepSmall : Math.Max(options.KeepSmall, options.KeepSmallWhileBusy));
    }

    /// <summary>Bytes of all jobs that are due, one after the other, until nothing is left to do.</summary>
    public static long PendingBytes(IReadOnlyList<CompactionBlock> blocks, CompactionOptions options)
    {
        var left = blocks.ToList();
        var pending = 0L;
        for (var step = 0; step < 2 * blocks.Count && Next(left, options, isIdle: true) is { } job; step++)
        {
            pending += job.Bytes;
            var ids = job.Blocks.Select(static block => block.Record.Id).ToHashSet(StringComparer.Ordinal);
            left.RemoveAll(block => ids.Contains(block.Record.Id));
            left.Add(new CompactionBlock(Merged(job), [.. job.Blocks.SelectMany(static block => block.OverlapsWith).Where(id => !ids.Contains(id)).Distinct()], false));
        }

        return pending;
    }

    private static CompactionJob? Overlapping(IReadOnlyList<CompactionBlock> blocks, CompactionOptions options, bool isIdle)
    {
        var byId = blocks.ToDictionary(static block => block.Record.Id, StringComparer.Ordinal);
        CompactionJob? best = null;
        foreach (var block in blocks)
        {
            foreach (var other in block.OverlapsWith)
            {
                if (!byId.TryGetValue(other, out var partner) || partner == block)
                {
                    continue;
                }

                var job = new CompactionJob([block, partner]);
                var (small, large) = (Math.Min(block.Record.SpanCount, partner.Record.SpanCount), Math.Max(block.Record.SpanCount, partner.Record.SpanCount));
                var waits = !isIdle && small * Unbalanced < large;
                if (!waits && Fits(job.Blocks, options, 2) && (best is null || job.Bytes < best.Bytes))
                {
                    best = job;
                }
            }
        }

        return best;
    }

    private static CompactionJob? SmallRun(IReadOnlyList<CompactionBlock> blocks, CompactionOptions options, int keep)
    {
        var small = blocks.Where(block => block.Record.SpanCount < options.MaxSpans / 2 && block.Record.TraceCount < options.MaxTraces / 2)
            .OrderBy(static block => block.Record.MinStartUnixNano).ThenBy(static block => block.Record.Id, StringComparer.Ordinal).ToList();
        if (small.Count <= keep)
        {
            return null;
        }

        List<CompactionBlock>? best = null;
        var bestCost = double.MaxValue;
        for (var first = 0; first < small.Count - 1; first++)
        {
            for (var end = first + 2; end <= Math.Min(small.Count, first + MaxInputs); end++)
            {
                var run = small.GetRange(first, end - first);
                if (!Fits(run, options, 1))
                {
                    break;
                }

                var cost = (double)run.Sum(static block => block.Record.SpanCount) / (run.Count - 1);
                if (cost <= bestCost)
                {
                    (best, bestCost) = (run, cost);
                }
            }
        }

        return best is null ? null : new CompactionJob(best);
    }

    private static bool Fits(IReadOnlyList<CompactionBlock> run, CompactionOptions options, int stretch)
    {
        var (spans, traces, oldest, newest) = (0L, 0L, long.MaxValue, long.MinValue);
        foreach (var block in run)
        {
            spans += block.Record.SpanCount;
            traces += block.Record.TraceCount;
            oldest = Math.Min(oldest, block.Record.FirstArrival);
            newest = Math.Max(newest, block.Record.MaxArrivalUnixNano);
        }

        return spans <= options.MaxSpans * stretch && traces <= options.MaxTraces * stretch && newest - oldest <= options.Window.Ticks * 100;
    }

    private static BlockRecord Merged(CompactionJob job) => new()
    {
        Id = string.Join('+', job.Blocks.Select(static block => block.Record.Id)),
        SpanCount = job.Blocks.Sum(static block => block.Record.SpanCount),
        TraceCount = job.Blocks.Sum(static block => block.Record.TraceCount),
        SizeBytes = job.Bytes,
        MinStartUnixNano = job.Blocks.Min(static block => block.Record.MinStartUnixNano),
        MaxEndUnixNano = job.Blocks.Max(static block => block.Record.MaxEndUnixNano),
        MinArrivalUnixNano = job.Blocks.Min(static block => block.Record.FirstArrival),
        MaxArrivalUnixNano = job.Blocks.Max(static block => block.Record.MaxArrivalUnixNano),
    };
}
