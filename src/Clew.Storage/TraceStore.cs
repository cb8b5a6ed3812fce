using System.Collections.Concurrent;
using System.Threading.Channels;
using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Storage.Backends;
using Clew.Storage.Columns;
using Clew.Storage.Deletion;

using Clew.Storage.Tenants;
using Clew.Storage.Wal;
using Microsoft.Extensions.Logging;

namespace Clew.Storage;

/// <summary>
/// The trace store of one process over one data folder: <c>LOCK</c>, <c>wal/&lt;tenant&gt;</c>, and <c>store/&lt;tenant&gt;</c> when the
/// backend is local.
/// </summary>
public sealed class TraceStore : ITraceStore, ITraceDeletion, IAsyncDisposable
{
    /// <summary>Tenants opened at most by one process.</summary>
    public const int MaxTenants = 10_000;

    private readonly ConcurrentDictionary<TenantId, Lazy<Task<TenantStore>>> _tenants = new();
    private readonly CancellationTokenSource _stop = new();

    /// <summary>At most one request for maintenance ahead of its turn; more say nothing new.</summary>
    private readonly Channel<bool> _cutIsDue = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Tenants whose manifest could not be read at the start, and why.</summary>
    private readonly ConcurrentDictionary<TenantId, string> _setAside = new();
    private readonly StoreServices _services;
    private readonly DataFolderLock _lock;
    private Task _maintenance = Task.CompletedTask;
    private Task _compaction = Task.CompletedTask;
    private int _stopped;

    private TraceStore(StoreServices services, DataFolderLock folderLock)
    {
        _services = services;
        _lock = folderLock;
        services.Metrics.Totals = Totals;
    }

    /// <summary>
    /// Opens the folder and every tenant in it and in the bucket. Throws <see cref="StoreInUseException"/> when another process has the
    /// folder open.
    /// </summary>
    /// <param name="options">Limits and times.</param>
    /// <param name="clock">The time.</param>
    /// <param name="metrics">Instruments.</param>
    /// <param name="logger">For everything below.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <param name="bucket">Where blocks and manifests are; null keeps them in the folder, under <c>store</c>.</param>
    public static async Task<TraceStore> OpenAsync(
        StoreOptions options, TimeProvider clock, StoreMetrics metrics, ILogger logger, CancellationToken cancellationToken, IObjectStore? bucket = null)
    {
        var folderLock = DataFolderLock.Take(options.Path);
        IObjectStore objects;
        if (bucket is null)
        {
            var local = new LocalObjectStore(Path.Combine(options.Path, "store"));
            local.RemoveLeftovers();
            objects = local;
        }
        else
        {
            objects = bucket;
        }

        var scratch = Path.Combine(options.Path, "tmp");
        RemoveScratch(scratch);
        TraceStore? opened = null;
        var services = new StoreServices(
            options, objects, tenant => new BlockFactory(tenant, objects, clock, scratch), DiskWalFileSystem.Instance, clock, metrics, logger)
        {
            Selectors = () => opened?.Selectors,
            CutIsDue = () => opened?._cutIsDue.Writer.TryWrite(true),
            Reserve = new ReserveFile(options.Path),
            SharesBucket = bucket is not null,
        };
        var store = opened = new TraceStore(services, folderLock);
        try
        {
            foreach (var tenant in await ExistingAsync(options.Path, objects, cancellationToken).ConfigureAwait(false))
            {
                try
                {
                    await store.OpenTenantAsync(tenant).ConfigureAwait(false);
                }
                catch (InvalidDataException fault)
                {
                    // Nothing is guessed about a damaged manifest; the other tenants are served.
                    store._tenants.TryRemove(tenant, out _);
                    store._setAside[tenant] = fault.Message;
                    metrics.Fault(StoreFault.Open);
                    logger.TenantSetAside(fault, tenant.Value);
                }
            }
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        if (options.Maintains)
        {
            store._maintenance = Task.Run(store.MaintainAsync, CancellationToken.None);
            store._compaction = Task.Run(store.CompactAsync, CancellationToken.None);
        }

        return store;
    }

    /// <summary>Brings the language: deletion by query and retention by rule need it. Set before the first of them is asked for.</summary>
    public ITraceSelectorFactory? Selectors { get; set; }

    /// <summary>Where blocks are; other things of a tenant may be kept beside them, under <c>{tenant}/ui/</c>.</summary>
    public IObjectStore Objects => _services.Objects;

    public IReadOnlyList<TenantId> Tenants => [.. _tenants.Keys.OrderBy(tenant => tenant.Value, StringComparer.Ordinal)];

    public async ValueTask<AppendResult> AppendAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        if (batch.SpanCount == 0)
        {
            return new AppendResult(AppendStatus.Accepted);
        }

        if (_stop.IsCancellationRequested)
        {
            return new AppendResult(AppendStatus.Unavailable, "the store is stopping; retry");
        }

        var tenant = batch.Context.Tenant;
        if (!_tenants.ContainsKey(tenant) && _tenants.Count >= MaxTenants)
        {
            return new AppendResult(AppendStatus.Overloaded, $"tenant '{tenant}' is new and {MaxTenants} tenants are open already");
        }

        TenantStore store;
        try
        {
            store = await OpenTenantAsync(tenant).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            // The next batch tries again: the folder may be back, or the disk may have room.
            _tenants.TryRemove(tenant, out _);
            return new AppendResult(AppendStatus.Unavailable, $"the store of tenant '{tenant}' cannot be opened: {fault.Message}; retry");
        }

        return await store.AppendAsync(batch).ConfigureAwait(false);
    }

    public IStoreSnapshot Snapshot(TenantId tenant) =>
        _tenants.TryGetValue(tenant, out var store) && store.IsValueCreated && store.Value.IsCompletedSuccessfully
            ? store.Value.Result.Snapshot()
            : _setAside.TryGetValue(tenant, out var why)
                ? throw new IOException($"the store of tenant '{tenant}' cannot be read: {why}")
                : new StoreSnapshot(StoreState.Empty);

    /// <summary>What the store holds, over all tenants.</summary>
    public StoreTotals Totals()
    {
        var totals = StoreTotals.None;
        foreach (var tenant in Opened())
        {
            totals += tenant.Totals();
        }

        return totals;
    }

    /// <summary>What a tenant has.</summary>
    public StoreTotals Totals(TenantId tenant) =>
        _tenants.TryGetValue(tenant, out var store) && store.IsValueCreated && store.Value.IsCompletedSuccessfully
            ? store.Value.Result.Totals()
            : StoreTotals.None;

    public async ValueTask<DeletionReceipt> DeleteAsync(TenantId tenant, DeletionRequest request, CancellationToken cancellationToken) =>
        await (await OpenTenantAsync(tenant).ConfigureAwait(false)).DeleteAsync(request, cancellationToken).ConfigureAwait(false);

    public DeletionReceipt? Find(TenantId tenant, string id) => Opened(tenant)?.FindDeletion(id);

    public IReadOnlyList<DeletionReceipt> List(TenantId tenant) => Opened(tenant)?.Deletions ?? [];

    private TenantStore? Opened(TenantId tenant) =>
        _tenants.TryGetValue(tenant, out var store) && store.IsValueCreated && store.Value.IsCompletedSuccessfully ? store.Value.Result : null;

    /// <summary>Moves every span of every tenant from the head to blocks.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        foreach (var tenant in Opened())
        {
            await tenant.CutAsync(everything: true, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Stops maintenance, writes what waits for the log, closes the files, lets the folder go.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _maintenance.ConfigureAwait(false);
        await _compaction.ConfigureAwait(false);
        foreach (var tenant in Opened())
        {
            await tenant.DisposeAsync().ConfigureAwait(false);
        }

        _lock.Dispose();
        _stop.Dispose();
    }

    /// <summary>What a killed process left of blocks that it was making.</summary>
    private static void RemoveScratch(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Tenants that have a log here or blocks in the store.</summary>
    private static async Task<List<TenantId>> ExistingAsync(string folder, IObjectStore objects, CancellationToken cancellationToken)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var logs = Path.Combine(folder, "wal");
        if (Directory.Exists(logs))
        {
            names.UnionWith(Directory.EnumerateDirectories(logs).Select(child => Path.GetFileName(child)));
        }

        await foreach (var name in objects.ListFoldersAsync("", cancellationToken).ConfigureAwait(false))
        {
            names.Add(name);
        }

        var tenants = new List<TenantId>();
        foreach (var name in names)
        {
            if (!name.StartsWith('.') && TenantId.TryParse(name, out var tenant, out _))
            {
                tenants.Add(tenant);
            }
        }

        return tenants;
    }

    private Task<TenantStore> OpenTenantAsync(TenantId tenant) =>
        _tenants.GetOrAdd(tenant, id => new(() => TenantStore.OpenAsync(id, _services, CancellationToken.None))).Value;

    private IEnumerable<TenantStore> Opened() =>
        from tenant in _tenants.Values
        where tenant.IsValueCreated && tenant.Value.IsCompletedSuccessfully
        select tenant.Value.Result;

    private async Task MaintainAsync()
    {
        using var timer = new PeriodicTimer(_services.Options.MaintenanceInterval, _services.Clock);
        try
        {
            var tick = timer.WaitForNextTickAsync(_stop.Token).AsTask();
            var due = _cutIsDue.Reader.ReadAsync(_stop.Token).AsTask();
            while (true)
            {
                var first = await Task.WhenAny(tick, due).ConfigureAwait(false);
                await first.ConfigureAwait(false);
                foreach (var tenant in Opened())
                {
                    await MaintainAsync(tenant).ConfigureAwait(false);
                }

                tick = tick.IsCompleted ? timer.WaitForNextTickAsync(_stop.Token).AsTask() : tick;
                due = due.IsCompleted ? _cutIsDue.Reader.ReadAsync(_stop.Token).AsTask() : due;
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping: what is not cut yet is in the log.
        }
    }

    /// <summary>Merges blocks, one merge at a time over all tenants.</summary>
    private async Task CompactAsync()
    {
        using var timer = new PeriodicTimer(_services.Options.MaintenanceInterval, _services.Clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                _services.Reserve?.Restore();
                foreach (var tenant in Opened())
                {
                    await CompactAsync(tenant).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping: a merge that was under way is not part of the store.
        }
    }

    private async Task CompactAsync(TenantStore tenant)
    {
        try
        {
            await tenant.CompactAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            _services.Metrics.Fault(StoreFault.Compaction);
            _services.Logger.MaintenanceFailed(fault, tenant.Name);
        }
    }

    private async Task MaintainAsync(TenantStore tenant)
    {
        try
        {
            await tenant.MaintainAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            _services.Logger.MaintenanceFailed(fault, tenant.Name);
        }
    }
}
