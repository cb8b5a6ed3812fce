using Clew.Model;
using Clew.Semantics;
using Clew.Semantics.Pairing;
using Clew.Storage.Columns;
using Clew.Storage.Head;

namespace Clew.Storage.Rollups;

/// <summary>
/// The roll-ups of a head segment, brought up to date when they are asked for: what arrived since is counted, and traces that grew are
/// taken away as they were and counted again as they are. Nobody asks: it costs nothing. Safe for any number of threads.
/// </summary>
internal sealed class HeadRollups
{
    private readonly Lock _lock = new();
    private readonly HeadSegment _segment;
    private readonly RollupTable _table = new();
    private readonly Utf8Pool _names = new(SemanticReader.MaxTexts);
    private readonly TraceSpans _trace = new();
    private readonly TraceCalls _calls;
    private readonly HeadTraceReader _reader;
    private readonly HashSet<int> _touched = [];
    private readonly Dictionary<string, Probe> _probes = [];
    private int _rows;

    public HeadRollups(HeadSegment segment)
    {
        _segment = segment;
        _calls = new TraceCalls(_names);
        _reader = new HeadTraceReader(segment, _names);
    }

    /// <summary>Adds the minutes of a range to a table; answers the view of the segment whose spans these are.</summary>
    public HeadView AddTo(RollupTable table, MinuteRange range)
    {
        lock (_lock)
        {
            Update(_segment.PublishedRows);
            table.Add(_table, range);
            return new HeadView(_segment, _rows);
        }
    }

    /// <summary>Traces of this segment that a block has too. Each is looked up in a block once.</summary>
    public void FindIn(ISpanSource block, long slackNanos, HashSet<TraceId> found)
    {
        lock (_lock)
        {
            if (!_probes.TryGetValue(block.Name, out var probe))
            {
                _probes.Add(block.Name, probe = new Probe());
            }

            var count = _segment.Traces.Count;
            for (; probe.Next < count; probe.Next++)
            {
                var trace = _segment.Traces[probe.Next];
                if (trace.EndUnixNano + slackNanos >= block.Range.StartUnixNano && trace.StartUnixNano - slackNanos <= block.Range.EndUnixNano
                    && block.Traces.TryFind(trace.Id, out _))
                {
                    probe.Found.Add(trace.Id);
                }
            }

            found.UnionWith(probe.Found);
        }
    }

    private void Update(int rows)
    {
        if (rows <= _rows)
        {
            return;
        }

        _touched.Clear();
        for (var row = _rows; row < rows; row++)
        {
            if (_touched.Add(_segment.TraceOf(row)))
            {
                Count(_segment.TraceOf(row), _rows, -1);
                Count(_segment.TraceOf(row), rows, 1);
            }
        }

        _rows = rows;
    }

    private void Count(int trace, int rows, int sign)
    {
        _trace.Clear();
        _reader.Read(trace, rows, _trace);
        if (_trace.Count > 0)
        {
            _table.Add(_trace, _calls, _names, sign);
        }
    }

    private sealed class Probe
    {
        public int Next { get; set; }

        public List<TraceId> Found { get; } = [];
    }
}
