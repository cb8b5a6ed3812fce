using Clew.Query.Traces;

namespace Clew.Query.Structure;

/// <summary>How much of each span its children cover together.</summary>
internal static class SelfTimes
{
    /// <summary>Nanoseconds by <see cref="SpanData.Index"/>. Spans of a trace are in order of start, so one pass does it.</summary>
    public static long[] Covered(TraceData trace)
    {
        var covered = new long[trace.Spans.Length];
        var until = new long[trace.Spans.Length];
        foreach (var span in trace.Spans)
        {
            if (span.Parent is not { } parent)
            {
                continue;
            }

            var from = Math.Max(Math.Max(until[parent.Index], parent.StartUnixNano), span.StartUnixNano);
            var to = Math.Min(span.StartUnixNano + span.DurationNanos, parent.StartUnixNano + parent.DurationNanos);
            if (to > from)
            {
                covered[parent.Index] += to - from;
                until[parent.Index] = to;
            }
        }

        return covered;
    }
}
