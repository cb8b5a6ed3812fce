using Clew.Semantics;
using Clew.Semantics.Pairing;
using Clew.Storage.Head;

namespace Clew.Storage.Rollups;

/// <summary>Counts the traces of frozen heads while they are cut into blocks. For one thread.</summary>
internal sealed class FrozenRollups
{
    private readonly Utf8Pool _names = new(SemanticReader.MaxTexts);
    private readonly TraceSpans _trace = new();
    private readonly TraceCalls _calls;
    private readonly List<HeadView> _views;
    private readonly HeadTraceReader[] _readers;
    private RollupTable _table = new();

    public FrozenRollups(List<HeadView> views)
    {
        _calls = new TraceCalls(_names);
        _views = views;
        _readers = [.. views.Select(view => new HeadTraceReader(view.Segment, _names))];
    }

    /// <summary>The table of the next block, which is filled by the calls that follow.</summary>
    public RollupTable Begin() => _table = new RollupTable();

    /// <summary>Counts a trace that has these parts: heads, and the trace's row in each.</summary>
    public void Count(List<(int Head, int Row)> parts)
    {
        _trace.Clear();
        foreach (var (head, row) in parts)
        {
            _readers[head].Read(row, _views[head].SpanCount, _trace);
        }

        _table.Add(_trace, _calls, _names);
    }
}
