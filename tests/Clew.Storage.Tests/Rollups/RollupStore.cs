using System.Diagnostics.Metrics;
using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Storage.Columns;
using Clew.Storage.Rollups;
using Clew.Storage.Tenants;
using Clew.Storage.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Storage.Tests.Rollups;

/// <summary>A tenant's store with real blocks, in memory.</summary>
internal sealed class RollupStore : ITraceStore, IAsyncDisposable
{
    public ManualClock Clock { get; } = new();

    public TenantStore Tenant { get; private set; } = null!;

    public StoreRollups Rollups => new(this);

    public IReadOnlyList<TenantId> Tenants => [TenantId.Single];

    public MemoryObjects Objects { get; } = new();

    private readonly CrashingDisk _disk = new();

    public static async Task<RollupStore> OpenAsync()
    {
        var store = new RollupStore();
        await store.ReopenAsync();
        return store;
    }

    /// <summary>The next start, without a stop before it.</summary>
    public async Task ReopenAsync()
    {
        var services = new StoreServices(
            new StoreOptions { Path = "/data", BlockMaxSpans = 150 }, Objects, tenant => new BlockFactory(tenant, Objects, Clock), _disk, Clock,
            new StoreMetrics(new Meters()), NullLogger.Instance);
        Tenant = await TenantStore.OpenAsync(TenantId.Single, services, CancellationToken.None);
    }

    public async Task AppendAsync(IEnumerable<Traffic.Sent> spans)
    {
        using var batch = Traffic.Batch(spans);
        Assert.Equal(AppendStatus.Accepted, (await Tenant.AppendAsync(batch)).Status);
    }

    public ValueTask<RollupResult> QueryAsync(TimeSpan step) => Rollups.QueryAsync(
        TenantId.Single, new RollupQuery { Range = new TimeRange(0, 40_000_000L * 60 * UnixNano.PerSecond), Step = step }, CancellationToken.None);

    public ValueTask<AppendResult> AppendAsync(TraceBatch batch, CancellationToken cancellationToken) => Tenant.AppendAsync(batch);

    public IStoreSnapshot Snapshot(TenantId tenant) => Tenant.Snapshot();

    public ValueTask DisposeAsync() => Tenant.DisposeAsync();

    private sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
