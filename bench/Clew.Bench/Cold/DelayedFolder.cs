using Clew.Storage.Backends;
using Clew.Storage.Backends.Remote;

namespace Clew.Bench.Cold;

/// <summary>A folder that answers like an object service: each request is one call and takes a while. For reading.</summary>
internal sealed class DelayedFolder(LocalObjectStore folder, TimeSpan delay) : IObjectClient
{
    public string Name => "a folder that answers slowly";

    public async Task<int> ReadRangeAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        await Task.Delay(delay, cancellationToken);
        return await folder.ReadRangeAsync(key, offset, destination, cancellationToken);
    }

    public async Task<byte[]?> GetAsync(string key, int maxBytes, CancellationToken cancellationToken)
    {
        await Task.Delay(delay, cancellationToken);
        return await folder.GetAsync(key, cancellationToken);
    }

    public async Task<long?> SizeAsync(string key, CancellationToken cancellationToken)
    {
        await Task.Delay(delay, cancellationToken);
        return await folder.SizeAsync(key, cancellationToken);
    }

    public async Task<ListPage> ListAsync(string prefix, char? delimiter, string? continuation, CancellationToken cancellationToken)
    {
        await Task.Delay(delay, cancellationToken);
        var (keys, prefixes) = (new List<string>(), new SortedSet<string>(StringComparer.Ordinal));
        await foreach (var key in folder.ListAsync(prefix, cancellationToken))
        {
            var end = delimiter is { } character ? key.IndexOf(character, prefix.Length) : -1;
            if (end < 0)
            {
                keys.Add(key);
            }
            else
            {
                prefixes.Add(key[..(end + 1)]);
            }
        }

        return new ListPage(keys, [.. prefixes], null);
    }

    public Task PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw ReadOnly();

    public Task<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw ReadOnly();

    public Task DeleteAsync(string key, CancellationToken cancellationToken) => throw ReadOnly();

    public Task<string> BeginUploadAsync(string key, CancellationToken cancellationToken) => throw ReadOnly();

    public Task<string> UploadPartAsync(string key, string upload, int number, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw ReadOnly();

    public Task CompleteUploadAsync(string key, string upload, IReadOnlyList<string> tags, CancellationToken cancellationToken) => throw ReadOnly();

    public Task AbortUploadAsync(string key, string upload, CancellationToken cancellationToken) => throw ReadOnly();

    public void Dispose()
    {
    }

    private static NotSupportedException ReadOnly() => new("this bucket is for reading");
}
