using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Text;

namespace Clew.Storage.Blocks.Building;

/// <summary>One attribute key of a block, in one scope.</summary>
internal sealed class AttributeKey
{
    public AttributeKey(int index, byte[] bytes, uint hash)
    {
        Index = index;
        Bytes = bytes;
        Hash = hash;
        MayHaveColumn = PlainAttribute.MayHaveColumn(bytes);
        Name = Encoding.UTF8.GetString(bytes);
    }

    public int Index { get; }

    public byte[] Bytes { get; }

    public uint Hash { get; }

    public string Name { get; }

    /// <summary>False for keys that make no column name (empty, very long, control characters): their values stay in the overflow.</summary>
    public bool MayHaveColumn { get; }

    /// <summary>The key that followed this one when it was seen last: writers send keys in the same order again and again.</summary>
    public AttributeKey? Next { get; set; }

    /// <summary>The owner (span, resource) that has a value for this key already: a second one is overflow.</summary>
    public long LastOwner { get; set; } = -1;

    /// <summary>True once a value of the key went to the overflow.</summary>
    public bool InOverflow { get; set; }
}

/// <summary>The attribute keys of one scope of a block, found by their bytes.</summary>
internal sealed class AttributeKeys(int maxKeys)
{
    private readonly List<AttributeKey> _keys = [];
    private int[] _slots = new int[256];
    private AttributeKey? _previous;

    public IReadOnlyList<AttributeKey> All => _keys;

    /// <summary>True once a key was refused: <see cref="All"/> is then not the whole truth.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Says that keys are missing here, because they are missing where these come from.</summary>
    public void MarkIncomplete() => IsFull = true;

    /// <summary>Finds or adds a key; null when there are too many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public AttributeKey? Find(ReadOnlySpan<byte> key)
    {
        var guess = _previous?.Next;
        if (guess is not null && key.SequenceEqual(guess.Bytes))
        {
            _previous = guess;
            return guess;
        }

        return Search(key);
    }

    private AttributeKey? Search(ReadOnlySpan<byte> key)
    {
        var hash = (uint)XxHash3.HashToUInt64(key);
        var mask = _slots.Length - 1;
        for (var slot = (int)hash & mask; ; slot = (slot + 1) & mask)
        {
            var index = _slots[slot] - 1;
            if (index < 0)
            {
                return Insert(key, hash, slot);
            }

            var found = _keys[index];
            if (found.Hash == hash && key.SequenceEqual(found.Bytes))
            {
                return Remember(found);
            }
        }
    }

    private AttributeKey Remember(AttributeKey key)
    {
        if (_previous is not null)
        {
            _previous.Next = key;
        }

        _previous = key;
        return key;
    }

    private AttributeKey? Insert(ReadOnlySpan<byte> key, uint hash, int slot)
    {
        if (_keys.Count >= maxKeys)
        {
            IsFull = true;
            return null;
        }

        var added = new AttributeKey(_keys.Count, key.ToArray(), hash);
        _keys.Add(added);
        _slots[slot] = _keys.Count;
        if (_keys.Count * 2 > _slots.Length)
        {
            Rehash();
        }

        return Remember(added);
    }

    private void Rehash()
    {
        var slots = new int[_slots.Length * 2];
        var mask = slots.Length - 1;
        foreach (var key in _keys)
        {
            var slot = (int)key.Hash & mask;
            while (slots[slot] != 0)
            {
                slot = (slot + 1) & mask;
            }

            slots[slot] = key.Index + 1;
        }

        _slots = slots;
    }
}
