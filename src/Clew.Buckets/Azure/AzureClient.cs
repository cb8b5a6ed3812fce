using System.Globalization;
using System.Text;
using Azure;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Clew.Storage.Backends.Remote;

namespace Clew.Buckets.Azure;

/// <summary>
/// Requests to a container through Microsoft's client. An upload in parts is a list of blocks: Azure forgets blocks that no list names after
/// a week, so there is nothing to abort. The client's own retries are off, as they are for S3.
/// </summary>
public sealed class AzureClient : IObjectClient
{
    private readonly BlobContainerClient _container;
    private readonly SocketsHttpHandler _handler;

    /// <exception cref="IOException">A certificate file cannot be read, or the key is not base64.</exception>
    public AzureClient(AzureClientOptions options)
    {
        var address = options.Endpoint.Length > 0 ? options.Endpoint.TrimEnd('/') : $"https://{options.Account}.{options.EndpointSuffix}";
        Name = $"azure container '{options.Container}' at {address}";
        _handler = BucketHttp.Handler(options.Tls);
        var settings = new BlobClientOptions
        {
            Transport = new HttpClientTransport(new HttpClient(_handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan }),
            Retry = { MaxRetries = 0, NetworkTimeout = TimeSpan.FromMinutes(10) },
        };
        var uri = new Uri($"{address}/{options.Container}");
        _container = options.AccountKey.Length > 0
            ? new BlobContainerClient(uri, Key(options), settings)
            : options.UseManagedIdentity
                ? new BlobContainerClient(uri, new ManagedIdentityCredential(ManagedIdentityId.SystemAssigned), settings)
                : new BlobContainerClient(uri, new DefaultAzureCredential(), settings);
    }

    public string Name { get; }

    public Task PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        GuardAsync("write", key, () => UploadAsync(key, content, null, cancellationToken), cancellationToken);

    public async Task<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        try
        {
            await UploadAsync(key, content, new BlobRequestConditions { IfNoneMatch = ETag.All }, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (RequestFailedException fault) when (fault.Status == 412 || (fault.Status == 409 && fault.ErrorCode == BlobErrorCode.BlobAlreadyExists.ToString()))
        {
            return false;
        }
        catch (Exception fault) when (IsOurs(fault, cancellationToken))
        {
            throw Translate("write", key, fault);
        }
    }

    public async Task<int> ReadRangeAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        try
        {
            var options = new BlobDownloadOptions { Range = new HttpRange(offset, destination.Length) };
            using var response = (await _container.GetBlobClient(key).DownloadStreamingAsync(options, cancellationToken).ConfigureAwait(false)).Value;
            var wanted = (int)Math.Min(destination.Length, response.Details.ContentLength);
            await response.Content.ReadExactlyAsync(destination[..wanted], cancellationToken).ConfigureAwait(false);
            return wanted;
        }
        catch (RequestFailedException fault) when (fault.Status == 416)
        {
            return 0;
        }
        catch (RequestFailedException fault) when (IsMissing(fault))
        {
            return -1;
        }
        catch (Exception fault) when (IsOurs(fault, cancellationToken))
        {
            throw Translate("read", key, fault);
        }
    }

    public async Task<byte[]?> GetAsync(string key, int maxBytes, CancellationToken cancellationToken)
    {
        try
        {
            using var response = (await _container.GetBlobClient(key).DownloadStreamingAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Value;
            return await ObjectBody.ReadWholeAsync(Name, key, response.Content, response.Details.ContentLength, maxBytes, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestFailedException fault) when (IsMissing(fault))
        {
            return null;
        }
        catch (Exception fault) when (IsOurs(fault, cancellationToken))
        {
            throw Translate("read", key, fault);
        }
    }

    public async Task<long?> SizeAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            return (await _container.GetBlobClient(key).GetPropertiesAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Value.ContentLength;
        }
        catch (RequestFailedException fault) when (IsMissing(fault))
        {
            return null;
        }
        catch (Exception fault) when (IsOurs(fault, cancellationToken))
        {
            throw Translate("read", key, fault);
        }
    }

    public Task<ListPage> ListAsync(string prefix, char? delimiter, string? continuation, CancellationToken cancellationToken) =>
        GuardAsync(
            "list", prefix,
            async () =>
            {
                var (keys, prefixes) = (new List<string>(), new List<string>());
                var items = delimiter is { } separator
                    ? _container.GetBlobsByHierarchyAsync(new GetBlobsByHierarchyOptions { Delimiter = separator.ToString(), Prefix = prefix }, cancellationToken).AsPages(continuation)
                    : Flat(prefix, continuation, cancellationToken);
                await foreach (var page in items.ConfigureAwait(false))
                {
                    foreach (var item in page.Values)
                    {
                        (item.IsPrefix ? prefixes : keys).Add(item.IsPrefix ? item.Prefix : item.Blob.Name);
                    }

                    return new ListPage(keys, prefixes, page.ContinuationToken is { Length: > 0 } next ? next : null);
                }

                return new ListPage(keys, prefixes, null);
            },
            cancellationToken);

    public Task DeleteAsync(string key, CancellationToken cancellationToken) =>
        GuardAsync(
            "delete", key,
            () => _container.GetBlobClient(key).DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellationToken), cancellationToken);

    public Task<string> BeginUploadAsync(string key, CancellationToken cancellationToken) => Task.FromResult(Guid.NewGuid().ToString("n"));

    public Task<string> UploadPartAsync(string key, string upload, int number, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        GuardAsync(
            "write", key,
            async () =>
            {
                // Ids of one blob's blocks must have one length.
                var id = Convert.ToBase64String(Encoding.ASCII.GetBytes($"{upload}-{number.ToString("d6", CultureInfo.InvariantCulture)}"));
                await _container.GetBlockBlobClient(key).StageBlockAsync(id, Stream(content), cancellationToken: cancellationToken).ConfigureAwait(false);
                return id;
            },
            cancellationToken);

    public Task CompleteUploadAsync(string key, string upload, IReadOnlyList<string> tags, CancellationToken cancellationToken) =>
        GuardAsync("write", key, () => _container.GetBlockBlobClient(key).CommitBlockListAsync(tags, new CommitBlockListOptions(), cancellationToken), cancellationToken);

    public Task AbortUploadAsync(string key, string upload, CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _handler.Dispose();

    private static StorageSharedKeyCredential Key(AzureClientOptions options)
    {
        try
        {
            return new StorageSharedKeyCredential(options.Account, options.AccountKey);
        }
        catch (FormatException fault)
        {
            throw new IOException("storage.azure.account_key is not base64, as account keys are", fault);
        }
    }

    private static MemoryStream Stream(ReadOnlyMemory<byte> content) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(content, out var segment)
            ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
            : new MemoryStream(content.ToArray(), writable: false);

    private Task<global::Azure.Response<BlobContentInfo>> UploadAsync(string key, ReadOnlyMemory<byte> content, BlobRequestConditions? conditions, CancellationToken cancellationToken) =>
        _container.GetBlockBlobClient(key).UploadAsync(Stream(content), new BlobUploadOptions { Conditions = conditions }, cancellationToken);

    /// <summary>The flat listing in the shape of the other one.</summary>
    private async IAsyncEnumerable<Page<BlobHierarchyItem>> Flat(
        string prefix, string? continuation, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var page in _container.GetBlobsAsync(new GetBlobsOptions { Prefix = prefix }, cancellationToken).AsPages(continuation).ConfigureAwait(false))
        {
            yield return Page<BlobHierarchyItem>.FromValues(
                [.. page.Values.Select(static blob => BlobsModelFactory.BlobHierarchyItem(null, blob))], page.ContinuationToken, page.GetRawResponse());
        }
    }

    private static bool IsMissing(RequestFailedException fault) => fault.Status == 404 && fault.ErrorCode != BlobErrorCode.ContainerNotFound.ToString();

    private static bool IsOurs(Exception fault, CancellationToken cancellationToken) =>
        fault is not ObjectStoreException && !(fault is OperationCanceledException && cancellationToken.IsCancellationRequested);

    private async Task<T> GuardAsync<T>(string verb, string key, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (Exception fault) when (IsOurs(fault, cancellationToken))
        {
            throw Translate(verb, key, fault);
        }
    }

    private ObjectStoreException Translate(string verb, string key, Exception fault)
    {
        if (fault is AuthenticationFailedException)
        {
            return new ObjectStoreException(
                ObjectStoreFault.Denied, $"{Name}: no credentials: storage.azure.account_key is empty and the environment has none ({fault.Message})", fault);
        }

        if (fault is not RequestFailedException { Status: > 0 } answer)
        {
            return new ObjectStoreException(ObjectStoreFault.Unreachable, $"{Name} cannot be reached to {verb} '{key}': {Innermost(fault).Message}", fault);
        }

        return answer.Status switch
        {
            404 when answer.ErrorCode == BlobErrorCode.ContainerNotFound.ToString() => new(
                ObjectStoreFault.NoBucket, $"{Name} does not exist; create it, or correct storage.azure.container", fault),
            401 or 403 => new(
                ObjectStoreFault.Denied, $"{Name} refuses to let us {verb} '{key}' (HTTP {answer.Status} {answer.ErrorCode}); check storage.azure.account_key and the account's access rules", fault),
            429 => new(ObjectStoreFault.Throttled, $"{Name} asks to slow down (HTTP 429)", fault),
            503 when answer.ErrorCode == "ServerBusy" => new(ObjectStoreFault.Throttled, $"{Name} asks to slow down (ServerBusy)", fault),
            >= 500 or 408 or 409 => new(ObjectStoreFault.Unreachable, $"{Name} failed to {verb} '{key}': HTTP {answer.Status} {answer.ErrorCode}", fault),
            _ => new(ObjectStoreFault.Rejected, $"{Name} does not accept to {verb} '{key}': HTTP {answer.Status} {answer.ErrorCode}", fault),
        };
    }

    private static Exception Innermost(Exception fault)
    {
        while (fault.InnerException is { } inner)
        {
            fault = inner;
        }

        return fault;
    }
}
