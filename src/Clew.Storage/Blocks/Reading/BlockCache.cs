namespace Clew.Storage.Blocks.Reading;

/// <summary>
/// What readers of blocks keep in memory because it is asked for again: dictionaries and pages of the traces table. One for all blocks
/// of a process, limited in bytes; what was used least recently goes first. Safe for any number of threads.
/// </summary>
public sealed class BlockCache(long maxBytes)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Key, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = [];

    /// <summary>For readers that are not given one.</summary>
    public static BlockCache Shared { get; } = new(128L << 20);

    public long MaxBytes => maxBytes;

    public long Bytes { get; private set; }

    internal bool TryGet<T>(object owner, int kind, long number, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out T? value)
        where T : class
    {
        lock (_lock)
        {
            value = null;
            if (_entries.TryGetValue(new Key(owner, kind, number), out var node))
            {
                value = (T)node.Value.Value;
                MoveToFront(node);
            }

            return value is not null;
        }
    }

    /// <summary>The entry, made now when it is not there. Two threads may make it at once; one of the two is kept.</summary>
    internal T GetOrAdd<T>(object owner, int kind, long number, Func<long, (T Value, long Bytes)> make)
        where T : class
    {
        var key = new Key(owner, kind, number);
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out var node))
            {
                MoveToFront(node);
                return (T)node.Value.Value;
            }
        }

        var (value, bytes) = make(number);
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out var node))
            {
                return (T)node.Value.Value;
            }

            _entries.Add(key, _byUse.AddFirst(new Entry(key, value, bytes)));
            Bytes += bytes;
            while (Bytes > maxBytes && _byUse.Last is { } last && last != _byUse.First)
            {
                Remove(last);
            }
        }

        return value;
    }

    private void MoveToFront(LinkedListNode<Entry> node)
    {
        if (node.Previous is not null)
        {
            _byUse.Remove(node);
            _byUse.AddFirst(node);
        }
    }

    /// <summary>Forgets everything of a block that is closed.</summary>
    internal void Remove(object owner)
    {
        lock (_lock)
        {
            for (var node = _byUse.First; node is not null;)
            {
                var next = node.Next;
                if (ReferenceEquals(node.Value.Key.Owner, owner))
                {
                    Remove(node);
                }

                node = next;
            }
        }
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        _entries.Remove(node.Value.Key);
        _byUse.Remove(node);
        Bytes -= node.Value.Bytes;
    }

    private readonly record struct Key(object Owner, int Kind, long Number);

    private sealed record Entry(Key Key, object Value, long Bytes);
}
