using Clew.Storage.Backends;

namespace Clew.Storage.Tests.Support;

/// <summary>Objects in memory. Operations fail when told to, by key.</summary>
internal sealed class MemoryObjects : IObjectStore
{
    private readonly SortedDictionary<string, byte[]> _objects = new(StringComparer.Ordinal);

    /// <summary>Asked before each write; the exception it answers is thrown.</summary>
    public Func<string, IOException?> FailPut { get; set; } = static _ => null;

    /// <summary>Asked after each write: the object is there, but the caller hears of a failure.</summary>
    public Func<string, IOException?> FailAfterPut { get; set; } = static _ => null;

    public IReadOnlyCollection<string> Keys
    {
        get
        {
            lock (_objects)
            {
                return [.. _objects.Keys];
            }
        }
    }

    public ValueTask PutAsync(string key, Stream content, CancellationToken cancellationToken)
    {
        using var copy = new MemoryStream();
        content.CopyTo(copy);
        Write(key, copy.ToArray(), replace: true);
        return default;
    }

    public ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        new(Write(key, content.ToArray(), replace: false));

    public ValueTask<int> ReadRangeAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        lock (_objects)
        {
            if (!_objects.TryGetValue(key, out var bytes))
            {
                return new(-1);
            }

            var count = (int)Math.Clamp(bytes.Length - offset, 0, destination.Length);
            bytes.AsSpan((int)Math.Min(offset, bytes.Length), count).CopyTo(destination.Span);
            return new(count);
        }
    }

    public ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken)
    {
        lock (_objects)
        {
            return new(_objects.GetValueOrDefault(key));
        }
    }

    public ValueTask<long?> SizeAsync(string key, CancellationToken cancellationToken)
    {
        lock (_objects)
        {
            return new(_objects.TryGetValue(key, out var bytes) ? bytes.Length : null);
        }
    }

    public async IAsyncEnumerable<string> ListAsync(string prefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var key in Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            yield return key;
        }
    }

    public ValueTask DeleteAsync(string key, CancellationToken cancellationToken)
    {
        lock (_objects)
        {
            _objects.Remove(key);
        }

        return default;
    }

    private bool Write(string key, byte[] bytes, bool replace)
    {
        if (FailPut(key) is { } fault)
        {
            throw fault;
        }

        lock (_objects)
        {
            if (!replace && _objects.ContainsKey(key))
            {
                return false;
            }

            _objects[key] = bytes;
        }

        return FailAfterPut(key) is { } late ? throw late : true;
    }
}
