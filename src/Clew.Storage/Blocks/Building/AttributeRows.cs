using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;

namespace Clew.Storage.Blocks.Building;

/// <summary>
/// Everything that the attributes of a row group being gathered leave behind: columns, and for each row the rest. The rest of a row is
/// encoded KeyValue messages, each behind the tag of Span.attributes, so that it can be copied into a Span as it stands.
/// </summary>
internal sealed class AttributeRows(AttributeKeys keys)
{
    private readonly PooledBuffer _buffer = new();

    public AttributeColumns Columns { get; } = new(keys);

    public SparseColumn Overflow { get; private set; } = new();

    /// <summary>The number of messages in <see cref="Overflow"/>, by row.</summary>
    public SparseColumn OverflowCounts { get; private set; } = new();

    public long TextBytes => Columns.TextBytes + Overflow.Texts.BlobBytes;

    public long AllocatedBytes => Columns.AllocatedBytes + Overflow.AllocatedBytes + OverflowCounts.AllocatedBytes;

    public void Clear()
    {
        Columns.Clear();
        Overflow.Clear();
        OverflowCounts.Clear();
    }

    /// <summary>Adds the encoded KeyValue to a row; answers 1 when it went to the overflow, else 0.</summary>
    public int Add(int row, long owner, ReadOnlySpan<byte> keyValue)
    {
        if (Columns.TryAdd(row, owner, keyValue))
        {
            return 0;
        }

        AppendOverflow(Overflow, row, keyValue);
        return 1;
    }

    /// <summary>Adds an attribute that is known to have no column.</summary>
    public void AddToOverflow(int row, ReadOnlySpan<byte> keyValue)
    {
        Columns.MarkOverflow(keyValue, -1);
        AppendOverflow(Overflow, row, keyValue);
    }

    public void AddOverflowCount(int row, int count)
    {
        if (count > 0)
        {
            OverflowCounts.AddNumber(row, count);
        }
    }

    /// <summary>
    /// Moves columns that are too rare for the file into the overflow. They hold the first of equal keys, so they go in front of what
    /// the overflow of their row has already.
    /// </summary>
    public void MoveToOverflow(IReadOnlyList<AttributeColumn> rare)
    {
        if (rare.Count == 0)
        {
            return;
        }

        var moved = new List<(int Row, int Column, int Index)>();
        for (var column = 0; column < rare.Count; column++)
        {
            rare[column].Key.InOverflow = true;
            var rows = rare[column].Values.Rows;
            for (var i = 0; i < rows.Length; i++)
            {
                moved.Add((rows[i], column, i));
            }
        }

        moved.Sort();
        var (overflow, counts) = (new SparseColumn(), new SparseColumn());
        var (next, old) = (0, 0);
        while (next < moved.Count || old < Overflow.Count)
        {
            var row = Math.Min(next < moved.Count ? moved[next].Row : int.MaxValue, old < Overflow.Count ? Overflow.Rows[old] : int.MaxValue);
            var count = 0L;
            for (; next < moved.Count && moved[next].Row == row; next++)
            {
                AppendOverflow(overflow, row, Encode(rare[moved[next].Column], moved[next].Index));
                count++;
            }

            if (old < Overflow.Count && Overflow.Rows[old] == row)
            {
                overflow.AppendBytes(row, Overflow.Texts[Overflow.Codes[old]]);
                count += OverflowCounts.Numbers[old++];
            }

            counts.AddNumber(row, count);
        }

        Overflow = overflow;
        OverflowCounts = counts;
    }

    private void AppendOverflow(SparseColumn overflow, int row, ReadOnlySpan<byte> keyValue)
    {
        // The tag and at most five bytes of length.
        Span<byte> prefix = stackalloc byte[6];
        prefix[0] = (OtlpFields.Span.Attributes << 3) | (int)WireType.Length;
        var used = 1;
        for (var length = (uint)keyValue.Length; ; length >>= 7)
        {
            prefix[used++] = (byte)(length < 0x80 ? length : length | 0x80);
            if (length < 0x80)
            {
                break;
            }
        }

        overflow.AppendBytes(row, prefix[..used]);
        overflow.AppendBytes(row, keyValue);
    }

    private ReadOnlySpan<byte> Encode(AttributeColumn column, int index)
    {
        _buffer.Clear();
        var text = column.Type == AttributeType.String ? column.Values.Texts[column.Values.Codes[index]] : default;
        AttributeEncoding.WriteKeyValue(new ProtoWriter(_buffer), column.Key.Bytes, column.Type, text, column.Type == AttributeType.String ? 0 : column.Values.Numbers[index]);
        return _buffer.Written;
    }
}
