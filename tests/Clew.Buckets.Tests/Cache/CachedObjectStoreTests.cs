using Clew.Buckets.Tests.Conformance;
using Clew.Buckets.Tests.Support;
using Clew.Storage.Backends;
using Clew.Storage.Backends.Cache;
using Clew.Storage.Backends.Remote;
using Clew.Storage.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clew.Buckets.Tests.Cache;

/// <summary>The cache is a store like any other, with pages on disk or without.</summary>
public sealed class CachedConformanceTests : ObjectStoreConformance
{
    private readonly TempFolder _folder = new();
    private readonly CachedObjectStore _store;

    public CachedConformanceTests() => _store = Caches.Over(Remotes.Over(new MemoryClient()), new CacheOptions { Folder = _folder.Path, MaxMemoryBytes = CacheOptions.PageBytes });

    public override IObjectStore Store => _store;

    public override ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return base.DisposeAsync();
    }
}

public sealed class CachedObjectStoreTests : IDisposable
{
    private const string Key = "t/blocks/1/spans.parquet";
    private const int Page = CacheOptions.PageBytes;

    private readonly TempFolder _folder = new();
    private readonly MemoryClient _client = new();
    private readonly RemoteObjectStore _remote;

    public CachedObjectStoreTests() => _remote = Remotes.Over(_client);

    public void Dispose()
    {
        _remote.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_was_read_once_is_read_again_without_a_request()
    {
        var content = await StoredAsync(10 * Page);
        var cache = New();
        await AssertReadsAsync(cache, content, 3 * Page - 100, 200);
        var calls = _client.Calls;
        await AssertReadsAsync(cache, content, 3 * Page - 100, 200);
        await AssertReadsAsync(New(), content, 2 * Page + 5, Page);
        Assert.Equal(calls, _client.Calls);
    }

    [Fact]
    public async Task Prefetch_fetches_neighbours_in_one_request_and_far_ones_in_others()
    {
        var content = await StoredAsync(100 * Page);
        var cache = New();
        using var scope = RequestScope.Begin();
        await cache.PrefetchAsync(Key, [(0, 10), (Page, 10), (3 * Page, 10), (50L * Page, 10), (90L * Page, 2 * Page)], default);
        Assert.Equal(3, scope.Requests);
        await AssertReadsAsync(cache, content, 3 * Page, 10);
        await AssertReadsAsync(cache, content, 90 * Page, 2 * Page);
        Assert.Equal(3, scope.Requests);
        var near = new byte[10];
        Assert.True(cache.TryRead(Key, 50L * Page, near));
        Assert.Equal(content.AsSpan(50 * Page, 10).ToArray(), near);
        Assert.False(cache.TryRead(Key, 70L * Page, near));
    }

    [Fact]
    public async Task Requests_of_a_prefetch_stay_within_their_size()
    {
        await StoredAsync(100 * Page);
        using var scope = RequestScope.Begin();
        await New(new CacheOptions { Folder = _folder.Path, MaxRequestBytes = 10 * Page }).PrefetchAsync(Key, [(0, 100 * Page)], default);
        Assert.Equal(10, scope.Requests);
        Assert.Equal(100L * Page, scope.Bytes);
    }

    [Fact]
    public async Task Many_who_want_one_page_at_once_cost_one_request()
    {
        var content = await StoredAsync(Page);
        var gate = new TaskCompletionSource();
        var calls = _client.Calls;
        _client.Before = (verb, _, _) => verb == "read" ? gate.Task : Task.CompletedTask;
        var cache = New();
        var readers = Enumerable.Range(0, 20).Select(i => AssertReadsAsync(cache, content, i, 100)).ToList();
        gate.SetResult();
        await Task.WhenAll(readers);
        Assert.Equal(1, _client.Calls - calls);
    }

    [Fact]
    public async Task Written_block_is_read_without_a_request_also_by_the_next_process()
    {
        var content = Bytes(3 * Page + 7);
        await New().PutAsync(Key, new MemoryStream(content), default);
        var calls = _client.Calls;
        await AssertReadsAsync(New(), content, 0, content.Length);
        Assert.Equal(calls, _client.Calls);
    }

    [Fact]
    public async Task Failed_write_leaves_nothing_in_the_cache()
    {
        _client.Before = (verb, _, _) => verb == "put" ? throw new ObjectStoreException(ObjectStoreFault.Denied, "no") : Task.CompletedTask;
        var cache = New();
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await cache.PutAsync(Key, new MemoryStream(Bytes(2 * Page)), default));
        Assert.Equal(-1, await cache.ReadRangeAsync(Key, 0, new byte[10], default));
        Assert.Equal(0, cache.DiskBytes);
    }

    [Fact]
    public async Task Disk_stays_within_its_limit_and_what_was_used_last_stays()
    {
        const int limit = 5 * (Page + 200);
        var content = await StoredAsync(20 * Page);
        var options = new CacheOptions { Folder = _folder.Path, MaxBytes = limit, MaxMemoryBytes = 0 };
        var cache = New(options);
        for (var page = 0; page < 20; page++)
        {
            await AssertReadsAsync(cache, content, 0, 10);
            await AssertReadsAsync(cache, content, page * Page, 10);
            Assert.InRange(cache.DiskBytes, 1, limit);
        }

        Assert.Equal(cache.DiskBytes, Directory.GetFiles(_folder.Path, "*.page", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length));
        Assert.True(cache.TryRead(Key, 0, new byte[10]));
        Assert.False(cache.TryRead(Key, 5 * Page, new byte[10]));
        Assert.InRange(New(options with { MaxBytes = 2 * (Page + 200) }).DiskBytes, 1, 2 * (Page + 200));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(40)]
    [InlineData(5_000)]
    public async Task Damaged_page_is_fetched_again(int position)
    {
        var content = await StoredAsync(Page / 2);
        await AssertReadsAsync(New(), content, 0, 100);
        var file = Assert.Single(Directory.GetFiles(_folder.Path, "*.page", SearchOption.AllDirectories));
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[position] ^= 0x40;
        await File.WriteAllBytesAsync(file, bytes);
        await AssertReadsAsync(New(), content, 0, content.Length);
    }

    [Fact]
    public async Task Deleted_object_is_gone_from_the_cache_too()
    {
        await StoredAsync(Page);
        var cache = New();
        await cache.ReadRangeAsync(Key, 0, new byte[10], default);
        await cache.DeleteAsync(Key, default);
        Assert.Equal(-1, await cache.ReadRangeAsync(Key, 0, new byte[10], default));
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.page", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Manifest_is_never_answered_from_the_cache()
    {
        var cache = New();
        await cache.PutAsync("t/manifest/hint", new MemoryStream("1"u8.ToArray()), default);
        await cache.GetAsync("t/manifest/hint", default);
        await _remote.PutAsync("t/manifest/hint", new MemoryStream("2"u8.ToArray()), default);
        Assert.Equal("2"u8.ToArray(), await cache.GetAsync("t/manifest/hint", default));
    }

    private CachedObjectStore New(CacheOptions? options = null) => Caches.Over(_remote, options ?? new CacheOptions { Folder = _folder.Path });

    private async Task<byte[]> StoredAsync(int length)
    {
        var content = Bytes(length);
        await _remote.PutAsync(Key, new MemoryStream(content), default);
        return content;
    }

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static async Task AssertReadsAsync(CachedObjectStore cache, byte[] content, int offset, int length)
    {
        var range = new byte[length];
        Assert.Equal(length, await cache.ReadRangeAsync(Key, offset, range, default));
        Assert.True(content.AsSpan(offset, length).SequenceEqual(range));
    }
}

internal static class Caches
{
    private static readonly CacheMetrics s_metrics = new(Remotes.Meters);

    public static CachedObjectStore Over(IObjectStore inner, CacheOptions options) => new(inner, options, s_metrics, NullLogger.Instance);
}
