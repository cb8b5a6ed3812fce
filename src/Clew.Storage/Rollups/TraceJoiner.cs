using Clew.Model;
using Clew.Semantics;
using Clew.Semantics.Pairing;
using Clew.Storage.Columns;

namespace Clew.Storage.Rollups;

/// <summary>
/// Corrects a table that is the sum of several sources' roll-ups: traces that are in several of them are taken out part by part and
/// counted once, joined; traces that are to go are taken out. Each part is read once, the parts of a source together. For one thread.
/// </summary>
internal sealed class TraceJoiner : IStoredSpanSink
{
    /// <summary>Traces read at a time: some megabytes of spans, and few enough that their rows lie near each other.</summary>
    private const int Batch = 4096;

    private readonly RollupTable _table;
    private readonly SemanticReader _reader = new();
    private readonly TraceSpans _trace = new();
    private readonly TraceCalls _calls;
    private readonly Dictionary<TraceId, List<SpanReading>> _joined = [];
    private readonly List<SpanReading> _part = [];
    private bool _keeps;

    public TraceJoiner(RollupTable table)
    {
        _table = table;
        _calls = new TraceCalls(_reader.Texts);
    }

    /// <summary>Joins traces. Of spans that are there twice the first source's counts, as in a trace's answer.</summary>
    public async ValueTask JoinAsync(IReadOnlyList<ISpanSource> sources, IReadOnlyCollection<TraceId> ids, CancellationToken cancellationToken)
    {
        foreach (var batch in ids.Chunk(Batch))
        {
            var rows = Rows(sources, batch);
            _joined.Clear();
            _keeps = true;
            for (var i = 0; i < sources.Count; i++)
            {
                await TakeOutAsync(sources[i], rows[i], cancellationToken).ConfigureAwait(false);
            }

            foreach (var spans in _joined.Values)
            {
                _trace.Clear();
                foreach (var span in spans)
                {
                    _trace.Add(span);
                }

                _table.Add(_trace, _calls, _reader.Texts);
            }
        }

        _joined.Clear();
    }

    /// <summary>Takes traces out of the table for good: rows of the source's traces.</summary>
    public async ValueTask DropAsync(ISpanSource source, IReadOnlyList<int> rows, CancellationToken cancellationToken)
    {
        _keeps = false;
        foreach (var batch in rows.Chunk(Batch))
        {
            await TakeOutAsync(source, batch, cancellationToken).ConfigureAwait(false);
        }
    }

    void IStoredSpanSink.Add(in StoredSpan span)
    {
        var reading = _reader.Read(span.Span, _reader.Resource(span.Resource));
        if (_part.Count > 0 && _part[0].TraceId != reading.TraceId)
        {
            EndPart();
        }

        _part.Add(reading);
    }

    /// <summary>By source, the rows of those traces that at least two sources have.</summary>
    private static List<int>[] Rows(IReadOnlyList<ISpanSource> sources, TraceId[] ids)
    {
        var rows = new List<int>[sources.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = [];
        }

        var found = new List<(int Source, int Row)>();
        foreach (var id in ids)
        {
            found.Clear();
            for (var i = 0; i < sources.Count; i++)
            {
                if (sources[i].Traces.TryFind(id, out var row))
                {
                    found.Add((i, row));
                }
            }

            if (found.Count > 1)
            {
                found.ForEach(part => rows[part.Source].Add(part.Row));
            }
        }

        foreach (var list in rows)
        {
            list.Sort();
        }

        return rows;
    }

    private async ValueTask TakeOutAsync(ISpanSource source, IReadOnlyList<int> rows, CancellationToken cancellationToken)
    {
        if (rows.Count > 0)
        {
            await source.ReadTracesAsync(rows, this, cancellationToken).ConfigureAwait(false);
            EndPart();
        }
    }

    private void EndPart()
    {
        if (_part.Count == 0)
        {
            return;
        }

        _trace.Clear();
        foreach (var span in _part)
        {
            _trace.Add(span);
        }

        _table.Add(_trace, _calls, _reader.Texts, -1);
        if (_keeps)
        {
            var id = _part[0].TraceId;
            if (!_joined.TryGetValue(id, out var spans))
            {
                _joined.Add(id, spans = []);
            }

            spans.AddRange(_part);
        }

        _part.Clear();
    }
}
