namespace Clew.Storage.Rollups;

/// <summary>How many series of spans, or of calls, a source has in a minute.</summary>
internal readonly record struct RollupRun(bool IsEdge, long Minute, int Rows);

/// <summary>Roll-ups that are read some minutes at a time, so that adding many needs no table of all of them.</summary>
internal interface IRollupMinutes : IDisposable
{
    /// <summary>What there is; a minute may come in several runs.</summary>
    IEnumerable<RollupRun> Runs { get; }

    /// <summary>Adds the series of spans, or those of calls, of some minutes to a table.</summary>
    void AddTo(RollupTable table, bool edges, MinuteRange minutes);
}

/// <summary>Those of a table in memory.</summary>
internal sealed class TableMinutes(RollupTable source) : IRollupMinutes
{
    public IEnumerable<RollupRun> Runs => source.Minutes.SelectMany(static minute => (RollupRun[])
        [new(false, minute.Key, minute.Value.Spans.Count), new(true, minute.Key, minute.Value.Edges.Count)]).Where(static run => run.Rows > 0);

    public void AddTo(RollupTable table, bool edges, MinuteRange minutes)
    {
        var part = new RollupTable(RollupLimits.Unlimited) { Scope = new RollupScope { WithSpans = !edges, WithEdges = edges } };
        part.Add(source, minutes);
        table.Add(part);
    }

    public void Dispose()
    {
    }
}
