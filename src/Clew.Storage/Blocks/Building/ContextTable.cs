using System.Buffers.Binary;
using Clew.Otlp;
using Clew.Otlp.Wire;
using Clew.Parquet;
using Clew.Storage.Columns;

namespace Clew.Storage.Blocks.Building;

/// <summary>
/// The distinct resources, or the distinct instrumentation scopes, of a block, each with its schema URL. Their bytes are kept as they
/// came, so what a reader gives back is exact; columns beside them are for predicates.
/// </summary>
internal sealed class ContextTable(bool isScope)
{
    private readonly ByteTable _entries = new();
    private byte[] _key = new byte[1024];

    public int Count => _entries.Count;

    public long Bytes => _entries.BlobBytes;

    public long AllocatedBytes => _entries.AllocatedBytes;

    /// <summary>The row of a context, a new one when these bytes were not seen before.</summary>
    public int Intern(ReadOnlySpan<byte> message, ReadOnlySpan<byte> schemaUrl, out bool isNew)
    {
        // Entry: message, schema URL, length of the schema URL.
        var length = message.Length + schemaUrl.Length + sizeof(int);
        if (_key.Length < length)
        {
            _key = new byte[length * 2];
        }

        message.CopyTo(_key);
        schemaUrl.CopyTo(_key.AsSpan(message.Length));
        BinaryPrimitives.WriteInt32LittleEndian(_key.AsSpan(length - sizeof(int)), schemaUrl.Length);
        return _entries.Intern(_key.AsSpan(0, length), out isNew);
    }

    public void Read(int row, out ReadOnlySpan<byte> message, out ReadOnlySpan<byte> schemaUrl)
    {
        var entry = _entries[row];
        var schemaLength = BinaryPrimitives.ReadInt32LittleEndian(entry[^sizeof(int)..]);
        message = entry[..(entry.Length - sizeof(int) - schemaLength)];
        schemaUrl = entry.Slice(message.Length, schemaLength);
    }

    /// <summary>Writes the table as a file. The catalogue and the keys are for meta.json.</summary>
    public ColumnCatalogue Write(ScratchStream stream, AttributeKeys keys, BlockBuilderOptions options)
    {
        var columns = FixedColumns();
        using var file = new ColumnFile(isScope ? BlockFormat.ScopesFile : BlockFormat.ResourcesFile, stream, columns);
        var catalogue = new ColumnCatalogue(isScope ? "instrumentation." : "resource.", columns.Select(column => column.Name), options.MaxAttributeColumns);
        var gathered = new Gathered(keys);
        var known = 0;
        for (var row = 0; row < Count;)
        {
            var first = row;
            for (; row < Count && row - first < options.RowGroupRows && gathered.Bytes < options.MaxRowGroupBytes; row++)
            {
                Shred(gathered, row, row - first);
            }

            gathered.Attributes.MoveToOverflow(catalogue.Admit(gathered.Attributes.Columns, 1));
            file.AddColumns(AttributeWriter.Schema(catalogue.Columns, known));
            known = catalogue.Columns.Count;
            WriteRowGroup(file, catalogue, gathered, first, row - first);
            gathered.Clear();
        }

        file.Finish();
        return catalogue;
    }

    private List<ParquetColumn> FixedColumns()
    {
        List<ParquetColumn> columns =
        [
            ParquetColumn.Int64(isScope ? IntrinsicColumns.Scope.Key : IntrinsicColumns.Resource.Key),
            ParquetColumn.String(BlockFormat.SchemaUrlColumn, optional: true),
            ParquetColumn.Bytes(BlockFormat.EncodedColumn),
            ParquetColumn.Int64(IntrinsicColumns.OverflowCount.Key, optional: true),
            ParquetColumn.Bytes(IntrinsicColumns.Overflow.Key, optional: true),
        ];
        if (isScope)
        {
            columns.Add(ParquetColumn.String(IntrinsicColumns.ScopeName.Key, optional: true));
            columns.Add(ParquetColumn.String(IntrinsicColumns.ScopeVersion.Key, optional: true));
        }

        return columns;
    }

    private void Shred(Gathered gathered, int row, int groupRow)
    {
        Read(row, out var message, out var schemaUrl);
        gathered.Encoded.AppendBytes(groupRow, message);
        AddText(gathered.SchemaUrls, groupRow, schemaUrl);
        var overflow = 0;
        var attributesField = isScope ? OtlpFields.Scope.Attributes : OtlpFields.Resource.Attributes;
        var reader = new ProtoReader(message);
        scoped ReadOnlySpan<byte> name = default, version = default;
        while (reader.Next())
        {
            if (reader.Field == attributesField && reader.Type == WireType.Length && reader.TryBytes(out var keyValue))
            {
                overflow += gathered.Attributes.Add(groupRow, row, keyValue);
            }
            else if (isScope && reader.Field == OtlpFields.Scope.Name && reader.Type == WireType.Length)
            {
                reader.TryBytes(out name);
            }
            else if (isScope && reader.Field == OtlpFields.Scope.Version && reader.Type == WireType.Length)
            {
                reader.TryBytes(out version);
            }
            else
            {
                reader.Skip();
            }
        }

        AddText(gathered.Names, groupRow, name);
        AddText(gathered.Versions, groupRow, version);
        gathered.Attributes.AddOverflowCount(groupRow, overflow);
    }

    private void WriteRowGroup(ColumnFile file, ColumnCatalogue catalogue, Gathered gathered, int first, int rows)
    {
        var ids = new long[rows];
        for (var i = 0; i < rows; i++)
        {
            ids[i] = first + i;
        }

        file.StartRowGroup(rows, PageRows, []);
        file.WriteOrderedNumbers(ids);
        file.WriteTexts(gathered.SchemaUrls);
        file.WriteMessages(gathered.Encoded);
        file.WriteNumbers(gathered.Attributes.OverflowCounts);
        file.WriteMessages(gathered.Attributes.Overflow);
        if (isScope)
        {
            file.WriteTexts(gathered.Names);
            file.WriteTexts(gathered.Versions);
        }

        AttributeWriter.Write(file, catalogue, gathered.Attributes.Columns);
    }

    /// <summary>Rows are a kilobyte each; a page of them is unpacked to read one.</summary>
    private const int PageRows = 512;

    /// <summary>The bytes are in the encoded message in any case; a column only helps searching.</summary>
    private static void AddText(SparseColumn column, int row, ReadOnlySpan<byte> text)
    {
        if (text.Length is > 0 and <= BlockFormat.MaxColumnTextBytes)
        {
            column.TryAddText(row, text, out _);
        }
    }

    private sealed class Gathered(AttributeKeys keys)
    {
        public AttributeRows Attributes { get; } = new(keys);

        public SparseColumn Encoded { get; } = new();

        public SparseColumn SchemaUrls { get; } = new();

        public SparseColumn Names { get; } = new();

        public SparseColumn Versions { get; } = new();

        public long Bytes => Attributes.TextBytes + Encoded.Texts.BlobBytes;

        public void Clear()
        {
            Attributes.Clear();
            Encoded.Clear();
            SchemaUrls.Clear();
            Names.Clear();
            Versions.Clear();
        }
    }
}
