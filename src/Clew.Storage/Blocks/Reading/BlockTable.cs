using System.Diagnostics.CodeAnalysis;
using Clew.Model;
using Clew.Parquet;
using Clew.Storage.Columns;

namespace Clew.Storage.Blocks.Reading;

/// <summary>A Parquet file of a block as a column source.</summary>
internal sealed class BlockTable : IColumnSource
{
    private const int DictionaryKind = 0;
    private const int PageIndexKind = 2;
    private const int BloomFilterKind = 3;

    private readonly Dictionary<ColumnId, BlockColumnReader> _columns = [];
    private readonly BlockCache _cache;
    private readonly bool _isLocal;
    private readonly int _startColumn;
    private readonly Func<long, (ParquetDictionary, long)> _dictionaryOf;
    private readonly Func<long, (PageIndex, long)> _pageIndexOf;
    private readonly Func<long, (SplitBlockBloomFilter, long)> _bloomFilterOf;

    /// <param name="parquet">The open file.</param>
    /// <param name="scope">Of the attribute columns.</param>
    /// <param name="attributes">The attribute columns that meta.json lists for the file.</param>
    /// <param name="cache">For dictionaries, page indexes and filters.</param>
    /// <param name="isLocal">Whether reads need no prefetch.</param>
    public BlockTable(ParquetReader parquet, AttributeScope scope, IReadOnlyList<BlockColumn> attributes, BlockCache cache, bool isLocal)
    {
        Parquet = parquet;
        _cache = cache;
        _isLocal = isLocal;
        (_dictionaryOf, _pageIndexOf, _bloomFilterOf) = (DictionaryOf, PageIndexOf, BloomFilterOf);
        _startColumn = parquet.Schema.IndexOf(IntrinsicColumns.Start.Key);
        foreach (var id in Intrinsics)
        {
            var column = parquet.Schema.IndexOf(id.Key);
            if (column >= 0)
            {
                Add(id, column);
            }
        }

        foreach (var attribute in attributes)
        {
            var column = parquet.Schema.IndexOf(attribute.Column);
            if (column < 0)
            {
                throw new BlockCorruptException(parquet.Source.Name, 0, $"meta.json lists the column '{attribute.Column}', which the file does not have");
            }

            Add(new ColumnId(scope, attribute.Key, attribute.Type), column);
        }
    }

    public ParquetReader Parquet { get; }

    /// <summary>For what readers of this table keep; entries belong to <see cref="Parquet"/>. Kinds 0, 2 and 3 are taken here.</summary>
    public BlockCache Cache => _cache;

    public int RowGroups => Parquet.RowGroupCount;

    public IReadOnlyCollection<ColumnId> Columns => _columns.Keys;

    public IReadOnlyCollection<BlockColumnReader> Readers => _columns.Values;

    public RowGroupStats Stats(int rowGroup)
    {
        var rows = Parquet.RowGroupRows(rowGroup);
        if (_startColumn < 0)
        {
            return new RowGroupStats(rows, 0, long.MaxValue);
        }

        var bounds = Parquet.Bounds(rowGroup, _startColumn);
        return bounds.IsKnown ? new RowGroupStats(rows, bounds.MinInt64, bounds.MaxInt64) : new RowGroupStats(rows, 0, long.MaxValue);
    }

    public bool TryColumn(ColumnId id, [NotNullWhen(true)] out IColumnReader? column)
    {
        var found = _columns.TryGetValue(id, out var reader);
        column = reader;
        return found;
    }

    public async ValueTask PrefetchAsync(IReadOnlyList<ColumnId> columns, PageRange pages, CancellationToken cancellationToken)
    {
        if (_isLocal)
        {
            return;
        }

        var readers = new List<BlockColumnReader>(columns.Count);
        foreach (var id in columns)
        {
            if (_columns.TryGetValue(id, out var column) && !column.IsNull(pages.RowGroup))
            {
                readers.Add(column);
            }
        }

        await PrefetchAsync(readers, pages, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Brings what reading every column of some rows takes near: the page indexes in one step, dictionaries and pages in a second.</summary>
    public ValueTask PrefetchAllAsync(PageRange rows, CancellationToken cancellationToken) =>
        _isLocal ? ValueTask.CompletedTask : PrefetchAsync([.. _columns.Values.Where(column => !column.IsNull(rows.RowGroup))], rows, cancellationToken);

    private async ValueTask PrefetchAsync(List<BlockColumnReader> readers, PageRange rows, CancellationToken cancellationToken)
    {
        if (Parquet.Source is not ObjectByteSource source || !await PrefetchAsync(source, readers, rows, cancellationToken).ConfigureAwait(false))
        {
            // The source remembers what passes through it, so the synchronous reads that follow find it there.
            foreach (var column in readers)
            {
                await column.PrefetchAsync(rows, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<bool> PrefetchAsync(ObjectByteSource source, List<BlockColumnReader> readers, PageRange rows, CancellationToken cancellationToken)
    {
        var ranges = new List<(long Offset, int Length)>();
        foreach (var column in readers)
        {
            column.AddIndexRanges(rows.RowGroup, ranges);
        }

        if (!await source.PrefetchAsync(ranges, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        ranges.Clear();
        foreach (var column in readers)
        {
            column.AddRanges(rows, ranges);
        }

        return await source.PrefetchAsync(ranges, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The dictionary of a chunk, read once while the cache has room.</summary>
    public ParquetDictionary Dictionary(int rowGroup, int column)
    {
        var key = KeyOf(rowGroup, column);
        return _cache.TryGet<ParquetDictionary>(Parquet, DictionaryKind, key, out var known) ? known : _cache.GetOrAdd(Parquet, DictionaryKind, key, _dictionaryOf);
    }

    /// <summary>Where the pages of a chunk lie and what bounds their values, likewise.</summary>
    public PageIndex PageIndex(int rowGroup, int column)
    {
        var key = KeyOf(rowGroup, column);
        return _cache.TryGet<PageIndex>(Parquet, PageIndexKind, key, out var known) ? known : _cache.GetOrAdd(Parquet, PageIndexKind, key, _pageIndexOf);
    }

    /// <summary>The filter of a chunk that has one, likewise.</summary>
    public SplitBlockBloomFilter BloomFilter(int rowGroup, int column)
    {
        var key = KeyOf(rowGroup, column);
        return _cache.TryGet<SplitBlockBloomFilter>(Parquet, BloomFilterKind, key, out var known) ? known : _cache.GetOrAdd(Parquet, BloomFilterKind, key, _bloomFilterOf);
    }

    /// <summary>A reader of a chunk for one thread, which disposes it.</summary>
    public ColumnChunkReader Open(int rowGroup, int column) => Parquet.OpenColumn(
        rowGroup, column, Parquet.HasDictionary(rowGroup, column) ? Dictionary(rowGroup, column) : null, PageIndex(rowGroup, column));

    private static long KeyOf(int rowGroup, int column) => ((long)rowGroup << 32) | (uint)column;

    private (ParquetDictionary Value, long Bytes) DictionaryOf(long key)
    {
        using var chunk = Parquet.OpenColumn((int)(key >> 32), (int)key);
        var dictionary = chunk.Dictionary;
        return (dictionary, dictionary.MemoryBytes);
    }

    private (PageIndex Value, long Bytes) PageIndexOf(long key)
    {
        using var chunk = Parquet.OpenColumn((int)(key >> 32), (int)key);
        var index = chunk.Index;
        return (index, index.MemoryBytes);
    }

    private (SplitBlockBloomFilter Value, long Bytes) BloomFilterOf(long key)
    {
        using var chunk = Parquet.OpenColumn((int)(key >> 32), (int)key);
        var filter = chunk.BloomFilter ?? throw new BlockCorruptException(Parquet.Source.Name, 0, $"column '{Parquet.Schema[(int)key]}' has no filter in row group {key >> 32}");
        return (filter, filter.Bytes);
    }

    private static readonly ColumnId[] Intrinsics =
    [
        IntrinsicColumns.TraceId, IntrinsicColumns.SpanId, IntrinsicColumns.ParentSpanId, IntrinsicColumns.Name, IntrinsicColumns.Kind,
        IntrinsicColumns.Start, IntrinsicColumns.Duration, IntrinsicColumns.Status, IntrinsicColumns.StatusMessage, IntrinsicColumns.Resource,
        IntrinsicColumns.Scope, IntrinsicColumns.Trace, IntrinsicColumns.NestedLeft, IntrinsicColumns.NestedRight, IntrinsicColumns.NestedParent,
        IntrinsicColumns.TraceState, IntrinsicColumns.Flags, IntrinsicColumns.DroppedAttributesCount, IntrinsicColumns.DroppedEventsCount,
        IntrinsicColumns.DroppedLinksCount, IntrinsicColumns.EventCount, IntrinsicColumns.Events, IntrinsicColumns.LinkCount,
        IntrinsicColumns.Links, IntrinsicColumns.OverflowCount, IntrinsicColumns.Overflow, IntrinsicColumns.Residue,
        IntrinsicColumns.ScopeName, IntrinsicColumns.ScopeVersion,
    ];

    private void Add(ColumnId id, int column)
    {
        var type = Parquet.Schema[column].Type;
        var fits = id.Type switch
        {
            AttributeType.String => type == ParquetType.ByteArray,
            AttributeType.Int => type == ParquetType.Int64 || (type == ParquetType.FixedLenByteArray && Parquet.Schema[column].FixedLength == SpanId.Size),
            AttributeType.Double => type == ParquetType.Double,
            AttributeType.Bool => type == ParquetType.Boolean,
            AttributeType.Bytes => type is ParquetType.ByteArray or ParquetType.FixedLenByteArray,
            _ => false,
        };
        if (!fits)
        {
            throw new BlockCorruptException(Parquet.Source.Name, 0, $"column '{Parquet.Schema[column]}' does not hold values of type {id.Type}");
        }

        if (HasValues(column) && !_columns.TryAdd(id, new BlockColumnReader(this, id, column)))
        {
            throw new BlockCorruptException(Parquet.Source.Name, 0, $"meta.json lists '{id}' twice");
        }
    }

    private bool HasValues(int column)
    {
        for (var rowGroup = 0; rowGroup < RowGroups; rowGroup++)
        {
            if (Parquet.NullCount(rowGroup, column) != Parquet.RowGroupRows(rowGroup))
            {
                return true;
            }
        }

        return false;
    }
}
