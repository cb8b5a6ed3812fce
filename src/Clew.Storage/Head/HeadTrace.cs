using Clew.Model;

namespace Clew.Storage.Head;

/// <summary>A trace of a head segment. The writer updates it in place; a reader may see a span's worth more than its snapshot holds.</summary>
internal struct HeadTrace
{
    public TraceId Id;
    public long StartUnixNano;
    public long EndUnixNano;
    public int SpanCount;
    public int ErrorCount;

    /// <summary>The newest span's row; each row points to the trace's row before it.</summary>
    public int LastRow;

    /// <summary>A bit for each span id seen, by hash: a bit that is there already makes the writer look closer.</summary>
    public ulong SeenIds;

    /// <summary>Whether two of the trace's spans may have one id.</summary>
    public bool IsRepeated;

    /// <summary>Arrival of the first and the newest span, Unix nanoseconds.</summary>
    public long FirstArrival;

    public long LastArrival;
}
