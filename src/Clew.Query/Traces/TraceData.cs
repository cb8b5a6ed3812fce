using Clew.Model;

namespace Clew.Query.Traces;

/// <summary>
/// A whole trace: its parts of all sources joined, duplicates dropped, spans in order of start, span id and kind, tree links set.
/// </summary>
internal sealed class TraceData
{
    public const string RootNotReceived = "<root span not yet received>";

    /// <param name="id">Of all the spans.</param>
    /// <param name="spans">Each once, in any order; kept and sorted.</param>
    /// <param name="hasParents">
    /// False when the spans came without their parents' ids, for a query that does not look at them: then roots carry their mark already
    /// (<see cref="TraceTree.RootParent"/>) and nothing is linked.
    /// </param>
    public TraceData(TraceId id, SpanData[] spans, bool hasParents = true)
    {
        Id = id;
        Spans = spans;
        Array.Sort(spans, SpanOrder.ByStart);
        if (hasParents)
        {
            TraceTree.Link(spans);
        }
        else
        {
            for (var i = 0; i < spans.Length; i++)
            {
                spans[i].Index = i;
            }
        }

        StartUnixNano = long.MaxValue;
        EndUnixNano = long.MinValue;
        foreach (var span in spans)
        {
            StartUnixNano = Math.Min(StartUnixNano, span.StartUnixNano);
            EndUnixNano = Math.Max(EndUnixNano, span.StartUnixNano + span.DurationNanos);
            // Spans are in order, so the first root is the earliest.
            Root ??= span.NestedSetParent == TraceTree.RootParent ? span : null;
        }
    }

    public TraceId Id { get; }

    public SpanData[] Spans { get; }

    /// <summary>The earliest span without a parent; null while none has arrived.</summary>
    public SpanData? Root { get; }

    public long StartUnixNano { get; }

    public long EndUnixNano { get; }

    public long DurationNanos => EndUnixNano - StartUnixNano;
}
