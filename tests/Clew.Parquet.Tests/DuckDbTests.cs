using System.Globalization;
using System.Text;
using CsCheck;
using DuckDB.NET.Data;

namespace Clew.Parquet.Tests;

/// <summary>DuckDB as the oracle: what we write is what it reads.</summary>
public sealed class DuckDbTests
{
    [Fact]
    public void Any_table_reads_the_same_in_DuckDB()
    {
        using TempFolder folder = new();
        using DuckDBConnection duck = Connect();
        Gen.Int.Sample(
            seed =>
            {
                RandomTable table = new(seed);
                string path = folder.Write($"{(uint)seed}.parquet", table.Write());
                using DuckDBCommand command = duck.CreateCommand();
                command.CommandText = $"SELECT * FROM read_parquet('{path}')";
                using DuckDBDataReader rows = command.ExecuteReader();
                Assert.Equal(table.Schema.Columns.Select(column => column.Name), Enumerable.Range(0, rows.FieldCount).Select(rows.GetName));
                foreach (object?[][] group in table.RowGroups)
                {
                    for (int row = 0; row < group[0].Length; row++)
                    {
                        Assert.True(rows.Read());
                        for (int column = 0; column < group.Length; column++)
                        {
                            string expected = Cells.Show(group[column][row]);
                            string actual = Cells.Show(Cell(rows, column));
                            if (expected != actual)
                            {
                                Assert.Fail($"row {row}, {table.Schema[column]}: {expected} was written, DuckDB read {actual}");
                            }
                        }
                    }
                }

                Assert.False(rows.Read());
                File.Delete(path);
            },
            iter: 60,
            threads: 1);
    }

    [Fact]
    public void Filters_of_DuckDB_find_every_row_despite_statistics_and_filters() => Gen.Int.Sample(
        seed =>
        {
            using TempFolder folder = new();
            using DuckDBConnection duck = Connect();
            RandomTable table = new(seed);
            string path = folder.Write("t.parquet", table.Write());
            for (int column = 0; column < table.Schema.Count; column++)
            {
                List<object?> cells = [.. table.RowGroups.SelectMany(group => group[column])];
                object? wanted = cells.FirstOrDefault(cell => cell is not null and not double.NaN);
                if (wanted is null)
                {
                    continue;
                }

                // DuckDB compares -0 and +0 as equal, and so must the count.
                long expected = cells.Count(cell => cell is not null && (Cells.Show(cell) == Cells.Show(wanted) || (cell is double d && wanted is double w && d == w)));
                AssertCount(duck, expected, $"SELECT count(*) FROM read_parquet('{path}') WHERE \"{table.Schema[column].Name}\" = {Literal(table.Schema[column], wanted)}");
                AssertCount(duck, cells.Count(cell => cell is null), $"SELECT count(*) FROM read_parquet('{path}') WHERE \"{table.Schema[column].Name}\" IS NULL");
            }
        },
        iter: 40,
        threads: 1);

    [Fact]
    public void Bloom_filters_exclude_absent_values_in_DuckDB()
    {
        ParquetSchema schema = new(ParquetColumn.String("user"), ParquetColumn.Int64("number"));
        ParquetWriterOptions options = new() { MaxDictionaryBytes = 1024 };
        ChunkOptions bloom = new(BloomFilter: true);
        byte[] file = TestFile.Write(
            schema,
            writer =>
            {
                for (int group = 0; group < 3; group++)
                {
                    int from = group * 5_000;
                    (int[] offsets, byte[] blob) = TestFile.Texts([.. Enumerable.Range(from, 5_000).Select(i => $"user-{i * 7919 % 15_000}")]);
                    RowGroupWriter rows = writer.StartRowGroup(5_000);
                    rows.WriteBytes(new ByteArrays(offsets, blob), options: bloom);
                    rows.WriteInt64([.. Enumerable.Range(from, 5_000).Select(i => i * 7919L % 15_000)], options: bloom);
                }
            },
            options);
        using TempFolder folder = new();
        using DuckDBConnection duck = Connect();
        string path = folder.Write("bloom.parquet", file);

        // user-0 is row 0, in the first row group only; its neighbours in value are spread over all, so bounds exclude nothing.
        Assert.Equal(2, Count(duck, $"SELECT count(*) FROM parquet_bloom_probe('{path}', 'user', 'user-0') WHERE bloom_filter_excludes"));
        Assert.Equal(3, Count(duck, $"SELECT count(*) FROM parquet_bloom_probe('{path}', 'user', 'user-5x') WHERE bloom_filter_excludes"));
        Assert.Equal(2, Count(duck, $"SELECT count(*) FROM parquet_bloom_probe('{path}', 'number', 0::BIGINT) WHERE bloom_filter_excludes"));
        Assert.Equal(1, Count(duck, $"SELECT count(*) FROM read_parquet('{path}') WHERE \"user\" = 'user-14999'"));
        Assert.Equal(0, Count(duck, $"SELECT count(*) FROM read_parquet('{path}') WHERE \"user\" = 'user-5x'"));

        ParquetReader reader = TestFile.Open(file);
        int excluded = 0;
        for (int group = 0; group < 3; group++)
        {
            using ColumnChunkReader chunk = reader.OpenColumn(group, 0);
            excluded += chunk.BloomFilter!.MightContain("user-0"u8) ? 0 : 1;
        }

        Assert.Equal(2, excluded);
    }

    [Fact]
    public void Metadata_statistics_and_encodings_show_in_DuckDB()
    {
        ParquetSchema schema = new(ParquetColumn.String("service", optional: true), ParquetColumn.Int64("start"));
        byte[] file = TestFile.Write(schema, writer =>
        {
            writer.AddMetadata("clew.format", "7");
            (int[] offsets, byte[] blob) = TestFile.Texts("cart", "front");
            RowGroupWriter group = writer.StartRowGroup(3);
            group.WriteCodes([1, -1, 0], new ByteArrays(offsets, blob));
            group.WriteInt64([30, 10, 20]);
        });
        using TempFolder folder = new();
        using DuckDBConnection duck = Connect();
        string path = folder.Write("meta.parquet", file);

        Assert.Equal(
            "service|cart|front|1|RLE_DICTIONARY, PLAIN, RLE|UNCOMPRESSED; start|10|30|0|DELTA_BINARY_PACKED|UNCOMPRESSED",
            Text(duck, $"SELECT string_agg(concat_ws('|', path_in_schema, stats_min_value, stats_max_value, stats_null_count, encodings, compression), '; ' ORDER BY column_id) FROM parquet_metadata('{path}')"));
        Assert.Equal("7", Text(duck, $"SELECT decode(value) FROM parquet_kv_metadata('{path}') WHERE decode(key) = 'clew.format'"));
        Assert.Equal("clew version 0.1.0", Text(duck, $"SELECT created_by FROM parquet_file_metadata('{path}')"));
    }

    private static DuckDBConnection Connect()
    {
        DuckDBConnection duck = new("DataSource=:memory:");
        duck.Open();
        return duck;
    }

    private static object? Cell(DuckDBDataReader rows, int column)
    {
        if (rows.IsDBNull(column))
        {
            return null;
        }

        switch (rows.GetValue(column))
        {
            case string text:
                return Encoding.UTF8.GetBytes(text);
            case Stream stream:
                using (stream)
                using (MemoryStream copy = new())
                {
                    stream.CopyTo(copy);
                    return copy.ToArray();
                }

            case var value:
                return value;
        }
    }

    private static string Literal(ParquetColumn column, object cell) => cell switch
    {
        byte[] bytes when column.IsString => $"'{Encoding.UTF8.GetString(bytes)}'",
        byte[] bytes => $"'{string.Concat(bytes.Select(b => $"\\x{b:X2}"))}'::BLOB",
        double number => $"'{number.ToString("R", CultureInfo.InvariantCulture)}'::DOUBLE",
        bool flag => flag ? "true" : "false",
        _ => Cells.Show(cell),
    };

    private static long Count(DuckDBConnection duck, string sql)
    {
        using DuckDBCommand command = duck.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static void AssertCount(DuckDBConnection duck, long expected, string sql)
    {
        long actual = Count(duck, sql);
        Assert.True(expected == actual, $"DuckDB counts {actual} instead of {expected}: {sql}");
    }

    private static string Text(DuckDBConnection duck, string sql)
    {
        using DuckDBCommand command = duck.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture)!;
    }
}
