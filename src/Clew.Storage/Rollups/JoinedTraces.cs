using Clew.Model;
using Clew.Semantics;
using Clew.Semantics.Pairing;
using Clew.Storage.Columns;

namespace Clew.Storage.Rollups;

/// <summary>Reads chosen traces whole, their parts joined from every source that has some. For one thread.</summary>
internal sealed class JoinedTraces : IStoredSpanSink
{
    private readonly SemanticReader _reader = new();
    private readonly Dictionary<TraceId, List<SpanReading>> _spans = [];

    public async ValueTask ReadAsync(IReadOnlyList<ISpanSource> sources, IReadOnlyCollection<TraceId> ids, CancellationToken cancellationToken)
    {
        foreach (var source in sources)
        {
            var rows = new List<int>();
            foreach (var id in ids)
            {
                if (source.Traces.TryFind(id, out var row))
                {
                    rows.Add(row);
                }
            }

            if (rows.Count > 0)
            {
                rows.Sort();
                await source.ReadTracesAsync(rows, this, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Hands out the traces that were read, each with what finds its calls. Both are reused from trace to trace.</summary>
    public void ForEach(Action<TraceSpans, TraceCalls> take)
    {
        var trace = new TraceSpans();
        var calls = new TraceCalls(_reader.Texts);
        foreach (var spans in _spans.Values)
        {
            trace.Clear();
            foreach (var span in spans)
            {
                trace.Add(span);
            }

            take(trace, calls);
        }
    }

    /// <summary>Counts the traces that were read.</summary>
    public void AddTo(RollupTable table) => ForEach((trace, calls) => table.Add(trace, calls, _reader.Texts));

    void IStoredSpanSink.Add(in StoredSpan span)
    {
        var reading = _reader.Read(span.Span, _reader.Resource(span.Resource));
        if (!_spans.TryGetValue(reading.TraceId, out var spans))
        {
            _spans.Add(reading.TraceId, spans = []);
        }

        spans.Add(reading);
    }
}
