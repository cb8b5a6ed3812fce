using System.IO.Hashing;
using System.Text;
using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;
using Clew.Storage.Columns;

namespace Clew.Storage.Head;

/// <summary>
/// The attribute columns of one scope, found by key straight from the wire bytes. What has no column (arrays, maps, bytes, empty values, the
/// second of two equal keys, keys past the limit) is counted by the caller as overflow and stays readable in the log.
/// </summary>
internal sealed class HeadAttributes(AttributeScope scope, int maxKeys)
{
    private readonly HeadKeys _overflowKeys = new(maxKeys);
    private readonly List<KeyColumns> _keys = [];
    private int[] _slots = Enumerable.Repeat(-1, 256).ToArray();

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

    /// <summary>Adds one encoded KeyValue to a row; false when it has no column.</summary>
    public bool Add(int row, ReadOnlySpan<byte> keyValue)
    {
        ReadOnlySpan<byte> key = default, value = default;
        var hasValue = false;
        var reader = new ProtoReader(keyValue);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OtlpFields.KeyValue.Key:
                    reader.TryBytes(out key);
                    break;
                case OtlpFields.KeyValue.Value:
                    hasValue = reader.TryBytes(out value);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (hasValue && AddValue(row, key, value))
        {
            return true;
        }

        _overflowKeys.Add(key);
        return false;
    }

    private bool AddValue(int row, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        // A oneof: the last of several wins, but a writer sends one; anything else goes to overflow.
        var reader = new ProtoReader(value);
        if (!reader.Next())
        {
            return false;
        }

        switch (reader.Field)
        {
            case OtlpFields.AnyValue.String when reader.TryBytes(out var text) && reader.Position == value.Length:
                return Column(key, AttributeType.String, row) is { } texts && texts.Add(row, text);
            case OtlpFields.AnyValue.Int when reader.TryVarint(out var number) && reader.Position == value.Length:
                return Column(key, AttributeType.Int, row) is { } numbers && numbers.Add(row, (long)number);
            case OtlpFields.AnyValue.Bool when reader.TryVarint(out var flag) && reader.Position == value.Length:
                return Column(key, AttributeType.Bool, row) is { } flags && flags.Add(row, flag == 0 ? 0 : 1);
            case OtlpFields.AnyValue.Double when reader.TryFixed64(out var bits) && reader.Position == value.Length:
                return Column(key, AttributeType.Double, row) is { } doubles && doubles.Add(row, (long)bits);
            default:
                return false;
        }
    }

    private HeadColumn? Column(ReadOnlySpan<byte> key, AttributeType type, int row)
    {
        var keys = Find(key);
        if (keys is null || keys.LastRow == row)
        {
            return null;
        }

        keys.LastRow = row;
        return keys.Columns[(int)type] ??= AddColumn(keys.Name, type);
    }

    private HeadColumn AddColumn(string key, AttributeType type)
    {
        var id = new ColumnId(scope, key, type);
        var column = new HeadColumn(id);
        Volatile.Write(ref _columns, new Dictionary<ColumnId, HeadColumn>(_columns) { [id] = column });
        return column;
    }

    private KeyColumns? Find(ReadOnlySpan<byte> key)
    {
        var hash = (uint)XxHash3.HashToUInt64(key);
        var mask = _slots.Length - 1;
        for (var slot = (int)hash & mask; ; slot = (slot + 1) & mask)
        {
            var index = _slots[slot];
            if (index < 0)
            {
                return Insert(key, hash, slot);
            }

            var candidate = _keys[index];
            if (candidate.Hash == hash && candidate.Bytes.AsSpan().SequenceEqual(key))
            {
                return candidate;
            }
        }
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

        return keys;
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

        /// <summary>By <see cref="AttributeType"/>.</summary>
        public HeadColumn?[] Columns { get; } = new HeadColumn?[4];

        /// <summary>The row that has a value for this key already: a second one is overflow.</summary>
        public int LastRow { get; set; } = -1;
    }
}
