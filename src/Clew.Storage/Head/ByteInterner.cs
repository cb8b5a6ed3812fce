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

    private readonly ChunkedList<Entry> _entries = new();
    private byte[][] _blobs = [];
    private long _ownBytes;
    private int _blobCount;
    private int _blobUsed;
    private int[] _slots = NewSlots(16);

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
        var hash = (uint)XxHash3.HashToUInt64(value);
        var mask = _slots.Length - 1;
        for (var slot = (int)hash & mask; ; slot = (slot + 1) & mask)
        {
            var code = _slots[slot];
            if (code < 0)
            {
                return Insert(value, hash, slot);
            }

            if (_entries[code].Hash == hash && this[code].SequenceEqual(value))
            {
                return code;
            }
        }
    }

    private int Insert(ReadOnlySpan<byte> value, uint hash, int slot)
    {
        var code = _entries.Count;
        var (blob, offset) = Store(value);
        _entries.Add(new Entry { Blob = blob, Offset = offset, Length = value.Length, Hash = hash });
        _slots[slot] = code;
        if (code * 2 >= _slots.Length)
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
        _blobs[_blobCount++] = new byte[size];
        _blobUsed = 0;
        _ownBytes += size;
    }

    private void Rehash()
    {
        var slots = NewSlots(_slots.Length * 2);
        var mask = slots.Length - 1;
        for (var code = 0; code < _entries.Count; code++)
        {
            var slot = (int)_entries[code].Hash & mask;
            while (slots[slot] >= 0)
            {
                slot = (slot + 1) & mask;
            }

            slots[slot] = code;
        }

        _slots = slots;
        _ownBytes += slots.Length * sizeof(int) / 2L;
    }

    private static int[] NewSlots(int count)
    {
        var slots = new int[count];
        slots.AsSpan().Fill(-1);
        return slots;
    }

    private struct Entry
    {
        public int Blob;
        public int Offset;
        public int Length;
        public uint Hash;
    }

    /// <summary>The entries of this moment, as a dictionary of the column interface.</summary>
    public DictionaryView View() => new InternerView(this);

    private sealed class InternerView(ByteInterner interner) : DictionaryView
    {
        public override int Count { get; } = interner.Count;

        public override ReadOnlySpan<byte> this[int code] => interner[code];
    }
}
