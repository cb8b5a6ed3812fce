using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Clew.Bench.DataSet;
using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;
using Clew.Query;
using Clew.Query.ById;
using Clew.Storage;
using Clew.Storage.Backends;
using Clew.Storage.Backends.Cache;
using Clew.Storage.Backends.Remote;
using Clew.Storage.Compaction;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Bench.Cold;

/// <summary>
/// What a start costs with many blocks, from a folder and from a bucket with nothing cached, and what reading one trace costs then: time, and
/// requests to the bucket.
/// </summary>
internal static class ColdBench
{
    private const int Lookups = 20;
    private const int SpansPerRequest = 1000;

    public static async Task<int> RunAsync(string[] args)
    {
        var blocks = args.Length > 0 && int.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 100;
        var thousands = args.Length > 1 && int.TryParse(args[1], NumberStyles.None, CultureInfo.InvariantCulture, out var t) ? t : 20;
        var delay = TimeSpan.FromMilliseconds(args.Length > 2 && int.TryParse(args[2], NumberStyles.None, CultureInfo.InvariantCulture, out var d) ? d : 20);
        var folder = Directory.CreateTempSubdirectory("clew-cold-");
        try
        {
            var ids = await BuildAsync(folder.FullName, blocks, thousands * 1000);
            Console.WriteLine($"{blocks} blocks of about {thousands} k spans, seed {new DataSetOptions().Seed}; the bucket takes {delay.TotalMilliseconds:0} ms a request");
            for (var repeat = 0; repeat < 3; repeat++)
            {
                await MeasureAsync("folder", Path.Combine(folder.FullName, "all"), null, ids);
            }

            for (var repeat = 0; repeat < 3; repeat++)
            {
                await MeasureBucketAsync(folder.FullName, repeat, delay, ids);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return 0;
    }

    /// <summary>A store of so many blocks; answers some of their traces, far apart.</summary>
    private static async Task<TraceId[]> BuildAsync(string folder, int blocks, int spansPerBlock)
    {
        using var meters = new Meters();
        using var set = new TraceDataSet(new DataSetOptions());
        await using var store = await OpenAsync(Path.Combine(folder, "all"), null, meters);
        var ids = new List<TraceId>();
        for (var block = 0; block < blocks; block++)
        {
            for (var spans = 0; spans < spansPerBlock;)
            {
                var buffer = new PooledBuffer();
                spans += set.WriteRequest(buffer, SpansPerRequest);
                using var batch = OtlpScanner.Scan(buffer, new BatchContext(TenantId.Single, 0)).Batch!;
                ids.Add(batch.Spans[0].TraceId);
                await store.AppendAsync(batch, CancellationToken.None);
            }

            await store.FlushAsync(CancellationToken.None);
        }

        var step = Math.Max(1, ids.Count / Lookups);
        return [.. ids.Where((_, i) => i % step == 0).Take(Lookups)];
    }

    private static async Task MeasureBucketAsync(string folder, int repeat, TimeSpan delay, TraceId[] ids)
    {
        using var meters = new Meters();
        using var client = new DelayedFolder(new LocalObjectStore(Path.Combine(folder, "all", "store")), delay);
        using var remote = new RemoteObjectStore(client, new RemoteStoreOptions(), TimeProvider.System, new RemoteMetrics(meters), NullLogger.Instance);
        var cache = new CachedObjectStore(remote, new CacheOptions { Folder = Path.Combine(folder, $"cache{repeat}") }, new CacheMetrics(meters), NullLogger.Instance);
        await MeasureAsync("bucket", Path.Combine(folder, $"own{repeat}"), cache, ids);
    }

    private static async Task MeasureAsync(string what, string folder, IObjectStore? bucket, TraceId[] ids)
    {
        using var meters = new Meters();
        using var requests = RequestScope.Begin();
        var (started, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        await using var store = await OpenAsync(folder, bucket, meters);
        Console.WriteLine(
            $"{what,-7} start {Stopwatch.GetElapsedTime(started).TotalMilliseconds,7:F0} ms, {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds,6:F0} ms of processor, {requests.Requests,4} requests, {requests.Bytes >> 10,6} kB");
        using var engine = new QueryEngine(store, new QueryLimits(), TimeProvider.System);
        var (times, counts) = (new List<double>(), new List<long>());
        foreach (var id in ids)
        {
            using var own = RequestScope.Begin();
            started = Stopwatch.GetTimestamp();
            var trace = await engine.FindTraceAsync(TenantId.Single, id, TraceForm.AsReceived, TimeRange.All, CancellationToken.None);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            counts.Add(own.Requests);
            if (trace.SpanCount == 0)
            {
                throw new InvalidOperationException($"trace {id} is not there");
            }
        }

        times.Sort();
        counts.Sort();
        Console.WriteLine($"{what,-7} a trace by id, each of {ids.Length} for the first time: {times[times.Count / 2]:F1} ms median, {times[^1]:F1} at most; {counts[counts.Count / 2]} requests median, {counts[^1]} at most");
    }

    private static Task<TraceStore> OpenAsync(string folder, IObjectStore? bucket, Meters meters) => TraceStore.OpenAsync(
        new StoreOptions { Path = folder, Maintains = bucket is null, Retention = TimeSpan.Zero, Compaction = new CompactionOptions { CpuShare = 0 }, TraceIdle = TimeSpan.FromHours(1) },
        TimeProvider.System, new StoreMetrics(meters), NullLogger.Instance, CancellationToken.None, bucket);

    private sealed class Meters : IMeterFactory
    {
        private readonly List<Meter> _meters = [];

        public Meter Create(MeterOptions options)
        {
            var meter = new Meter(options);
            _meters.Add(meter);
            return meter;
        }

        public void Dispose() => _meters.ForEach(static meter => meter.Dispose());
    }
}
