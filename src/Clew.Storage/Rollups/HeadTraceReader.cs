using Clew.Model;
using Clew.Semantics;
using Clew.Semantics.Pairing;
using Clew.Storage.Head;

namespace Clew.Storage.Rollups;

/// <summary>Reads the traces of a head segment as semantics see them, from its columns alone. For one thread.</summary>
internal sealed class HeadTraceReader(HeadSegment segment, Utf8Pool names)
{
    private readonly List<int> _rows = [];
    private int[] _nameNumbers = [];

    /// <summary>Adds a trace's spans below <paramref name="rows"/>, oldest first.</summary>
    public void Read(int trace, int rows, TraceSpans destination)
    {
        _rows.Clear();
        segment.RowsOfTrace(trace, rows, _rows);
        var id = segment.Traces[trace].Id;
        foreach (var row in _rows)
        {
            var span = segment.SpanAt(row);
            var extra = segment.Semantics.ExtraOf(row);
            destination.Add(new SpanReading
            {
                TraceId = id, SpanId = span.SpanId, ParentId = span.ParentId, Kind = span.Kind, Status = span.Status, StartUnixNano = span.Start, DurationNanos = span.Duration,
                Name = Name(span.Name), Facts = segment.Semantics.Facts(row), OwnWeight = extra.OwnWeight, TraceWeight = extra.TraceWeight,
                RequestBytes = extra.RequestBytes, ResponseBytes = extra.ResponseBytes,
            });
        }
    }

    private int Name(int code)
    {
        if (code >= _nameNumbers.Length)
        {
            var size = _nameNumbers.Length;
            Array.Resize(ref _nameNumbers, Math.Max(code + 1, size * 2));
            _nameNumbers.AsSpan(size).Fill(-1);
        }

        ref var number = ref _nameNumbers[code];
        if (number < 0)
        {
            number = names.Intern(segment.NameText(code));
        }

        return number;
    }
}
