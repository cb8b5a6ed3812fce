namespace Clew.Query.Skeletons;

/// <summary>
/// The spans that the end of a trace waited for. Walks backwards from the end: the span that is waited for is the child that finished last
/// before the cursor; the time between its end and the cursor is the parent's. Children are cut to their parent's time, so that work which
/// outlives its parent is not waited for. Roots are children of the whole trace. The browser has the same walk.
/// </summary>
internal static class CriticalPath
{
    private const int Trace = -1;

    public static void Mark(TraceSkeleton skeleton)
    {
        var (from, child) = ChildrenByEnd(skeleton);
        var frames = new Stack<Frame>();
        frames.Push(new Frame { Span = Trace, From = 0, Cursor = skeleton.DurationNanos, Next = from[0] });
        while (frames.TryPop(out var frame))
        {
            var last = from[frame.Span + 2];
            var entered = false;
            while (frame.Next < last)
            {
                var next = child[frame.Next++];
                var parentEnd = frame.Span == Trace ? skeleton.DurationNanos : skeleton.Starts[frame.Span] + skeleton.Durations[frame.Span];
                var end = Math.Min(skeleton.Starts[next] + skeleton.Durations[next], parentEnd);
                var start = Math.Max(skeleton.Starts[next], frame.From);
                if (end > frame.Cursor || end <= start)
                {
                    continue;
                }

                Mark(skeleton, frame.Span, end, frame.Cursor);
                frame.Cursor = start;
                frames.Push(frame);
                frames.Push(new Frame { Span = next, From = start, Cursor = end, Next = from[next + 1] });
                entered = true;
                break;
            }

            if (!entered)
            {
                Mark(skeleton, frame.Span, frame.From, frame.Cursor);
            }
        }
    }

    private static void Mark(TraceSkeleton skeleton, int span, double from, double to)
    {
        if (span != Trace && to > from)
        {
            skeleton.Flags[span] |= TraceSkeleton.Critical;
        }
    }

    /// <summary>Children of span s are child[from[s + 1]] to child[from[s + 2] - 1], latest end first; s = -1 is the trace, with the roots.</summary>
    private static (int[] From, int[] Child) ChildrenByEnd(TraceSkeleton skeleton)
    {
        var count = skeleton.Count;
        var from = new int[count + 2];
        for (var row = 0; row < count; row++)
        {
            from[Math.Max(skeleton.Parents[row], Trace) + 2]++;
        }

        for (var i = 1; i < from.Length; i++)
        {
            from[i] += from[i - 1];
        }

        var (child, keys, next) = (new int[count], new double[count], from[..^1]);
        for (var row = 0; row < count; row++)
        {
            var place = next[Math.Max(skeleton.Parents[row], Trace) + 1]++;
            child[place] = row;
            keys[place] = -(skeleton.Starts[row] + skeleton.Durations[row]);
        }

        for (var span = Trace; span < count; span++)
        {
            var length = from[span + 2] - from[span + 1];
            if (length > 1)
            {
                Array.Sort(keys, child, from[span + 1], length);
            }
        }

        return (from, child);
    }

    private struct Frame
    {
        public int Span;
        public double From;
        public double Cursor;
        public int Next;
    }
}
