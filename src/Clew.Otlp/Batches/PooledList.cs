using System.Buffers;

namespace Clew.Otlp.Batches;

/// <summary>
/// A growing list in an array from the shared pool. A batch of 512 spans has 45 kB of index entries: allocated anew they would fill the
/// large object heap and force full collections. One owner; nothing is used after it is disposed.
/// </summary>
internal sealed class PooledList<T> : IDisposable
    where T : unmanaged
{
    private T[] _items = [];
    private int _count;

    public int Count => _count;

    public ReadOnlySpan<T> Items => _items.AsSpan(0, _count);

    public void Add(in T item)
    {
        if (_count == _items.Length)
        {
            Grow();
        }

        _items[_count++] = item;
    }

    public void Set(int index, in T item)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_count);
        _items[index] = item;
    }

    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)_count);
        _count = count;
    }

    public void Dispose()
    {
        var items = Interlocked.Exchange(ref _items, []);
        _count = 0;
        if (items.Length > 0)
        {
            ArrayPool<T>.Shared.Return(items);
        }
    }

    private void Grow()
    {
        var bigger = ArrayPool<T>.Shared.Rent(Math.Max(16, 2 * _items.Length));
        Items.CopyTo(bigger);
        if (_items.Length > 0)
        {
            ArrayPool<T>.Shared.Return(_items);
        }

        _items = bigger;
    }
}
