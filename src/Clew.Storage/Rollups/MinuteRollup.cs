using Clew.Model;

namespace Clew.Storage.Rollups;

/// <summary>The series of one minute.</summary>
public sealed class MinuteRollup
{
    private readonly Dictionary<SpanSeriesKey, SpanCell> _spans = [];
    private readonly Dictionary<EdgeSeriesKey, EdgeCell> _edges = [];

    public IReadOnlyDictionary<SpanSeriesKey, SpanCell> Spans => _spans;

    public IReadOnlyDictionary<EdgeSeriesKey, EdgeCell> Edges => _edges;

    public bool IsEmpty => _spans.Count == 0 && _edges.Count == 0;

    internal SpanCell Span(SpanSeriesKey key, RollupLimits limits)
    {
        if (_spans.TryGetValue(key, out var cell))
        {
            return cell;
        }

        if (_spans.Count >= limits.SpanSeriesPerMinute && key.Operation != RollupTable.Other)
        {
            return Span(key with { Operation = RollupTable.Other }, limits);
        }

        if (_spans.Count >= limits.SpanSeriesPerMinute * 2 && key.Node != RollupTable.OtherNode)
        {
            return Span(key with { Node = RollupTable.OtherNode }, limits);
        }

        _spans.Add(key, cell = new SpanCell());
        return cell;
    }

    internal EdgeCell Edge(EdgeSeriesKey key, RollupLimits limits)
    {
        if (_edges.TryGetValue(key, out var cell))
        {
            return cell;
        }

        if (_edges.Count >= limits.EdgeSeriesPerMinute && key.Operation != RollupTable.Other)
        {
            return Edge(key with { Operation = RollupTable.Other }, limits);
        }

        if (_edges.Count >= limits.EdgeSeriesPerMinute * 2 && key.Client != RollupTable.OtherNode)
        {
            return Edge(key with { Client = RollupTable.OtherNode, Server = RollupTable.OtherNode, Protocol = "", Code = "", Flags = "" }, limits);
        }

        _edges.Add(key, cell = new EdgeCell());
        return cell;
    }

    internal void Trim(Func<TraceId, bool>? isGone)
    {
        foreach (var (key, cell) in _spans)
        {
            if (cell.Spans <= 0)
            {
                _spans.Remove(key);
            }
            else if (isGone is not null && isGone(cell.Exemplar.TraceId))
            {
                cell.Exemplar = default;
            }
        }

        foreach (var (key, cell) in _edges)
        {
            if (cell.Calls <= 0)
            {
                _edges.Remove(key);
            }
            else if (isGone is not null && isGone(cell.Exemplar.TraceId))
            {
                cell.Exemplar = default;
            }
        }
    }
}
