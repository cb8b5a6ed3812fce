using System.Diagnostics.Metrics;
using Clew.Buckets.Azure;
using Clew.Buckets.S3;
using Clew.Server.Configuration;
using Clew.Storage.Backends;
using Clew.Storage.Backends.Cache;
using Clew.Storage.Backends.Remote;
using Microsoft.Extensions.Logging;

namespace Clew.Server.Hosting;

/// <summary>The bucket that the configuration names, with what stands in front of it.</summary>
internal sealed class BucketStore : IDisposable
{
    private BucketStore(RemoteObjectStore remote, IObjectStore objects)
    {
        Remote = remote;
        Objects = objects;
    }

    public RemoteObjectStore Remote { get; }

    /// <summary>What the trace store is given.</summary>
    public IObjectStore Objects { get; }

    /// <summary>Opens and probes the bucket; null when blocks are local.</summary>
    /// <exception cref="IOException">The bucket does not answer or does not let this process write; the message says what to do.</exception>
    public static async Task<BucketStore?> OpenAsync(
        StorageConfig config, TimeProvider clock, IMeterFactory meters, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var folder = config.Cache.Path is { Length: > 0 } path ? path : config.Path is { } data ? Path.Combine(data, "cache") : null;
        if (Open(config, folder, clock, meters, loggers) is not { } store)
        {
            return null;
        }

        try
        {
            await store.Remote.ProbeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            store.Dispose();
            throw;
        }

        return store;
    }

    /// <summary>Opens the bucket without a request; null when blocks are local. A cache folder belongs to one process at a time.</summary>
    public static BucketStore? Open(StorageConfig config, string? cacheFolder, TimeProvider clock, IMeterFactory meters, ILoggerFactory loggers)
    {
        if (Client(config) is not { } client)
        {
            return null;
        }

        var remote = new RemoteObjectStore(client, Options(config), clock, new RemoteMetrics(meters), loggers.CreateLogger<RemoteObjectStore>());
        var cache = new CacheOptions { Folder = cacheFolder, MaxBytes = config.Cache.MaxBytes.Bytes };
        return new BucketStore(remote, new CachedObjectStore(remote, cache, new CacheMetrics(meters), loggers.CreateLogger<CachedObjectStore>()));
    }

    public void Dispose() => Remote.Dispose();

    private static IObjectClient? Client(StorageConfig config) => config.Backend switch
    {
        StorageBackend.S3 => new S3Client(S3(config.S3)),
        StorageBackend.Azure => new AzureClient(new AzureClientOptions
        {
            Account = config.Azure.Account, AccountKey = config.Azure.AccountKey.Reveal(), Container = config.Azure.Container, EndpointSuffix = config.Azure.EndpointSuffix,
            Endpoint = config.Azure.Endpoint, UseManagedIdentity = config.Azure.UseManagedIdentity, Tls = Tls(config.Azure.Tls),
        }),
        _ => null,
    };

    private static S3ClientOptions S3(S3Config config) => new()
    {
        Bucket = config.Bucket, Endpoint = config.Endpoint, Region = config.Region, AccessKey = config.AccessKey.Reveal(), SecretKey = config.SecretKey.Reveal(),
        SessionToken = config.SessionToken.Reveal(), Insecure = config.Insecure, ChecksumsWhenSupported = config.Checksum == S3Checksum.WhenSupported,
        Lookup = config.ForcePathStyle || config.BucketLookup == S3BucketLookup.Path ? BucketLookup.Path
            : config.BucketLookup == S3BucketLookup.Dns ? BucketLookup.Dns : BucketLookup.Auto,
        Tls = Tls(config.Tls),
    };

    private static BucketTls Tls(BucketTlsConfig config) => new()
    {
        CaFile = config.CaFile, CertFile = config.CertFile, KeyFile = config.KeyFile, ServerName = config.ServerNameOverride, InsecureSkipVerify = config.InsecureSkipVerify,
    };

    private static RemoteStoreOptions Options(StorageConfig config) => new()
    {
        Prefix = config.Backend == StorageBackend.S3 ? config.S3.Prefix : config.Azure.Prefix,
        MaxConcurrent = config.Requests.MaxConcurrent, MaxAttempts = config.Requests.MaxAttempts, BackoffInitial = config.Requests.BackoffInitial,
        BackoffMax = config.Requests.BackoffMax, Timeout = config.Requests.Timeout, HedgeAfter = config.Requests.HedgeAfter, HedgeUpTo = config.Requests.HedgeUpTo,
        PartBytes = (int)Math.Min(config.Requests.PartBytes.Bytes, 512L << 20),
    };
}
