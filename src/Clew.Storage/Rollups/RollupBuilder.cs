using Clew.Model;
using Clew.Semantics;
using Clew.Semantics.Pairing;
using Clew.Storage.Columns;

namespace Clew.Storage.Rollups;

/// <summary>
/// Makes roll-ups from spans as they are stored, trace by trace: the plain way, which everything quicker has to agree with. For one thread.
/// </summary>
public sealed class RollupBuilder : IStoredSpanSink
{
    private readonly SemanticReader _reader = new();
    private readonly TraceSpans _trace = new();
    private readonly TraceCalls _calls;
    private TraceId _open;
    private int _sign = 1;

    public RollupBuilder(RollupTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        Table = table;
        _calls = new TraceCalls(_reader.Texts);
    }

    public RollupTable Table { get; }

    /// <summary>
    /// Says whether the traces that follow are added (1) or taken away (-1). Ends the trace at hand.
    /// </summary>
    public void Begin(int sign)
    {
        EndTrace();
        _sign = sign;
    }

    /// <summary>Adds a span. Spans of one trace come together; a trace ends where another begins.</summary>
    public void Add(in StoredSpan span)
    {
        var reading = _reader.Read(span.Span, _reader.Resource(span.Resource));
        if (reading.TraceId != _open)
        {
            EndTrace();
            _open = reading.TraceId;
        }

        _trace.Add(reading);
    }

    /// <summary>Counts the trace at hand.</summary>
    public void EndTrace()
    {
        if (_trace.Count > 0)
        {
            Table.Add(_trace, _calls, _reader.Texts, _sign);
            _trace.Clear();
        }

        _open = default;
    }
}
