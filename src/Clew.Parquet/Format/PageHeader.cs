namespace Clew.Parquet;

/// <summary>
/// Header in front of a dictionary page or a data page (V1). The fields of the two kinds that we use coincide.
/// </summary>
internal readonly record struct PageHeader(
    PageType Type,
    int UncompressedSize,
    int CompressedSize,
    int ValueCount,
    ParquetEncoding Encoding,
    bool IsSorted,
    uint? Checksum)
{
    public void Write(ThriftWriter thrift)
    {
        thrift.BeginStruct();
        thrift.I32(1, (int)Type);
        thrift.I32(2, UncompressedSize);
        thrift.I32(3, CompressedSize);
        if (Checksum is uint checksum)
        {
            thrift.I32(4, (int)checksum);
        }

        if (Type == PageType.Data)
        {
            thrift.BeginStruct(5);
            thrift.I32(1, ValueCount);
            thrift.I32(2, (int)Encoding);
            thrift.I32(3, (int)ParquetEncoding.Rle);
            thrift.I32(4, (int)ParquetEncoding.Rle);
        }
        else
        {
            thrift.BeginStruct(7);
            thrift.I32(1, ValueCount);
            thrift.I32(2, (int)Encoding);
            thrift.Bool(3, IsSorted);
        }

        thrift.EndStruct();
        thrift.EndStruct();
    }

    /// <summary>Parses and checks a header; <paramref name="length"/> is the number of bytes it took.</summary>
    public static PageHeader Read(ReadOnlySpan<byte> data, string file, long offset, PageType expected, out int length)
    {
        ThriftReader reader = new(data, file, offset);
        int type = -1, uncompressed = -1, compressed = -1, values = -1, encoding = -1;
        int levelEncoding = (int)ParquetEncoding.Rle;
        bool sorted = false;
        uint? checksum = null;

        reader.BeginStruct();
        int id = 0;
        while (reader.NextField(ref id, out ThriftType fieldType))
        {
            switch (id)
            {
                case 1:
                    type = reader.I32(fieldType);
                    break;
                case 2:
                    uncompressed = reader.I32(fieldType);
                    break;
                case 3:
                    compressed = reader.I32(fieldType);
                    break;
                case 4:
                    checksum = (uint)reader.I32(fieldType);
                    break;
                case 5 or 7:
                    reader.Expect(fieldType, ThriftType.Struct);
                    reader.BeginStruct();
                    bool isData = id == 5;
                    int inner = 0;
                    while (reader.NextField(ref inner, out ThriftType innerType))
                    {
                        switch (inner)
                        {
                            case 1:
                                values = reader.I32(innerType);
                                break;
                            case 2:
                                encoding = reader.I32(innerType);
                                break;
                            case 3 when isData:
                                levelEncoding = reader.I32(innerType);
                                break;
                            case 3:
                                sorted = reader.Bool(innerType);
                                break;
                            default:
                                reader.Skip(innerType);
                                break;
                        }
                    }

                    break;
                default:
                    reader.Skip(fieldType);
                    break;
            }
        }

        if (type != (int)expected)
        {
            reader.Fail($"a {expected} page was expected, not page type {type}");
        }

        int limit = expected == PageType.Data ? ParquetLimits.MaxPageBytes : ParquetLimits.MaxDictionaryBytes;
        if ((uint)uncompressed > (uint)limit || (uint)compressed > (uint)limit)
        {
            reader.Fail($"page sizes {compressed} and {uncompressed} are outside 0..{limit}");
        }

        int valueLimit = expected == PageType.Data ? ParquetLimits.MaxPageRows : ParquetLimits.MaxDictionaryEntries;
        if ((uint)values > (uint)valueLimit)
        {
            reader.Fail($"a page of {values} values is outside 0..{valueLimit}");
        }

        if (levelEncoding != (int)ParquetEncoding.Rle)
        {
            reader.Fail($"definition levels in encoding {levelEncoding} are not supported");
        }

        length = reader.Position;
        return new PageHeader(expected, uncompressed, compressed, values, (ParquetEncoding)encoding, sorted, checksum);
    }
}
