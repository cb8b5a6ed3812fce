using System.Diagnostics.CodeAnalysis;
using System.Text;
using Clew.Model;
using Clew.Storage.Columns;

namespace Clew.Query.Tests.Support;

/// <summary>A column over plain objects: string, byte[], long, double, bool or null a row. Some row groups have a dictionary, some not.</summary>
internal sealed class MemoryColumn(ColumnId id, object?[] values, int groupSize, Func<int, bool> hasDictionary) : IColumnReader
{
    private readonly Dictionary<int, MemoryDictionary> _dictionaries = [];

    public ColumnId Id => id;

    public DictionaryView? Dictionary(int rowGroup)
    {
        if (id.Type is not (AttributeType.String or AttributeType.Bytes) || !hasDictionary(rowGroup))
        {
            return null;
        }

        lock (_dictionaries)
        {
            if (!_dictionaries.TryGetValue(rowGroup, out var dictionary))
            {
                var rows = values.AsSpan(rowGroup * groupSize, Math.Min(groupSize, values.Length - (rowGroup * groupSize)));
                _dictionaries.Add(rowGroup, dictionary = new MemoryDictionary(rows));
            }

            return dictionary;
        }
    }

    /// <summary>Like a filter: sure of what is there, and now and then wrong about what is not.</summary>
    public bool MayContain(int rowGroup, ReadOnlySpan<byte> value)
    {
        var rows = values.AsSpan(rowGroup * groupSize, Math.Min(groupSize, values.Length - (rowGroup * groupSize)));
        var may = value.Length % 3 == 0;
        foreach (var row in rows)
        {
            may |= row is string or byte[] && Bytes(row).AsSpan().SequenceEqual(value);
        }

        return may;
    }

    public ReadOnlySpan<long> Distinct(int rowGroup)
    {
        var rows = values.AsSpan(rowGroup * groupSize, Math.Min(groupSize, values.Length - (rowGroup * groupSize)));
        return id.Type == AttributeType.Int && rowGroup % 2 == 0 ? rows.ToArray().OfType<long>().Distinct().ToArray() : default;
    }

    /// <summary>Exact in some row groups, wider than need be in others, unknown in the rest.</summary>
    public ColumnBounds Bounds(PageRange pages)
    {
        if (pages.RowGroup % 3 == 2)
        {
            return default;
        }

        var (min, max, nulls) = (long.MaxValue, long.MinValue, 0);
        for (var i = 0; i < pages.RowCount; i++)
        {
            switch (Value(pages, i))
            {
                case null:
                    nulls++;
                    break;
                case long number:
                    (min, max) = (Math.Min(min, number), Math.Max(max, number));
                    break;
            }
        }

        var slack = pages.RowGroup % 3;
        return new ColumnBounds(min <= max, min - (min > long.MinValue + 1 ? slack : 0), max + (max < long.MaxValue - 1 ? slack : 0), nulls == pages.RowCount, nulls == 0);
    }

    public void ReadCodes(PageRange pages, Span<int> codes)
    {
        if (id.Type == AttributeType.Int)
        {
            var distinct = Distinct(pages.RowGroup);
            for (var i = 0; i < pages.RowCount; i++)
            {
                codes[i] = Value(pages, i) is long number ? distinct.IndexOf(number) : -1;
            }

            return;
        }

        var dictionary = (MemoryDictionary)(Dictionary(pages.RowGroup) ?? throw new InvalidOperationException($"{id} has no dictionary in row group {pages.RowGroup}"));
        for (var i = 0; i < pages.RowCount; i++)
        {
            codes[i] = Value(pages, i) is { } value ? dictionary.Find(Bytes(value)) : -1;
        }
    }

    public void ReadInt64(PageRange pages, Span<long> destination, Span<ulong> validity)
    {
        Require(AttributeType.Int, AttributeType.Bool);
        Validity(pages, validity);
        for (var i = 0; i < pages.RowCount; i++)
        {
            // What stands at a null row is unspecified: something that a careless reader trips over.
            destination[i] = Value(pages, i) switch { long whole => whole, bool flag => flag ? 1 : 0, _ => long.MinValue + 7 };
        }
    }

    public void ReadDouble(PageRange pages, Span<double> destination, Span<ulong> validity)
    {
        Require(AttributeType.Double, AttributeType.Double);
        Validity(pages, validity);
        for (var i = 0; i < pages.RowCount; i++)
        {
            destination[i] = Value(pages, i) is double number ? number : 1e300;
        }
    }

    public void ReadBytes(PageRange pages, ByteColumn destination, Span<ulong> validity)
    {
        Require(AttributeType.String, AttributeType.Bytes);
        Validity(pages, validity);
        for (var i = 0; i < pages.RowCount; i++)
        {
            destination.Add(Value(pages, i) is { } value ? Bytes(value) : []);
        }
    }

    public static byte[] Bytes(object value) => value as byte[] ?? Encoding.UTF8.GetBytes((string)value);

    private void Validity(PageRange pages, Span<ulong> validity)
    {
        validity[..((pages.RowCount + 63) / 64)].Clear();
        for (var i = 0; i < pages.RowCount; i++)
        {
            if (Value(pages, i) is not null)
            {
                validity[i >> 6] |= 1UL << (i & 63);
            }
        }
    }

    private object? Value(PageRange pages, int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pages.FirstRow + pages.RowCount, groupSize);
        return values[(pages.RowGroup * groupSize) + pages.FirstRow + row];
    }

    private void Require(AttributeType first, AttributeType second)
    {
        if (id.Type != first && id.Type != second)
        {
            throw new NotSupportedException($"column {id} was read as {first}");
        }
    }

    private sealed class MemoryDictionary : DictionaryView
    {
        private readonly List<byte[]> _entries = [];
        private readonly Dictionary<string, int> _codes = [];

        public MemoryDictionary(ReadOnlySpan<object?> rows)
        {
            foreach (var row in rows)
            {
                if (row is not null && _codes.TryAdd(Convert.ToHexString(Bytes(row)), _entries.Count))
                {
                    _entries.Add(Bytes(row));
                }
            }
        }

        public override int Count => _entries.Count;

        public override ReadOnlySpan<byte> this[int code] => _entries[code];

        public override int Find(ReadOnlySpan<byte> value) => _codes.GetValueOrDefault(Convert.ToHexString(value), -1);
    }
}

/// <summary>A table of <see cref="MemoryColumn"/>s.</summary>
internal sealed class MemoryTable(int rows, int groupSize, Dictionary<ColumnId, MemoryColumn> columns, Func<int, RowGroupStats> stats) : IColumnSource
{
    public int RowGroups => (rows + groupSize - 1) / groupSize;

    public IReadOnlyCollection<ColumnId> Columns => columns.Keys;

    public RowGroupStats Stats(int rowGroup) => stats(rowGroup);

    public bool TryColumn(ColumnId id, [NotNullWhen(true)] out IColumnReader? column)
    {
        var found = columns.TryGetValue(id, out var memory);
        column = memory;
        return found;
    }

    public ValueTask PrefetchAsync(IReadOnlyList<ColumnId> ids, PageRange pages, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
