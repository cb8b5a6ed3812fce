using Clew.Parquet;
using Clew.Storage.Columns;

namespace Clew.Storage.Blocks.Reading;

/// <summary>
/// Gives back the encoded messages of <c>resources.parquet</c> or <c>scopes.parquet</c>. For one call; one thread. The rows themselves stay in the
/// cache: every trace names a dozen of them, and reading one unpacks a whole page.
/// </summary>
internal sealed class ContextReader(ParquetReader parquet, BlockCache cache)
{
    private const int Kind = 4;

    /// <summary>Rows that are kept together.</summary>
    private const int SliceRows = 256;

    private Slice? _latest;

    /// <summary>The message and the schema URL of a row; valid as long as the reader.</summary>
    public void Read(int row, out ReadOnlySpan<byte> message, out ReadOnlySpan<byte> schemaUrl)
    {
        if ((uint)row >= (ulong)parquet.Rows)
        {
            throw new BlockCorruptException(parquet.Source.Name, 0, $"a span names row {row} of {parquet.Rows}");
        }

        if (_latest is not { } slice || row < slice.FirstRow || row >= slice.FirstRow + slice.Messages.Count)
        {
            var rowGroup = 0;
            while (row >= parquet.RowGroupFirstRow(rowGroup) + parquet.RowGroupRows(rowGroup))
            {
                rowGroup++;
            }

            var number = (row - (int)parquet.RowGroupFirstRow(rowGroup)) / SliceRows;
            _latest = slice = cache.GetOrAdd(parquet, Kind, ((long)rowGroup << 32) | (uint)number, key => Load((int)(key >> 32), (int)key));
        }

        message = slice.Messages[row - slice.FirstRow];
        schemaUrl = slice.SchemaUrls[row - slice.FirstRow];
    }

    private (Slice Value, long Bytes) Load(int rowGroup, int number)
    {
        var first = number * SliceRows;
        var rows = new PageRange(rowGroup, first, Math.Min(SliceRows, parquet.RowGroupRows(rowGroup) - first));
        var slice = new Slice((int)parquet.RowGroupFirstRow(rowGroup) + first, Column(rows, BlockFormat.EncodedColumn), Column(rows, BlockFormat.SchemaUrlColumn));
        return (slice, slice.Messages.MemoryBytes + slice.SchemaUrls.MemoryBytes);
    }

    private ByteColumn Column(PageRange rows, string name)
    {
        var column = parquet.Schema.IndexOf(name);
        if (column < 0 || parquet.Schema[column].Type != ParquetType.ByteArray)
        {
            throw new BlockCorruptException(parquet.Source.Name, 0, $"column '{name}' is missing or holds no byte strings");
        }

        using var chunk = parquet.OpenColumn(rows.RowGroup, column);
        var values = new ByteColumn();
        BlockColumnReader.AppendBytes(chunk, rows, values, new ulong[SliceRows / 64]);
        return values;
    }

    private sealed record Slice(int FirstRow, ByteColumn Messages, ByteColumn SchemaUrls);
}
