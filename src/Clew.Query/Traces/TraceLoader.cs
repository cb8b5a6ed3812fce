using Clew.Model;
using Clew.Storage.Columns;

namespace Clew.Query.Traces;

/// <summary>
/// Reads whole traces as plain objects: the parts of a trace from every source that has one, duplicates dropped. One decoder serves all
/// calls, so a loader belongs to one query and one thread at a time.
/// </summary>
internal sealed class TraceLoader(IReadOnlyList<ISpanSource> sources, QueryBudget budget)
{
    private readonly SpanDecoder _decoder = new();

    /// <summary>A trace per id, in the order asked; an id that no source has gives null.</summary>
    public async ValueTask<TraceData?[]> LoadAsync(IReadOnlyList<TraceId> ids, CancellationToken cancellationToken)
    {
        var parts = new Dictionary<(SpanId, SpanKind), SpanData>?[ids.Count];
        foreach (var source in sources)
        {
            var (rows, indexes) = (new List<int>(), new List<int>());
            for (var i = 0; i < ids.Count; i++)
            {
                if (source.Traces.TryFind(ids[i], out var row))
                {
                    rows.Add(row);
                    indexes.Add(i);
                }
            }

            if (rows.Count > 0)
            {
                var sink = new Sink(_decoder, parts, indexes, budget);
                await source.ReadTracesAsync(rows, sink, cancellationToken).ConfigureAwait(false);
            }
        }

        var traces = new TraceData?[ids.Count];
        for (var i = 0; i < traces.Length; i++)
        {
            traces[i] = parts[i] is { } spans ? new TraceData(ids[i], [.. spans.Values]) : null;
            parts[i] = null;
        }

        return traces;
    }

    private sealed class Sink(SpanDecoder decoder, Dictionary<(SpanId, SpanKind), SpanData>?[] parts, List<int> indexes, QueryBudget budget)
        : IStoredSpanSink
    {
        public void Add(in StoredSpan span)
        {
            var spans = parts[indexes[span.TraceIndex]] ??= [];
            var decoded = decoder.Decode(span);
            budget.SpanRead(span.Span.Length, spans.Count);
            var key = (decoded.Id, decoded.Kind);
            if (!spans.TryGetValue(key, out var present) || SpanOrder.Wins(decoded, present))
            {
                spans[key] = decoded;
            }
        }
    }
}
