namespace Clew.Parquet;

/// <summary>One ColumnChunk with its ColumnMetaData, checked against the column and the bounds of the file.</summary>
internal static class ChunkMetaReader
{
    public static ChunkMeta Read(ref ThriftReader reader, ParquetColumn column, long footerStart, out long values)
    {
        ChunkMeta chunk = new() { DictionaryOffset = -1, DataOffset = -1, NullCount = -1, MinStart = -1, MaxStart = -1, CompressedBytes = -1 };
        values = -1;
        bool hasMetadata = false;
        reader.BeginStruct();
        int id = 0;
        while (reader.NextField(ref id, out ThriftType type))
        {
            switch (id)
            {
                case 1 or 8:
                    reader.Fail("chunks in other files and encrypted chunks are not supported");
                    break;
                case 3:
                    reader.Expect(type, ThriftType.Struct);
                    ReadMetadata(ref reader, ref chunk, column, out values);
                    hasMetadata = true;
                    break;
                case 4:
                    chunk.OffsetIndexOffset = reader.I64(type);
                    break;
                case 5:
                    chunk.OffsetIndexLength = reader.I32(type);
                    break;
                case 6:
                    chunk.ColumnIndexOffset = reader.I64(type);
                    break;
                case 7:
                    chunk.ColumnIndexLength = reader.I32(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (!hasMetadata)
        {
            reader.Fail($"column '{column.Name}' has no metadata");
        }

        Check(ref reader, ref chunk, column, footerStart);
        return chunk;
    }

    private static void ReadMetadata(ref ThriftReader reader, ref ChunkMeta chunk, ParquetColumn column, out long values)
    {
        values = -1;
        int physical = -1, codec = -1;
        uint encodings = 0;
        reader.BeginStruct();
        int id = 0;
        while (reader.NextField(ref id, out ThriftType type))
        {
            switch (id)
            {
                case 1:
                    physical = reader.I32(type);
                    break;
                case 2:
                    encodings = ReadEncodings(ref reader, type);
                    break;
                case 3:
                    ReadPath(ref reader, type, column);
                    break;
                case 4:
                    codec = reader.I32(type);
                    break;
                case 5:
                    values = reader.I64(type);
                    break;
                case 6:
                    chunk.UncompressedBytes = reader.I64(type);
                    break;
                case 7:
                    chunk.CompressedBytes = reader.I64(type);
                    break;
                case 9:
                    chunk.DataOffset = reader.I64(type);
                    break;
                case 11:
                    chunk.DictionaryOffset = reader.I64(type);
                    break;
                case 12:
                    reader.Expect(type, ThriftType.Struct);
                    ReadStatistics(ref reader, ref chunk);
                    break;
                case 14:
                    chunk.BloomOffset = reader.I64(type);
                    break;
                case 15:
                    chunk.BloomLength = reader.I32(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (physical != (int)column.Type)
        {
            reader.Fail($"column '{column.Name}' has type {physical}, the schema says {column.Type}");
        }

        if (codec is not ((int)ParquetCodec.Uncompressed or (int)ParquetCodec.Zstd))
        {
            reader.Fail($"column '{column.Name}' has codec {codec}; only none and zstd are supported");
        }

        chunk.Codec = (ParquetCodec)codec;
        chunk.Encoding = DataEncoding(ref reader, column, encodings, chunk.DictionaryOffset >= 0);
    }

    private static uint ReadEncodings(ref ThriftReader reader, ThriftType type)
    {
        int count = reader.BeginList(type, ThriftType.I32, 16);
        uint encodings = 0;
        for (int i = 0; i < count; i++)
        {
            int encoding = reader.I32Item();
            if (encoding is < 0 or > 31)
            {
                reader.Fail($"encoding {encoding} is unknown");
            }

            encodings |= 1u << encoding;
        }

        return encodings;
    }

    /// <summary>
    /// The one encoding of all data pages. The set also names PLAIN for the dictionary page and RLE for levels; chunks that
    /// change their encoding half-way are not of our subset, and the page headers are checked against the answer.
    /// </summary>
    private static ParquetEncoding DataEncoding(ref ThriftReader reader, ParquetColumn column, uint encodings, bool hasDictionary)
    {
        const uint PlainBit = 1u << (int)ParquetEncoding.Plain;
        const uint RleBit = 1u << (int)ParquetEncoding.Rle;
        const uint DeltaBit = 1u << (int)ParquetEncoding.DeltaBinaryPacked;
        const uint DictionaryBit = 1u << (int)ParquetEncoding.RleDictionary;

        uint withoutLevels = encodings & ~RleBit;
        bool number = column.Type is ParquetType.Int32 or ParquetType.Int64;
        ParquetEncoding encoding = withoutLevels switch
        {
            PlainBit | DictionaryBit when hasDictionary && column.Type != ParquetType.Boolean => ParquetEncoding.RleDictionary,
            PlainBit when !hasDictionary => ParquetEncoding.Plain,
            DeltaBit when !hasDictionary && number => ParquetEncoding.DeltaBinaryPacked,
            0 when !hasDictionary && encodings == RleBit && column.Type == ParquetType.Boolean => ParquetEncoding.Rle,
            _ => (ParquetEncoding)(-1),
        };

        if ((int)encoding < 0)
        {
            reader.Fail($"column '{column.Name}' has a set of encodings (bits {encodings:x}) that is not supported");
        }

        return encoding;
    }

    private static void ReadPath(ref ThriftReader reader, ThriftType type, ParquetColumn column)
    {
        int count = reader.BeginList(type, ThriftType.Binary, 16);
        for (int i = 0; i < count; i++)
        {
            (int start, int length) = reader.BinaryItem();
            if (count != 1 || !reader.Matches(start, length, column.Utf8Name))
            {
                reader.Fail($"a column chunk stands where that of column '{column.Name}' belongs");
            }
        }
    }

    private static void ReadStatistics(ref ThriftReader reader, ref ChunkMeta chunk)
    {
        chunk.MinExact = true;
        chunk.MaxExact = true;
        reader.BeginStruct();
        int id = 0;
        while (reader.NextField(ref id, out ThriftType type))
        {
            switch (id)
            {
                case 3:
                    chunk.NullCount = reader.I64(type);
                    break;
                case 5:
                    (chunk.MaxStart, chunk.MaxLength) = reader.Binary(type);
                    break;
                case 6:
                    (chunk.MinStart, chunk.MinLength) = reader.Binary(type);
                    break;
                case 7:
                    chunk.MaxExact = reader.Bool(type);
                    break;
                case 8:
                    chunk.MinExact = reader.Bool(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }
    }

    private static void Check(ref ThriftReader reader, ref ChunkMeta chunk, ParquetColumn column, long footerStart)
    {
        chunk.Start = chunk.DictionaryOffset >= 0 ? chunk.DictionaryOffset : chunk.DataOffset;
        if (!Inside(chunk.Start, chunk.CompressedBytes, footerStart)
            || chunk.DataOffset < chunk.Start
            || chunk.DataOffset > chunk.Start + chunk.CompressedBytes)
        {
            reader.Fail($"column '{column.Name}': {chunk.CompressedBytes} bytes of pages from {chunk.Start} do not lie before the footer");
        }

        CheckPart(ref reader, column, "offset index", chunk.OffsetIndexOffset, chunk.OffsetIndexLength, ParquetLimits.MaxPageIndexBytes, footerStart);
        CheckPart(ref reader, column, "column index", chunk.ColumnIndexOffset, chunk.ColumnIndexLength, ParquetLimits.MaxPageIndexBytes, footerStart);
        // The header in front of the filter's bits is below 64 bytes.
        CheckPart(ref reader, column, "bloom filter", chunk.BloomOffset, chunk.BloomLength, ParquetLimits.MaxBloomFilterBytes + 64, footerStart);
        if (chunk.OffsetIndexLength == 0)
        {
            reader.Fail($"column '{column.Name}' has no offset index");
        }

        int width = column.Type switch
        {
            ParquetType.Boolean => 1,
            ParquetType.Int32 => 4,
            ParquetType.Int64 or ParquetType.Double => 8,
            _ => -1,
        };
        bool fits = width < 0 || (chunk.MinLength == width && chunk.MaxLength == width);
        if (chunk.MinStart < 0 || chunk.MaxStart < 0 || !fits)
        {
            chunk.MinStart = -1;
            chunk.MaxStart = -1;
        }
    }

    private static void CheckPart(
        ref ThriftReader reader, ParquetColumn column, string what, long offset, int length, int maxLength, long footerStart)
    {
        if (length != 0 && (length > maxLength || !Inside(offset, length, footerStart)))
        {
            reader.Fail($"column '{column.Name}': the {what} of {length} bytes at {offset} does not lie before the footer");
        }
    }

    private static bool Inside(long offset, long length, long end) => offset >= 4 && length >= 0 && length <= end && offset <= end - length;
}
