using Clew.Model;
using Clew.Parquet;
using Clew.Storage.Columns;

namespace Clew.Storage.Blocks.Reading;

/// <summary>Where the spans of a trace stand in spans.parquet.</summary>
internal readonly record struct TraceRowRange(int FirstRow, int RowCount);

/// <summary>
/// <c>traces.parquet</c> and <c>traces.idx</c> of a block. Rows are unpacked by pages of 8192 traces, which the cache keeps. Safe for any
/// number of threads.
/// </summary>
internal sealed class TraceTable : ITraceTable
{
    private const int PageTraces = 8192;
    private const int PageKind = 1;
    private const int BytesPerTrace = 48;

    private readonly ParquetReader _parquet;
    private readonly TraceIndex _index;
    private readonly BlockCache _cache;
    private readonly int _spans;
    private readonly int _idColumn;
    private readonly int[] _columns;
    private Page? _latest;

    public TraceTable(ParquetReader parquet, TraceIndex index, BlockCache cache, int traces, int spans)
    {
        _parquet = parquet;
        _index = index;
        _cache = cache;
        _spans = spans;
        Count = traces;
        if (parquet.Rows != traces)
        {
            throw new BlockCorruptException(parquet.Source.Name, 0, $"{parquet.Rows} rows; meta.json says {traces} traces");
        }

        _idColumn = Column(IntrinsicColumns.TraceId.Key, ParquetType.FixedLenByteArray);
        _columns =
        [
            Column(IntrinsicColumns.Start.Key, ParquetType.Int64), Column(IntrinsicColumns.Duration.Key, ParquetType.Int64),
            Column(BlockFormat.FirstRowColumn, ParquetType.Int64), Column(BlockFormat.SpanCountColumn, ParquetType.Int64),
            Column(BlockFormat.ErrorCountColumn, ParquetType.Int64),
        ];
        if (parquet.Schema[_idColumn].FixedLength != TraceId.Size)
        {
            throw new BlockCorruptException(parquet.Source.Name, 0, $"trace ids of {parquet.Schema[_idColumn].FixedLength} bytes");
        }
    }

    public int Count { get; }

    public ParquetReader Parquet => _parquet;

    public TraceSummary this[int row]
    {
        get
        {
            var page = PageOf(row);
            return page.Summaries[row - page.FirstTrace];
        }
    }

    public bool TryFind(TraceId id, out int row) => _index.TryFind(id, out row);

    public bool TryRows(int row, out int firstRow, out int rowCount)
    {
        (firstRow, rowCount) = Rows(row);
        return true;
    }

    public TraceRowRange Rows(int row)
    {
        var page = PageOf(row);
        return new TraceRowRange(page.FirstRows[row - page.FirstTrace], page.Summaries[row - page.FirstTrace].SpanCount);
    }

    /// <summary>Takes the pages out of the cache.</summary>
    public void Forget() => _cache.Remove(_parquet);

    private int Column(string name, ParquetType type)
    {
        var column = _parquet.Schema.IndexOf(name);
        return column >= 0 && _parquet.Schema[column].Type == type && !_parquet.Schema[column].IsOptional
            ? column
            : throw new BlockCorruptException(_parquet.Source.Name, 0, $"column '{name}' is missing or not a required {type}");
    }

    private Page PageOf(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Count);
        var latest = Volatile.Read(ref _latest);
        if (latest is not null && row >= latest.FirstTrace && row < latest.FirstTrace + latest.Summaries.Length)
        {
            return latest;
        }

        var page = _cache.GetOrAdd(_parquet, PageKind, PageNumber(row), number => (Load((int)(number >> 32), (int)(uint)number), PageTraces * BytesPerTrace));
        Volatile.Write(ref _latest, page);
        return page;
    }

    /// <summary>Row group, and page of <see cref="PageTraces"/> within it.</summary>
    private long PageNumber(int row)
    {
        var rowGroup = 0;
        while (row >= _parquet.RowGroupFirstRow(rowGroup) + _parquet.RowGroupRows(rowGroup))
        {
            rowGroup++;
        }

        return ((long)rowGroup << 32) | (uint)((row - _parquet.RowGroupFirstRow(rowGroup)) / PageTraces);
    }

    private Page Load(int rowGroup, int number)
    {
        try
        {
            var first = number * PageTraces;
            var count = Math.Min(PageTraces, _parquet.RowGroupRows(rowGroup) - first);
            var ids = new byte[count * TraceId.Size];
            using (var chunk = _parquet.OpenColumn(rowGroup, _idColumn))
            {
                chunk.ReadFixed(first, count, ids);
            }

            var numbers = new long[_columns.Length][];
            for (var i = 0; i < _columns.Length; i++)
            {
                numbers[i] = new long[count];
                using var chunk = _parquet.OpenColumn(rowGroup, _columns[i]);
                chunk.ReadInt64(first, count, numbers[i]);
            }

            return Build((int)_parquet.RowGroupFirstRow(rowGroup) + first, ids, numbers);
        }
        catch (ParquetCorruptException fault)
        {
            throw new BlockCorruptException(fault.File, fault.Offset, fault.What, fault);
        }
    }

    private Page Build(int firstTrace, ReadOnlySpan<byte> ids, long[][] numbers)
    {
        var page = new Page(firstTrace, new TraceSummary[numbers[0].Length], new int[numbers[0].Length]);
        for (var i = 0; i < page.Summaries.Length; i++)
        {
            var (start, duration, firstRow, spans, errors) = (numbers[0][i], numbers[1][i], numbers[2][i], numbers[3][i], numbers[4][i]);
            if (start < 0 || duration < 0 || duration > long.MaxValue - start || firstRow < 0 || spans < 1 || spans > _spans - firstRow || errors < 0 || errors > spans)
            {
                throw new BlockCorruptException(
                    _parquet.Source.Name, 0, $"trace {firstTrace + i} from {start} for {duration} ns has {errors} errors in rows {firstRow} to {firstRow + spans} of {_spans}");
            }

            page.Summaries[i] = new TraceSummary(TraceId.FromBytes(ids.Slice(i * TraceId.Size, TraceId.Size)), start, start + duration, (int)spans, (int)errors);
            page.FirstRows[i] = (int)firstRow;
        }

        return page;
    }

    private sealed record Page(int FirstTrace, TraceSummary[] Summaries, int[] FirstRows);
}
