using System.Globalization;
using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Clew.Storage.Backends.Remote;

namespace Clew.Buckets.S3;

/// <summary>
/// Requests to a bucket through Amazon's SDK. The SDK's own retries are off: <see cref="RemoteObjectStore"/> does them, where they are
/// counted and the same for every service.
/// </summary>
public sealed class S3Client : IObjectClient
{
    private const int PreconditionFailed = 412;

    private readonly AmazonS3Client _s3;
    private readonly S3Connections _connections;
    private readonly string _bucket;

    /// <exception cref="IOException">A certificate file cannot be read.</exception>
    public S3Client(S3ClientOptions options)
    {
        _bucket = options.Bucket;
        _connections = new S3Connections(options.Tls);
        var checksums = options.ChecksumsWhenSupported;
        var config = new AmazonS3Config
        {
            MaxErrorRetry = 0,
            // Time-outs are the caller's: by token.
            Timeout = TimeSpan.FromMinutes(10),
            HttpClientFactory = _connections,
            RequestChecksumCalculation = checksums ? RequestChecksumCalculation.WHEN_SUPPORTED : RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = checksums ? ResponseChecksumValidation.WHEN_SUPPORTED : ResponseChecksumValidation.WHEN_REQUIRED,
        };
        var region = options.Region.Length > 0 ? options.Region : AmbientRegion();
        if (options.Endpoint.Length > 0)
        {
            config.ServiceURL = options.Endpoint.Contains("://", StringComparison.Ordinal)
                ? options.Endpoint
                : $"{(options.Insecure ? "http" : "https")}://{options.Endpoint}";
            config.AuthenticationRegion = region;
            config.UseHttp = options.Insecure;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }

        config.ForcePathStyle = options.Lookup switch
        {
            BucketLookup.Path => true,
            BucketLookup.Dns => false,
            _ => options.Endpoint.Length > 0 && !new Uri(config.ServiceURL).Host.EndsWith(".amazonaws.com", StringComparison.OrdinalIgnoreCase),
        };
        Name = $"s3 bucket '{options.Bucket}' at {(options.Endpoint.Length > 0 ? config.ServiceURL.TrimEnd('/') : $"Amazon in {region}")}";
        _s3 = options.AccessKey.Length == 0
            ? new AmazonS3Client(config)
            : new AmazonS3Client(
                options.SessionToken.Length > 0
                    ? new SessionAWSCredentials(options.AccessKey, options.SecretKey, options.SessionToken)
                    : new BasicAWSCredentials(options.AccessKey, options.SecretKey),
                config);
    }

    public string Name { get; }

    public Task PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        GuardAsync("write", key, () => _s3.PutObjectAsync(Put(key, content), cancellationToken), cancellationToken);

    public async Task<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        try
        {
            var request = Put(key, content);
            request.IfNoneMatch = "*";
            await _s3.PutObjectAsync(request, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (AmazonS3Exception fault) when ((int)fault.StatusCode == PreconditionFailed)
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
            var request = new GetObjectRequest { BucketName = _bucket, Key = key, ByteRange = new ByteRange(offset, offset + destination.Length - 1) };
            using var response = await _s3.GetObjectAsync(request, cancellationToken).ConfigureAwait(false);

            // A server that does not know ranges answers 200 with everything; taking its first bytes would be taking the wrong ones.
            if (response.HttpStatusCode != HttpStatusCode.PartialContent && offset > 0)
            {
                throw new ObjectStoreException(ObjectStoreFault.Rejected, $"{Name} does not serve byte ranges (it answered {(int)response.HttpStatusCode} for '{key}')");
            }

            var wanted = (int)Math.Min(destination.Length, response.ContentLength);
            await response.ResponseStream.ReadExactlyAsync(destination[..wanted], cancellationToken).ConfigureAwait(false);
            return wanted;
        }
        catch (AmazonS3Exception fault) when (fault.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return 0;
        }
        catch (AmazonS3Exception fault) when (IsMissing(fault))
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
            using var response = await _s3.GetObjectAsync(new GetObjectRequest { BucketName = _bucket, Key = key }, cancellationToken).ConfigureAwait(false);
            return await ObjectBody.ReadWholeAsync(Name, key, response.ResponseStream, response.ContentLength, maxBytes, cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonS3Exception fault) when (IsMissing(fault))
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
            var head = await _s3.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = _bucket, Key = key }, cancellationToken).ConfigureAwait(false);
            return head.ContentLength;
        }
        catch (AmazonS3Exception fault) when (IsMissing(fault))
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
                var request = new ListObjectsV2Request
                {
                    BucketName = _bucket, Prefix = prefix, Delimiter = delimiter?.ToString(CultureInfo.InvariantCulture), ContinuationToken = continuation,
                };
                var page = await _s3.ListObjectsV2Async(request, cancellationToken).ConfigureAwait(false);
                return new ListPage(
                    [.. (page.S3Objects ?? []).Select(static found => found.Key)], page.CommonPrefixes ?? [],
                    page.IsTruncated == true ? page.NextContinuationToken : null);
            },
            cancellationToken);

    public Task DeleteAsync(string key, CancellationToken cancellationToken) =>
        GuardAsync(
            "delete", key,
            async () =>
            {
                try
                {
                    await _s3.DeleteObjectAsync(new DeleteObjectRequest { BucketName = _bucket, Key = key }, cancellationToken).ConfigureAwait(false);
                }
                catch (AmazonS3Exception fault) when (IsMissing(fault))
                {
                    // Amazon answers 204 for a missing key, some others 404.
                }

                return true;
            },
            cancellationToken);

    public Task<string> BeginUploadAsync(string key, CancellationToken cancellationToken) =>
        GuardAsync(
            "write", key,
            async () => (await _s3.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = _bucket, Key = key }, cancellationToken).ConfigureAwait(false)).UploadId,
            cancellationToken);

    public Task<string> UploadPartAsync(string key, string upload, int number, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        GuardAsync(
            "write", key,
            async () =>
            {
                using var stream = Stream(content);
                var request = new UploadPartRequest
                {
                    BucketName = _bucket, Key = key, UploadId = upload, PartNumber = number, InputStream = stream, PartSize = content.Length,
                };
                return (await _s3.UploadPartAsync(request, cancellationToken).ConfigureAwait(false)).ETag;
            },
            cancellationToken);

    public Task CompleteUploadAsync(string key, string upload, IReadOnlyList<string> tags, CancellationToken cancellationToken) =>
        GuardAsync(
            "write", key,
            () => _s3.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest
                {
                    BucketName = _bucket, Key = key, UploadId = upload, PartETags = [.. tags.Select(static (tag, index) => new PartETag(index + 1, tag))],
                },
                cancellationToken),
            cancellationToken);

    public Task AbortUploadAsync(string key, string upload, CancellationToken cancellationToken) =>
        GuardAsync(
            "write", key, () => _s3.AbortMultipartUploadAsync(new AbortMultipartUploadRequest { BucketName = _bucket, Key = key, UploadId = upload }, cancellationToken), cancellationToken);

    public void Dispose()
    {
        _s3.Dispose();
        _connections.Dispose();
    }

    private PutObjectRequest Put(string key, ReadOnlyMemory<byte> content) => new()
    {
        BucketName = _bucket, Key = key, InputStream = Stream(content), AutoCloseStream = true, UseChunkEncoding = false,
    };

    private static MemoryStream Stream(ReadOnlyMemory<byte> content) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(content, out var segment)
            ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
            : new MemoryStream(content.ToArray(), writable: false);

    private static string AmbientRegion() =>
        Environment.GetEnvironmentVariable("AWS_REGION") is { Length: > 0 } region ? region
        : Environment.GetEnvironmentVariable("AWS_DEFAULT_REGION") is { Length: > 0 } fallback ? fallback
        : "us-east-1";

    private static bool IsMissing(AmazonS3Exception fault) => fault.StatusCode == HttpStatusCode.NotFound && fault.ErrorCode != "NoSuchBucket";

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
        if (fault is not AmazonS3Exception answer || answer.StatusCode == 0)
        {
            var credentials = fault is AmazonClientException && fault.Message.Contains("credentials", StringComparison.OrdinalIgnoreCase);
            return credentials
                ? new ObjectStoreException(
                    ObjectStoreFault.Denied, $"{Name}: no credentials: storage.s3.access_key is empty and the environment has none ({fault.Message})", fault)
                : new ObjectStoreException(ObjectStoreFault.Unreachable, $"{Name} cannot be reached to {verb} '{key}': {Innermost(fault).Message}", fault);
        }

        var status = (int)answer.StatusCode;
        return answer.ErrorCode switch
        {
            "NoSuchBucket" => new(ObjectStoreFault.NoBucket, $"{Name} does not exist; create it, or correct storage.s3.bucket", fault),
            "SlowDown" or "TooManyRequests" or "RequestLimitExceeded" => new(ObjectStoreFault.Throttled, $"{Name} asks to slow down ('{answer.ErrorCode}')", fault),
            "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "AccessDenied" or "ExpiredToken" or "InvalidToken" => new(
                ObjectStoreFault.Denied, $"{Name} refuses to let us {verb} '{key}' ({answer.ErrorCode}); check storage.s3.access_key, secret_key and the bucket's policy", fault),
            "RequestTimeTooSkewed" => new(ObjectStoreFault.Denied, $"{Name}: the clocks of this machine and of the server differ too much; set this machine's clock", fault),
            _ when status is 401 or 403 => new(
                ObjectStoreFault.Denied, $"{Name} refuses to let us {verb} '{key}' (HTTP {status} {answer.ErrorCode}); check storage.s3.access_key, secret_key and the bucket's policy", fault),
            _ when status == 429 => new(ObjectStoreFault.Throttled, $"{Name} asks to slow down (HTTP 429)", fault),

            // 409: somebody else is writing the same key at this moment.
            _ when status >= 500 || status is 408 or 409 => new(ObjectStoreFault.Unreachable, $"{Name} failed to {verb} '{key}': HTTP {status} {answer.ErrorCode}", fault),
            _ => new(ObjectStoreFault.Rejected, $"{Name} does not accept to {verb} '{key}': HTTP {status} {answer.ErrorCode}: {answer.Message}", fault),
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

    /// <summary>One pool of connections for the life of the client.</summary>
    private sealed class S3Connections(BucketTls tls) : HttpClientFactory, IDisposable
    {
        private readonly SocketsHttpHandler _handler = BucketHttp.Handler(tls);

        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(_handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

        public override string GetConfigUniqueString(IClientConfig clientConfig) => "clew";

        public void Dispose() => _handler.Dispose();
    }
}
