namespace Clew.Storage.Rollups;

/// <summary>From a signature, some words, to a number. Remembers up to a limit, then no further ones. For one thread.</summary>
internal sealed class SignatureMap(int limit)
{
    private readonly List<Entry> _entries = [];
    private int[] _slots = new int[16];
    private ulong[] _words = new ulong[32];
    private int _used;

    public long AllocatedBytes => (_slots.Length * sizeof(int)) + (_words.Length * sizeof(ulong)) + (_entries.Capacity * 20L);

    /// <summary>Answers the number, or -1.</summary>
    public int Find(ReadOnlySpan<ulong> signature)
    {
        var hash = Hash(signature);
        var mask = _slots.Length - 1;
        for (var slot = (int)hash & mask; ; slot = (slot + 1) & mask)
        {
            var index = _slots[slot] - 1;
            if (index < 0)
            {
                return -1;
            }

            var entry = _entries[index];
            if (entry.Hash == hash && _words.AsSpan(entry.Offset, entry.Length).SequenceEqual(signature))
            {
                return entry.Number;
            }
        }
    }

    /// <summary>Adds a signature that was not found.</summary>
    public void Add(ReadOnlySpan<ulong> signature, int number)
    {
        if (_entries.Count >= limit)
        {
            return;
        }

        if (_words.Length - _used < signature.Length)
        {
            Array.Resize(ref _words, Math.Max(_words.Length * 2, _used + signature.Length));
        }

        signature.CopyTo(_words.AsSpan(_used));
        _entries.Add(new Entry(Hash(signature), _used, signature.Length, number));
        _used += signature.Length;
        if (_entries.Count * 2 > _slots.Length)
        {
            _slots = new int[_slots.Length * 2];
            for (var i = 0; i < _entries.Count; i++)
            {
                Place(i);
            }
        }
        else
        {
            Place(_entries.Count - 1);
        }
    }

    private void Place(int index)
    {
        var mask = _slots.Length - 1;
        var slot = (int)_entries[index].Hash & mask;
        while (_slots[slot] != 0)
        {
            slot = (slot + 1) & mask;
        }

        _slots[slot] = index + 1;
    }

    private static uint Hash(ReadOnlySpan<ulong> signature)
    {
        // Senders choose these words, but a clash costs one comparison: the table never holds more than its limit.
        var hash = 0x9E3779B97F4A7C15UL;
        foreach (var word in signature)
        {
            hash = (hash ^ word) * 0xD6E8FEB86659FD93;
            hash ^= hash >> 32;
        }

        return (uint)hash;
    }

    private readonly record struct Entry(uint Hash, int Offset, int Length, int Number);
}
