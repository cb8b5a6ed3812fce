using System.Numerics;
using Clew.Query.Scan;
using Clew.Storage.Columns;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Metrics;

/// <summary>
/// Which group each row of a chunk belongs to, by the labels of <c>by()</c>. Rows are counted by a number first, and the groups are looked
/// up once a number and chunk instead of once a row. One source, one thread.
/// </summary>
internal sealed class RowGrouping
{
    private readonly GroupTable _groups;
    private readonly LabelReader[] _labels;

    /// <summary>With one label the number of its value, with more the number of the whole key.</summary>
    private readonly int[] _keys;
    private readonly int[] _numbers;
    private readonly List<(int Group, int Count)> _counts = [];
    private int[] _even = new int[64];
    private int[] _odd = new int[64];

    public RowGrouping(ISpanSource source, IReadOnlyList<FieldReference> by, GroupTable groups)
    {
        _groups = groups;
        _labels = [.. by.Select(field => new LabelReader(source, field, groups.Values))];
        _keys = _labels.Length == 0 ? [] : new int[Chunk.MaxRows];
        _numbers = _labels.Length < 2 ? [] : new int[Chunk.MaxRows];
    }

    /// <summary>Whether there are so few groups that counting rows by group and looking at all groups then costs less than a look a row.</summary>
    public bool IsCompact => Slots <= Chunk.MaxRows;

    /// <summary>All rows are one group.</summary>
    public bool IsSingle => _labels.Length == 0;

    public void AddColumns(ICollection<ColumnId> columns) => Array.ForEach(_labels, label => label.AddColumns(columns));

    /// <summary>Reads the labels of the rows; those that columns cannot tell are moved to the open ones.</summary>
    public void Read(Chunk chunk, Span<ulong> rows, Span<ulong> open)
    {
        for (var i = 0; i < _labels.Length; i++)
        {
            var numbers = (i == 0 ? _keys : _numbers).AsSpan(0, chunk.Rows);
            _labels[i].Read(chunk, rows, numbers);
            if (numbers.Contains(ValueTable.Open))
            {
                MoveOpen(numbers, rows, open);
            }

            if (_labels.Length > 1)
            {
                Extend(numbers, rows, isFirst: i == 0);
            }
        }
    }

    /// <summary>The group of a row that was read; negative when there is no room for it.</summary>
    public int GroupOf(int row) => IsSingle ? _groups.GroupOf(-1) : GroupOfKey(_keys[row]);

    /// <summary>The groups among the rows that were read, with the number of rows of each. Valid until the next call.</summary>
    public List<(int Group, int Count)> CountGroups(ReadOnlySpan<ulong> rows)
    {
        _counts.Clear();
        if (IsSingle)
        {
            Add(_groups.GroupOf(-1), Bits.Count(rows));
            return _counts;
        }

        var largest = Count(rows);
        for (var slot = 0; slot <= largest; slot++)
        {
            var count = _even[slot] + _odd[slot];
            if (count > 0)
            {
                (_even[slot], _odd[slot]) = (0, 0);
                Add(GroupOfKey(slot - 1), count);
            }
        }

        return _counts;
    }

    private int Slots => IsSingle ? 1 : (_labels.Length == 1 ? _groups.Values.Count : _groups.KeyCount) + 1;

    private void Add(int group, int count)
    {
        if (group >= 0)
        {
            _counts.Add((group, count));
        }
    }

    private int GroupOfKey(int key) => _groups.GroupOf(_labels.Length == 1 ? _groups.Extend(-1, key) : key);

    /// <summary>Counts rows by key plus one; answers the largest slot that may be in use.</summary>
    private int Count(ReadOnlySpan<ulong> rows)
    {
        var slots = Slots;
        if (slots > _even.Length)
        {
            Array.Resize(ref _even, (int)BitOperations.RoundUpToPowerOf2((uint)slots));
            Array.Resize(ref _odd, _even.Length);
        }

        // Two tables, because neighbours are often equal and would wait for each other's addition.
        var (even, odd) = (_even, _odd);
        for (var word = 0; word < rows.Length; word++)
        {
            if (rows[word] == ulong.MaxValue)
            {
                var keys = _keys.AsSpan(word << 6, 64);
                for (var i = 0; i < keys.Length; i += 2)
                {
                    even[keys[i] + 1]++;
                    odd[keys[i + 1] + 1]++;
                }

                continue;
            }

            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                even[_keys[(word << 6) + BitOperations.TrailingZeroCount(rest)] + 1]++;
            }
        }

        return slots - 1;
    }

    private void Extend(ReadOnlySpan<int> numbers, ReadOnlySpan<ulong> rows, bool isFirst)
    {
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(rest);
                _keys[row] = _groups.Extend(isFirst ? -1 : _keys[row], numbers[row]);
            }
        }
    }

    private static void MoveOpen(ReadOnlySpan<int> numbers, Span<ulong> rows, Span<ulong> open)
    {
        for (var word = 0; word < rows.Length; word++)
        {
            for (var rest = rows[word]; rest != 0; rest &= rest - 1)
            {
                if (numbers[(word << 6) + BitOperations.TrailingZeroCount(rest)] == ValueTable.Open)
                {
                    open[word] |= rest & (0 - rest);
                    rows[word] &= ~(rest & (0 - rest));
                }
            }
        }
    }
}
