namespace Clew.Parquet;

/// <summary>BloomFilterHeader (parquet.thrift): size, and three unions with one member each: BLOCK, XXHASH, UNCOMPRESSED.</summary>
internal static class BloomHeader
{
    public static byte[] Serialise(SplitBlockBloomFilter filter)
    {
        using ByteBuffer buffer = new(filter.Bytes + 64);
        ThriftWriter thrift = new(buffer);
        thrift.BeginStruct();
        thrift.I32(1, filter.Bytes);
        for (short union = 2; union <= 4; union++)
        {
            thrift.BeginStruct(union);
            thrift.BeginStruct(1);
            thrift.EndStruct();
            thrift.EndStruct();
        }

        thrift.EndStruct();
        buffer.Write(filter.Content);
        return buffer.Written.ToArray();
    }

    public static SplitBlockBloomFilter Read(ReadOnlySpan<byte> data, string file, long offset)
    {
        ThriftReader reader = new(data, file, offset);
        int bytes = 0;
        reader.BeginStruct();
        int id = 0;
        while (reader.NextField(ref id, out ThriftType type))
        {
            switch (id)
            {
                case 1:
                    bytes = reader.I32(type);
                    break;
                case 2 or 3 or 4:
                    reader.Expect(type, ThriftType.Struct);
                    ExpectFirstMember(ref reader);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (bytes <= 0 || bytes % SplitBlockBloomFilter.BlockBytes != 0 || bytes > ParquetLimits.MaxBloomFilterBytes
            || bytes != data.Length - reader.Position)
        {
            reader.Fail($"a bloom filter of {bytes} bytes does not fit the {data.Length - reader.Position} bytes it has");
        }

        SplitBlockBloomFilter filter = new(bytes);
        data.Slice(reader.Position, bytes).CopyTo(filter.Content);
        return filter;
    }

    private static void ExpectFirstMember(ref ThriftReader reader)
    {
        reader.BeginStruct();
        int id = 0;
        while (reader.NextField(ref id, out ThriftType type))
        {
            if (id != 1)
            {
                reader.Fail($"a bloom filter with algorithm, hash or codec number {id} is not supported");
            }

            reader.Skip(type);
        }
    }
}
