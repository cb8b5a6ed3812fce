using Clew.Model;
using Clew.Parquet;
using Clew.Storage.Columns;

namespace Clew.Storage.Blocks.Building;

/// <summary>Writes <c>spans.parquet</c>: a gathered segment becomes a row group, its traces ordered by their start.</summary>
internal sealed partial class SpansFile : IDisposable
{
    public const int DefaultPageRows = 8192;

    private const int MinPageRows = 512;

    /// <summary>Pages of text are kept near this size, because reading one trace unpacks a page of each column.</summary>
    private const int WantedPageBytes = 512 << 10;

    /// <summary>A key in fewer rows of a row group costs less as overflow than a column costs in pages and index.</summary>
    private const int MaxMinValues = 32;

    private static readonly ParquetColumn[] FixedColumns =
    [
        ParquetColumn.Fixed(IntrinsicColumns.TraceId.Key, TraceId.Size),
        ParquetColumn.Fixed(IntrinsicColumns.SpanId.Key, SpanId.Size),
        ParquetColumn.Fixed(IntrinsicColumns.ParentSpanId.Key, SpanId.Size, optional: true),
        ParquetColumn.String(IntrinsicColumns.Name.Key),
        ParquetColumn.Int64(IntrinsicColumns.Kind.Key),
        ParquetColumn.Int64(IntrinsicColumns.Start.Key),
        ParquetColumn.Int64(IntrinsicColumns.Duration.Key),
        ParquetColumn.Int64(IntrinsicColumns.Status.Key),
        ParquetColumn.String(IntrinsicColumns.StatusMessage.Key, optional: true),
        ParquetColumn.Int64(IntrinsicColumns.Resource.Key),
        ParquetColumn.Int64(IntrinsicColumns.Scope.Key),
        ParquetColumn.Int64(IntrinsicColumns.Trace.Key),
        ParquetColumn.Int64(IntrinsicColumns.NestedLeft.Key),
        ParquetColumn.Int64(IntrinsicColumns.NestedRight.Key),
        ParquetColumn.Int64(IntrinsicColumns.NestedParent.Key),
        ParquetColumn.String(IntrinsicColumns.TraceState.Key, optional: true),
        ParquetColumn.Int64(IntrinsicColumns.Flags.Key, optional: true),
        ParquetColumn.Int64(IntrinsicColumns.DroppedAttributesCount.Key, optional: true),
        ParquetColumn.Int64(IntrinsicColumns.DroppedEventsCount.Key, optional: true),
        ParquetColumn.Int64(IntrinsicColumns.DroppedLinksCount.Key, optional: true),
        ParquetColumn.Int64(IntrinsicColumns.EventCount.Key, optional: true),
        ParquetColumn.Bytes(IntrinsicColumns.Events.Key, optional: true),
        ParquetColumn.Int64(IntrinsicColumns.LinkCount.Key, optional: true),
        ParquetColumn.Bytes(IntrinsicColumns.Links.Key, optional: true),
        ParquetColumn.Int64(IntrinsicColumns.OverflowCount.Key, optional: true),
        ParquetColumn.Bytes(IntrinsicColumns.Overflow.Key, optional: true),
        ParquetColumn.Bytes(IntrinsicColumns.Residue.Key, optional: true),
    ];

    private readonly TraceRows _traces;
    private int[] _rank = [];
    private int[] _traceCodes = [];
    private long[] _traceRows = [];
    private byte[] _traceIds = [];

    public SpansFile(ScratchStream stream, TraceRows traces, int maxAttributeColumns)
    {
        _traces = traces;
        File = new ColumnFile(BlockFormat.SpansFile, stream, FixedColumns);
        Catalogue = new ColumnCatalogue("span.", FixedColumns.Select(column => column.Name), maxAttributeColumns);
    }

    public ColumnFile File { get; }

    public ColumnCatalogue Catalogue { get; }

    public int Rows { get; private set; }

    /// <summary>Writes the segment as a row group, adds its traces to the traces table, and empties it.</summary>
    public void Write(SpanSegment segment)
    {
        OrderTraces(segment, out var rank);
        var rare = Catalogue.Admit(segment.Attributes.Columns, Math.Min(MaxMinValues, 1 + (segment.Rows / 4096)));
        segment.Attributes.MoveToOverflow(rare);
        AddColumns();
        File.StartRowGroup(segment.Rows, PageRows(segment), rank);
        WriteFixedColumns(segment);
        AttributeWriter.Write(File, Catalogue, segment.Attributes.Columns);
        Rows += segment.Rows;
        segment.Clear();
    }

    public void Dispose()
    {
        File.Dispose();
        File.Stream.Dispose();
    }

    private int _knownColumns;

    private void AddColumns()
    {
        File.AddColumns(AttributeWriter.Schema(Catalogue.Columns, _knownColumns));
        _knownColumns = Catalogue.Columns.Count;
    }

    private void OrderTraces(SpanSegment segment, out int[] rank)
    {
        var runs = segment.Runs;
        var inOrder = true;
        for (var i = 1; i < runs.Count && inOrder; i++)
        {
            inOrder = Compare(runs[i - 1], runs[i]) <= 0;
        }

        if (!inOrder)
        {
            runs.Sort(Compare);
        }

        if (_traceCodes.Length < segment.Rows)
        {
            _rank = new int[segment.Rows];
            _traceCodes = new int[segment.Rows];
            _traceRows = new long[segment.Rows];
        }

        if (_traceIds.Length < runs.Count * TraceId.Size)
        {
            _traceIds = new byte[Math.Max(runs.Count, 64) * TraceId.Size * 2];
        }

        var next = 0;
        for (var i = 0; i < runs.Count; i++)
        {
            var run = runs[i];
            run.Trace.Id.WriteTo(_traceIds.AsSpan(i * TraceId.Size));
            var traceRow = run.TraceRow >= 0 ? run.TraceRow : _traces.Add(run.Trace with { FirstRow = Rows + next });
            _traceCodes.AsSpan(next, run.RowCount).Fill(i);
            _traceRows.AsSpan(next, run.RowCount).Fill(traceRow);
            for (var row = 0; row < run.RowCount; row++)
            {
                _rank[run.FirstRow + row] = next++;
            }
        }

        rank = inOrder ? [] : _rank;
    }

    private static int Compare(TraceRun a, TraceRun b) =>
        a.Trace.Start != b.Trace.Start ? a.Trace.Start.CompareTo(b.Trace.Start) : a.Trace.Id.CompareTo(b.Trace.Id);

    private void WriteFixedColumns(SpanSegment segment)
    {
        var rows = segment.Rows;
        File.WriteOrderedFixedCodes(_traceCodes.AsSpan(0, rows), _traceIds.AsSpan(0, segment.Runs.Count * TraceId.Size));
        File.WriteIds(segment.SpanIds, zeroIsNull: false);
        File.WriteIds(segment.ParentIds, zeroIsNull: true);
        File.WriteTexts(segment.NameCodes.AsSpan(0, rows), segment.Names);
        File.WriteSmallNumbers<byte>(segment.Kinds);
        File.WriteNumbers(segment.Starts);
        File.WriteNumbers(segment.Durations);
        File.WriteSmallNumbers<byte>(segment.Statuses);
        File.WriteTexts(segment.StatusMessages);
        File.WriteSmallNumbers<int>(segment.Resources);
        File.WriteSmallNumbers<int>(segment.Scopes);
        File.WriteOrderedNumbers(_traceRows.AsSpan(0, rows));
        File.WriteDeltas(segment.Lefts);
        File.WriteDeltas(segment.Rights);
        File.WriteDeltas(segment.Parents);
        File.WriteTexts(segment.TraceStates);
        File.WriteNumbers(segment.Flags);
        File.WriteNumbers(segment.DroppedAttributes);
        File.WriteNumbers(segment.DroppedEvents);
        File.WriteNumbers(segment.DroppedLinks);
        File.WriteNumbers(segment.EventCounts);
        File.WriteMessages(segment.Events);
        File.WriteNumbers(segment.LinkCounts);
        File.WriteMessages(segment.Links);
        File.WriteNumbers(segment.Attributes.OverflowCounts);
        File.WriteMessages(segment.Attributes.Overflow);
        File.WriteMessages(segment.Residue);
    }

    private static int PageRows(SpanSegment segment)
    {
        var largest = (long)Math.Max(segment.Names.BlobBytes, Math.Max(segment.Events.Texts.BlobBytes, segment.Links.Texts.BlobBytes));
        largest = Math.Max(largest, Math.Max(segment.Attributes.Overflow.Texts.BlobBytes, segment.Residue.Texts.BlobBytes));
        var longest = segment.Names.LongestValue;
        foreach (var column in segment.Attributes.Columns.Used)
        {
            largest = Math.Max(largest, column.Values.Texts.BlobBytes);
            longest = Math.Max(longest, column.Values.Texts.LongestValue);
        }

        longest = Math.Max(longest, Math.Max(segment.StatusMessages.Texts.LongestValue, segment.TraceStates.Texts.LongestValue));
        var pageRows = DefaultPageRows;
        while (pageRows > MinPageRows && largest * pageRows / segment.Rows > WantedPageBytes)
        {
            pageRows /= 2;
        }

        // However the values are spread, a page of repeated longest ones stays under half of what a page may take.
        while (pageRows > 64 && (long)longest * pageRows > ParquetLimits.MaxPageBytes / 2)
        {
            pageRows /= 2;
        }

        return pageRows;
    }
}
