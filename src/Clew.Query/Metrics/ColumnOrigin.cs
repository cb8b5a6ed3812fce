using Clew.Model;
using Clew.Query.Scan;
using Clew.Query.Search;
using Clew.Query.Values;
using Clew.Storage.Columns;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Metrics;

/// <summary>
/// Exemplars that are rows of one source: their labels are read from the columns when they stay in the answer, which few of those chosen do.
/// One thread reads, after the scan.
/// </summary>
internal sealed class ColumnOrigin(ISpanSource source, ulong[] split, IReadOnlyList<(FieldReference Field, string Name)> fields) : IExemplarOrigin
{
    private readonly ValueTable _values = new();
    private readonly int[] _number = new int[1];
    private readonly List<ColumnId> _columns = [IntrinsicColumns.Trace, IntrinsicColumns.SpanId, IntrinsicColumns.Start];
    private LabelReader[]? _readers;

    /// <summary>The number of a row, to be given with an exemplar.</summary>
    public static long PlaceOf(PageRange pages, int row) => ((long)pages.RowGroup << 32) | (uint)(pages.FirstRow + row);

    /// <summary>The trace of a row.</summary>
    public TraceId TraceOf(Chunk chunk, int row) => source.Traces[(int)chunk.Dense(IntrinsicColumns.Trace)[row]].Id;

    public SpanId SpanIdOf(long place)
    {
        var buffers = ScanBuffers.Rent();
        var chunk = ChunkAt(place, buffers);
        var span = new SpanId((ulong)chunk.Dense(IntrinsicColumns.SpanId)[0]);
        ScanBuffers.Return(buffers);
        return span;
    }

    public async ValueTask<List<NamedValue>> LabelsAsync(long place, CancellationToken cancellationToken)
    {
        if (_readers is null)
        {
            _readers = [.. fields.Select(field => new LabelReader(source, field.Field, _values))];
            Array.ForEach(_readers, reader => reader.AddColumns(_columns));
        }

        var buffers = ScanBuffers.Rent();
        var chunk = ChunkAt(place, buffers);
        await source.Spans.PrefetchAsync(_columns, chunk.Pages, cancellationToken).ConfigureAwait(false);

        var trace = (int)chunk.Dense(IntrinsicColumns.Trace)[0];
        var span = new SpanId((ulong)chunk.Dense(IntrinsicColumns.SpanId)[0]);
        var labels = new List<NamedValue>
        {
            new("trace:id", QueryValue.String(source.Traces[trace].Id.ToString())), new("span:id", QueryValue.String(span.ToString())),
        };
        for (var i = 0; i < _readers.Length; i++)
        {
            _readers[i].Read(chunk, [1UL], _number);
            if (_number[0] >= 0)
            {
                labels.Add(new NamedValue(fields[i].Name, _values[_number[0]]));
            }
        }

        ScanBuffers.Return(buffers);
        return labels;
    }

    /// <summary>The one row.</summary>
    private Chunk ChunkAt(long place, ScanBuffers buffers)
    {
        var chunk = new Chunk(source, split, buffers);
        chunk.Move((int)(place >> 32), (int)place, 1);
        return chunk;
    }
}

/// <summary>An exemplar of a trace that was read as a whole.</summary>
internal sealed record KnownOrigin(SpanId Span, List<NamedValue> Labels) : IExemplarOrigin
{
    public SpanId SpanIdOf(long place) => Span;

    public ValueTask<List<NamedValue>> LabelsAsync(long place, CancellationToken cancellationToken) => ValueTask.FromResult(Labels);
}
