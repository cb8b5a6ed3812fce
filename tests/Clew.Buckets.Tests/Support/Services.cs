using System.Diagnostics;
using Azure.Storage;
using Azure.Storage.Blobs;
using Clew.Buckets.Azure;
using Clew.Buckets.S3;
using Clew.Storage.Backends.Remote;

namespace Clew.Buckets.Tests.Support;

/// <summary>The gateway with our clients on it.</summary>
public sealed class CephGateway : RadosGateway
{
    /// <summary>What reaches a bucket with the settings of the user guide, endpoint and keys apart.</summary>
    internal S3ClientOptions Options(string bucket) => new()
    {
        Bucket = bucket, Endpoint = Endpoint, AccessKey = AccessKey, SecretKey = SecretKey, Insecure = true,
    };

    internal async Task<RemoteObjectStore> StoreAsync(RemoteStoreOptions? options = null) => Remotes.Over(new S3Client(Options(await BucketAsync())), options);
}

/// <summary>Azurite, Microsoft's server for tests, from npm.</summary>
public sealed class Azurite : ObjectService
{
    private const string Account = "devstoreaccount1";

    // A well-known key of every Azurite, no secret.
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    protected override string Ready => "successfully listen";

    protected override bool EndsWithItsInput => false;

    internal AzureClientOptions Options(string container) => new()
    {
        Account = Account, AccountKey = Key, Container = container, Endpoint = $"http://127.0.0.1:{Port}/{Account}",
    };

    internal async Task<RemoteObjectStore> StoreAsync(RemoteStoreOptions? options = null)
    {
        var options2 = Options(NextBucket());
        await new BlobContainerClient(new Uri($"{options2.Endpoint}/{options2.Container}"), new StorageSharedKeyCredential(Account, Key)).CreateAsync();
        return Remotes.Over(new AzureClient(options2), options);
    }

    protected override ProcessStartInfo Start() => new("node")
    {
        ArgumentList =
        {
            Path.Combine(Root(), "tests", "services", "node_modules", "azurite", "dist", "src", "blob", "main.js"),
            "--blobPort", $"{Port}", "--location", Folder, "--silent", "false", "--skipApiVersionCheck", "--disableTelemetry",
        },
    };
}
