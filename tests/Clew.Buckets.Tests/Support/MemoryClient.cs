using System.Collections.Concurrent;
using Clew.Storage.Backends.Remote;

namespace Clew.Buckets.Tests.Support;

/// <summary>An object service in memory that does what a script says before each call.</summary>
internal sealed class MemoryClient : IObjectClient
{
    private readonly SortedDictionary<string, byte[]> _objects = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SortedDictionary<int, byte[]>> _uploads = new();
    private int _calls;

    /// <summary>Keys of one page of a listing.</summary>
    public int PageSize { get; init; } = 3;

    /// <summary>False: a service that takes a conditional put as a plain one.</summary>
    public bool KnowsConditions { get; init; } = true;

    /// <summary>Run before each call, with its verb and key; may throw, may wait.</summary>
    public Func<string, string, CancellationToken, Task> Before { get; set; } = static (_, _, _) => Task.CompletedTask;

    /// <summary>Run after each write happened.</summary>
    public Func<string, string, Task> After { get; set; } = static (_, _) => Task.CompletedTask;

    public string Name => "memory bucket";

    public int Calls => _calls;

    public IReadOnlyList<string> Keys
    {
        get
        {
            lock (_objects)
            {
                return [.. _objects.Keys];
            }
        }
    }

    public int OpenUploads => _uploads.Count;

    public async Task PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await BeginAsync("put", key, cancellationToken);
        Store(key, content.ToArray(), replace: true);
        await After("put", key);
    }

    public async Task<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await BeginAsync("put-if-absent", key, cancellationToken);
        var won = Store(key, content.ToArray(), replace: !KnowsConditions);
        await After("put-if-absent", key);
        return won;
    }

    public async Task<int> ReadRangeAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        await BeginAsync("read", key, cancellationToken);
        if (Find(key) is not { } bytes)
        {
            return -1;
        }

        var count = (int)Math.Clamp(bytes.Length - offset, 0, destination.Length);
        bytes.AsSpan((int)Math.Min(offset, bytes.Length), count).CopyTo(destination.Span);
        return count;
    }

    public async Task<byte[]?> GetAsync(string key, int maxBytes, CancellationToken cancellationToken)
    {
        await BeginAsync("get", key, cancellationToken);
        return Find(key);
    }

    public async Task<long?> SizeAsync(string key, CancellationToken cancellationToken)
    {
        await BeginAsync("size", key, cancellationToken);
        return Find(key)?.Length;
    }

    public async Task<ListPage> ListAsync(string prefix, char? delimiter, string? continuation, CancellationToken cancellationToken)
    {
        await BeginAsync("list", prefix, cancellationToken);
        var (keys, prefixes) = (new List<string>(), new List<string>());
        foreach (var key in Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var cut = delimiter is { } separator ? key.IndexOf(separator, prefix.Length) : -1;
            var entry = cut < 0 ? key : key[..(cut + 1)];
            if (continuation is not null && string.CompareOrdinal(entry, continuation) <= 0)
            {
                continue;
            }

            if (prefixes.Count > 0 && prefixes[^1] == entry)
            {
                continue;
            }

            if (keys.Count + prefixes.Count == PageSize)
            {
                return new ListPage(keys, prefixes, new[] { keys.LastOrDefault(""), prefixes.LastOrDefault("") }.Max(StringComparer.Ordinal));
            }

            (cut < 0 ? keys : prefixes).Add(entry);
        }

        return new ListPage(keys, prefixes, null);
    }

    public async Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        await BeginAsync("delete", key, cancellationToken);
        lock (_objects)
        {
            _objects.Remove(key);
        }
    }

    public async Task<string> BeginUploadAsync(string key, CancellationToken cancellationToken)
    {
        await BeginAsync("begin", key, cancellationToken);
        var upload = Guid.NewGuid().ToString();
        _uploads[upload] = [];
        return upload;
    }

    public async Task<string> UploadPartAsync(string key, string upload, int number, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await BeginAsync("part", key, cancellationToken);
        lock (_uploads[upload])
        {
            _uploads[upload][number] = content.ToArray();
        }

        return $"tag-{number}";
    }

    public async Task CompleteUploadAsync(string key, string upload, IReadOnlyList<string> tags, CancellationToken cancellationToken)
    {
        await BeginAsync("complete", key, cancellationToken);
        _uploads.TryRemove(upload, out var parts);
        Store(key, [.. parts!.Values.SelectMany(static part => part)], replace: true);
    }

    public async Task AbortUploadAsync(string key, string upload, CancellationToken cancellationToken)
    {
        await BeginAsync("abort", key, cancellationToken);
        _uploads.TryRemove(upload, out _);
    }

    public void Dispose()
    {
    }

    private Task BeginAsync(string verb, string key, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        return Before(verb, key, cancellationToken);
    }

    private byte[]? Find(string key)
    {
        lock (_objects)
        {
            return _objects.GetValueOrDefault(key);
        }
    }

    private bool Store(string key, byte[] content, bool replace)
    {
        lock (_objects)
        {
            if (!replace && _objects.ContainsKey(key))
            {
                return false;
            }

            _objects[key] = content;
            return true;
        }
    }
}
