namespace Clew.Storage.Backends.Cache;

/// <summary>The pages used last, in memory. Safe for any number of threads.</summary>
internal sealed class MemoryPages(long maxBytes)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<PageId, LinkedListNode<(PageId Id, byte[] Bytes)>> _pages = [];
    private readonly LinkedList<(PageId Id, byte[] Bytes)> _byUse = [];
    private long _bytes;

    public byte[]? Find(PageId id)
    {
        lock (_lock)
        {
            if (!_pages.TryGetValue(id, out var node))
            {
                return null;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Bytes;
        }
    }

    public void Add(PageId id, byte[] bytes)
    {
        lock (_lock)
        {
            if (bytes.Length > maxBytes || _pages.ContainsKey(id))
            {
                return;
            }

            _pages.Add(id, _byUse.AddFirst((id, bytes)));
            _bytes += bytes.Length;
            while (_bytes > maxBytes && _byUse.Last is { } oldest)
            {
                Remove(oldest);
            }
        }
    }

    public void Forget(string key)
    {
        lock (_lock)
        {
            for (var node = _byUse.First; node is not null;)
            {
                var next = node.Next;
                if (node.Value.Id.Key == key)
                {
                    Remove(node);
                }

                node = next;
            }
        }
    }

    private void Remove(LinkedListNode<(PageId Id, byte[] Bytes)> node)
    {
        _byUse.Remove(node);
        _pages.Remove(node.Value.Id);
        _bytes -= node.Value.Bytes.Length;
    }
}
