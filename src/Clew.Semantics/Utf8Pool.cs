using System.IO.Hashing;
using System.Text;

namespace Clew.Semantics;

/// <summary>
/// One string for all equal runs of UTF-8, with a number to key tables by. Past its limit every new text is <see cref="Other"/>. For one
/// thread.
/// </summary>
public sealed class Utf8Pool(int limit)
{
    /// <summary>What stands for the texts that are too many, and its number.</summary>
    public const string Other = "other";

    private readonly List<Entry> _entries = [new Entry("other"u8.ToArray(), Other, XxHash3.HashToUInt64("other"u8))];
    private int[] _slots = NewSlots(64);
    private bool _isStarted;

    public int Count => _entries.Count;

    public string this[int number] => _entries[number].Text;

    /// <summary>The number of the text; 0 is <see cref="Other"/>.</summary>
    public int Intern(ReadOnlySpan<byte> text)
    {
        if (!_isStarted)
        {
            _isStarted = true;
            _slots[(int)_entries[0].Hash & (_slots.Length - 1)] = 0;
        }

        var hash = XxHash3.HashToUInt64(text);
        var mask = _slots.Length - 1;
        for (var slot = (int)hash & mask; ; slot = (slot + 1) & mask)
        {
            var number = _slots[slot];
            if (number < 0)
            {
                return _entries.Count >= limit ? 0 : Insert(text, hash, slot);
            }

            var entry = _entries[number];
            if (entry.Hash == hash && text.SequenceEqual(entry.Bytes))
            {
                return number;
            }
        }
    }

    private int Insert(ReadOnlySpan<byte> text, ulong hash, int slot)
    {
        _slots[slot] = _entries.Count;
        _entries.Add(new Entry(text.ToArray(), Encoding.UTF8.GetString(text), hash));
        if (_entries.Count * 2 > _slots.Length)
        {
            _slots = NewSlots(_slots.Length * 2);
            for (var i = 0; i < _entries.Count; i++)
            {
                var free = (int)_entries[i].Hash & (_slots.Length - 1);
                while (_slots[free] >= 0)
                {
                    free = (free + 1) & (_slots.Length - 1);
                }

                _slots[free] = i;
            }
        }

        return _entries.Count - 1;
    }

    private static int[] NewSlots(int count)
    {
        var slots = new int[count];
        slots.AsSpan().Fill(-1);
        return slots;
    }

    private readonly record struct Entry(byte[] Bytes, string Text, ulong Hash);
}
