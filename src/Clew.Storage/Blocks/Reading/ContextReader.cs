using Clew.Parquet;
using Clew.Storage.Columns;

namespace Clew.Storage.Blocks.Reading;

/// <summary>Gives back the encoded messages of <c>resources.parquet</c> or <c>scopes.parquet</c>. For one call; one thread.</summary>
internal sealed class ContextReader(ParquetReader parquet)
{
    /// <summary>Messages remembered at most; then they are read again.</summary>
    private const int MaxRemembered = 4096;

    private readonly Dictionary<int, (byte[] Message, byte[] SchemaUrl)> _rows = [];
    private readonly ByteColumn _value = new();
    private readonly ulong[] _validity = new ulong[1];

    public void Read(int row, out ReadOnlySpan<byte> message, out ReadOnlySpan<byte> schemaUrl)
    {
        if (!_rows.TryGetValue(row, out var context))
        {
            if (_rows.Count == MaxRemembered)
            {
                _rows.Clear();
            }

            context = (Load(row, BlockFormat.EncodedColumn), Load(row, BlockFormat.SchemaUrlColumn));
            _rows.Add(row, context);
        }

        message = context.Message;
        schemaUrl = context.SchemaUrl;
    }

    private byte[] Load(int row, string name)
    {
        if ((uint)row >= (ulong)parquet.Rows)
        {
            throw new BlockCorruptException(parquet.Source.Name, 0, $"a span names row {row} of {parquet.Rows}");
        }

        var column = parquet.Schema.IndexOf(name);
        if (column < 0 || parquet.Schema[column].Type != ParquetType.ByteArray)
        {
            throw new BlockCorruptException(parquet.Source.Name, 0, $"column '{name}' is missing or holds no byte strings");
        }

        var rowGroup = 0;
        while (row >= parquet.RowGroupFirstRow(rowGroup) + parquet.RowGroupRows(rowGroup))
        {
            rowGroup++;
        }

        using var chunk = parquet.OpenColumn(rowGroup, column);
        _value.Clear();
        BlockColumnReader.AppendBytes(chunk, new PageRange(rowGroup, row - (int)parquet.RowGroupFirstRow(rowGroup), 1), _value, _validity);
        return _value[0].ToArray();
    }
}
