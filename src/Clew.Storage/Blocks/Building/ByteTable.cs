using System.IO.Hashing;
using System.Runtime.CompilerServices;

namespace Clew.Storage.Blocks.Building;

/// <summary>
/// A list of byte strings laid end to end, with codes 0, 1, 2 … in order of addition. <see cref="Intern(ReadOnlySpan{byte})"/> adds a string once,
/// <see cref="Append"/> each time. Emptied and used again; one thread.
/// </summary>
internal sealed class ByteTable
{
    private const int FirstSlots = 64;

    private byte[] _blob = new byte[256];
    private int[] _offsets = new int[17];
    private uint[] _hashes = new uint[16];

    /// <summary>Code + 1, or 0 for a free slot. Half full at most.</summary>
    private int[] _slots = [];

    public int Count { get; private set; }

    public int BlobBytes => _offsets[Count];

    /// <summary>Bytes of the longest value since <see cref="Clear"/>.</summary>
    public int LongestValue { get; private set; }

    /// <summary>Memory held, used or not.</summary>
    public long AllocatedBytes => _blob.Length + (sizeof(int) * ((long)_offsets.Length + _hashes.Length + _slots.Length));

    public ReadOnlySpan<byte> Blob => _blob.AsSpan(0, BlobBytes);

    /// <summary>Value i is <c>Blob[Offsets[i] .. Offsets[i + 1]]</c>.</summary>
    public ReadOnlySpan<int> Offsets => _offsets.AsSpan(0, Count + 1);

    public ReadOnlySpan<byte> this[int code]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _blob.AsSpan(_offsets[code], _offsets[code + 1] - _offsets[code]);
    }

    public void Clear()
    {
        if (Count > 0)
        {
            Count = 0;
            LongestValue = 0;
            _slots.AsSpan().Clear();
        }
    }

    /// <summary>The code of a value, a new one when it was not there.</summary>
    public int Intern(ReadOnlySpan<byte> value) => Intern(value, out _);

    public int Intern(ReadOnlySpan<byte> value, out bool isNew)
    {
        if (_slots.Length == 0)
        {
            _slots = new int[FirstSlots];
        }

        var hash = Hash(value);
        var mask = _slots.Length - 1;
        for (var slot = (int)hash & mask; ; slot = (slot + 1) & mask)
        {
            var code = _slots[slot] - 1;
            isNew = code < 0;
            if (isNew)
            {
                return Insert(value, hash, slot);
            }

            if (_hashes[code] == hash && this[code].SequenceEqual(value))
            {
                return code;
            }
        }
    }

    /// <summary>Takes back the value that the call before added by <see cref="Intern(ReadOnlySpan{byte})"/>.</summary>
    public void RemoveNewest()
    {
        var mask = _slots.Length - 1;
        var slot = (int)_hashes[Count - 1] & mask;
        while (_slots[slot] != Count)
        {
            slot = (slot + 1) & mask;
        }

        // Nothing was added after it, so no other entry was placed behind this slot because of it.
        _slots[slot] = 0;
        Count--;
    }

    /// <summary>Adds a value without looking whether it is there. Not to be mixed with <see cref="Intern(ReadOnlySpan{byte})"/>.</summary>
    public int Append(ReadOnlySpan<byte> value)
    {
        AddValue(value, 0);
        return Count - 1;
    }

    /// <summary>Makes the newest value longer.</summary>
    public void Extend(ReadOnlySpan<byte> more)
    {
        EnsureBlob(more.Length);
        more.CopyTo(_blob.AsSpan(BlobBytes));
        _offsets[Count] += more.Length;
    }

    private int Insert(ReadOnlySpan<byte> value, uint hash, int slot)
    {
        AddValue(value, hash);
        _slots[slot] = Count;
        if (Count * 2 > _slots.Length)
        {
            Rehash();
        }

        return Count - 1;
    }

    private void AddValue(ReadOnlySpan<byte> value, uint hash)
    {
        EnsureBlob(value.Length);
        LongestValue = Math.Max(LongestValue, value.Length);
        if (Count == _hashes.Length)
        {
            Array.Resize(ref _hashes, _hashes.Length * 2);
            Array.Resize(ref _offsets, _hashes.Length + 1);
        }

        var start = BlobBytes;
        value.CopyTo(_blob.AsSpan(start));
        _hashes[Count] = hash;
        Count++;
        _offsets[Count] = start + value.Length;
    }

    private void EnsureBlob(int more)
    {
        if (_blob.Length - BlobBytes < more)
        {
            var wanted = Math.Max((long)_blob.Length * 2, (long)BlobBytes + more);
            Array.Resize(ref _blob, checked((int)Math.Min(wanted, Math.Max(Array.MaxLength, (long)BlobBytes + more))));
        }
    }

    private void Rehash()
    {
        var slots = new int[_slots.Length * 2];
        var mask = slots.Length - 1;
        for (var code = 0; code < Count; code++)
        {
            var slot = (int)_hashes[code] & mask;
            while (slots[slot] != 0)
            {
                slot = (slot + 1) & mask;
            }

            slots[slot] = code + 1;
        }

        _slots = slots;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Hash(ReadOnlySpan<byte> value) => (uint)XxHash3.HashToUInt64(value, HashSeed);

    /// <summary>Differs between processes so that nobody can send values that collide; codes do not depend on it.</summary>
    private static readonly long HashSeed = Random.Shared.NextInt64();
}
