namespace Clew.Parquet.Tests;

/// <summary>Builds files in memory.</summary>
internal static class TestFile
{
    public static byte[] Write(ParquetSchema schema, Action<ParquetWriter> write, ParquetWriterOptions? options = null)
    {
        using MemoryStream stream = new();
        using ParquetWriter writer = new(stream, schema, options);
        write(writer);
        long length = writer.Finish();
        Assert.Equal(stream.Length, length);
        return stream.ToArray();
    }

    public static ParquetReader Open(byte[] file, ParquetReaderOptions? options = null) =>
        ParquetReader.Open(new MemoryByteSource(file, "test"), options);

    /// <summary>Offsets and blob of texts in UTF-8.</summary>
    public static (int[] Offsets, byte[] Blob) Texts(params string[] values)
    {
        int[] offsets = new int[values.Length + 1];
        List<byte> blob = [];
        for (int i = 0; i < values.Length; i++)
        {
            blob.AddRange(System.Text.Encoding.UTF8.GetBytes(values[i]));
            offsets[i + 1] = blob.Count;
        }

        return (offsets, [.. blob]);
    }
}
