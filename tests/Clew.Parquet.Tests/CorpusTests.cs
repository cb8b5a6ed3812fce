using System.Text;

namespace Clew.Parquet.Tests;

/// <summary>Files written by earlier versions are read for ever.</summary>
public sealed class CorpusTests
{
    private const int Rows = 300;
    private static readonly ParquetSchema s_schema = new(
        ParquetColumn.String("service", optional: true),
        ParquetColumn.Int64("start"),
        ParquetColumn.Int32("kind", optional: true),
        ParquetColumn.Double("ratio"),
        ParquetColumn.Boolean("error"),
        ParquetColumn.Fixed("span_id", 8),
        ParquetColumn.Bytes("payload", optional: true));

    [Theory]
    [InlineData("parquet-v1.parquet")]
    public void File_of_an_earlier_version_reads_as_it_was_written(string name)
    {
        byte[] file = File.ReadAllBytes(Path.Combine(Folder(), name));
        ParquetReader reader = TestFile.Open(file, new ParquetReaderOptions { VerifyChecksums = true });
        Assert.Equal("1", reader.Metadata["clew.corpus"]);
        for (int column = 0; column < s_schema.Count; column++)
        {
            using ColumnChunkReader chunk = reader.OpenColumn(0, column);
            object?[] expected = [.. Enumerable.Range(0, Rows).Select(row => Cell(column, row))];
            RoundTripTests.AssertCells(expected, Cells.Read(chunk, 0, Rows), 0);
        }

        using ColumnChunkReader services = reader.OpenColumn(0, 0);
        Assert.True(services.HasDictionary);
        Assert.Equal(5, services.PageCount);
        Assert.True(services.BloomFilter!.MightContain("service-3"u8));
        Assert.False(services.BloomFilter.MightContain("service-x"u8));
    }

    [Fact]
    public void Todays_writer_writes_the_same_content()
    {
        ParquetReader reader = TestFile.Open(Write());
        for (int column = 0; column < s_schema.Count; column++)
        {
            using ColumnChunkReader chunk = reader.OpenColumn(0, column);
            RoundTripTests.AssertCells([.. Enumerable.Range(0, Rows).Select(row => Cell(column, row))], Cells.Read(chunk, 0, Rows), 0);
        }
    }

    /// <summary>How the files of the corpus are made; a new version of the format adds one.</summary>
    private static byte[] Write() => TestFile.Write(
        s_schema,
        writer =>
        {
            writer.AddMetadata("clew.corpus", "1");
            int[] rows = [.. Enumerable.Range(0, Rows)];
            (int[] services, byte[] serviceBlob) = TestFile.Texts([.. Enumerable.Range(0, 7).Select(i => $"service-{i}")]);
            (int[] payloads, byte[] payloadBlob) = TestFile.Texts([.. rows.Select(row => $"payload {row} {row * row}")]);
            RowGroupWriter group = writer.StartRowGroup(Rows);
            group.WriteCodes([.. rows.Select(row => row % 4 == 0 ? -1 : row % 7)], new ByteArrays(services, serviceBlob), new(BloomFilter: true));
            group.WriteInt64([.. rows.Select(row => (long)Cell(1, row)!)]);
            group.WriteInt32([.. rows.Select(row => row % 5)], Valid(row => row is < 50 or >= 250));
            group.WriteDouble([.. rows.Select(row => row / 8.0)]);
            group.WriteBool([.. rows.Select(row => row % 9 == 0)], options: new(Encoding: EncodingHint.Rle));
            group.WriteFixed([.. rows.SelectMany(row => (byte[])Cell(5, row)!)]);
            group.WriteBytes(new ByteArrays(payloads, payloadBlob), Valid(row => row % 3 != 0), new(CompressionHint.Always));
        },
        new ParquetWriterOptions { PageRows = 64 });

    private static object? Cell(int column, int row) => column switch
    {
        0 => row % 4 == 0 ? null : Encoding.UTF8.GetBytes($"service-{row % 7}"),
        1 => 1_700_000_000_000_000_000 + row * 1_000_003L % 777_777,
        2 => row is < 50 or >= 250 ? row % 5 : null,
        3 => row / 8.0,
        4 => row % 9 == 0,
        5 => BitConverter.GetBytes((ulong)row * 0x9E3779B97F4A7C15),
        _ => row % 3 == 0 ? null : Encoding.UTF8.GetBytes($"payload {row} {row * row}"),
    };

    private static ulong[] Valid(Func<int, bool> has)
    {
        ulong[] bits = new ulong[(Rows + 63) / 64];
        for (int row = 0; row < Rows; row++)
        {
            bits[row / 64] |= has(row) ? 1UL << (row % 64) : 0;
        }

        return bits;
    }

    /// <summary>The corpus in the source tree, found from the folder of the test program.</summary>
    private static string Folder()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string corpus = Path.Combine(folder.FullName, "corpus", "formats");
            if (Directory.Exists(corpus))
            {
                return corpus;
            }
        }

        throw new DirectoryNotFoundException($"no corpus/formats above {AppContext.BaseDirectory}");
    }
}
