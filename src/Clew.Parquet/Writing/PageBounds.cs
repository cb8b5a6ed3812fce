using System.Runtime.InteropServices;

namespace Clew.Parquet;

/// <summary>Smallest and largest value of a chunk in PLAIN bytes; null if unknown. A long byte string may be cut (then not exact).</summary>
internal readonly record struct ChunkBounds(byte[]? Min, byte[]? Max, bool MinExact, bool MaxExact);

/// <summary>
/// Bounds and null counts of the pages of one chunk, and the ColumnIndex made of them. Byte strings are cut to
/// <see cref="MaxBoundBytes"/>, the upper bound then raised, so that an index stays small whatever the values are.
/// </summary>
internal sealed class PageBounds : IDisposable
{
    internal const int MaxBoundBytes = 64;

    private readonly ByteBuffer _bytes = new(4 << 10);
    private readonly List<Entry> _pages = [];
    private ParquetColumn _column = ParquetColumn.Int64("none");
    private bool _hasNaN;

    public int PageCount => _pages.Count;

    public long TotalNulls { get; private set; }

    /// <summary>
    /// False if a NaN occurred: it has no place in the order, readers differ on what bounds then mean, so none are written.
    /// </summary>
    public bool HasColumnIndex => !_hasNaN && _pages.Count > 0;

    public void Reset(ParquetColumn column)
    {
        _bytes.Clear();
        _pages.Clear();
        _column = column;
        _hasNaN = false;
        TotalNulls = 0;
    }

    /// <summary>A page without any value.</summary>
    public void AddNullPage(int nulls)
    {
        TotalNulls += nulls;
        _pages.Add(new Entry(nulls, true, 0, 0, 0, 0, true, true));
    }

    /// <summary>A page with at least one value; the bounds are PLAIN bytes and are copied.</summary>
    public void AddPage(int nulls, ReadOnlySpan<byte> min, ReadOnlySpan<byte> max)
    {
        TotalNulls += nulls;
        int minAt = _bytes.Length;
        bool minExact = true, maxExact = true;
        if (_column.Type == ParquetType.ByteArray && min.Length > MaxBoundBytes)
        {
            min = min[..CutAt(min)];
            minExact = false;
        }

        _bytes.Write(min);
        int maxAt = _bytes.Length;
        if (_column.Type == ParquetType.ByteArray && max.Length > MaxBoundBytes && TryRaise(max, out byte[] raised))
        {
            max = raised;
            maxExact = false;
        }

        _bytes.Write(max);
        if (_column.Type == ParquetType.Double)
        {
            FixZero(_bytes.Mutable(minAt, 8), -0.0);
            FixZero(_bytes.Mutable(maxAt, 8), 0.0);
        }

        _pages.Add(new Entry(nulls, false, minAt, maxAt - minAt, maxAt, _bytes.Length - maxAt, minExact, maxExact));
    }

    /// <summary>A page in which a NaN occurs.</summary>
    public void AddNaNPage(int nulls)
    {
        _hasNaN = true;
        AddNullPage(nulls);
    }

    public ChunkBounds ChunkBounds()
    {
        int min = -1, max = -1;
        for (int i = 0; i < _pages.Count && !_hasNaN; i++)
        {
            if (_pages[i].AllNull)
            {
                continue;
            }

            if (min < 0 || ValueOrder.Compare(_column.Type, Min(i), Min(min)) < 0)
            {
                min = i;
            }

            if (max < 0 || ValueOrder.Compare(_column.Type, Max(i), Max(max)) > 0)
            {
                max = i;
            }
        }

        return min < 0 ? default : new ChunkBounds(Min(min).ToArray(), Max(max).ToArray(), _pages[min].MinExact, _pages[max].MaxExact);
    }

    public void WriteColumnIndex(ThriftWriter thrift)
    {
        thrift.BeginStruct();
        thrift.BeginList(1, ThriftType.True, _pages.Count);
        foreach (Entry page in _pages)
        {
            thrift.BoolItem(page.AllNull);
        }

        thrift.BeginList(2, ThriftType.Binary, _pages.Count);
        for (int i = 0; i < _pages.Count; i++)
        {
            thrift.BinaryItem(Min(i));
        }

        thrift.BeginList(3, ThriftType.Binary, _pages.Count);
        for (int i = 0; i < _pages.Count; i++)
        {
            thrift.BinaryItem(Max(i));
        }

        thrift.I32(4, (int)Order());
        thrift.BeginList(5, ThriftType.I64, _pages.Count);
        foreach (Entry page in _pages)
        {
            thrift.I64Item(page.Nulls);
        }

        thrift.EndStruct();
    }

    public void Dispose() => _bytes.Dispose();

    private ReadOnlySpan<byte> Min(int page) => _bytes.Written.Slice(_pages[page].MinAt, _pages[page].MinLength);

    private ReadOnlySpan<byte> Max(int page) => _bytes.Written.Slice(_pages[page].MaxAt, _pages[page].MaxLength);

    private BoundaryOrder Order()
    {
        bool ascending = true, descending = true;
        int previous = -1;
        for (int i = 0; i < _pages.Count; i++)
        {
            if (_pages[i].AllNull)
            {
                continue;
            }

            if (previous >= 0)
            {
                int mins = ValueOrder.Compare(_column.Type, Min(previous), Min(i));
                int maxs = ValueOrder.Compare(_column.Type, Max(previous), Max(i));
                ascending &= mins <= 0 && maxs <= 0;
                descending &= mins >= 0 && maxs >= 0;
            }

            previous = i;
        }

        return ascending ? BoundaryOrder.Ascending : descending ? BoundaryOrder.Descending : BoundaryOrder.Unordered;
    }

    /// <summary>Length of a lower bound: a prefix, in text ended between two characters so that it stays text.</summary>
    private int CutAt(ReadOnlySpan<byte> value)
    {
        int length = MaxBoundBytes;
        while (_column.IsString && length > MaxBoundBytes - 4 && (value[length] & 0xc0) == 0x80)
        {
            length--;
        }

        return length;
    }

    /// <summary>
    /// A short upper bound: a prefix whose last byte is raised by one. In text only an ASCII byte is raised, to stay text; without
    /// one the whole value is the bound.
    /// </summary>
    private bool TryRaise(ReadOnlySpan<byte> value, out byte[] raised)
    {
        int highest = _column.IsString ? 0x7e : 0xfe;
        for (int length = CutAt(value); length > 0; length--)
        {
            if (value[length - 1] <= highest)
            {
                raised = value[..length].ToArray();
                raised[length - 1]++;
                return true;
            }
        }

        raised = [];
        return false;
    }

    /// <summary>The format asks for -0 as a lower and +0 as an upper bound, because readers compare the two as equal.</summary>
    private static void FixZero(Span<byte> bound, double zero)
    {
        if (MemoryMarshal.Read<double>(bound) == 0)
        {
            MemoryMarshal.Write(bound, zero);
        }
    }

    private readonly record struct Entry(
        int Nulls, bool AllNull, int MinAt, int MinLength, int MaxAt, int MaxLength, bool MinExact, bool MaxExact);
}
