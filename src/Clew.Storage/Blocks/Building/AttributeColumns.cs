using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;

namespace Clew.Storage.Blocks.Building;

/// <summary>
/// The attributes of a row group being gathered, a column for each key and type. A value gets a column when its encoding is the plain
/// one that every writer sends: key once, value once, a string, integer, double or boolean. Everything else stays as bytes.
/// </summary>
internal sealed class AttributeColumns(AttributeKeys keys)
{
    private const int Types = 4;

    private readonly List<AttributeColumn> _used = [];
    private AttributeColumn?[] _byKeyAndType = new AttributeColumn?[64];

    /// <summary>Columns with at least one value, in order of their first one.</summary>
    public IReadOnlyList<AttributeColumn> Used => _used;

    /// <summary>Bytes of distinct texts gathered since <see cref="Clear"/>.</summary>
    public long TextBytes { get; private set; }

    public long AllocatedBytes
    {
        get
        {
            var total = 0L;
            foreach (var column in _byKeyAndType)
            {
                total += column?.Values.AllocatedBytes ?? 0;
            }

            return total;
        }
    }

    public void Clear()
    {
        foreach (var column in _used)
        {
            column.Values.Clear();
        }

        _used.Clear();
        TextBytes = 0;
    }

    /// <summary>Adds an encoded KeyValue to a row; false when it belongs to the overflow. Owners are numbered in the order of rows.</summary>
    public bool TryAdd(int row, long owner, ReadOnlySpan<byte> keyValue)
    {
        if (!PlainAttribute.TrySplit(keyValue, out var keyBytes, out var value))
        {
            MarkOverflow(keyValue, owner);
            return false;
        }

        var key = keys.Find(keyBytes);
        if (key is null)
        {
            return false;
        }

        // The first of equal keys is the one that queries see. What follows it goes to the overflow, where the order is kept.
        var isFirst = key.LastOwner != owner;
        key.LastOwner = owner;
        if (isFirst && key.MayHaveColumn && TryAddValue(row, key, value))
        {
            return true;
        }

        key.InOverflow = true;
        return false;
    }

    public AttributeColumn? Find(AttributeKey key, AttributeType type)
    {
        var index = (key.Index * Types) + (int)type;
        return index < _byKeyAndType.Length ? _byKeyAndType[index] : null;
    }

    private bool TryAddValue(int row, AttributeKey key, ReadOnlySpan<byte> value)
    {
        if (!PlainAttribute.TryValue(value, out var type, out var text, out var number))
        {
            return false;
        }

        if (type == AttributeType.String)
        {
            return TryAddText(Column(key, type), row, text);
        }

        Column(key, type).Values.AddNumber(row, number);
        return true;
    }

    private bool TryAddText(AttributeColumn column, int row, ReadOnlySpan<byte> text)
    {
        // Text columns promise UTF-8 to every reader of the file. The scan repairs what receivers bring in; this guards other roads.
        if (!column.Values.TryAddText(row, text, out var newBytes))
        {
            return false;
        }

        TextBytes += newBytes;
        return true;
    }

    /// <summary>The column of a key and type for values that are columns already; listed as used.</summary>
    public AttributeColumn Column(AttributeKey key, AttributeType type)
    {
        var index = (key.Index * Types) + (int)type;
        if (index >= _byKeyAndType.Length)
        {
            Array.Resize(ref _byKeyAndType, Math.Max(index + 1, _byKeyAndType.Length * 2));
        }

        var column = _byKeyAndType[index] ??= new AttributeColumn(key, type);
        if (column.Values.Count == 0)
        {
            // A text column that refuses its first value stays listed without values; the writer passes over it.
            if (!_used.Contains(column))
            {
                _used.Add(column);
            }
        }

        return column;
    }

    /// <summary>Notes that a value of the message's key is not in a column.</summary>
    public void MarkOverflow(ReadOnlySpan<byte> keyValue, long owner)
    {
        var reader = new ProtoReader(keyValue);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.KeyValue.Key && reader.Type == WireType.Length && reader.TryBytes(out var bytes))
            {
                if (keys.Find(bytes) is { } key)
                {
                    key.InOverflow = true;
                    key.LastOwner = owner;
                }
            }
            else
            {
                reader.Skip();
            }
        }
    }
}

/// <summary>Values of one key and type in the row group being gathered. Numbers are 64 bits: integers, the bits of doubles, 0 and 1.</summary>
internal sealed class AttributeColumn(AttributeKey key, AttributeType type)
{
    public AttributeKey Key => key;

    public AttributeType Type => type;

    public SparseColumn Values { get; } = new();
}
