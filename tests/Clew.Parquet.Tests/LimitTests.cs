namespace Clew.Parquet.Tests;

/// <summary>Every named limit, passed.</summary>
public sealed class LimitTests
{
    private static readonly ParquetSchema s_text = new(ParquetColumn.String("a", optional: true));
    private static readonly ParquetSchema s_number = new(ParquetColumn.Int64("a"));

    [Fact]
    public void Dictionary_over_its_cap_is_written_as_plain_pages()
    {
        string[] values = [.. Enumerable.Range(0, 2_000).Select(i => $"value number {i}")];
        (int[] offsets, byte[] blob) = TestFile.Texts(values);
        int[] codes = [.. Enumerable.Range(0, 10_000).Select(i => i % 7 == 0 ? -1 : i % 2_000)];
        foreach (int cap in (int[])[30_000, 60_000])
        {
            byte[] file = TestFile.Write(
                s_text,
                writer => writer.StartRowGroup(codes.Length).WriteCodes(codes, new ByteArrays(offsets, blob)),
                new ParquetWriterOptions { MaxDictionaryBytes = cap });
            ParquetReader reader = TestFile.Open(file);
            Assert.Equal(cap == 60_000, reader.HasDictionary(0, 0));
            using ColumnChunkReader chunk = reader.OpenColumn(0, 0);
            object?[] expected = [.. codes.Select(code => code < 0 ? null : (object)System.Text.Encoding.UTF8.GetBytes(values[code]))];
            RoundTripTests.AssertCells(expected, Cells.Read(chunk, 0, codes.Length), 0);
        }
    }

    [Fact]
    public void Dictionary_of_values_that_hardly_repeat_is_written_as_plain_pages()
    {
        string[] values = [.. Enumerable.Range(0, 5_000).Select(i => $"value number {i}")];
        (int[] offsets, byte[] blob) = TestFile.Texts(values);
        int[] codes = [.. Enumerable.Range(0, 6_000).Select(i => i % 5_000)];
        byte[] file = TestFile.Write(s_text, writer => writer.StartRowGroup(codes.Length).WriteCodes(codes, new ByteArrays(offsets, blob)));
        Assert.False(TestFile.Open(file).HasDictionary(0, 0));
    }

    [Fact]
    public void Page_over_its_limit_is_refused_and_the_file_unusable()
    {
        using MemoryStream stream = new();
        using ParquetWriter writer = new(stream, s_text);
        byte[] blob = new byte[ParquetLimits.MaxPageBytes / 64 + 1];
        int[] codes = new int[100];
        RowGroupWriter group = writer.StartRowGroup(100);
        // A hundred rows that all point to one value of a megabyte: over the dictionary's cap, so plain.
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => group.WriteCodes(codes, new ByteArrays([0, blob.Length], blob)));
        Assert.Contains("fewer rows per page", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => writer.Finish());
    }

    [Fact]
    public void Arguments_that_do_not_fit_are_refused_and_the_file_stays_usable()
    {
        ParquetSchema schema = new(ParquetColumn.Int64("n"), ParquetColumn.String("s"), ParquetColumn.Fixed("f", 4));
        (int[] offsets, byte[] blob) = TestFile.Texts("x");
        byte[] file = TestFile.Write(schema, writer =>
        {
            RowGroupWriter group = writer.StartRowGroup(2);
            Assert.Throws<ArgumentException>(() => group.WriteInt64([1]));
            Assert.Throws<ArgumentException>(() => group.WriteInt32([1, 2]));
            Assert.Throws<ArgumentException>(() => group.WriteInt64([1, 2], [0b01]));
            Assert.Throws<ArgumentException>(() => group.WriteInt64([1, 2], options: new(Encoding: EncodingHint.Rle)));
            Assert.Throws<ArgumentException>(() => group.WriteNulls());
            Assert.Throws<InvalidOperationException>(() => writer.StartRowGroup(1));
            Assert.Throws<InvalidOperationException>(() => writer.Finish());
            group.WriteInt64([1, 2]);
            Assert.Throws<ArgumentException>(() => group.WriteCodes([0, -1], new ByteArrays(offsets, blob)));
            Assert.Throws<ArgumentException>(() => group.WriteCodes([0, 1], new ByteArrays(offsets, blob)));
            group.WriteCodes([0, 0], new ByteArrays(offsets, blob));
            Assert.Throws<ArgumentException>(() => group.WriteFixed(new byte[7]));
            Assert.Throws<ArgumentException>(() => group.WriteFixed(new byte[8], options: new(BloomFilter: true)));
            group.WriteFixed(new byte[8]);
            Assert.Throws<InvalidOperationException>(() => group.WriteInt64([1, 2]));
        });
        Assert.Equal(2, TestFile.Open(file).Rows);
    }

    [Fact]
    public void Row_groups_and_pages_have_bounds()
    {
        using MemoryStream stream = new();
        using ParquetWriter writer = new(stream, s_number);
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.StartRowGroup(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.StartRowGroup(ParquetLimits.MaxRowGroupRows + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.StartRowGroup(10, pageRows: 100));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.StartRowGroup(10, pageRows: ParquetLimits.MaxPageRows * 2));
        Assert.Throws<ArgumentException>(() => new ParquetWriter(stream, s_number, new ParquetWriterOptions { PageRows = 63 }));
        Assert.Throws<ArgumentException>(() => new ParquetWriter(stream, s_number, new ParquetWriterOptions { MaxDictionaryBytes = -1 }));
        Assert.Throws<ArgumentException>(() => new ParquetWriter(stream, s_number, new ParquetWriterOptions { BloomFalsePositives = 1 }));
    }

    [Fact]
    public void Schemas_have_bounds()
    {
        Assert.Throws<ArgumentException>(() => new ParquetSchema());
        Assert.Throws<ArgumentException>(() => new ParquetSchema(ParquetColumn.Int64("a"), ParquetColumn.Int32("a")));
        Assert.Throws<ArgumentException>(() => new ParquetSchema(Enumerable.Range(0, ParquetLimits.MaxColumns + 1).Select(i => ParquetColumn.Int64($"c{i}"))));
        Assert.Throws<ArgumentException>(() => ParquetColumn.Int64(new string('x', ParquetLimits.MaxNameBytes + 1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => ParquetColumn.Fixed("f", 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => ParquetColumn.Fixed("f", ParquetLimits.MaxFixedLength + 1));
    }

    [Fact]
    public void Metadata_entries_have_a_bound()
    {
        using MemoryStream stream = new();
        using ParquetWriter writer = new(stream, s_number);
        for (int i = 0; i < ParquetLimits.MaxMetadataEntries; i++)
        {
            writer.AddMetadata($"k{i}", "v");
        }

        Assert.Throws<InvalidOperationException>(() => writer.AddMetadata("more", "v"));
    }

    [Fact]
    public void Footer_that_claims_more_than_the_limit_is_refused_before_it_is_read()
    {
        byte[] file = [.. "PAR1"u8, .. new byte[64], .. BitConverter.GetBytes(ParquetLimits.MaxFooterBytes + 1), .. "PAR1"u8];
        ParquetCorruptException error = Assert.Throws<ParquetCorruptException>(() => TestFile.Open(file));
        Assert.Equal("test", error.File);
        Assert.Equal(file.Length - 8, error.Offset);
    }

    [Fact]
    public void Page_that_claims_more_than_the_limit_is_refused_before_memory_is_taken()
    {
        using ByteBuffer buffer = new();
        new PageHeader(PageType.Data, ParquetLimits.MaxPageBytes + 1, 10, 10, ParquetEncoding.Plain, false, null).Write(new ThriftWriter(buffer));
        Assert.Throws<ParquetCorruptException>(() => PageHeader.Read(buffer.Written.ToArray(), "test", 0, PageType.Data, out _));

        buffer.Clear();
        new PageHeader(PageType.Data, 10, 10, ParquetLimits.MaxPageRows + 1, ParquetEncoding.Plain, false, null).Write(new ThriftWriter(buffer));
        Assert.Throws<ParquetCorruptException>(() => PageHeader.Read(buffer.Written.ToArray(), "test", 0, PageType.Data, out _));

        buffer.Clear();
        new PageHeader(PageType.Dictionary, ParquetLimits.MaxDictionaryBytes + 1, 10, 1, ParquetEncoding.Plain, false, null).Write(new ThriftWriter(buffer));
        Assert.Throws<ParquetCorruptException>(() => PageHeader.Read(buffer.Written.ToArray(), "test", 0, PageType.Dictionary, out _));
    }

    [Fact]
    public void Structures_nested_without_end_are_refused()
    {
        // A struct in a struct in a struct …, each field number 9, a field that nobody knows.
        byte[] deep = new byte[5_000];
        Array.Fill(deep, (byte)0x9c);
        byte[] file = [.. "PAR1"u8, .. deep, .. BitConverter.GetBytes(deep.Length), .. "PAR1"u8];
        Assert.Contains("nested", Assert.Throws<ParquetCorruptException>(() => TestFile.Open(file)).What, StringComparison.Ordinal);

        // Lists in lists.
        Array.Fill(deep, (byte)0x19);
        deep[0] = 0x99;
        file = [.. "PAR1"u8, .. deep, .. BitConverter.GetBytes(deep.Length), .. "PAR1"u8];
        Assert.Contains("nested", Assert.Throws<ParquetCorruptException>(() => TestFile.Open(file)).What, StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_more_rows_than_there_are_is_refused()
    {
        byte[] file = TestFile.Write(s_number, writer => writer.StartRowGroup(3).WriteInt64([1, 2, 3]));
        using ColumnChunkReader chunk = TestFile.Open(file).OpenColumn(0, 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => chunk.ReadInt64(0, 4, new long[4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => chunk.ReadInt64(-1, 2, new long[4]));
        Assert.Throws<ArgumentException>(() => chunk.ReadInt64(0, 3, new long[2]));
        Assert.Throws<InvalidOperationException>(() => chunk.ReadInt32(0, 3, new int[3]));
        Assert.Throws<InvalidOperationException>(() => chunk.ReadCodes(0, 3, new int[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => chunk.PageBounds(1));
        Assert.Throws<InvalidOperationException>(() => chunk.Dictionary);
    }
}
