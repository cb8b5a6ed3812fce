using Clew.Model;
using Clew.Storage.Columns;

namespace Clew.Storage.Rollups;

/// <summary>The parts of minutes at the ends of a range, which roll-ups by the minute cannot tell: counted from the spans themselves.</summary>
internal sealed class RollupEnds
{
    private readonly IReadOnlyList<ISpanSource> _sources;
    private readonly TimeRange[] _parts;
    private readonly HashSet<TraceId> _traces;

    private RollupEnds(IReadOnlyList<ISpanSource> sources, TimeRange[] parts, HashSet<TraceId> traces) => (_sources, _parts, _traces) = (sources, parts, traces);

    /// <summary>Finds the traces that have to be read; null when they are too many.</summary>
    public static RollupEnds? Find(IReadOnlyList<ISpanSource> sources, TimeRange range)
    {
        var parts = Parts(range);
        var traces = new HashSet<TraceId>();
        foreach (var source in sources)
        {
            if (!Array.Exists(parts, part => source.Range.Overlaps(part.StartUnixNano, part.EndUnixNano)))
            {
                continue;
            }

            for (var row = 0; row < source.Traces.Count; row++)
            {
                var trace = source.Traces[row];
                if (Array.Exists(parts, part => part.Overlaps(trace.StartUnixNano, trace.EndUnixNano)) && traces.Add(trace.Id) && traces.Count > RollupQuery.MaxTracesOfEnds)
                {
                    return null;
                }
            }
        }

        return new RollupEnds(sources, parts, traces);
    }

    /// <summary>The spans and calls that start in the parts, all in the first minute of the range or in their own.</summary>
    public async ValueTask<RollupTable> CountAsync(RollupQuery query, CancellationToken cancellationToken)
    {
        var reader = new JoinedTraces();
        await reader.ReadAsync(_sources, _traces, cancellationToken).ConfigureAwait(false);
        var sum = new RollupTable(RollupLimits.Unlimited);
        foreach (var part in _parts)
        {
            var table = new RollupTable(RollupLimits.Unlimited)
            {
                Scope = new RollupScope { StartUnixNano = part.StartUnixNano, EndUnixNano = part.EndUnixNano, WithSpans = query.WithSpans, WithEdges = query.WithEdges },
            };
            reader.AddTo(table);
            sum.Add(table);
        }

        return sum;
    }

    private static TimeRange[] Parts(TimeRange range)
    {
        var inside = MinuteRange.Within(range);
        if (inside.IsEmpty)
        {
            return [range];
        }

        var parts = new List<TimeRange>(2);
        if (range.StartUnixNano < inside.FirstNano)
        {
            parts.Add(new TimeRange(range.StartUnixNano, inside.FirstNano - 1));
        }

        if (range.EndUnixNano > inside.LastNano)
        {
            parts.Add(new TimeRange(inside.LastNano + 1, range.EndUnixNano));
        }

        return [.. parts];
    }
}
