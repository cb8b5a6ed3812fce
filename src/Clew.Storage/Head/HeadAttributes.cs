using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Text;
using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;
using Clew.Semantics.Attributes;
using Clew.Storage.Blocks.Building;
using Clew.Storage.Columns;
using Clew.Storage.Rollups;

namespace Clew.Storage.Head;

/// <summary>
/// The attribute columns of one scope, found by key straight from the wire bytes. What has no column (see <see cref="PlainAttribute"/>, the
/// second of two equal keys, keys past the limit) is counted by the caller as overflow and stays readable in the log. With
/// <paramref name="meaning"/>, tells it of every attribute that has one.
/// </summary>
internal sealed class HeadAttributes(AttributeScope scope, int maxKeys, SpanMeaning? meaning = null)
{
    private readonly HeadKeys _overflowKeys = new(maxKeys);
    private readonly List<KeyColumns> _keys = [];
    private int[] _slots = Enumerable.Repeat(-1, 256).ToArray();
    private KeyColumns? _previous;
    private long _visit;

    // Published as a whole when a column is added, so that readers enumerate without a lock.
    private Dictionary<ColumnId, HeadColumn> _columns = [];

    public IReadOnlyDictionary<ColumnId, HeadColumn> Columns => Volatile.Read(ref _columns);

    /// <summary>Keys that have a value without a column; null when there are too many to know.</summary>
    public IReadOnlySet<string>? OverflowKeys => _overflowKeys.Names;

    public long AllocatedBytes
    {
        get
        {
            var total = 0L;
            foreach (var column in _columns.Values)
            {
                total += column.AllocatedBytes;
            }

            return total;
        }
    }

    public void Release()
    {
        foreach (var column in _columns.Values)
        {
            column.Release();
        }
    }

    /// <summary>Adds one encoded KeyValue to a row; false when it has no column.</summary>
    public bool Add(int row, ReadOnlySpan<byte> keyValue)
    {
        if (!PlainAttribute.TrySplit(keyValue, out var key, out var value))
        {
            meaning?.Break();
            MarkKeys(row, keyValue);
            return false;
        }

        if (AddValue(row, key, value))
        {
            return true;
        }

        if (meaning is not null && SemanticKeys.Find(key) != SemanticKey.None)
        {
            meaning.Break();
        }

        _overflowKeys.Add(key);
        return false;
    }

    private bool AddValue(int row, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var found = Find(key);
        if (found is null || found.LastRow == row)
        {
            return false;
        }

        found.LastRow = row;
        if (!found.MayHaveColumn || !PlainAttribute.TryValue(value, out var type, out var text, out var number))
        {
            return false;
        }

        var column = found.Columns[(int)type] ??= AddColumn(found.Name, type);
        if (type == AttributeType.String)
        {
            column.Add(row, text);
            if (found.Meaning != SemanticKey.None)
            {
                meaning?.Text(found.Meaning, column, column.NewestCode, text);
            }
        }
        else
        {
            column.Add(row, number);
            if (found.Meaning != SemanticKey.None)
            {
                meaning?.Number(found.Meaning, type, number);
            }
        }

        return true;
    }

    /// <summary>Before the attributes of a span are asked for with <see cref="HasColumn"/>. Only when nothing is added any more.</summary>
    public void BeginRest() => _visit++;

    /// <summary>Whether <see cref="Add"/> put this attribute of the span at hand into a column; asked for each of its attributes in order.</summary>
    public bool HasColumn(ReadOnlySpan<byte> keyValue)
    {
        if (!PlainAttribute.TrySplit(keyValue, out var key, out var value))
        {
            MarkKeys(-1, keyValue);
            return false;
        }

        var found = Lookup(key);
        if (found is null || found.LastVisit == _visit)
        {
            return false;
        }

        found.LastVisit = _visit;
        return found.MayHaveColumn && PlainAttribute.TryValue(value, out _, out _, out _);
    }

    /// <summary>A key whose first value is kept as bytes has no value in a column for this row. A row of -1 asks, and adds nothing.</summary>
    private void MarkKeys(int row, ReadOnlySpan<byte> keyValue)
    {
        var reader = new ProtoReader(keyValue);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.KeyValue.Key && reader.Type == WireType.Length && reader.TryBytes(out var key))
            {
                if (row < 0)
                {
                    if (Lookup(key) is { } asked)
                    {
                        asked.LastVisit = _visit;
                    }
                }
                else
                {
                    _overflowKeys.Add(key);
                    if (Find(key) is { } found)
                    {
                        found.LastRow = row;
                    }
                }
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private HeadColumn AddColumn(string key, AttributeType type)
    {
        var id = new ColumnId(scope, key, type);
        var column = new HeadColumn(id);
        Volatile.Write(ref _columns, new Dictionary<ColumnId, HeadColumn>(_columns) { [id] = column });
        return column;
    }

    /// <summary>Finds or adds a key. Senders name keys in the same order again and again, so what followed the last time is tried first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private KeyColumns? Find(ReadOnlySpan<byte> key)
    {
        var guess = _previous?.Next;
        if (guess is not null && key.SequenceEqual(guess.Bytes))
        {
            _previous = guess;
            return guess;
        }

        return Search(key, add: true);
    }

    private KeyColumns? Lookup(ReadOnlySpan<byte> key) => Search(key, add: false);

    private KeyColumns? Search(ReadOnlySpan<byte> key, bool add)
    {
        var hash = (uint)XxHash3.HashToUInt64(key);
        var mask = _slots.Length - 1;
        for (var slot = (int)hash & mask; ; slot = (slot + 1) & mask)
        {
            var index = _slots[slot];
            if (index < 0)
            {
                return add ? Insert(key, hash, slot) : null;
            }

            var candidate = _keys[index];
            if (candidate.Hash == hash && candidate.Bytes.AsSpan().SequenceEqual(key))
            {
                return add ? Remember(candidate) : candidate;
            }
        }
    }

    private KeyColumns Remember(KeyColumns key)
    {
        if (_previous is not null)
        {
            _previous.Next = key;
        }

        return _previous = key;
    }

    private KeyColumns? Insert(ReadOnlySpan<byte> key, uint hash, int slot)
    {
        if (_keys.Count >= maxKeys)
        {
            return null;
        }

        var keys = new KeyColumns(key.ToArray(), hash);
        _slots[slot] = _keys.Count;
        _keys.Add(keys);
        if (_keys.Count * 2 > _slots.Length)
        {
            Rehash();
        }

        return Remember(keys);
    }

    private void Rehash()
    {
        var slots = Enumerable.Repeat(-1, _slots.Length * 2).ToArray();
        for (var i = 0; i < _keys.Count; i++)
        {
            var slot = (int)_keys[i].Hash & (slots.Length - 1);
            while (slots[slot] >= 0)
            {
                slot = (slot + 1) & (slots.Length - 1);
            }

            slots[slot] = i;
        }

        _slots = slots;
    }

    private sealed class KeyColumns(byte[] bytes, uint hash)
    {
        public byte[] Bytes { get; } = bytes;

        public uint Hash { get; } = hash;

        public string Name { get; } = Encoding.UTF8.GetString(bytes);

        public SemanticKey Meaning { get; } = SemanticKeys.Find(bytes);

        public bool MayHaveColumn { get; } = PlainAttribute.MayHaveColumn(bytes);

        /// <summary>By <see cref="AttributeType"/>.</summary>
        public HeadColumn?[] Columns { get; } = new HeadColumn?[4];

        /// <summary>The key that followed this one when it was seen last.</summary>
        public KeyColumns? Next { get; set; }

        /// <summary>The row that has a value for this key already: a second one is overflow.</summary>
        public int LastRow { get; set; } = -1;

        /// <summary>The same for <see cref="HasColumn"/>.</summary>
        public long LastVisit { get; set; } = -1;
    }
}
