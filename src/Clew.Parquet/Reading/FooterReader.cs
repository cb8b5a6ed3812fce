namespace Clew.Parquet;

/// <summary>
/// Parses FileMetaData (parquet.thrift) into typed arrays and checks it: the schema is flat and of our types, every offset and
/// length lies in the file before the footer, counts agree with each other.
/// </summary>
internal static class FooterReader
{
    public static FileFooter Read(byte[] bytes, string file, long footerStart)
    {
        ThriftReader reader = new(bytes, file, footerStart);
        ParquetSchema? schema = null;
        RowGroupMeta[]? rowGroups = null;
        Dictionary<string, string> metadata = [];
        string createdBy = "";
        long rows = -1;

        reader.BeginStruct();
        int id = 0;
        while (reader.NextField(ref id, out ThriftType type))
        {
            switch (id)
            {
                case 2:
                    schema = SchemaReader.Read(ref reader, type);
                    break;
                case 3:
                    rows = reader.I64(type);
                    break;
                case 4:
                    if (schema is null)
                    {
                        reader.Fail("the row groups come before the schema");
                    }

                    rowGroups = ReadRowGroups(ref reader, type, schema, footerStart);
                    break;
                case 5:
                    ReadMetadata(ref reader, type, metadata);
                    break;
                case 6:
                    createdBy = reader.String(type, ParquetLimits.MaxNameBytes);
                    break;
                case 8:
                    reader.Fail("encrypted files are not supported");
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (schema is null || rowGroups is null)
        {
            reader.Fail("the footer has no schema or no row groups");
        }

        long sum = 0;
        foreach (RowGroupMeta rowGroup in rowGroups)
        {
            sum += rowGroup.Rows;
        }

        if (sum != rows)
        {
            reader.Fail($"the row groups have {sum} rows, the file claims {rows}");
        }

        return new FileFooter(bytes, schema, rows, rowGroups, metadata, createdBy);
    }

    private static RowGroupMeta[] ReadRowGroups(ref ThriftReader reader, ThriftType type, ParquetSchema schema, long footerStart)
    {
        int count = reader.BeginList(type, ThriftType.Struct, ParquetLimits.MaxRowGroups);
        var rowGroups = new RowGroupMeta[count];
        long firstRow = 0;
        for (int i = 0; i < count; i++)
        {
            rowGroups[i] = ReadRowGroup(ref reader, schema, footerStart, firstRow);
            firstRow += rowGroups[i].Rows;
        }

        return rowGroups;
    }

    private static RowGroupMeta ReadRowGroup(ref ThriftReader reader, ParquetSchema schema, long footerStart, long firstRow)
    {
        ChunkMeta[]? chunks = null;
        long[] valueCounts = [];
        long rows = -1;
        reader.BeginStruct();
        int id = 0;
        while (reader.NextField(ref id, out ThriftType type))
        {
            switch (id)
            {
                case 1:
                    int count = reader.BeginList(type, ThriftType.Struct, ParquetLimits.MaxColumns);
                    if (count != schema.Count || chunks is not null)
                    {
                        reader.Fail($"a row group has {count} column chunks, the schema {schema.Count} columns");
                    }

                    chunks = new ChunkMeta[count];
                    valueCounts = new long[count];
                    for (int i = 0; i < count; i++)
                    {
                        chunks[i] = ChunkMetaReader.Read(ref reader, schema[i], footerStart, out valueCounts[i]);
                    }

                    break;
                case 3:
                    rows = reader.I64(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (rows is < 1 or > ParquetLimits.MaxRowGroupRows)
        {
            reader.Fail($"a row group of {rows} rows is outside 1..{ParquetLimits.MaxRowGroupRows}");
        }

        if (chunks is null)
        {
            reader.Fail("a row group has no columns");
        }

        for (int i = 0; i < chunks.Length; i++)
        {
            if (valueCounts[i] != rows || chunks[i].NullCount > rows)
            {
                reader.Fail($"column '{schema[i].Name}' has {valueCounts[i]} values and {chunks[i].NullCount} nulls in a row group of {rows} rows");
            }
        }

        return new RowGroupMeta((int)rows, firstRow, chunks);
    }

    private static void ReadMetadata(ref ThriftReader reader, ThriftType type, Dictionary<string, string> metadata)
    {
        int count = reader.BeginList(type, ThriftType.Struct, ParquetLimits.MaxMetadataEntries);
        for (int i = 0; i < count; i++)
        {
            string key = "";
            string value = "";
            reader.BeginStruct();
            int id = 0;
            while (reader.NextField(ref id, out ThriftType fieldType))
            {
                switch (id)
                {
                    case 1:
                        key = reader.String(fieldType, ParquetLimits.MaxFooterBytes);
                        break;
                    case 2:
                        value = reader.String(fieldType, ParquetLimits.MaxFooterBytes);
                        break;
                    default:
                        reader.Skip(fieldType);
                        break;
                }
            }

            metadata[key] = value;
        }
    }
}
