using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Clew.Storage.Backends.Remote;

/// <summary>
/// An object store over a service's requests: prefix, retries with backoff and jitter, time-outs, hedged reads, uploads in parts, a limit
/// of requests in flight. Safe for any number of threads.
/// <para>
/// Failure policy: what may pass (no answer, a server's error, "slow down") is tried again up to <see cref="RemoteStoreOptions.MaxAttempts"/>
/// times; everything else fails at once. A put-if-absent whose answer was lost reads the object back: the same bytes mean that it won, which
/// is right because what is written with it carries the writer's nonce.
/// </para>
/// </summary>
public sealed partial class RemoteObjectStore : IObjectStore, IDisposable
{
    private readonly IObjectClient _client;
    private readonly RemoteCalls _calls;
    private readonly RemoteStoreOptions _options;
    private readonly ILogger _logger;
    private readonly string _prefix;

    public RemoteObjectStore(IObjectClient client, RemoteStoreOptions options, TimeProvider clock, RemoteMetrics metrics, ILogger logger)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.PartBytes, RemoteStoreOptions.MinPartBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxAttempts, 1);
        _client = client;
        _options = options;
        _logger = logger;
        _prefix = options.Prefix.Trim('/') is { Length: > 0 } prefix ? prefix + "/" : "";
        if (_prefix.Length > 0)
        {
            ObjectKey.Check(_prefix.TrimEnd('/'));
        }

        _calls = new RemoteCalls(client.Name, options, clock, metrics, logger);
    }

    /// <summary>For errors and reports.</summary>
    public string Name => _client.Name;

    /// <summary>False when the service ignores conditional puts: then this process must be the only writer.</summary>
    public bool HasConditionalPut { get; private set; } = true;

    /// <summary>Since when the service does not answer, and why; null while it does.</summary>
    public RemoteOutage? Outage => _calls.Outage;

    /// <summary>
    /// Puts one key twice, at start-up: a service that takes both ignores conditional puts, and the store goes on as the only writer, which
    /// it says in the log. Also the first proof that address, bucket and credentials are right.
    /// </summary>
    /// <exception cref="ObjectStoreException">The service does not answer, or does not let this process write; the message says what to do.</exception>
    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        var key = $"{_prefix}.clew/probe-{Guid.NewGuid():n}";
        byte[] first = [1], second = [2];
        await _calls.RunAsync(RemoteOperation.PutIfAbsent, key, 1, token => _client.PutAsync(key, first, token), cancellationToken).ConfigureAwait(false);
        HasConditionalPut = !await _calls.RunAsync(
            RemoteOperation.PutIfAbsent, key, 1, token => _client.PutIfAbsentAsync(key, second, token), static _ => 0, cancellationToken).ConfigureAwait(false);
        await _calls.RunAsync(RemoteOperation.Delete, key, 0, token => _client.DeleteAsync(key, token), cancellationToken).ConfigureAwait(false);
        if (!HasConditionalPut)
        {
            _logger.SingleWriter(Name);
        }
    }

    public async ValueTask PutAsync(string key, Stream content, CancellationToken cancellationToken)
    {
        var full = Full(key);
        using var part = new PartBuffer(_options.PartBytes);
        if (await part.FillAsync(content, cancellationToken).ConfigureAwait(false))
        {
            await PutPartsAsync(full, content, part, cancellationToken).ConfigureAwait(false);
            return;
        }

        var bytes = part.Content;
        await _calls.RunAsync(RemoteOperation.Put, full, bytes.Length, token => _client.PutAsync(full, bytes, token), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var full = Full(key);
        if (!HasConditionalPut)
        {
            return await PutIfMissingAsync(full, content, cancellationToken).ConfigureAwait(false);
        }

        var isFirstTry = true;
        return await _calls.RunAsync(
            RemoteOperation.PutIfAbsent, full, content.Length,
            async token =>
            {
                var mayHaveWonBefore = !isFirstTry;
                isFirstTry = false;
                return await _client.PutIfAbsentAsync(full, content, token).ConfigureAwait(false)
                    || (mayHaveWonBefore && await _client.GetAsync(full, _options.MaxGetBytes, token).ConfigureAwait(false) is { } winner
                        && winner.AsSpan().SequenceEqual(content.Span));
            },
            static _ => 0, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<int> ReadRangeAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var full = Full(key);
        if (destination.Length == 0)
        {
            return await SizeAsync(key, cancellationToken).ConfigureAwait(false) is null ? -1 : 0;
        }

        return await _calls.ReadAsync(full, destination, (buffer, token) => _client.ReadRangeAsync(full, offset, buffer, token), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken)
    {
        var full = Full(key);
        return await _calls.RunAsync(
            RemoteOperation.Get, full, 0, token => _client.GetAsync(full, _options.MaxGetBytes, token), static bytes => bytes?.Length ?? 0, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<long?> SizeAsync(string key, CancellationToken cancellationToken)
    {
        var full = Full(key);
        return await _calls.RunAsync(RemoteOperation.Size, full, 0, token => _client.SizeAsync(full, token), static _ => 0, cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var page in PagesAsync(_prefix + prefix, delimiter: null, cancellationToken).ConfigureAwait(false))
        {
            foreach (var key in page.Keys)
            {
                yield return key[_prefix.Length..];
            }
        }
    }

    public async IAsyncEnumerable<string> ListFoldersAsync(string parent, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var page in PagesAsync(_prefix + parent, '/', cancellationToken).ConfigureAwait(false))
        {
            foreach (var folder in page.Prefixes)
            {
                yield return folder[(_prefix.Length + parent.Length)..].TrimEnd('/');
            }
        }
    }

    public async ValueTask DeleteAsync(string key, CancellationToken cancellationToken)
    {
        var full = Full(key);
        await _calls.RunAsync(RemoteOperation.Delete, full, 0, token => _client.DeleteAsync(full, token), cancellationToken).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _calls.Dispose();
        _client.Dispose();
    }

    private string Full(string key)
    {
        ObjectKey.Check(key);
        return _prefix + key;
    }

    private async IAsyncEnumerable<ListPage> PagesAsync(string prefix, char? delimiter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? continuation = null;
        do
        {
            var from = continuation;
            var page = await _calls.RunAsync(
                RemoteOperation.List, prefix, 0, token => _client.ListAsync(prefix, delimiter, from, token), static _ => 0, cancellationToken).ConfigureAwait(false);
            yield return page;
            continuation = page.Continuation;
        }
        while (continuation is not null);
    }

    /// <summary>All that can be done where conditional puts are ignored: right for one writer, which single-writer mode demands.</summary>
    private async ValueTask<bool> PutIfMissingAsync(string full, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (await _calls.RunAsync(RemoteOperation.Size, full, 0, token => _client.SizeAsync(full, token), static _ => 0, cancellationToken).ConfigureAwait(false) is not null)
        {
            return false;
        }

        await _calls.RunAsync(RemoteOperation.Put, full, content.Length, token => _client.PutAsync(full, content, token), cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task PutPartsAsync(string full, Stream content, PartBuffer part, CancellationToken cancellationToken)
    {
        var upload = await _calls.RunAsync(
            RemoteOperation.Part, full, 0, token => _client.BeginUploadAsync(full, token), static _ => 0, cancellationToken).ConfigureAwait(false);
        try
        {
            var tags = new List<string>();
            do
            {
                var (number, bytes) = (tags.Count + 1, part.Content);
                tags.Add(await _calls.RunAsync(
                    RemoteOperation.Part, full, bytes.Length, token => _client.UploadPartAsync(full, upload, number, bytes, token), static _ => 0, cancellationToken).ConfigureAwait(false));
                await part.FillAsync(content, cancellationToken).ConfigureAwait(false);
            }
            while (part.Content.Length > 0);
            await _calls.RunAsync(
                RemoteOperation.Part, full, 0, token => _client.CompleteUploadAsync(full, upload, tags, token), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await AbandonAsync(full, upload).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Parts of an upload that is not completed cost money until somebody removes them.</summary>
    private async Task AbandonAsync(string full, string upload)
    {
        try
        {
            using var patience = new CancellationTokenSource(_options.Timeout);
            await _client.AbortUploadAsync(full, upload, patience.Token).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException)
        {
            // The error that brought us here matters more; buckets have life-cycle rules for abandoned parts.
        }
    }
}
