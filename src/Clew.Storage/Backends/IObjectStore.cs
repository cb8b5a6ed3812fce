using System.Runtime.CompilerServices;

namespace Clew.Storage.Backends;

/// <summary>
/// Objects by key: all that blocks, manifest and deletions need of a folder or a bucket. Keys are slash-separated, without a leading
/// slash. Every method may throw <see cref="IOException"/> when the store cannot be reached; a missing object is a value, not an error.
/// </summary>
public interface IObjectStore
{
    /// <summary>Writes an object whole and durable, replacing one that is there. The object is never visible in part.</summary>
    ValueTask PutAsync(string key, Stream content, CancellationToken cancellationToken);

    /// <summary>
    /// Writes an object only if none has this key; false when one has. The only primitive that the manifest builds on. After a time-out
    /// the caller does not know who won and reads the object back.
    /// </summary>
    ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Reads bytes <c>[offset, offset + destination.Length)</c>; answers how many there were, or -1 when the object is missing.</summary>
    ValueTask<int> ReadRangeAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>The whole object, or null. For small ones (manifest entries, meta.json).</summary>
    ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken);

    /// <summary>Size in bytes, or null when missing.</summary>
    ValueTask<long?> SizeAsync(string key, CancellationToken cancellationToken);

    /// <summary>Keys with the prefix in ordinal order. Never on a query's path.</summary>
    IAsyncEnumerable<string> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>
    /// Names of what lies directly under a parent (empty, or ending in a slash) and has keys below it: <c>a</c> and <c>b</c> for the keys
    /// <c>a/1</c>, <c>a/2/x</c>, <c>b/1</c>. A bucket answers it without reading every key.
    /// </summary>
    async IAsyncEnumerable<string> ListFoldersAsync(string parent, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var last = "";
        await foreach (var key in ListAsync(parent, cancellationToken).ConfigureAwait(false))
        {
            // Keys come in order, so those of one folder are neighbours, but for a sibling that sorts between ("a-b/" before "a/").
            var slash = key.IndexOf('/', parent.Length);
            if (slash > 0 && key[parent.Length..slash] is var name && name != last)
            {
                yield return last = name;
            }
        }
    }

    /// <summary>Removes an object; removing a missing one is not an error.</summary>
    ValueTask DeleteAsync(string key, CancellationToken cancellationToken);
}
