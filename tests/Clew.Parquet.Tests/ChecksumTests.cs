namespace Clew.Parquet.Tests;

public sealed class ChecksumTests
{
    [Fact]
    public void Any_changed_bit_of_a_page_body_is_found()
    {
        (int[] offsets, byte[] blob) = TestFile.Texts("cart", "front", "payment");
        ParquetSchema schema = new(ParquetColumn.String("service"), ParquetColumn.Int64("n"), ParquetColumn.Fixed("id", 8));
        byte[] ids = new byte[8 * 100];
        new Random(3).NextBytes(ids);
        byte[] file = TestFile.Write(schema, writer =>
        {
            RowGroupWriter group = writer.StartRowGroup(100);
            group.WriteCodes([.. Enumerable.Range(0, 100).Select(i => i * i % 3)], new ByteArrays(offsets, blob));
            group.WriteInt64([.. Enumerable.Range(0, 100).Select(i => i * 977L % 101)]);
            group.WriteFixed(ids, options: new(CompressionHint.Always));
        });
        ParquetReader whole = TestFile.Open(file);
        for (int column = 0; column < 3; column++)
        {
            int start = (int)whole.ChunkOffset(0, column);
            int end = start + (int)whole.ChunkBytes(0, column);
            PageType type = whole.HasDictionary(0, column) ? PageType.Dictionary : PageType.Data;
            while (start < end)
            {
                PageHeader header = PageHeader.Read(file.AsSpan(start), "test", start, type, out int headerLength);
                int body = start + headerLength;
                start = body + header.CompressedSize;
                type = PageType.Data;
                for (int at = body; at < start; at++)
                {
                    byte[] changed = [.. file];
                    changed[at] ^= (byte)(1 << (at % 8));
                    Assert.False(ReadsWithChecksums(changed), $"byte {at} was changed without notice");
                }
            }
        }

        Assert.True(ReadsWithChecksums(file));
    }

    private static bool ReadsWithChecksums(byte[] file)
    {
        try
        {
            ParquetReader reader = TestFile.Open(file, new ParquetReaderOptions { VerifyChecksums = true });
            for (int column = 0; column < reader.Schema.Count; column++)
            {
                using ColumnChunkReader chunk = reader.OpenColumn(0, column);
                Cells.Read(chunk, 0, chunk.Rows);
            }

            return true;
        }
        catch (ParquetCorruptException)
        {
            return false;
        }
    }
}
