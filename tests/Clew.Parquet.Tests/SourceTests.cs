namespace Clew.Parquet.Tests;

/// <summary>The same file through every kind of source; what is read from one that charges per request.</summary>
public sealed class SourceTests
{
    private const int Rows = 5_000;
    private static readonly ParquetSchema s_schema = new(ParquetColumn.Int64("n"), ParquetColumn.String("s", optional: true), ParquetColumn.Bytes("b"));
    private static readonly byte[] s_file = MakeFile();

    [Fact]
    public void Local_and_mapped_files_read_like_memory()
    {
        using TempFolder folder = new();
        string path = folder.Write("t.parquet", s_file);
        using FileByteSource file = new(path);
        using MappedByteSource mapped = new(path);
        foreach (IByteSource source in (IByteSource[])[file, mapped, new MemoryByteSource(s_file)])
        {
            ParquetReader reader = ParquetReader.Open(source);
            for (int column = 0; column < s_schema.Count; column++)
            {
                using ColumnChunkReader chunk = reader.OpenColumn(0, column);
                RoundTripTests.AssertCells(Expected(column), Cells.Read(chunk, 0, Rows), 0);
            }
        }
    }

    [Fact]
    public async Task Remote_source_reads_the_wanted_pages_and_nothing_else()
    {
        RemoteSource source = new(s_file);
        ParquetReader reader = await ParquetReader.OpenAsync(source, new ParquetReaderOptions { TailBytes = 16 << 10, CoalesceGapBytes = 0 });
        Assert.Single(source.Reads);
        for (int column = 0; column < s_schema.Count; column++)
        {
            using ColumnChunkReader chunk = reader.OpenColumn(0, column);
            source.Reads.Clear();
            await chunk.LoadRowsAsync(1_000, 500);
            long pageBytes = source.Reads.Sum(read => read.Length);
            Assert.InRange(source.Reads.Count, 2, 4);
            RoundTripTests.AssertCells(Expected(column), Cells.Read(chunk, 1_000, 500), 1_000);

            long wanted = chunk.PageBytes(chunk.PageOf(1_000)) + chunk.PageBytes(chunk.PageOf(1_499));
            Assert.True(pageBytes < wanted + 4_000, $"{pageBytes} bytes were read for pages of {wanted}");
            Assert.Throws<InvalidOperationException>(() => Cells.Read(chunk, 4_000, 10));
        }
    }

    [Fact]
    public async Task Neighbouring_pages_come_in_one_read_and_distant_ones_in_two()
    {
        RemoteSource source = new(s_file);
        ParquetReader reader = await ParquetReader.OpenAsync(source, new ParquetReaderOptions { CoalesceGapBytes = 0 });
        using ColumnChunkReader chunk = reader.OpenColumn(0, 0);
        await chunk.LoadIndexAsync();
        source.Reads.Clear();
        await chunk.LoadPagesAsync(new[] { 0, 1, 2, 6 });
        Assert.Equal(2, source.Reads.Count);
        RoundTripTests.AssertCells(Expected(0), Cells.Read(chunk, 0, 3 * 512), 0);
        RoundTripTests.AssertCells(Expected(0), Cells.Read(chunk, 6 * 512, 512), 6 * 512);
        await Assert.ThrowsAsync<ArgumentException>(async () => await chunk.LoadPagesAsync(new[] { 2, 1 }));
    }

    [Fact]
    public async Task Loading_more_than_the_bound_is_refused()
    {
        RemoteSource source = new(s_file);
        ParquetReader reader = await ParquetReader.OpenAsync(source, new ParquetReaderOptions { MaxLoadedBytes = 3_000 });
        using ColumnChunkReader chunk = reader.OpenColumn(0, 2);
        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await chunk.LoadRowsAsync(0, Rows));
        Assert.Contains("MaxLoadedBytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Footer_larger_than_the_tail_takes_a_second_read()
    {
        RemoteSource source = new(s_file);
        ParquetReader reader = await ParquetReader.OpenAsync(source, new ParquetReaderOptions { TailBytes = 8 });
        Assert.Equal(2, source.Reads.Count);
        Assert.Equal(Rows, reader.Rows);
    }

    [Fact]
    public async Task Cancelled_load_stops()
    {
        RemoteSource source = new(s_file);
        ParquetReader reader = await ParquetReader.OpenAsync(source);
        using ColumnChunkReader chunk = reader.OpenColumn(0, 0);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await chunk.LoadRowsAsync(0, 10, new CancellationToken(canceled: true)));
        await chunk.LoadRowsAsync(0, 10);
        RoundTripTests.AssertCells(Expected(0), Cells.Read(chunk, 0, 10), 0);
    }

    [Fact]
    public async Task Source_that_ends_early_is_corrupt()
    {
        RemoteSource source = new(s_file);
        ParquetReader reader = await ParquetReader.OpenAsync(source);
        source.EndsAt = 100;
        using ColumnChunkReader chunk = reader.OpenColumn(0, 2);
        await Assert.ThrowsAsync<ParquetCorruptException>(async () => await chunk.LoadRowsAsync(0, Rows));
    }

    [Fact]
    public void Pages_read_in_parts_are_decoded_once()
    {
        CountingSource source = new(s_file);
        ParquetReader reader = ParquetReader.Open(source);
        using ColumnChunkReader chunk = reader.OpenColumn(0, 2);
        Cells.Read(chunk, 0, 10);
        int before = source.Reads;
        for (int row = 10; row < 512; row += 10)
        {
            Cells.Read(chunk, row, Math.Min(10, 512 - row));
        }

        Assert.Equal(before, source.Reads);
        Cells.Read(chunk, 512, 1);
        Assert.Equal(before + 1, source.Reads);
    }

    [Fact]
    public void Dictionary_given_by_a_cache_is_used()
    {
        ParquetReader reader = TestFile.Open(s_file);
        using ColumnChunkReader first = reader.OpenColumn(0, 1);
        using ColumnChunkReader second = reader.OpenColumn(0, 1, first.Dictionary);
        Assert.Same(first.Dictionary, second.Dictionary);
    }

    private static object?[] Expected(int column) => [.. Enumerable.Range(0, Rows).Select(row => Cell(column, row))];

    private static object? Cell(int column, int row) => column switch
    {
        0 => row * 31L % 1_009,
        1 => row % 5 == 0 ? null : System.Text.Encoding.UTF8.GetBytes($"service-{row % 11}"),
        _ => System.Text.Encoding.UTF8.GetBytes($"payload {row}"),
    };

    private static byte[] MakeFile() => TestFile.Write(
        s_schema,
        writer =>
        {
            (int[] services, byte[] serviceBlob) = TestFile.Texts([.. Enumerable.Range(0, 11).Select(i => $"service-{i}")]);
            (int[] payloads, byte[] payloadBlob) = TestFile.Texts([.. Enumerable.Range(0, Rows).Select(i => $"payload {i}")]);
            RowGroupWriter group = writer.StartRowGroup(Rows);
            group.WriteInt64([.. Enumerable.Range(0, Rows).Select(row => row * 31L % 1_009)]);
            group.WriteCodes([.. Enumerable.Range(0, Rows).Select(row => row % 5 == 0 ? -1 : row % 11)], new ByteArrays(services, serviceBlob));
            group.WriteBytes(new ByteArrays(payloads, payloadBlob), options: new(CompressionHint.Always));
        },
        new ParquetWriterOptions { PageRows = 512 });

    /// <summary>Answers only after an await, in small pieces, and keeps a record.</summary>
    private sealed class RemoteSource(byte[] file) : IByteSource
    {
        public List<(long Offset, int Length)> Reads { get; } = [];

        public long EndsAt { get; set; } = file.Length;

        public string Name => "bucket/t.parquet";

        public long Length => file.Length;

        public async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
            Reads.Add((offset, destination.Length));
            int count = (int)Math.Clamp(EndsAt - offset, 0, destination.Length);
            file.AsSpan((int)offset, count).CopyTo(destination.Span);
            return count;
        }
    }

    /// <summary>Reads without waiting, but by copy.</summary>
    private sealed class CountingSource(byte[] file) : IByteSource
    {
        public int Reads { get; private set; }

        public string Name => "counting";

        public long Length => file.Length;

        public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public bool TryRead(long offset, Span<byte> destination)
        {
            Reads++;
            file.AsSpan((int)offset, destination.Length).CopyTo(destination);
            return true;
        }
    }
}
