using Clew.Model;
using Clew.Storage.Columns;

namespace Clew.Bench.DataSet;

/// <summary>Generated spans held in memory, so that a benchmark does not measure their making.</summary>
public sealed class SpanStock : IDisposable
{
    private readonly TraceDataSet _set;
    private readonly List<byte[]> _traces = [];
    private readonly List<(int Trace, GeneratedSpan Span)> _spans = [];
    private readonly List<TraceId> _ids = [];

    /// <param name="spans">Whole traces are made until there are so many.</param>
    /// <param name="options">The default set when null.</param>
    public SpanStock(int spans, DataSetOptions? options = null)
    {
        _set = new TraceDataSet(options);
        while (_spans.Count < spans)
        {
            _set.NextTrace();
            foreach (var span in _set.Spans)
            {
                _spans.Add((_traces.Count, span));
            }

            _ids.Add(_set.TraceId);
            _traces.Add(_set.Bytes.ToArray());
            WireBytes += _set.Bytes.Length;
        }
    }

    public int SpanCount => _spans.Count;

    public int TraceCount => _traces.Count;

    /// <summary>Bytes of all encoded spans, without resources and framing.</summary>
    public long WireBytes { get; }

    public TraceId TraceIdOf(int span) => _ids[_spans[span].Trace];

    public void Add(int index, IStoredSpanSink sink)
    {
        var (trace, span) = _spans[index];
        sink.Add(new StoredSpan
        {
            TraceIndex = trace,
            Span = _traces[trace].AsSpan(span.Offset, span.Length),
            Resource = _set.Resources[span.Resource],
            ResourceSchemaUrl = default,
            Scope = _set.Scopes[span.Scope],
            ScopeSchemaUrl = default,
        });
    }

    public void Dispose() => _set.Dispose();
}
