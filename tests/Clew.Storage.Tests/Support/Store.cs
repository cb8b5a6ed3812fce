using System.Diagnostics.Metrics;
using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Storage.Columns;
using Clew.Storage.Tenants;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Storage.Tests.Support;

/// <summary>A tenant's store over parts that the test controls; <see cref="RestartAsync"/> is the power cut and the next start.</summary>
internal sealed class Store
{
    private readonly Meters _meters = new();

    public CrashingDisk Disk { get; } = new();

    public MemoryObjects Objects { get; } = new();

    public MemoryBlocks Blocks { get; } = new();

    public ManualClock Clock { get; } = new();

    public StoreOptions Options { get; init; } = new() { Path = "/data", WalSegmentBytes = 1 << 16, BlockMaxSpans = 50 };

    public ReserveFile? Reserve { get; init; }

    public TenantStore Tenant { get; private set; } = null!;

    public async Task<Store> OpenAsync()
    {
        var services = new StoreServices(Options, Objects, _ => Blocks, Disk, Clock, new StoreMetrics(_meters), NullLogger.Instance) { Reserve = Reserve };
        Tenant = await TenantStore.OpenAsync(TenantId.Single, services, CancellationToken.None);
        return this;
    }

    public async Task RestartAsync(int unsyncedBytesKept = 0)
    {
        Disk.Crash(unsyncedBytesKept);
        await OpenAsync();
    }

    public async Task<AppendStatus> AppendAsync(Requests requests)
    {
        using var batch = requests.Batch();
        return (await Tenant.AppendAsync(batch)).Status;
    }

    /// <summary>Every visible span as "trace/span", once a source that has it.</summary>
    public Task<List<string>> SpansAsync() => SpansAsync(Tenant);

    public static async Task<List<string>> SpansAsync(TenantStore tenant)
    {
        using var snapshot = tenant.Snapshot();
        var spans = new Collector();
        foreach (var source in snapshot.Sources)
        {
            await source.ReadTracesAsync([.. Enumerable.Range(0, source.Traces.Count)], spans, CancellationToken.None);
        }

        spans.Found.Sort(StringComparer.Ordinal);
        return spans.Found;
    }

    public static List<string> Named(int trace, params int[] spans) => [.. spans.Select(span => $"{Requests.Trace(trace)}/{new SpanId((ulong)span)}")];

    private sealed class Collector : IStoredSpanSink
    {
        public List<string> Found { get; } = [];

        public void Add(in StoredSpan span)
        {
            using var writer = new CarryWriter();
            writer.Add(span);
            writer.EndRequest();
            using var batch = OtlpScanner.Scan(new BorrowedMemory(writer.Requests[0].WrittenMemory), new BatchContext(TenantId.Single, 0)).Batch!;
            Found.Add($"{batch.Spans[0].TraceId}/{batch.Spans[0].SpanId}");
        }
    }

    private sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}

/// <summary>Time that moves when the test says so.</summary>
internal sealed class ManualClock : TimeProvider
{
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private TimeSpan _passed;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _passed.Ticks;

    /// <summary>Time passes.</summary>
    public void Advance(TimeSpan by)
    {
        _now += by;
        _passed += by;
    }

    /// <summary>The clock is set, and no time passes.</summary>
    public void Jump(TimeSpan by) => _now += by;
}
