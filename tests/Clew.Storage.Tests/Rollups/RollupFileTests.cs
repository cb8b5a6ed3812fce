using Clew.Otlp.Wire;
using Clew.Parquet;
using Clew.Semantics;
using Clew.Storage.Blocks;
using Clew.Storage.Blocks.Building;
using Clew.Storage.Blocks.Reading;
using Clew.Storage.Rollups;
using DuckDB.NET.Data;

namespace Clew.Storage.Tests.Rollups;

public sealed class RollupFileTests
{
    [Fact]
    public void Every_duration_is_in_the_bucket_whose_bounds_hold_it()
    {
        for (var bucket = 0; bucket < LatencyBuckets.Count - 1; bucket++)
        {
            var upper = LatencyBuckets.UpperNanos(bucket);
            Assert.Equal(bucket, LatencyBuckets.IndexOf(upper));
            Assert.Equal(bucket + 1, LatencyBuckets.IndexOf(upper + 1));
        }

        var random = new Random(5);
        for (var i = 0; i < 100_000; i++)
        {
            var nanos = random.NextInt64(1L << random.Next(1, 62));
            var bucket = LatencyBuckets.IndexOf(nanos);
            Assert.InRange(nanos, bucket == 0 ? long.MinValue : LatencyBuckets.LowerNanos(bucket) + 1, LatencyBuckets.UpperNanos(bucket));
        }

        Assert.Equal(0, LatencyBuckets.IndexOf(-1));
    }

    [Theory]
    [InlineData(0.002)]
    [InlineData(0.1)]
    [InlineData(12.8)]
    [InlineData(16.384)]
    [InlineData(0.25)]
    [InlineData(15)]
    public void Bounds_of_the_usual_histograms_are_bounds_here(double seconds) =>
        Assert.Equal((long)(seconds * 1e9), LatencyBuckets.UpperNanos(LatencyBuckets.IndexOf((long)(seconds * 1e9))));

    [Fact]
    public void Table_of_buckets_is_the_one_that_files_were_written_with()
    {
        // Changing the table changes what every stored histogram means: that is a new BlockRollups.CurrentVersion.
        var hash = 17L;
        for (var bucket = 0; bucket < LatencyBuckets.Count; bucket++)
        {
            hash = unchecked((hash * 31) + LatencyBuckets.UpperNanos(bucket));
        }

        Assert.Equal((BucketCount, BucketHash), (LatencyBuckets.Count, hash));
    }

    [Fact]
    public void Quantile_is_within_a_bucket_of_the_true_one()
    {
        var random = new Random(9);
        var histogram = new LatencyHistogram();
        var durations = Enumerable.Range(0, 5000).Select(_ => (long)Math.Exp(10 + (random.NextDouble() * 10))).Order().ToList();
        durations.ForEach(duration => histogram.Add(duration, SamplingWeight.One));
        foreach (var q in (double[])[0.5, 0.9, 0.99])
        {
            var exact = durations[(int)(q * durations.Count) - 1];
            Assert.InRange(histogram.QuantileNanos(q), exact * 0.87, exact * 1.15);
        }
    }

    [Fact]
    public void Histogram_comes_back_from_its_bytes()
    {
        var random = new Random(3);
        for (var round = 0; round < 200; round++)
        {
            var histogram = new LatencyHistogram();
            for (var i = random.Next(40); i > 0; i--)
            {
                histogram.Add(random.NextInt64(1L << random.Next(1, 50)), round % 2 == 0 ? SamplingWeight.One * random.Next(1, 5) : random.NextInt64(1, SamplingWeight.One * 1000));
            }

            using var buffer = new PooledBuffer();
            HistogramCodec.Write(histogram, buffer);
            var read = new LatencyHistogram();
            HistogramCodec.Read(buffer.Written, read, "test");
            Assert.Equal(histogram.Buckets, read.Buckets);
            Assert.Equal(histogram.Weight, read.Weight);
        }
    }

    [Fact]
    public void Damaged_histogram_is_refused_and_never_a_crash()
    {
        var random = new Random(3);
        var bytes = new byte[40];
        for (var i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            try
            {
                HistogramCodec.Read(bytes.AsSpan(0, random.Next(bytes.Length)), new LatencyHistogram(), "test");
            }
            catch (BlockCorruptException fault)
            {
                Assert.Contains("latency histogram", fault.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task File_gives_back_the_table_and_duckdb_reads_it()
    {
        var traffic = new Traffic(51);
        for (var i = 0; i < 80; i++)
        {
            traffic.Trace(i);
        }

        var builder = new RollupBuilder(new RollupTable());
        foreach (var trace in traffic.Spans.GroupBy(static span => span.Trace))
        {
            RollupPropertyTests.Feed(builder, trace);
        }

        builder.EndTrace();
        using var stream = new ScratchStream(null);
        RollupsWriter.Write(stream, builder.Table);
        stream.Rewind();
        using var memory = new MemoryStream();
        await stream.CopyToAsync(memory);
        var bytes = memory.ToArray();
        var read = await RollupsReader.ReadAsync(new MemoryByteSource(bytes, "rollups.parquet"), new BlockCache(1 << 20), CancellationToken.None);
        Assert.Equal(Everything(builder.Table), Everything(read));
        var folded = await RollupsReader.FoldedEdgesAsync(new MemoryByteSource(bytes, "rollups.parquet"), new BlockCache(1 << 20), CancellationToken.None);
        Assert.Single(folded.Minutes);
        Assert.Equal(Everything(builder.Table.FoldedEdges()).Select(WithoutMinute), Everything(folded).Select(WithoutMinute));

        var path = Path.Combine(Directory.CreateTempSubdirectory("clew-rollups-").FullName, "rollups.parquet");
        await File.WriteAllBytesAsync(path, bytes);
        using var duck = new DuckDBConnection("DataSource=:memory:");
        duck.Open();
        using var command = duck.CreateCommand();
        command.CommandText = $"SELECT sum(stored)::BIGINT, count(DISTINCT server_app)::BIGINT FROM '{path}' WHERE row_type = 0";
        using var row = command.ExecuteReader();
        Assert.True(row.Read());
        Assert.Equal((traffic.Spans.Count, 6L), (row.GetInt64(0), row.GetInt64(1)));
        row.Close();

        // The other reader, every value of every column, and DuckDB compares the two.
        var copy = Path.Combine(Path.GetDirectoryName(path)!, "copy.parquet");
        Blocks.ParquetCopy.Copy(path, copy);
        foreach (var (left, right) in ((string, string)[])[(path, copy), (copy, path)])
        {
            command.CommandText = $"SELECT count(*)::BIGINT FROM (SELECT * FROM '{left}' EXCEPT ALL SELECT * FROM '{right}')";
            Assert.Equal(0L, command.ExecuteScalar());
        }

        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    private static string WithoutMinute(string series) => series[(series.IndexOf(' ', StringComparison.Ordinal) + 1)..];

    private static List<string> Everything(RollupTable table) =>
    [
        .. table.Minutes.SelectMany(static minute => minute.Value.Spans.Select(pair =>
            $"{minute.Key} {pair.Key} {pair.Value.Spans} {pair.Value.Latency.SumNanos} {string.Join(',', pair.Value.Latency.Buckets)} {pair.Value.Exemplar}")).Order(StringComparer.Ordinal),
        .. table.Minutes.SelectMany(static minute => minute.Value.Edges.Select(pair =>
            $"{minute.Key} {pair.Key} {pair.Value.Calls} {pair.Value.Weight} {pair.Value.Client.SumNanos} {string.Join(',', pair.Value.Client.Buckets)} "
            + $"{pair.Value.Server.SumNanos} {string.Join(',', pair.Value.Server.Buckets)} {pair.Value.Exemplar}")).Order(StringComparer.Ordinal),
    ];

    private const int BucketCount = 312;

    private const long BucketHash = -165897102370773680;
}
