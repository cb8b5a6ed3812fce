using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using Clew.Parquet;

namespace Clew.Bench;

/// <summary>Writes spans in 35 columns, and scans single columns of a mapped file from the page cache, on one core.</summary>
internal static class ParquetBench
{
    private const int GroupRows = 500_000;
    private const int Seed = 20_240_607;

    /// <summary>Long enough for the tiered compiler to be done with every loop.</summary>
    private static readonly TimeSpan s_measureFor = TimeSpan.FromSeconds(1);

    public static int Run(string[] args)
    {
        int millions = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
        int groups = Math.Max(1, millions * 1_000_000 / GroupRows);
        SpanColumns spans = new(GroupRows, Seed);
        Console.WriteLine($"{groups} row groups of {GroupRows} rows, {spans.Schema.Count} columns, seed {Seed}, best run of {s_measureFor.TotalSeconds} s");

        string path = Path.Combine(Path.GetTempPath(), $"clew-bench-{Environment.ProcessId}.parquet");
        try
        {
            Write(spans, groups, path);
            Scan(path);
        }
        finally
        {
            File.Delete(path);
        }

        return 0;
    }

    private static void Write(SpanColumns spans, int groups, string path)
    {
        double best = double.MaxValue;
        long length = 0;
        long allocated = 0;
        for (int repeat = 0; repeat < 3; repeat++)
        {
            using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, 1);
            using ParquetWriter writer = new(file, spans.Schema);
            long before = GC.GetAllocatedBytesForCurrentThread();
            long started = Stopwatch.GetTimestamp();
            for (int group = 0; group < groups; group++)
            {
                spans.Write(writer);
            }

            length = writer.Finish();
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalSeconds);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        double rows = (double)groups * spans.Rows;
        Console.WriteLine($"write                       {rows / best / 1e6,8:F2} M rows/s  {length / rows,6:F1} B/row  {allocated / rows,6:F2} B allocated/row");
    }

    private static void Scan(string path)
    {
        using MappedByteSource source = new(path);
        double best = double.MaxValue;
        for (int repeat = 0; repeat < 2_000; repeat++)
        {
            long started = Stopwatch.GetTimestamp();
            ParquetReader.Open(source);
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalMicroseconds);
        }

        ParquetReader reader = ParquetReader.Open(source);
        Console.WriteLine($"open (footer)               {best,8:F0} us         {reader.RowGroupCount} x {reader.Schema.Count} chunks");
        foreach (string name in (string[])["service.name", "k8s.pod", "http.route", "client.address", "db.statement"])
        {
            Codes(reader, name, predicate: false);
            Codes(reader, name, predicate: true);
        }

        foreach (string name in (string[])["duration", "start", "http.response.size"])
        {
            Numbers(reader, name);
        }

        Texts(reader, "url.full");
        Fixed(reader, "trace_id");
        Points(reader);
    }

    private static void Codes(ParquetReader reader, string name, bool predicate)
    {
        int[] codes = new int[65_536];
        long matches = 0;
        string details = "";
        Measure(reader, predicate ? $"codes == x  {name}" : $"codes       {name}", () =>
        {
            matches = 0;
            long bytes = 0;
            for (int group = 0; group < reader.RowGroupCount; group++)
            {
                using ColumnChunkReader chunk = reader.OpenColumn(group, reader.Schema.IndexOf(name));
                bytes += reader.ChunkBytes(group, reader.Schema.IndexOf(name));
                int wanted = Math.Min(3, chunk.Dictionary.Count - 1);
                for (int page = 0; page < chunk.PageCount; page++)
                {
                    int rows = chunk.PageRows(page);
                    chunk.ReadCodes(chunk.PageFirstRow(page), rows, codes);
                    if (predicate)
                    {
                        matches += CountEqual(codes.AsSpan(0, rows), wanted);
                    }
                }

                details = $"{chunk.Dictionary.Count} values";
            }

            return bytes;
        }, () => details);
    }

    private static void Numbers(ParquetReader reader, string name)
    {
        long[] values = new long[65_536];
        ulong[] valid = new ulong[1_024];
        long matches = 0;
        Measure(reader, $"int64 > x   {name}", () =>
        {
            matches = 0;
            long bytes = 0;
            for (int group = 0; group < reader.RowGroupCount; group++)
            {
                using ColumnChunkReader chunk = reader.OpenColumn(group, reader.Schema.IndexOf(name));
                bytes += reader.ChunkBytes(group, reader.Schema.IndexOf(name));
                for (int page = 0; page < chunk.PageCount; page++)
                {
                    int rows = chunk.PageRows(page);
                    chunk.ReadInt64(chunk.PageFirstRow(page), rows, values, valid);
                    foreach (long value in values.AsSpan(0, rows))
                    {
                        matches += value > 100_000_000 ? 1 : 0;
                    }
                }
            }

            return bytes;
        }, () => $"{matches} matches");
    }

    private static void Texts(ParquetReader reader, string name)
    {
        ByteRange[] ranges = new ByteRange[65_536];
        byte[] wanted = Encoding.UTF8.GetBytes("https://shop.example.org/catalogue/item?id=77777");
        long matches = 0;
        Measure(reader, $"bytes == x  {name}", () =>
        {
            matches = 0;
            long bytes = 0;
            for (int group = 0; group < reader.RowGroupCount; group++)
            {
                using ColumnChunkReader chunk = reader.OpenColumn(group, reader.Schema.IndexOf(name));
                bytes += reader.ChunkBytes(group, reader.Schema.IndexOf(name));
                for (int row = 0; row < chunk.Rows;)
                {
                    int rows = chunk.ReadBytes(row, chunk.Rows - row, ranges, out ReadOnlySpan<byte> buffer);
                    foreach (ByteRange range in ranges.AsSpan(0, rows))
                    {
                        matches += range.Length == wanted.Length && range.In(buffer).SequenceEqual(wanted) ? 1 : 0;
                    }

                    row += rows;
                }
            }

            return bytes;
        }, () => $"{matches} matches");
    }

    private static void Fixed(ParquetReader reader, string name)
    {
        byte[] ids = new byte[16 * 8_192];
        Measure(reader, $"fixed       {name}", () =>
        {
            long bytes = 0;
            for (int group = 0; group < reader.RowGroupCount; group++)
            {
                using ColumnChunkReader chunk = reader.OpenColumn(group, reader.Schema.IndexOf(name));
                bytes += reader.ChunkBytes(group, reader.Schema.IndexOf(name));
                for (int page = 0; page < chunk.PageCount; page++)
                {
                    chunk.ReadFixed(chunk.PageFirstRow(page), chunk.PageRows(page), ids);
                }
            }

            return bytes;
        }, () => "");
    }

    /// <summary>Twenty rows, a trace, of all columns.</summary>
    private static void Points(ParquetReader reader)
    {
        const int TraceRows = 20;
        double best = double.MaxValue;
        ByteRange[] ranges = new ByteRange[TraceRows];
        long[] longs = new long[TraceRows];
        int[] ints = new int[TraceRows];
        double[] doubles = new double[TraceRows];
        bool[] bools = new bool[TraceRows];
        for (int repeat = 0; repeat < 500; repeat++)
        {
            int row = repeat * 9_973 / TraceRows * TraceRows % (GroupRows - TraceRows);
            long started = Stopwatch.GetTimestamp();
            for (int column = 0; column < reader.Schema.Count; column++)
            {
                using ColumnChunkReader chunk = reader.OpenColumn(repeat % reader.RowGroupCount, column);
                switch (chunk.Column.Type)
                {
                    case ParquetType.Int64:
                        chunk.ReadInt64(row, TraceRows, longs);
                        break;
                    case ParquetType.Int32:
                        chunk.ReadInt32(row, TraceRows, ints);
                        break;
                    case ParquetType.Double:
                        chunk.ReadDouble(row, TraceRows, doubles);
                        break;
                    case ParquetType.Boolean:
                        chunk.ReadBool(row, TraceRows, bools);
                        break;
                    default:
                        for (int done = 0; done < TraceRows;)
                        {
                            done += chunk.ReadBytes(row + done, TraceRows - done, ranges, out _);
                        }

                        break;
                }
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalMicroseconds);
        }

        Console.WriteLine($"20 rows of all columns      {best,8:F0} us");
    }

    private static void Measure(ParquetReader reader, string what, Func<long> scan, Func<string> details)
    {
        double best = double.MaxValue;
        long bytes = 0;
        long begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < s_measureFor)
        {
            long started = Stopwatch.GetTimestamp();
            bytes = scan();
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalNanoseconds);
        }

        Console.WriteLine($"{what,-28}{best / reader.Rows,8:F2} ns/row     {(double)bytes / reader.Rows,6:F2} B/row  {details()}");
    }

    private static long CountEqual(ReadOnlySpan<int> codes, int wanted)
    {
        long count = 0;
        ref int first = ref MemoryMarshal.GetReference(codes);
        Vector256<int> value = Vector256.Create(wanted);
        int i = 0;
        for (; i <= codes.Length - 8; i += 8)
        {
            count += System.Numerics.BitOperations.PopCount(
                Vector256.Equals(Vector256.LoadUnsafe(ref first, (nuint)i), value).ExtractMostSignificantBits());
        }

        for (; i < codes.Length; i++)
        {
            count += codes[i] == wanted ? 1 : 0;
        }

        return count;
    }
}
