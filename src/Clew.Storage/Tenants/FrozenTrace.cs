using Clew.Model;
using Clew.Storage.Columns;
using Clew.Storage.Head;
using Clew.Storage.Rollups;

namespace Clew.Storage.Tenants;

/// <summary>A trace of the frozen heads, with its parts in each of them.</summary>
internal sealed class FrozenTrace(TraceId id)
{
    private readonly List<(int Head, int Row)> _parts = [];

    public TraceId Id => id;

    /// <summary>Where its spans are: the head's number, and the row of that head's traces.</summary>
    public IReadOnlyList<(int Head, int Row)> Parts => _parts;

    public long StartUnixNano { get; private set; } = long.MaxValue;

    public long FirstArrival { get; private set; } = long.MaxValue;

    public long LastArrival { get; private set; } = long.MinValue;

    public int SpanCount { get; private set; }

    public static List<FrozenTrace> Collect(List<HeadSegment> heads)
    {
        var traces = new Dictionary<TraceId, FrozenTrace>();
        for (var i = 0; i < heads.Count; i++)
        {
            for (var row = 0; row < heads[i].Traces.Count; row++)
            {
                var part = heads[i].Traces[row];
                if (!traces.TryGetValue(part.Id, out var trace))
                {
                    traces.Add(part.Id, trace = new FrozenTrace(part.Id));
                }

                trace.Add(i, row, part);
            }
        }

        return [.. traces.Values];
    }

    public void Read(List<HeadView> views, LogWindow window, IStoredSpanSink sink)
    {
        foreach (var (head, row) in _parts)
        {
            views[head].ReadTrace(row, 0, window, sink);
        }
    }

    /// <summary>Counts the trace, from the heads' columns.</summary>
    public void Count(FrozenRollups rollups) => rollups.Count(_parts);

    private void Add(int head, int row, in HeadTrace part)
    {
        _parts.Add((head, row));
        StartUnixNano = Math.Min(StartUnixNano, part.StartUnixNano);
        FirstArrival = Math.Min(FirstArrival, part.FirstArrival);
        LastArrival = Math.Max(LastArrival, part.LastArrival);
        SpanCount += part.SpanCount;
    }
}
