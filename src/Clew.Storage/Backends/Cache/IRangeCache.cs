namespace Clew.Storage.Backends.Cache;

/// <summary>A store that keeps what was read, so that a caller can bring ranges near first and then read them without waiting.</summary>
public interface IRangeCache
{
    /// <summary>
    /// Brings ranges of one object near: those that are missing are fetched in few requests, neighbours together, several at once. What does
    /// not fit the cache is read again later: slower, never wrong.
    /// </summary>
    ValueTask PrefetchAsync(string key, IReadOnlyList<(long Offset, int Length)> ranges, CancellationToken cancellationToken);

    /// <summary>Fills the destination from the cache, without a request; false when a part is missing.</summary>
    bool TryRead(string key, long offset, Span<byte> destination);
}
