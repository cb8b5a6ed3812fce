using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Clew.Storage.Backends.Cache;

/// <summary>
/// A bucket with what was read of its blocks near at hand: pages in memory, and on local disk within a limit. Only files of blocks are
/// cached: they never change under their key. Manifests go through untouched. Safe for any number of threads.
/// </summary>
public sealed class CachedObjectStore : IObjectStore, IRangeCache
{
    private readonly IObjectStore _inner;
    private readonly CacheOptions _options;
    private readonly CacheMetrics _metrics;
    private readonly MemoryPages _memory;
    private readonly DiskPages? _disk;

    /// <summary>Pages on their way: who else wants one waits for it instead of asking again.</summary>
    private readonly Dictionary<PageId, Task<byte[]>> _coming = [];

    public CachedObjectStore(IObjectStore inner, CacheOptions options, CacheMetrics metrics, ILogger logger)
    {
        _inner = inner;
        _options = options;
        _metrics = metrics;
        _memory = new MemoryPages(options.MaxMemoryBytes);
        _disk = options.Folder is { } folder && options.MaxBytes > 0 ? new DiskPages(folder, options.MaxBytes, logger) : null;
        metrics.Size = () => DiskBytes;
    }

    /// <summary>Bytes on disk.</summary>
    public long DiskBytes => _disk?.Bytes ?? 0;

    public async ValueTask PutAsync(string key, Stream content, CancellationToken cancellationToken)
    {
        if (!IsCached(key))
        {
            await _inner.PutAsync(key, content, cancellationToken).ConfigureAwait(false);
            return;
        }

        Forget(key);
        using var copy = new PageCopy(content, (number, page) => Keep(new PageId(key, number), page));
        try
        {
            await _inner.PutAsync(key, copy, cancellationToken).ConfigureAwait(false);
            copy.Finish();
        }
        catch
        {
            Forget(key);
            throw;
        }
    }

    public async ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        await _inner.PutIfAbsentAsync(key, content, cancellationToken).ConfigureAwait(false);

    public async ValueTask<int> ReadRangeAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (!IsCached(key) || destination.Length == 0)
        {
            return await _inner.ReadRangeAsync(key, offset, destination, cancellationToken).ConfigureAwait(false);
        }

        var first = (int)(offset / CacheOptions.PageBytes);
        var last = (int)((offset + destination.Length - 1) / CacheOptions.PageBytes);
        var total = 0;

        // Window by window, so that a large read does not hold all its pages twice.
        var window = Math.Max(1, _options.MaxRequestBytes / CacheOptions.PageBytes);
        for (var from = first; from <= last; from += window)
        {
            var to = Math.Min(last, from + window - 1);
            var pages = await PagesAsync(key, from, to, cancellationToken).ConfigureAwait(false);
            if (pages is null)
            {
                return -1;
            }

            for (var number = from; number <= to; number++)
            {
                var page = pages[number - from];
                var start = (int)Math.Max(0, offset - ((long)number * CacheOptions.PageBytes));
                var count = Math.Min(page.Length - start, destination.Length - total);
                if (count > 0)
                {
                    page.AsSpan(start, count).CopyTo(destination.Span[total..]);
                    total += count;
                }

                if (page.Length < CacheOptions.PageBytes)
                {
                    return total;
                }
            }
        }

        return total;
    }

    public async ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken)
    {
        if (!IsCached(key))
        {
            return await _inner.GetAsync(key, cancellationToken).ConfigureAwait(false);
        }

        // The first page says whether there is more. Small files are one page and one request.
        if (Find(new PageId(key, 0)) is { } first)
        {
            if (first.Length < CacheOptions.PageBytes)
            {
                return first;
            }

            if (await _inner.SizeAsync(key, cancellationToken).ConfigureAwait(false) is not { } size)
            {
                return null;
            }

            var whole = new byte[size];
            return await ReadRangeAsync(key, 0, whole, cancellationToken).ConfigureAwait(false) == size ? whole : null;
        }

        var bytes = await _inner.GetAsync(key, cancellationToken).ConfigureAwait(false);
        if (bytes is not null)
        {
            for (var start = 0; start < bytes.Length; start += CacheOptions.PageBytes)
            {
                Keep(new PageId(key, start / CacheOptions.PageBytes), bytes[start..Math.Min(bytes.Length, start + CacheOptions.PageBytes)]);
            }
        }

        return bytes;
    }

    public ValueTask<long?> SizeAsync(string key, CancellationToken cancellationToken) => _inner.SizeAsync(key, cancellationToken);

    public IAsyncEnumerable<string> ListAsync(string prefix, CancellationToken cancellationToken) => _inner.ListAsync(prefix, cancellationToken);

    public IAsyncEnumerable<string> ListFoldersAsync(string parent, CancellationToken cancellationToken) => _inner.ListFoldersAsync(parent, cancellationToken);

    public async ValueTask DeleteAsync(string key, CancellationToken cancellationToken)
    {
        Forget(key);
        await _inner.DeleteAsync(key, cancellationToken).ConfigureAwait(false);
        Forget(key);
    }

    public async ValueTask PrefetchAsync(string key, IReadOnlyList<(long Offset, int Length)> ranges, CancellationToken cancellationToken)
    {
        if (!IsCached(key))
        {
            return;
        }

        var wanted = new SortedSet<int>();
        foreach (var (offset, length) in ranges)
        {
            for (var number = offset / CacheOptions.PageBytes; length > 0 && number <= (offset + length - 1) / CacheOptions.PageBytes; number++)
            {
                wanted.Add((int)number);
            }
        }

        var missing = wanted.Where(number => !IsNear(new PageId(key, number))).ToList();
        _metrics.Found("cache", wanted.Count - missing.Count);
        await Parallel.ForEachAsync(
            Runs(missing),
            new ParallelOptions { MaxDegreeOfParallelism = _options.MaxParallel, CancellationToken = cancellationToken },
            async (run, token) => await PagesAsync(key, run.First, run.Last, token).ConfigureAwait(false)).ConfigureAwait(false);
    }

    public bool TryRead(string key, long offset, Span<byte> destination)
    {
        if (!IsCached(key))
        {
            return false;
        }

        for (var done = 0; done < destination.Length;)
        {
            var position = offset + done;
            if (Find(new PageId(key, (int)(position / CacheOptions.PageBytes))) is not { } page)
            {
                return false;
            }

            var start = (int)(position % CacheOptions.PageBytes);
            var count = Math.Min(page.Length - start, destination.Length - done);
            if (count <= 0)
            {
                return false;
            }

            page.AsSpan(start, count).CopyTo(destination[done..]);
            done += count;
        }

        return true;
    }

    private static bool IsCached(string key) => key.Contains("/blocks/", StringComparison.Ordinal);

    /// <summary>Missing pages as runs to fetch, each within the size of a request.</summary>
    private IEnumerable<(int First, int Last)> Runs(List<int> missing)
    {
        var most = Math.Max(1, _options.MaxRequestBytes / CacheOptions.PageBytes);
        for (var i = 0; i < missing.Count;)
        {
            var (first, last) = (missing[i], missing[i]);
            for (i++; i < missing.Count && missing[i] - last <= _options.MaxGapPages + 1 && missing[i] - first < most; i++)
            {
                last = missing[i];
            }

            yield return (first, last);
        }
    }

    private bool IsNear(PageId id) => Find(id) is not null;

    private byte[]? Find(PageId id)
    {
        if (_memory.Find(id) is { } near)
        {
            return near;
        }

        if (_disk?.Find(id) is { } stored)
        {
            _memory.Add(id, stored);
            return stored;
        }

        return null;
    }

    private void Keep(PageId id, byte[] bytes)
    {
        _memory.Add(id, bytes);
        _disk?.Add(id, bytes);
    }

    private void Forget(string key)
    {
        _memory.Forget(key);
        _disk?.Forget(key);
    }

    /// <summary>Pages of an object, from wherever they are; null when the object is missing. Behind the end pages are empty.</summary>
    private async ValueTask<byte[][]?> PagesAsync(string key, int first, int last, CancellationToken cancellationToken)
    {
        var pages = new byte[last - first + 1][];
        var found = 0;
        for (var number = first; number <= last; number++)
        {
            if (Find(new PageId(key, number)) is { } page)
            {
                pages[number - first] = page;
                found++;
            }
        }

        _metrics.Found("cache", found);
        for (var number = first; number <= last;)
        {
            if (pages[number - first] is not null)
            {
                number++;
                continue;
            }

            var end = number;
            while (end < last && pages[end + 1 - first] is null)
            {
                end++;
            }

            if (!await FetchAsync(key, number, end, pages.AsMemory(number - first, end - number + 1), cancellationToken).ConfigureAwait(false))
            {
                return null;
            }

            number = end + 1;
        }

        return pages;
    }

    /// <summary>Fetches a run in one request, unless somebody else is bringing its first page: then that is awaited, page by page.</summary>
    private async ValueTask<bool> FetchAsync(string key, int first, int last, Memory<byte[]> into, CancellationToken cancellationToken)
    {
        var promises = new List<TaskCompletionSource<byte[]>>();
        Task<byte[]>? others = null;
        lock (_coming)
        {
            for (var number = first; number <= last; number++)
            {
                var id = new PageId(key, number);
                if (_coming.TryGetValue(id, out var coming))
                {
                    others = number == first ? coming : null;
                    last = number == first ? first : number - 1;
                    break;
                }

                var promise = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
                promises.Add(promise);
                _coming.Add(id, promise.Task);
            }
        }

        if (others is not null)
        {
            try
            {
                var page = await others.WaitAsync(cancellationToken).ConfigureAwait(false);
                into.Span[0] = page;
            }
            catch (Exception fault) when (fault is IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                // Whoever was bringing it failed or was cancelled; now it is ours to bring.
                return await FetchAsync(key, first, first + into.Length - 1, into, cancellationToken).ConfigureAwait(false);
            }
        }
        else if (!await LoadAsync(key, first, last, promises, into, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        var done = last - first + 1;
        return done == into.Length || await FetchAsync(key, first + done, first + into.Length - 1, into[done..], cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<bool> LoadAsync(
        string key, int first, int last, List<TaskCompletionSource<byte[]>> promises, Memory<byte[]> into, CancellationToken cancellationToken)
    {
        try
        {
            var bytes = new byte[(last - first + 1) * CacheOptions.PageBytes];
            var read = await _inner.ReadRangeAsync(key, (long)first * CacheOptions.PageBytes, bytes, cancellationToken).ConfigureAwait(false);
            _metrics.Found("bucket", last - first + 1);
            for (var number = first; number <= last; number++)
            {
                var start = (number - first) * CacheOptions.PageBytes;
                var page = bytes[start..Math.Clamp(read, start, start + CacheOptions.PageBytes)];
                if (page.Length > 0)
                {
                    Keep(new PageId(key, number), page);
                }

                into.Span[number - first] = page;
                if (read >= 0)
                {
                    promises[number - first].SetResult(page);
                }
            }

            if (read < 0)
            {
                Fail(new FileNotFoundException($"object '{key}' is missing"));
            }

            return read >= 0;
        }
        catch (Exception fault)
        {
            Fail(fault);
            throw;
        }
        finally
        {
            lock (_coming)
            {
                for (var number = first; number <= last; number++)
                {
                    _coming.Remove(new PageId(key, number));
                }
            }
        }

        void Fail(Exception fault)
        {
            foreach (var promise in promises)
            {
                promise.TrySetException(fault);

                // Nobody may be waiting.
                _ = promise.Task.Exception;
            }
        }
    }

    /// <summary>Passes a stream on and hands its bytes out as pages.</summary>
    private sealed class PageCopy(Stream inner, Action<int, byte[]> keep) : Stream
    {
        private byte[] _page = new byte[CacheOptions.PageBytes];
        private int _filled;
        private int _next;

        /// <summary>Hands out the last page, which is not full.</summary>
        public void Finish()
        {
            if (_filled > 0)
            {
                keep(_next, _page[.._filled]);
            }
        }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = inner.Read(buffer, offset, count);
            Take(buffer.AsSpan(offset, read));
            return read;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            Take(buffer.Span[..read]);
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private void Take(ReadOnlySpan<byte> bytes)
        {
            while (bytes.Length > 0)
            {
                var count = Math.Min(bytes.Length, _page.Length - _filled);
                bytes[..count].CopyTo(_page.AsSpan(_filled));
                _filled += count;
                bytes = bytes[count..];
                if (_filled == _page.Length)
                {
                    keep(_next++, _page);
                    _page = new byte[CacheOptions.PageBytes];
                    _filled = 0;
                }
            }
        }
    }
}
