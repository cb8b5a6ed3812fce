using System.Text;

namespace Clew.Parquet.Tests;

public sealed class SmallFileTests
{
    [Fact]
    public void Columns_of_every_type_come_back()
    {
        ParquetSchema schema = new(
            ParquetColumn.String("name", optional: true),
            ParquetColumn.Int64("duration"),
            ParquetColumn.Int32("kind", optional: true),
            ParquetColumn.Double("ratio"),
            ParquetColumn.Boolean("root", optional: true),
            ParquetColumn.Fixed("id", 4),
            ParquetColumn.Bytes("payload", optional: true));
        (int[] offsets, byte[] blob) = TestFile.Texts("GET /b", "unused", "GET /a");
        byte[] file = TestFile.Write(schema, writer =>
        {
            writer.AddMetadata("clew.version", "1");
            RowGroupWriter group = writer.StartRowGroup(4);
            group.WriteCodes([0, -1, 2, 0], new ByteArrays(offsets, blob));
            group.WriteInt64([5, -7, long.MaxValue, long.MinValue]);
            group.WriteInt32([1, 0, 3, 4], [0b1101]);
            group.WriteDouble([0.5, -1, double.PositiveInfinity, 0]);
            group.WriteBool([true, false, true, false], [0b0111]);
            group.WriteFixed([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
            group.WriteBytes(new ByteArrays([0, 2, 2, 2, 3], [1, 2, 3]), [0b1011]);
        });

        ParquetReader reader = TestFile.Open(file);
        Assert.Equal(4, reader.Rows);
        Assert.Equal("1", reader.Metadata["clew.version"]);
        Assert.Equal(1, reader.RowGroupCount);

        using ColumnChunkReader name = reader.OpenColumn(0, 0);
        int[] codes = new int[4];
        name.ReadCodes(0, 4, codes);
        Assert.Equal([1, -1, 0, 1], codes);
        Assert.Equal(2, name.Dictionary.Count);
        Assert.Equal("GET /a", Encoding.UTF8.GetString(name.Dictionary[0]));
        Assert.Equal(1, name.PageNullCount(0));

        using ColumnChunkReader duration = reader.OpenColumn(0, 1);
        long[] longs = new long[4];
        duration.ReadInt64(0, 4, longs);
        Assert.Equal([5, -7, long.MaxValue, long.MinValue], longs);
        Assert.Equal(long.MinValue, duration.PageBounds(0).MinInt64);
        Assert.Equal(long.MaxValue, reader.Bounds(0, 1).MaxInt64);

        using ColumnChunkReader kind = reader.OpenColumn(0, 2);
        int[] ints = new int[3];
        ulong[] valid = new ulong[1];
        kind.ReadInt32(1, 3, ints, valid);
        Assert.Equal([0, 3, 4], ints);
        Assert.Equal(0b110UL, valid[0]);

        using ColumnChunkReader ratio = reader.OpenColumn(0, 3);
        double[] doubles = new double[4];
        ratio.ReadDouble(0, 4, doubles);
        Assert.Equal([0.5, -1, double.PositiveInfinity, 0], doubles);

        using ColumnChunkReader root = reader.OpenColumn(0, 4);
        bool[] bools = new bool[4];
        root.ReadBool(0, 4, bools, valid);
        Assert.Equal([true, false, true, false], bools);
        Assert.Equal(0b0111UL, valid[0]);

        using ColumnChunkReader id = reader.OpenColumn(0, 5);
        byte[] ids = new byte[8];
        id.ReadFixed(1, 2, ids);
        Assert.Equal([5, 6, 7, 8, 9, 10, 11, 12], ids);

        using ColumnChunkReader payload = reader.OpenColumn(0, 6);
        ByteRange[] ranges = new ByteRange[4];
        Assert.Equal(4, payload.ReadBytes(0, 4, ranges, out ReadOnlySpan<byte> buffer));
        Assert.Equal([1, 2], ranges[0].In(buffer).ToArray());
        Assert.Equal(0, ranges[1].Length);
        Assert.True(ranges[2].IsNull);
        Assert.Equal([3], ranges[3].In(buffer).ToArray());
    }
}
