using Clew.Model;
using Clew.Parquet;
using Clew.Storage.Columns;

namespace Clew.Storage.Blocks.Building;

/// <summary>Writes <c>traces.parquet</c>: a row a trace, in the order in which the spans of the block stand.</summary>
internal static class TracesFile
{
    private static readonly ParquetColumn[] Columns =
    [
        ParquetColumn.Int64(IntrinsicColumns.Trace.Key),
        ParquetColumn.Fixed(IntrinsicColumns.TraceId.Key, TraceId.Size),
        ParquetColumn.Int64(IntrinsicColumns.Start.Key),
        ParquetColumn.Int64(IntrinsicColumns.Duration.Key),
        ParquetColumn.Int64(BlockFormat.FirstRowColumn),
        ParquetColumn.Int64(BlockFormat.SpanCountColumn),
        ParquetColumn.Int64(BlockFormat.ErrorCountColumn),
        ParquetColumn.String(BlockFormat.RootServiceColumn),
        ParquetColumn.String(BlockFormat.RootNameColumn),
    ];

    public static void Write(ScratchStream stream, TraceRows traces, int rowGroupRows)
    {
        using var file = new ColumnFile(BlockFormat.TracesFile, stream, Columns);
        for (var first = 0; first < traces.Count; first += rowGroupRows)
        {
            WriteRowGroup(file, traces, first, Math.Min(rowGroupRows, traces.Count - first));
        }

        file.Finish();
    }

    private static void WriteRowGroup(ColumnFile file, TraceRows traces, int first, int rows)
    {
        var records = traces.Records.Slice(first, rows);
        var ids = new byte[rows * TraceId.Size];
        var numbers = new long[rows];
        var codes = new int[rows];
        file.StartRowGroup(rows, SpansFile.DefaultPageRows, []);
        for (var i = 0; i < rows; i++)
        {
            numbers[i] = first + i;
            records[i].Id.WriteTo(ids.AsSpan(i * TraceId.Size));
        }

        file.WriteOrderedNumbers(numbers);
        file.WriteOrderedFixed(ids);
        for (var i = 0; i < rows; i++)
        {
            numbers[i] = records[i].Start;
        }

        file.WriteOrderedNumbers(numbers);
        for (var i = 0; i < rows; i++)
        {
            numbers[i] = records[i].End - records[i].Start;
        }

        file.WriteOrderedNumbers(numbers);
        for (var i = 0; i < rows; i++)
        {
            codes[i] = records[i].FirstRow;
        }

        file.WriteDeltas(codes);
        for (var i = 0; i < rows; i++)
        {
            codes[i] = records[i].SpanCount;
        }

        file.WriteDeltas(codes);
        for (var i = 0; i < rows; i++)
        {
            codes[i] = records[i].ErrorCount;
        }

        file.WriteDeltas(codes);
        for (var i = 0; i < rows; i++)
        {
            codes[i] = records[i].RootService;
        }

        file.WriteTexts(codes, traces.Texts);
        for (var i = 0; i < rows; i++)
        {
            codes[i] = records[i].RootName;
        }

        file.WriteTexts(codes, traces.Texts);
    }
}
