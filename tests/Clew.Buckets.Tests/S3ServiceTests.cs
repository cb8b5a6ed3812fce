using Clew.Buckets.S3;
using Clew.Buckets.Tests.Support;
using Clew.Storage.Backends.Remote;
using Clew.Storage.Manifest;

namespace Clew.Buckets.Tests;

/// <summary>What only a real S3 server can show.</summary>
[Trait("area", "storage")]
public sealed class S3ServiceTests(CephGateway gateway) : IClassFixture<CephGateway>
{
    [Fact]
    public async Task Probe_finds_that_the_gateway_keeps_conditional_puts_apart()
    {
        using var store = await gateway.StoreAsync();
        await store.ProbeAsync(default);
        Assert.True(store.HasConditionalPut);
    }

    [Fact]
    public async Task Two_writers_of_one_manifest_commit_every_change_once_and_in_one_order()
    {
        const int changes = 40;
        var bucket = await gateway.BucketAsync();
        using var first = Remotes.Over(new S3Client(gateway.Options(bucket)));
        using var second = Remotes.Over(new S3Client(gateway.Options(bucket)));
        ManifestLog[] writers = [new(first, "t/"), new(second, "t/")];
        foreach (var writer in writers)
        {
            await writer.LoadAsync(default);
        }

        await Task.WhenAll(writers.Select((writer, number) => Task.Run(async () =>
        {
            for (var i = 0; i < changes; i++)
            {
                await writer.CommitAsync(new ManifestChange { AddBlocks = [Block($"{number}-{i:d3}")] }, default);
            }
        })));

        var reader = new ManifestLog(first, "t/");
        await reader.LoadAsync(default);
        Assert.Equal(2 * changes, reader.State.Sequence);
        Assert.Equal(
            Enumerable.Range(0, 2).SelectMany(number => Enumerable.Range(0, changes).Select(i => $"{number}-{i:d3}")).Order(StringComparer.Ordinal), reader.State.Blocks.Keys);
    }

    [Fact]
    public async Task Listing_of_more_keys_than_a_page_holds_is_complete()
    {
        // A page of S3 holds 1000 keys.
        const int count = 1_100;
        using var store = await gateway.StoreAsync();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (i, token) => await store.PutAsync($"many/{i:d5}", new MemoryStream([1]), token));
        var listed = new List<string>();
        await foreach (var key in store.ListAsync("many/", default))
        {
            listed.Add(key);
        }

        Assert.Equal(Enumerable.Range(0, count).Select(static i => $"many/{i:d5}"), listed);
    }

    [Fact]
    public async Task Missing_bucket_is_named_with_the_setting()
    {
        using var store = Remotes.Over(new S3Client(gateway.Options("no-such-bucket")));
        var fault = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.ProbeAsync(default));
        Assert.Equal(ObjectStoreFault.NoBucket, fault.Fault);
        Assert.Contains("storage.s3.bucket", fault.Message);
        Assert.Contains("no-such-bucket", fault.Message);
    }

    [Fact]
    public async Task Wrong_secret_is_refused_in_words_that_do_not_contain_it()
    {
        var bucket = await gateway.BucketAsync();
        using var store = Remotes.Over(new S3Client(gateway.Options(bucket) with { SecretKey = "not-the-secret" }));
        var fault = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.ProbeAsync(default));
        Assert.Equal(ObjectStoreFault.Denied, fault.Fault);
        Assert.Contains("storage.s3.access_key", fault.Message);
        Assert.DoesNotContain("not-the-secret", fault.ToString());
    }

    [Fact]
    public async Task Bucket_of_somebody_else_is_denied()
    {
        var bucket = await gateway.BucketAsync();
        using var store = Remotes.Over(new S3Client(gateway.Options(bucket) with { AccessKey = "other", SecretKey = "other-secret" }));
        var fault = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.ProbeAsync(default));
        Assert.Equal(ObjectStoreFault.Denied, fault.Fault);
    }

    [Fact]
    public async Task Server_that_is_not_there_is_unreachable_and_named()
    {
        using var store = Remotes.Over(new S3Client(gateway.Options("any") with { Endpoint = "127.0.0.1:1" }), Remotes.Options with { MaxAttempts = 2 });
        var fault = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.ProbeAsync(default));
        Assert.Equal(ObjectStoreFault.Unreachable, fault.Fault);
        Assert.Contains("127.0.0.1:1", fault.Message);
    }

    [Fact]
    public async Task Prefixes_keep_two_stores_of_one_bucket_apart()
    {
        var bucket = await gateway.BucketAsync();
        using var one = Remotes.Over(new S3Client(gateway.Options(bucket)), Remotes.Options with { Prefix = "one" });
        using var two = Remotes.Over(new S3Client(gateway.Options(bucket)), Remotes.Options with { Prefix = "/two/deep/" });
        await one.PutAsync("k", new MemoryStream([1]), default);
        await two.PutAsync("k", new MemoryStream([2]), default);
        Assert.Equal([1], await one.GetAsync("k", default));
        Assert.Equal([2], await two.GetAsync("k", default));
    }

    private static BlockRecord Block(string id) => new()
    {
        Id = id, SpanCount = 1, TraceCount = 1, SizeBytes = 1, MinStartUnixNano = 1, MaxEndUnixNano = 2, MaxArrivalUnixNano = 3,
    };
}
