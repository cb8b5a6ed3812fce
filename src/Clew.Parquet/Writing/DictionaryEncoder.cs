using System.Buffers;

namespace Clew.Parquet;

/// <summary>
/// Turns the caller's dictionary into the one that is written: only the values that occur, in ascending order, and a table from
/// the caller's codes to the written ones. Sorted codes make the page bounds a minimum and maximum over integers.
/// </summary>
internal sealed class DictionaryEncoder : IDisposable
{
    private int[] _remap = [];
    private int[] _order = [];
    private ulong[] _keys = [];

    /// <summary>Number of distinct values that occur.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of the written dictionary page.</summary>
    public long PlainBytes { get; private set; }

    /// <summary>The caller's code for each written code.</summary>
    public ReadOnlySpan<int> Order => _order.AsSpan(0, Count);

    /// <summary>Written code for the caller's code + 1; element 0 (null) and values that do not occur hold -1.</summary>
    public ReadOnlySpan<int> Remap => _remap;

    /// <summary>Marks what occurs. Returns the number of nulls.</summary>
    /// <exception cref="ArgumentException">A code is below -1 or not in the dictionary.</exception>
    public int Analyse(ReadOnlySpan<int> codes, ColumnValues dictionary)
    {
        Rent(dictionary.Count);
        Span<int> used = _remap.AsSpan(0, dictionary.Count + 1);
        used.Clear();
        foreach (int code in codes)
        {
            if ((uint)(code + 1) >= (uint)used.Length)
            {
                throw new ArgumentException($"code {code} is not in the dictionary of {dictionary.Count} values");
            }

            used[code + 1]++;
        }

        int nulls = used[0];
        int count = 0;
        long bytes = 0;
        for (int i = 0; i < dictionary.Count; i++)
        {
            if (used[i + 1] > 0)
            {
                _order[count++] = i;
                bytes += dictionary.PlainSize(i);
            }
        }

        Count = count;
        PlainBytes = bytes;
        return nulls;
    }

    /// <summary>Orders the values found by <see cref="Analyse"/> and fills <see cref="Remap"/>.</summary>
    public void Sort(ParquetType type, ColumnValues dictionary)
    {
        Span<int> order = _order.AsSpan(0, Count);
        Span<ulong> keys = _keys.AsSpan(0, Count);
        for (int i = 0; i < order.Length; i++)
        {
            keys[i] = ValueOrder.Key(type, dictionary[order[i]]);
        }

        keys.Sort(order);
        if (type is ParquetType.ByteArray or ParquetType.FixedLenByteArray)
        {
            SortTies(keys, order, dictionary, 0);
        }

        Span<int> remap = _remap.AsSpan(0, dictionary.Count + 1);
        remap.Fill(-1);
        for (int i = 0; i < order.Length; i++)
        {
            remap[order[i] + 1] = i;
        }
    }

    public void Dispose()
    {
        Return(ref _remap);
        Return(ref _order);
        if (_keys.Length > 0)
        {
            ArrayPool<ulong>.Shared.Return(_keys);
            _keys = [];
        }
    }

    /// <summary>
    /// Orders neighbours that agree in the eight bytes at <paramref name="depth"/> by the eight bytes after them. URLs and
    /// statements share long beginnings; whole comparisons would read those again and again.
    /// </summary>
    private static void SortTies(Span<ulong> keys, Span<int> order, ColumnValues dictionary, int depth)
    {
        int i = 0;
        while (i < keys.Length)
        {
            int end = i + 1;
            while (end < keys.Length && keys[end] == keys[i])
            {
                end++;
            }

            if (end - i > 1)
            {
                SortRun(keys[i..end], order[i..end], dictionary, depth + 8);
            }

            i = end;
        }
    }

    private static void SortRun(Span<ulong> keys, Span<int> order, ColumnValues dictionary, int depth)
    {
        ReadOnlySpan<byte> first = dictionary[order[0]];
        int common = first.Length;
        int longest = first.Length;
        foreach (int code in order[1..])
        {
            ReadOnlySpan<byte> value = dictionary[code];
            common = Math.Min(common, first.CommonPrefixLength(value));
            longest = Math.Max(longest, value.Length);
        }

        // Stepping over what all share makes every level split the run, so the recursion is at most as deep as values are many.
        depth = Math.Max(depth, common);
        if (longest <= depth)
        {
            // They differ in trailing zero bytes alone: the length decides.
            for (int i = 0; i < order.Length; i++)
            {
                keys[i] = (ulong)dictionary[order[i]].Length;
            }

            keys.Sort(order);
            return;
        }

        for (int i = 0; i < order.Length; i++)
        {
            ReadOnlySpan<byte> value = dictionary[order[i]];
            keys[i] = value.Length > depth ? ValueOrder.Prefix(value[depth..]) : 0;
        }

        keys.Sort(order);
        SortTies(keys, order, dictionary, depth);
    }

    private void Rent(int count)
    {
        if (_remap.Length >= count + 1)
        {
            return;
        }

        Dispose();
        _remap = ArrayPool<int>.Shared.Rent(count + 1);
        _order = ArrayPool<int>.Shared.Rent(count + 1);
        _keys = ArrayPool<ulong>.Shared.Rent(count + 1);
    }

    private static void Return(ref int[] array)
    {
        if (array.Length > 0)
        {
            ArrayPool<int>.Shared.Return(array);
            array = [];
        }
    }
}
