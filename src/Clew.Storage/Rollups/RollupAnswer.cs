using Clew.Model;
using Clew.Semantics;

namespace Clew.Storage.Rollups;

/// <summary>From a table of minutes to the series that were asked for.</summary>
internal sealed class RollupAnswer(RollupQuery query, MinuteRange minutes, string? incomplete)
{
    private const long MinuteNanos = 60 * UnixNano.PerSecond;

    private readonly Dictionary<SpanSeriesKey, List<RollupPoint<SpanCell>>> _spans = [];
    private readonly Dictionary<EdgeSeriesKey, List<RollupPoint<EdgeCell>>> _edges = [];
    private bool _isSampled;
    private bool _isCut;

    public RollupResult Of(RollupTable table)
    {
        var range = minutes.Last - minutes.First + 1;
        var stepMinutes = query.Step > TimeSpan.Zero ? Math.Max(1, (long)Math.Ceiling(query.Step.TotalMinutes)) : range;
        foreach (var (minute, rollup) in table.Minutes)
        {
            if (minutes.Contains(minute))
            {
                var step = (int)((minute - minutes.First) / stepMinutes);
                AddSpans(rollup, step);
                AddEdges(rollup, step);
            }
        }

        return new RollupResult
        {
            StartUnixNano = minutes.First * MinuteNanos,
            EndUnixNano = minutes.Last >= long.MaxValue / MinuteNanos ? long.MaxValue : (minutes.Last + 1) * MinuteNanos,
            StepNanos = stepMinutes >= long.MaxValue / MinuteNanos ? long.MaxValue : stepMinutes * MinuteNanos,
            Spans = [.. _spans.Select(series => new RollupSeries<SpanSeriesKey, SpanCell>(series.Key, series.Value))],
            Edges = [.. _edges.Select(series => new RollupSeries<EdgeSeriesKey, EdgeCell>(series.Key, series.Value))],
            IsSampled = _isSampled,
            Incomplete = _isCut ? $"more than {query.MaxSeries} series; ask for fewer, or for coarser ones" : incomplete,
        };
    }

    private void AddSpans(MinuteRollup rollup, int step)
    {
        if (!query.WithSpans)
        {
            return;
        }

        foreach (var (key, cell) in rollup.Spans)
        {
            if (query.SpanFilter is { } filter && !filter(key))
            {
                continue;
            }

            _isSampled |= cell.Latency.Weight != cell.Spans * SamplingWeight.One;
            if (Points(_spans, query.SpanGrouping is { } grouping ? grouping(key) : key) is { } points)
            {
                Point(points, step).Add(cell);
            }
        }
    }

    private void AddEdges(MinuteRollup rollup, int step)
    {
        if (!query.WithEdges)
        {
            return;
        }

        foreach (var (key, cell) in rollup.Edges)
        {
            if (query.EdgeFilter is { } filter && !filter(key))
            {
                continue;
            }

            _isSampled |= cell.Weight != cell.Calls * SamplingWeight.One;
            if (Points(_edges, query.EdgeGrouping is { } grouping ? grouping(key) : key) is { } points)
            {
                Point(points, step).Add(cell);
            }
        }
    }

    private List<RollupPoint<TCell>>? Points<TKey, TCell>(Dictionary<TKey, List<RollupPoint<TCell>>> series, TKey key)
        where TKey : class
    {
        if (series.TryGetValue(key, out var points))
        {
            return points;
        }

        if (series.Count >= query.MaxSeries)
        {
            _isCut = true;
            return null;
        }

        series.Add(key, points = []);
        return points;
    }

    /// <summary>Minutes come in order, so the step at hand is the last one.</summary>
    private static TCell Point<TCell>(List<RollupPoint<TCell>> points, int step)
        where TCell : new()
    {
        if (points.Count == 0 || points[^1].Step != step)
        {
            points.Add(new RollupPoint<TCell>(step, new TCell()));
        }

        return points[^1].Cell;
    }
}
