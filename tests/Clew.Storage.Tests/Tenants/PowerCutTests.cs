using System.Diagnostics.Metrics;
using Clew.Model;
using Clew.Storage.Backends;
using Clew.Storage.Compaction;
using Clew.Storage.Deletion;
using Clew.Storage.Tenants;
using Clew.Storage.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Storage.Tests.Tenants;

/// <summary>
/// The power goes at every step of a tenant's life (log, cut, upload, manifest, deletion, merge), on a disk that forgets and reorders what was
/// not synchronised. Whatever the step: nothing acknowledged is lost, nothing deleted comes back, no block is half there.
/// </summary>
public sealed class PowerCutTests
{
    private const int Seed = 20_261_129;

    /// <summary>Every so many operations one run is cut; the shards together cover them all.</summary>
    private const int Shards = 4;

    [Fact]
    public async Task Life_without_a_power_cut_ends_as_the_model_says()
    {
        var disk = new ForgetfulDisk(Seed);
        var model = new Model();
        await LiveAsync(disk, model);
        Assert.InRange(disk.Operations, 200, 5000);
        await CheckAsync(disk, model, "no cut");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Power_cut_at_any_step_loses_nothing_acknowledged_and_brings_nothing_deleted_back(int shard)
    {
        var whole = new ForgetfulDisk(Seed);
        await LiveAsync(whole, new Model());
        for (var cut = 1 + shard; cut < whole.Operations; cut += Shards * 3)
        {
            var disk = new ForgetfulDisk(Seed + cut) { CutAt = cut };
            var model = new Model();
            await LiveAsync(disk, model);
            disk.Crash();
            await CheckAsync(disk, model, $"seed {Seed + cut}, power cut at operation {cut}");
        }
    }

    /// <summary>Everything that happens to spans. Ends where the power goes.</summary>
    private static async Task LiveAsync(ForgetfulDisk disk, Model model)
    {
        try
        {
            var clock = new ManualClock();
            var store = await OpenAsync(disk, clock);
            await model.AppendAsync(store, (1, 1), (1, 2), (2, 3), (5, 50));
            await store.CutAsync(everything: true, CancellationToken.None);
            await model.AppendAsync(store, (1, 4), (3, 5));
            await model.AppendAsync(store, (1, 1), (1, 2), (2, 3));
            clock.Advance(TimeSpan.FromMinutes(2));
            await model.AppendAsync(store, (4, 6));
            await store.CutAsync(everything: false, CancellationToken.None);
            await model.DeleteAsync(store, 2);
            await model.AppendAsync(store, (2, 7), (4, 8));
            await store.CutAsync(everything: true, CancellationToken.None);
            while (await store.CompactAsync(CancellationToken.None))
            {
                // Until nothing is due.
            }

            clock.Advance(TimeSpan.FromMinutes(2));
            await store.MaintainAsync(CancellationToken.None);
            await model.AppendAsync(store, (6, 9));
            await store.DisposeAsync();
        }
        catch (IOException) when (disk.IsDead)
        {
            // The rest does not happen.
        }
    }

    private static async Task CheckAsync(ForgetfulDisk disk, Model model, string when)
    {
        var store = await OpenAsync(disk, new ManualClock());
        Assert.True(store.UnopenedBlocks == 0, when);
        await model.CheckAsync(store, when, mayRepeat: true);
        await store.CutAsync(everything: true, CancellationToken.None);
        while (await store.CompactAsync(CancellationToken.None))
        {
            // Until nothing is due.
        }

        await model.CheckAsync(store, when + ", then cut and merged", mayRepeat: false);
        await store.DisposeAsync();
    }

    private static async Task<TenantStore> OpenAsync(ForgetfulDisk disk, ManualClock clock)
    {
        var local = new LocalObjectStore("/data/store", disk);
        local.RemoveLeftovers();
        var objects = new Objects(local);
        var options = new StoreOptions { Path = "/data", WalSegmentBytes = 8 << 10, Compaction = new CompactionOptions { KeepSmall = 1, IdleAfter = TimeSpan.Zero } };
        var services = new StoreServices(
            options, objects, tenant => new BlockFactory(tenant, objects, clock), disk, clock, new StoreMetrics(new Meters()), NullLogger.Instance);
        return await TenantStore.OpenAsync(TenantId.Single, services, CancellationToken.None);
    }

    /// <summary>What must be, must not be, and may be there.</summary>
    private sealed class Model
    {
        private readonly HashSet<string> _sent = [];
        private readonly HashSet<string> _acknowledged = [];
        private readonly HashSet<int> _deleted = [];
        private readonly HashSet<int> _maybeDeleted = [];

        public async Task AppendAsync(TenantStore store, params (int Trace, int Span)[] spans)
        {
            var requests = Requests.Of("shop");
            foreach (var (trace, span) in spans)
            {
                requests.Span(trace, span, attributes: [("n", span), ("text", $"value {span}")]);
                _sent.UnionWith(Store.Named(trace, span));
            }

            using var batch = requests.Batch();
            if ((await store.AppendAsync(batch)).Status == AppendStatus.Accepted)
            {
                _acknowledged.UnionWith(spans.SelectMany(span => Store.Named(span.Trace, span.Span)));
            }
        }

        public async Task DeleteAsync(TenantStore store, int trace)
        {
            _maybeDeleted.Add(trace);
            await store.DeleteAsync(new DeletionRequest { Traces = [Requests.Trace(trace)] }, CancellationToken.None);
            _deleted.Add(trace);
        }

        public async Task CheckAsync(TenantStore store, string when, bool mayRepeat)
        {
            var visible = await Store.SpansAsync(store);
            bool Of(HashSet<int> traces, string span) => traces.Any(trace => span.StartsWith(Requests.Trace(trace).ToString(), StringComparison.Ordinal));
            var lost = _acknowledged.Except(visible).Where(span => !Of(_maybeDeleted, span)).ToList();
            Assert.True(lost.Count == 0, $"{when}: lost {string.Join(", ", lost)}");
            var back = visible.Where(span => Of(_deleted, span)).ToList();
            Assert.True(back.Count == 0, $"{when}: deleted and back {string.Join(", ", back)}");
            var invented = visible.Except(_sent).ToList();
            Assert.True(invented.Count == 0, $"{when}: never sent {string.Join(", ", invented)}");
            Assert.True(mayRepeat || visible.Distinct().Count() == visible.Count, $"{when}: twice {string.Join(", ", visible.GroupBy(span => span).Where(group => group.Count() > 1).Select(group => group.Key))}");
        }
    }

    private sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }

    /// <summary>The local store as a store like any other: nobody opens its files behind its back.</summary>
    private sealed class Objects(LocalObjectStore store) : IObjectStore
    {
        public ValueTask PutAsync(string key, Stream content, CancellationToken cancellationToken) => store.PutAsync(key, content, cancellationToken);

        public ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => store.PutIfAbsentAsync(key, content, cancellationToken);

        public ValueTask<int> ReadRangeAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken) => store.ReadRangeAsync(key, offset, destination, cancellationToken);

        public ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken) => store.GetAsync(key, cancellationToken);

        public ValueTask<long?> SizeAsync(string key, CancellationToken cancellationToken) => store.SizeAsync(key, cancellationToken);

        public IAsyncEnumerable<string> ListAsync(string prefix, CancellationToken cancellationToken) => store.ListAsync(prefix, cancellationToken);

        public ValueTask DeleteAsync(string key, CancellationToken cancellationToken) => store.DeleteAsync(key, cancellationToken);
    }
}
