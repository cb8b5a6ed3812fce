using System.Runtime.CompilerServices;
using Clew.Model;
using Clew.Storage.Columns;
using Clew.Storage.Head;

namespace Clew.Storage.Rollups;

/// <summary>
/// Finds the traces that are in several sources. Blocks never change, so each pair is compared once; a head's traces are looked up in
/// each block once.
/// </summary>
internal sealed class SplitFinder
{
    /// <summary>
    /// Sources whose time ranges lie further apart are not compared: a part that comes so late is joined by compaction.
    /// </summary>
    private const long SlackNanos = 3600 * UnixNano.PerSecond;

    private readonly ConditionalWeakTable<ISpanSource, ConditionalWeakTable<ISpanSource, TraceId[]>> _pairs = [];

    public IReadOnlyCollection<TraceId> Find(List<ISpanSource> sources, IReadOnlySet<TraceId>? splitBlocks, TimeRange range)
    {
        // What the store knows of its blocks need not be looked for.
        var found = splitBlocks is null ? [] : new HashSet<TraceId>(splitBlocks);
        for (var i = 0; i < sources.Count; i++)
        {
            for (var j = i + 1; j < sources.Count; j++)
            {
                if (splitBlocks is null || sources[i].IsHead || sources[j].IsHead)
                {
                    Compare(sources[i], sources[j], found);
                }
            }
        }

        found.RemoveWhere(id => !sources.Exists(source => source.Traces.TryFind(id, out var row) && Overlaps(source.Traces[row], range)));
        return found;
    }

    private void Compare(ISpanSource left, ISpanSource right, HashSet<TraceId> found)
    {
        if (!left.Range.Overlaps(right.Range.StartUnixNano - SlackNanos, right.Range.EndUnixNano + SlackNanos))
        {
            return;
        }

        switch (left, right)
        {
            case (HeadView a, HeadView b):
                Intersect(a.Traces.Count < b.Traces.Count ? a : b, a.Traces.Count < b.Traces.Count ? b : a, found);
                break;
            case (HeadView head, _):
                head.Segment.Rollups.FindIn(right, SlackNanos, found);
                break;
            case (_, HeadView head):
                head.Segment.Rollups.FindIn(left, SlackNanos, found);
                break;
            default:
                found.UnionWith(_pairs.GetOrCreateValue(left).GetValue(right, _ =>
                {
                    var shared = new HashSet<TraceId>();
                    Intersect(left.Traces.Count < right.Traces.Count ? left : right, left.Traces.Count < right.Traces.Count ? right : left, shared);
                    return [.. shared];
                }));
                break;
        }
    }

    private static void Intersect(ISpanSource few, ISpanSource many, HashSet<TraceId> found)
    {
        for (var row = 0; row < few.Traces.Count; row++)
        {
            var id = few.Traces[row].Id;
            if (many.Traces.TryFind(id, out _))
            {
                found.Add(id);
            }
        }
    }

    private static bool Overlaps(in TraceSummary trace, TimeRange range) => range.Overlaps(trace.StartUnixNano, trace.EndUnixNano);
}
