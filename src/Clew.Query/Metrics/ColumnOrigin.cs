using Clew.Model;
using Clew.Query.Scan;
using Clew.Query.Search;
using Clew.Query.Values;
using Clew.Storage.Columns;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Metrics;

/// <summary>An exemplar that is a row of a source: its labels are read from the columns when it stays in the answer.</summary>
internal sealed record ColumnOrigin(
    ISpanSource Source, ulong[] Split, int RowGroup, int Row, IReadOnlyList<(FieldReference Field, string Name)> Fields) : IExemplarOrigin
{
    public async ValueTask<List<NamedValue>> LabelsAsync(CancellationToken cancellationToken)
    {
        var values = new ValueTable();
        var readers = Fields.Select(field => new LabelReader(Source, field.Field, values)).ToList();
        var columns = new List<ColumnId> { IntrinsicColumns.Trace, IntrinsicColumns.SpanId, IntrinsicColumns.Start };
        readers.ForEach(reader => reader.AddColumns(columns));
        await Source.Spans.PrefetchAsync(columns, new PageRange(RowGroup, Row, 1), cancellationToken).ConfigureAwait(false);

        var chunk = new Chunk(Source, Split);
        chunk.Move(RowGroup, Row, 1);
        var trace = (int)chunk.Dense(IntrinsicColumns.Trace)[0];
        var span = new SpanId((ulong)chunk.Dense(IntrinsicColumns.SpanId)[0]);
        var labels = new List<NamedValue>
        {
            new("trace:id", QueryValue.String(Source.Traces[trace].Id.ToString())), new("span:id", QueryValue.String(span.ToString())),
        };
        var numbers = new int[1];
        for (var i = 0; i < readers.Count; i++)
        {
            readers[i].Read(chunk, [1UL], numbers);
            if (numbers[0] >= 0)
            {
                labels.Add(new NamedValue(Fields[i].Name, values[numbers[0]]));
            }
        }

        return labels;
    }
}

/// <summary>An exemplar of a trace that was read as a whole.</summary>
internal sealed record KnownOrigin(List<NamedValue> Labels) : IExemplarOrigin
{
    public ValueTask<List<NamedValue>> LabelsAsync(CancellationToken cancellationToken) => ValueTask.FromResult(Labels);
}
