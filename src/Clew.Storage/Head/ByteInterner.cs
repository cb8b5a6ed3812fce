using System.Buffers;
using System.IO.Hashing;
using Clew.Storage.Columns;

namespace Clew.Storage.Head;

/// <summary>
/// Gives each distinct byte string a code, 0, 1, 2 … in order of first appearance. One thread interns; any number read entries whose
/// codes they learnt through a published row.
/// </summary>
internal sealed class ByteInterner
{
    private const int FirstBlobSize = 128;
    private const int BlobSize = 1 << 16;
    private const int FirstSlots = 16;

    /// <summary>Differs between processes so that nobody can send values that collide; codes do not depend on it.</summary>
    private static readonly long Seed = Random.Shared.NextInt64();

    private readonly ChunkedList<Entry> _entries = new();
    private byte[][] _blobs = [];
    private long _ownBytes;
    private int _blobCount;
    private int _blobUsed;

    /// <summary>High half: code + 1, zero for a free slot. Low half: the hash, so that most wrong slots cost no look at an entry.</summary>
    private ulong[] _slots = new ulong[FirstSlots];
    private int _slotCount = FirstSlots;

    public int Count => _entries.Count;

    public long AllocatedBytes => _ownBytes + _entries.AllocatedBytes;

    public ReadOnlySpan<byte> this[int code]
    {
        get
        {
            var entry = _entries[code];
            return Volatile.Read(ref _blobs)[entry.Blob].AsSpan(entry.Offset, entry.Length);
        }
    }

    /// <summary>The code of the value, a new one when it was not seen before.</summary>
    public int Intern(ReadOnlySpan<byte> value)
    {
        var hash = (uint)XxHash3.HashToUInt64(value, Seed);
        var slots = _slots;
        var mask = _slotCount - 1;
        for (var slot = (int)hash & mask; ; slot = (slot + 1) & mask)
        {
            var found = slots[slot];
            if (found == 0)
            {
                return Insert(value, hash, slot);
            }

            if ((uint)found == hash && this[(int)(found >> 32) - 1].SequenceEqual(value))
            {
                return (int)(found >> 32) - 1;
            }
        }
    }

    /// <summary>Gives the memory back. Nobody reads any more.</summary>
    public void Release()
    {
        _entries.Release();
        foreach (var blob in _blobs)
        {
            if (blob?.Length == BlobSize)
            {
                BlobPool.Return(blob);
            }
        }

        _blobs = [];
        ReturnSlots();
        _slots = [];
    }

    private int Insert(ReadOnlySpan<byte> value, uint hash, int slot)
    {
        var code = _entries.Count;
        var (blob, offset) = Store(value);
        _entries.Add(new Entry { Blob = blob, Offset = offset, Length = value.Length });
        _slots[slot] = ((ulong)(code + 1) << 32) | hash;
        if (code * 2 >= _slotCount)
        {
            Rehash();
        }

        return code;
    }

    private (int Blob, int Offset) Store(ReadOnlySpan<byte> value)
    {
        if (_blobCount == 0 || _blobs[_blobCount - 1].Length - _blobUsed < value.Length)
        {
            AddBlob(value.Length);
        }

        var offset = _blobUsed;
        value.CopyTo(_blobs[_blobCount - 1].AsSpan(offset));
        _blobUsed += value.Length;
        return (_blobCount - 1, offset);
    }

    /// <summary>The first blob of a dictionary is small, because most dictionaries hold a few short words.</summary>
    private void AddBlob(int atLeast)
    {
        if (_blobCount == _blobs.Length)
        {
            var bigger = new byte[Math.Max(4, _blobs.Length * 2)][];
            _blobs.CopyTo(bigger, 0);
            Volatile.Write(ref _blobs, bigger);
        }

        var size = Math.Max(atLeast, _blobCount == 0 ? FirstBlobSize : BlobSize);
        _blobs[_blobCount++] = size == BlobSize ? BlobPool.Rent() : new byte[size];
        _blobUsed = 0;
        _ownBytes += size;
    }

    private void Rehash()
    {
        var count = _slotCount * 2;
        var slots = ArrayPool<ulong>.Shared.Rent(count);
        slots.AsSpan(0, count).Clear();
        var mask = count - 1;
        foreach (var entry in _slots.AsSpan(0, _slotCount))
        {
            if (entry != 0)
            {
                var slot = (int)(uint)entry & mask;
                while (slots[slot] != 0)
                {
                    slot = (slot + 1) & mask;
                }

                slots[slot] = entry;
            }
        }

        ReturnSlots();
        _slots = slots;
        _ownBytes += (count - _slotCount) * sizeof(ulong);
        _slotCount = count;
    }

    private void ReturnSlots()
    {
        if (_slotCount > FirstSlots && _slots.Length > 0)
        {
            ArrayPool<ulong>.Shared.Return(_slots);
        }
    }

    /// <summary>As <see cref="ChunkPool{T}"/>, for the blobs.</summary>
    private static class BlobPool
    {
        private const int MaxBlobs = 512;

        private static readonly System.Collections.Concurrent.ConcurrentStack<byte[]> Free = new();

        public static byte[] Rent() => Free.TryPop(out var blob) ? blob : GC.AllocateUninitializedArray<byte>(BlobSize);

        public static void Return(byte[] blob)
        {
            if (Free.Count < MaxBlobs)
            {
                Free.Push(blob);
            }
        }
    }

    private struct Entry
    {
        public int Blob;
        public int Offset;
        public int Length;
    }

    /// <summary>The entries of this moment, as a dictionary of the column interface.</summary>
    public DictionaryView View() => new InternerView(this);

    private sealed class InternerView(ByteInterner interner) : DictionaryView
    {
        public override int Count { get; } = interner.Count;

        public override ReadOnlySpan<byte> this[int code] => interner[code];
    }
}
