using System.IO.Hashing;
using System.Runtime.InteropServices;
using Clew.Model;

namespace Clew.Storage.Head;

/// <summary>
/// From trace id to row of the head's traces. One thread adds, any number look up: a slot is written after the trace it names, and a larger
/// table is published whole. Eight bytes a trace and more, half full at most; ids are hashed, because senders choose them.
/// </summary>
internal sealed class TraceIdMap(ChunkedList<HeadTrace> traces)
{
    private static readonly long Seed = Random.Shared.NextInt64();

    private int[] _slots = new int[64];
    private int _count;

    public long AllocatedBytes => _slots.Length * (long)sizeof(int);

    public bool TryGet(TraceId id, out int row)
    {
        var slots = Volatile.Read(ref _slots);
        var mask = slots.Length - 1;
        for (var slot = Hash(id) & mask; ; slot = (slot + 1) & mask)
        {
            row = Volatile.Read(ref slots[slot]) - 1;
            if (row < 0 || traces[row].Id == id)
            {
                return row >= 0;
            }
        }
    }

    /// <summary>Adds a trace that is not there and stands in the list already.</summary>
    public void Add(TraceId id, int row)
    {
        if (++_count * 2 > _slots.Length)
        {
            var bigger = new int[_slots.Length * 2];
            foreach (var slot in _slots)
            {
                if (slot > 0)
                {
                    Place(bigger, traces[slot - 1].Id, slot);
                }
            }

            Volatile.Write(ref _slots, bigger);
        }

        Place(_slots, id, row + 1);
    }

    private static void Place(int[] slots, TraceId id, int value)
    {
        var mask = slots.Length - 1;
        var slot = Hash(id) & mask;
        while (slots[slot] != 0)
        {
            slot = (slot + 1) & mask;
        }

        Volatile.Write(ref slots[slot], value);
    }

    private static int Hash(TraceId id)
    {
        ReadOnlySpan<ulong> words = [id.High, id.Low];
        return (int)XxHash3.HashToUInt64(MemoryMarshal.AsBytes(words), Seed);
    }
}
