using System.Globalization;
using Clew.Bench.DataSet;
using Clew.Model;
using Clew.Semantics;
using Clew.Semantics.Pairing;
using Clew.Storage.Backends;
using Clew.Storage.Blocks;
using Clew.Storage.Columns;
using Clew.Storage.Rollups;

namespace Clew.Bench;

/// <summary>What roll-ups cost: reading what spans mean, pairing and counting them, and the bytes of the file.</summary>
internal static class RollupBench
{
    public static async Task<int> RunAsync(string[] args)
    {
        var thousands = args.Length > 0 && int.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 1000;
        using var spans = new SpanStock(thousands * 1000);
        Console.WriteLine($"{spans.SpanCount} spans in {spans.TraceCount} traces, seed {new DataSetOptions().Seed}");
        for (var repeat = 0; repeat < 3; repeat++)
        {
            Measure("meaning, as the head reads it", spans, new Meaning());
            var whole = new RollupBuilder(new RollupTable());
            Measure("meaning, pairing and counting", spans, whole);
            var counting = new Counting();
            Fill(spans, counting);
            var before = Environment.CpuUsage.TotalTime;
            counting.Count();
            Print("pairing and counting alone, as a cut does it", spans, Environment.CpuUsage.TotalTime - before);
        }

        var folder = Directory.CreateTempSubdirectory("clew-bench-");
        try
        {
            using var builder = new BlockBuilder(TenantId.Single);
            Fill(spans, builder);
            var meta = await builder.WriteAsync(new LocalObjectStore(folder.FullName), "b/blocks/1/", createdUnixNano: 0);
            var file = meta.Files.Single(static file => file.Name == "rollups.parquet");
            Console.WriteLine(
                $"file        {file.Bytes} bytes, {(double)file.Bytes / meta.SpanCount:F2} B/span of {(double)meta.SizeBytes / meta.SpanCount:F1}; "
                + $"{meta.Rollups?.SpanSeries} series of spans, {meta.Rollups?.EdgeSeries} of calls in {meta.Rollups?.LastMinute - meta.Rollups?.FirstMinute + 1} minutes");
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return 0;
    }

    private static void Measure(string what, SpanStock spans, IStoredSpanSink sink)
    {
        var before = Environment.CpuUsage.TotalTime;
        Fill(spans, sink);
        Print(what, spans, Environment.CpuUsage.TotalTime - before);
    }

    private static void Fill(SpanStock spans, IStoredSpanSink sink)
    {
        for (var i = 0; i < spans.SpanCount; i++)
        {
            spans.Add(i, sink);
        }
    }

    private static void Print(string what, SpanStock spans, TimeSpan cpu) =>
        Console.WriteLine($"{what,-46} {cpu.TotalSeconds / spans.SpanCount * 1e6,6:F2} CPU-s per million");

    private sealed class Meaning : IStoredSpanSink
    {
        private readonly SemanticReader _reader = new();

        public void Add(in StoredSpan span) => _reader.ReadFacts(span.Span, _reader.Resource(span.Resource));
    }

    private sealed class Counting : IStoredSpanSink
    {
        private readonly SemanticReader _reader = new();
        private readonly List<SpanReading> _spans = [];

        public void Add(in StoredSpan span) => _spans.Add(_reader.Read(span.Span, _reader.Resource(span.Resource)));

        public void Count()
        {
            var (table, trace, calls) = (new RollupTable(), new TraceSpans(), new TraceCalls(_reader.Texts));
            for (var i = 0; i < _spans.Count; i++)
            {
                if (trace.Count > 0 && trace.Spans[0].TraceId != _spans[i].TraceId)
                {
                    table.Add(trace, calls, _reader.Texts);
                    trace.Clear();
                }

                trace.Add(_spans[i]);
            }

            table.Add(trace, calls, _reader.Texts);
        }
    }
}
