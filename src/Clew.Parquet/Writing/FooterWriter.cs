namespace Clew.Parquet;

/// <summary>Serialises FileMetaData (parquet.thrift) field by field; nothing of it is held as a generic tree.</summary>
internal static class FooterWriter
{
    private const int FormatVersion = 2;
    private const int ConvertedUtf8 = 0;

    public static void Write(
        ByteBuffer buffer,
        ParquetSchema schema,
        List<WrittenRowGroup> rowGroups,
        long rows,
        List<KeyValuePair<string, string>> metadata,
        string createdBy,
        long indexStart,
        ReadOnlySpan<(long Offset, int Length)> blooms)
    {
        ThriftWriter thrift = new(buffer);
        thrift.BeginStruct();
        thrift.I32(1, FormatVersion);
        WriteSchema(thrift, schema);
        thrift.I64(3, rows);
        thrift.BeginList(4, ThriftType.Struct, rowGroups.Count);
        for (int i = 0; i < rowGroups.Count; i++)
        {
            WriteRowGroup(thrift, schema, rowGroups[i], indexStart, blooms);
        }

        if (metadata.Count > 0)
        {
            thrift.BeginList(5, ThriftType.Struct, metadata.Count);
            foreach ((string key, string value) in metadata)
            {
                thrift.BeginStruct();
                thrift.String(1, key);
                thrift.String(2, value);
                thrift.EndStruct();
            }
        }

        thrift.String(6, createdBy);
        thrift.BeginList(7, ThriftType.Struct, schema.Count);
        for (int i = 0; i < schema.Count; i++)
        {
            // TYPE_ORDER: bounds follow the order of the type. Readers ignore min_value and max_value without it.
            thrift.BeginStruct();
            thrift.BeginStruct(1);
            thrift.EndStruct();
            thrift.EndStruct();
        }

        thrift.EndStruct();
    }

    private static void WriteSchema(ThriftWriter thrift, ParquetSchema schema)
    {
        thrift.BeginList(2, ThriftType.Struct, schema.Count + 1);
        thrift.BeginStruct();
        thrift.String(4, "schema");
        thrift.I32(5, schema.Count);
        thrift.EndStruct();
        foreach (ParquetColumn column in schema.Columns)
        {
            thrift.BeginStruct();
            thrift.I32(1, (int)column.Type);
            if (column.FixedLength > 0)
            {
                thrift.I32(2, column.FixedLength);
            }

            thrift.I32(3, (int)(column.IsOptional ? Repetition.Optional : Repetition.Required));
            thrift.String(4, column.Name);
            if (column.IsString)
            {
                thrift.I32(6, ConvertedUtf8);
                thrift.BeginStruct(10);
                thrift.BeginStruct(1);
                thrift.EndStruct();
                thrift.EndStruct();
            }

            thrift.EndStruct();
        }
    }

    private static void WriteRowGroup(
        ThriftWriter thrift,
        ParquetSchema schema,
        WrittenRowGroup rowGroup,
        long indexStart,
        ReadOnlySpan<(long Offset, int Length)> blooms)
    {
        long uncompressed = 0;
        long compressed = 0;
        thrift.BeginStruct();
        thrift.BeginList(1, ThriftType.Struct, schema.Count);
        for (int i = 0; i < schema.Count; i++)
        {
            WrittenChunk chunk = rowGroup.Chunks[i];
            uncompressed += chunk.UncompressedBytes;
            compressed += chunk.CompressedBytes;
            WriteChunk(thrift, schema[i], rowGroup.Rows, chunk, indexStart, blooms);
        }

        thrift.I64(2, uncompressed);
        thrift.I64(3, rowGroup.Rows);
        thrift.I64(5, FirstPage(rowGroup.Chunks[0]));
        thrift.I64(6, compressed);
        thrift.EndStruct();
    }

    private static void WriteChunk(
        ThriftWriter thrift,
        ParquetColumn column,
        int rows,
        WrittenChunk chunk,
        long indexStart,
        ReadOnlySpan<(long Offset, int Length)> blooms)
    {
        thrift.BeginStruct();
        thrift.I64(2, FirstPage(chunk));
        thrift.BeginStruct(3);
        thrift.I32(1, (int)column.Type);
        WriteEncodings(thrift, column, chunk);
        thrift.BeginList(3, ThriftType.Binary, 1);
        thrift.StringItem(column.Name);
        thrift.I32(4, (int)chunk.Codec);
        thrift.I64(5, rows);
        thrift.I64(6, chunk.UncompressedBytes);
        thrift.I64(7, chunk.CompressedBytes);
        thrift.I64(9, chunk.DataPageOffset);
        bool hasDictionary = chunk.DictionaryPageOffset >= 0;
        if (hasDictionary)
        {
            thrift.I64(11, chunk.DictionaryPageOffset);
        }

        WriteStatistics(thrift, chunk);
        thrift.BeginList(13, ThriftType.Struct, hasDictionary ? 2 : 1);
        if (hasDictionary)
        {
            WriteEncodingStats(thrift, PageType.Dictionary, ParquetEncoding.Plain, 1);
        }

        WriteEncodingStats(thrift, PageType.Data, chunk.Encoding, chunk.DataPages);
        if (chunk.BloomIndex >= 0)
        {
            thrift.I64(14, blooms[chunk.BloomIndex].Offset);
            thrift.I32(15, blooms[chunk.BloomIndex].Length);
        }

        thrift.EndStruct();
        thrift.I64(4, indexStart + chunk.OffsetIndexStart);
        thrift.I32(5, chunk.OffsetIndexLength);
        if (chunk.ColumnIndexLength > 0)
        {
            thrift.I64(6, indexStart + chunk.ColumnIndexStart);
            thrift.I32(7, chunk.ColumnIndexLength);
        }

        thrift.EndStruct();
    }

    private static void WriteEncodings(ThriftWriter thrift, ParquetColumn column, WrittenChunk chunk)
    {
        Span<int> encodings = stackalloc int[3];
        int count = 0;
        encodings[count++] = (int)chunk.Encoding;
        if (chunk.DictionaryPageOffset >= 0)
        {
            encodings[count++] = (int)ParquetEncoding.Plain;
        }

        if (column.IsOptional && chunk.Encoding != ParquetEncoding.Rle)
        {
            encodings[count++] = (int)ParquetEncoding.Rle;
        }

        thrift.BeginList(2, ThriftType.I32, count);
        foreach (int encoding in encodings[..count])
        {
            thrift.I32Item(encoding);
        }
    }

    private static void WriteStatistics(ThriftWriter thrift, WrittenChunk chunk)
    {
        thrift.BeginStruct(12);
        thrift.I64(3, chunk.NullCount);
        if (chunk.Bounds is { Min: byte[] min, Max: byte[] max })
        {
            thrift.Binary(5, max);
            thrift.Binary(6, min);
            thrift.Bool(7, chunk.Bounds.MaxExact);
            thrift.Bool(8, chunk.Bounds.MinExact);
        }

        thrift.EndStruct();
    }

    private static void WriteEncodingStats(ThriftWriter thrift, PageType type, ParquetEncoding encoding, int count)
    {
        thrift.BeginStruct();
        thrift.I32(1, (int)type);
        thrift.I32(2, (int)encoding);
        thrift.I32(3, count);
        thrift.EndStruct();
    }

    private static long FirstPage(WrittenChunk chunk) =>
        chunk.DictionaryPageOffset >= 0 ? chunk.DictionaryPageOffset : chunk.DataPageOffset;
}
