using System.Diagnostics;
using System.Globalization;
using Clew.Bench.DataSet;
using Clew.Model;
using Clew.Parquet;
using Clew.Storage.Backends;
using Clew.Storage.Blocks;
using Clew.Storage.Columns;

namespace Clew.Bench;

/// <summary>Builds a block from generated spans, finds traces in it by id, and reads it whole, on one core and a local folder.</summary>
internal static class BlockBench
{
    private const string Prefix = "bench/blocks/b1/";
    private const int Lookups = 1000;

    public static async Task<int> RunAsync(string[] args)
    {
        var thousands = args.Length > 0 && int.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 1000;
        var showColumns = args.Contains("--columns");
        using var spans = new SpanStock(thousands * 1000);
        Console.WriteLine($"{spans.SpanCount} spans in {spans.TraceCount} traces, {(double)spans.WireBytes / spans.SpanCount:F1} B/span on the wire without resources, seed {new DataSetOptions().Seed}");
        var folder = Directory.CreateTempSubdirectory("clew-bench-");
        try
        {
            var store = new LocalObjectStore(folder.FullName);
            for (var repeat = 0; repeat < 3; repeat++)
            {
                await BuildAsync(spans, store);
            }

            using var block = await OpenAsync(store);
            Sizes(block, showColumns ? store : null);
            await LookUpAsync(block, spans);
            await ReadAllAsync(block);
            await ReadAllAsync(block);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return 0;
    }

    private static async Task BuildAsync(SpanStock spans, LocalObjectStore store)
    {
        GC.Collect();
        var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        var cpuBefore = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        var held = 0L;
        using var builder = new BlockBuilder(TenantId.Single);
        for (var i = 0; i < spans.SpanCount; i++)
        {
            spans.Add(i, builder);
            if ((i & 0xffff) == 0)
            {
                held = Math.Max(held, builder.AllocatedBytes);
            }
        }

        var added = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await builder.WriteAsync(store, Prefix, createdUnixNano: 0);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var cpu = (Environment.CpuUsage.TotalTime - cpuBefore).TotalSeconds;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
        Console.WriteLine(
            $"build       {spans.SpanCount / seconds / 1000,8:F0} k spans/s   {cpu / spans.SpanCount * 1e6,6:F2} CPU-s per million   "
            + $"{added / seconds * 100,4:F0} % adding   {(double)allocated / spans.SpanCount,6:F1} B allocated/span   {held / 1e6,6:F0} MB held at most");
    }

    private static async Task<BlockReader> OpenAsync(LocalObjectStore store)
    {
        BlockReader? block = null;
        var best = double.MaxValue;
        for (var i = 0; i < 50; i++)
        {
            block?.Dispose();
            var started = Stopwatch.GetTimestamp();
            block = await BlockReader.OpenAsync(store, Prefix);
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        Console.WriteLine($"open        {best,8:F2} ms");
        return block!;
    }

    private static void Sizes(BlockReader block, LocalObjectStore? store)
    {
        Console.WriteLine($"size        {(double)block.SizeBytes / block.SpanCount,8:F1} B/span   {string.Join("   ", block.Meta.Files.Select(file => $"{file.Name} {(double)file.Bytes / block.SpanCount:F2}"))}");
        if (store is null)
        {
            return;
        }

        using var source = new FileByteSource(store.PathOf(Prefix + "spans.parquet"));
        var parquet = ParquetReader.Open(source);
        var chunks = 0L;
        var lines = new List<(double Bytes, string Text)>();
        for (var column = 0; column < parquet.Schema.Count; column++)
        {
            var (bytes, dictionaries) = (0L, 0);
            for (var rowGroup = 0; rowGroup < parquet.RowGroupCount; rowGroup++)
            {
                bytes += parquet.ChunkBytes(rowGroup, column);
                dictionaries += parquet.HasDictionary(rowGroup, column) ? 1 : 0;
            }

            chunks += bytes;
            lines.Add((bytes, $"  {(double)bytes / block.SpanCount,7:F3} B/span  {parquet.Schema[column]}  {dictionaries} of {parquet.RowGroupCount} with dictionary"));
        }

        foreach (var line in lines.OrderByDescending(line => line.Bytes))
        {
            Console.WriteLine(line.Text);
        }

        Console.WriteLine($"  {(double)(source.Length - chunks) / block.SpanCount,7:F3} B/span  indexes, filters and footer");
    }

    private static async Task LookUpAsync(BlockReader block, SpanStock spans)
    {
        var random = new Random(1);
        var sink = new CountingSink();
        var times = new double[Lookups];
        for (var i = 0; i < Lookups; i++)
        {
            var id = spans.TraceIdOf(random.Next(spans.SpanCount));
            var started = Stopwatch.GetTimestamp();
            if (!block.Traces.TryFind(id, out var row))
            {
                throw new InvalidOperationException($"trace {id} is not found");
            }

            await block.ReadTracesAsync([row], sink, CancellationToken.None);
            times[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }

        Array.Sort(times);
        Console.WriteLine($"trace by id {times[Lookups / 2],8:F3} ms median   {times[Lookups * 99 / 100],6:F3} ms p99   {sink.Spans / (double)Lookups:F1} spans each");

        var absent = Stopwatch.GetTimestamp();
        for (var i = 0; i < Lookups; i++)
        {
            block.Traces.TryFind(new TraceId((ulong)random.NextInt64(), (ulong)random.NextInt64()), out _);
        }

        Console.WriteLine($"absent id   {Stopwatch.GetElapsedTime(absent).TotalMicroseconds / Lookups,8:F3} µs");
    }

    private static async Task ReadAllAsync(BlockReader block)
    {
        var sink = new CountingSink();
        var started = Stopwatch.GetTimestamp();
        await block.ReadTracesAsync([.. Enumerable.Range(0, block.Traces.Count)], sink, CancellationToken.None);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine($"read all    {sink.Spans / seconds / 1000,8:F0} k spans/s   {(double)sink.Bytes / sink.Spans:F1} B/span");
    }

    private sealed class CountingSink : IStoredSpanSink
    {
        public long Spans { get; private set; }

        public long Bytes { get; private set; }

        public void Add(in StoredSpan span)
        {
            Spans++;
            Bytes += span.Span.Length;
        }
    }
}
