using System.Diagnostics.CodeAnalysis;
using Clew.Parquet;
using Clew.Storage.Backends;
using Clew.Storage.Backends.Cache;

namespace Clew.Storage.Blocks.Reading;

/// <summary>
/// The bytes of an object that is not a local file. Ranges that were fetched ahead are answered from memory, up to a limit; the oldest
/// go first. A read of anything else waits for the store: slow, but never wrong. Where the store has a cache of ranges, that is asked
/// instead and nothing is held here.
/// </summary>
internal sealed class ObjectByteSource(IObjectStore store, string key, long length, long maxHeldBytes) : IByteSource
{
    private readonly IRangeCache? _cache = store as IRangeCache;
    private readonly Lock _lock = new();
    private readonly List<(long Offset, byte[] Bytes)> _held = [];
    private long _heldBytes;

    public string Name => key;

    public long Length => length;

    public async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var wanted = (int)Math.Clamp(length - offset, 0, destination.Length);
        if (wanted == 0 || TryHeld(offset, destination.Span[..wanted]))
        {
            return wanted;
        }

        var read = await store.ReadRangeAsync(key, offset, destination[..wanted], cancellationToken).ConfigureAwait(false);
        if (read < wanted)
        {
            throw new BlockCorruptException(key, offset, read < 0 ? "the object is missing" : $"the object ends {wanted - read} bytes early");
        }

        if (_cache is null)
        {
            Hold(offset, destination[..wanted].ToArray());
        }

        return wanted;
    }

    /// <summary>Brings ranges near, neighbours in one request; false when the store has no cache to bring them to.</summary>
    public async ValueTask<bool> PrefetchAsync(IReadOnlyList<(long Offset, int Length)> ranges, CancellationToken cancellationToken)
    {
        if (_cache is null)
        {
            return false;
        }

        await _cache.PrefetchAsync(key, ranges, cancellationToken).ConfigureAwait(false);
        return true;
    }

    [SuppressMessage("Reliability", "CA2012", Justification = "The seam to columns is synchronous; see IColumnSource.PrefetchAsync.")]
    public bool TryRead(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > length - destination.Length)
        {
            return false;
        }

        if (!TryHeld(offset, destination))
        {
            // The caller did not prefetch. Columns are read synchronously, so this thread waits.
            var bytes = new byte[destination.Length];
            _ = ReadAsync(offset, bytes, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            bytes.CopyTo(destination);
        }

        return true;
    }

    private bool TryHeld(long offset, Span<byte> destination)
    {
        if (_cache is not null)
        {
            return _cache.TryRead(key, offset, destination);
        }

        lock (_lock)
        {
            foreach (var (start, bytes) in _held)
            {
                if (offset >= start && offset + destination.Length <= start + bytes.Length)
                {
                    bytes.AsSpan((int)(offset - start), destination.Length).CopyTo(destination);
                    return true;
                }
            }
        }

        return false;
    }

    private void Hold(long offset, byte[] bytes)
    {
        lock (_lock)
        {
            _held.Add((offset, bytes));
            _heldBytes += bytes.Length;
            while (_heldBytes > maxHeldBytes && _held.Count > 1)
            {
                _heldBytes -= _held[0].Bytes.Length;
                _held.RemoveAt(0);
            }
        }
    }
}
