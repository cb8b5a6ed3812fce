using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Clew.Parquet;

/// <summary>Reading of rows.</summary>
public sealed partial class ColumnChunkReader
{
    /// <summary>Codes into <see cref="Dictionary"/>, -1 for null. No value is touched; every code is within the dictionary.</summary>
    public void ReadCodes(int firstRow, int count, Span<int> codes)
    {
        if (!HasDictionary)
        {
            throw new InvalidOperationException($"column '{Column.Name}' has no dictionary in this row group; read its values");
        }

        ReadRows(firstRow, count, codes, [], DecodedKind.Codes);
    }

    /// <summary>Values of an INT64 column, 0 for null. Validity bit i belongs to row firstRow + i; leave it empty if it does not matter.</summary>
    public void ReadInt64(int firstRow, int count, Span<long> values, Span<ulong> validityBits = default) =>
        ReadTyped(ParquetType.Int64, firstRow, count, values, validityBits, DecodedKind.Int64);

    /// <summary>Values of an INT32 column, 0 for null.</summary>
    public void ReadInt32(int firstRow, int count, Span<int> values, Span<ulong> validityBits = default) =>
        ReadTyped(ParquetType.Int32, firstRow, count, values, validityBits, DecodedKind.Int32);

    /// <summary>Values of a DOUBLE column, 0 for null.</summary>
    public void ReadDouble(int firstRow, int count, Span<double> values, Span<ulong> validityBits = default) =>
        ReadTyped(ParquetType.Double, firstRow, count, values, validityBits, DecodedKind.Double);

    /// <summary>Values of a BOOLEAN column, false for null.</summary>
    public void ReadBool(int firstRow, int count, Span<bool> values, Span<ulong> validityBits = default) =>
        ReadTyped(ParquetType.Boolean, firstRow, count, values, validityBits, DecodedKind.Boolean);

    /// <summary>
    /// Byte strings (BYTE_ARRAY or FIXED_LEN_BYTE_ARRAY) of rows from <paramref name="firstRow"/> up to the end of its page, at
    /// most <paramref name="count"/>. Returns how many; ask again from there for more.
    /// </summary>
    /// <param name="firstRow">First row.</param>
    /// <param name="count">Rows wanted, at least 1.</param>
    /// <param name="ranges">Receives a position in the buffer per row, length -1 for null.</param>
    /// <param name="buffer">The page or the dictionary; valid until the next call on this reader.</param>
    public int ReadBytes(int firstRow, int count, Span<ByteRange> ranges, out ReadOnlySpan<byte> buffer)
    {
        if (Column.Type is not (ParquetType.ByteArray or ParquetType.FixedLenByteArray))
        {
            throw WrongType(Column.Type, "byte strings");
        }

        CheckRows(firstRow, count);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        int page = Index.PageOf(firstRow);
        int rows = Math.Min(count, Index.FirstRows[page + 1] - firstRow);
        ReadRows(firstRow, rows, ranges, [], DecodedKind.Ranges);
        buffer = HasDictionary ? Dictionary.Buffer : Body(Page(page));
        return rows;
    }

    /// <summary>Values of a FIXED_LEN_BYTE_ARRAY column end to end, zero bytes for null.</summary>
    public void ReadFixed(int firstRow, int count, Span<byte> values, Span<ulong> validityBits = default)
    {
        if (Column.Type != ParquetType.FixedLenByteArray)
        {
            throw WrongType(Column.Type, "fixed-length byte strings");
        }

        CheckRows(firstRow, count);
        int width = Column.FixedLength;
        if (values.Length < (long)count * width)
        {
            throw new ArgumentException($"{values.Length} bytes do not hold {count} values of {width}", nameof(values));
        }

        ReadValidity(firstRow, count, validityBits);
        while (count > 0 && !HasDictionary)
        {
            // A page without nulls is its values end to end.
            CachedPage page = PageAt(firstRow, count, out int from, out int rows);
            ReadOnlySpan<byte> body = Body(page)[page.ValuesStart..];
            if (page.HasNulls || body.Length != (long)page.Rows * width)
            {
                break;
            }

            body.Slice(from * width, rows * width).CopyTo(values);
            values = values[(rows * width)..];
            firstRow += rows;
            count -= rows;
        }

        Span<ByteRange> ranges = stackalloc ByteRange[256];
        while (count > 0)
        {
            int rows = ReadBytes(firstRow, Math.Min(count, ranges.Length), ranges, out ReadOnlySpan<byte> buffer);
            foreach (ByteRange range in ranges[..rows])
            {
                Span<byte> value = values[..width];
                if (range.IsNull)
                {
                    value.Clear();
                }
                else
                {
                    range.In(buffer).CopyTo(value);
                }

                values = values[width..];
            }

            firstRow += rows;
            count -= rows;
        }
    }

    /// <summary>Which rows have a value: levels alone are decoded. Does nothing for an empty span.</summary>
    public void ReadValidity(int firstRow, int count, Span<ulong> validityBits)
    {
        CheckRows(firstRow, count);
        if (validityBits.IsEmpty || count == 0)
        {
            return;
        }

        ClearValidity(validityBits, count);
        if (!Column.IsOptional)
        {
            Bitmaps.Fill(validityBits, 0, count);
            return;
        }

        int done = 0;
        while (done < count)
        {
            CachedPage page = PageAt(firstRow + done, count - done, out int from, out int rows);
            AddValidity(page, from, rows, validityBits, done);
            done += rows;
        }
    }

    private void ReadTyped<T>(ParquetType type, int firstRow, int count, Span<T> values, Span<ulong> validityBits, DecodedKind kind)
        where T : unmanaged
    {
        if (Column.Type != type)
        {
            throw WrongType(Column.Type, type.ToString());
        }

        ReadRows(firstRow, count, values, validityBits, kind);
    }

    private void ReadRows<T>(int firstRow, int count, Span<T> values, Span<ulong> validityBits, DecodedKind kind)
        where T : unmanaged
    {
        CheckRows(firstRow, count);
        if (values.Length < count)
        {
            throw new ArgumentException($"a span of {values.Length} does not take {count} rows", nameof(values));
        }

        if (!validityBits.IsEmpty)
        {
            ClearValidity(validityBits, count);
        }

        int done = 0;
        while (done < count)
        {
            CachedPage page = PageAt(firstRow + done, count - done, out int from, out int rows);
            Span<T> part = values.Slice(done, rows);
            if (page.Kind == kind)
            {
                Kept<T>(page).Slice(from, rows).CopyTo(part);
            }
            else if (rows == page.Rows)
            {
                // A whole page goes straight to the caller; scans do not fill the cache.
                Decode(page, kind, part);
            }
            else if (IsPart(page, kind, rows))
            {
                page.Parts++;
                DecodePart(page, kind, from, part);
            }
            else
            {
                page.Kind = DecodedKind.None;
                Span<T> kept = MemoryMarshal.Cast<byte, T>(page.RentDecoded(page.Rows * Unsafe.SizeOf<T>()));
                Decode(page, kind, kept);
                page.Kind = kind;
                kept.Slice(from, rows).CopyTo(part);
            }

            if (!validityBits.IsEmpty)
            {
                AddValidity(page, from, rows, validityBits, done);
            }

            done += rows;
        }
    }

    /// <summary>The page of a row, the row's number in it, and how many of the wanted rows it has.</summary>
    private CachedPage PageAt(int row, int wanted, out int from, out int rows)
    {
        PageIndex index = Index;
        int number = _latest is { Page: >= 0 } latest && row >= index.FirstRows[latest.Page] && row < index.FirstRows[latest.Page + 1]
            ? latest.Page
            : index.PageOf(row);
        from = row - index.FirstRows[number];
        rows = Math.Min(wanted, index.FirstRows[number + 1] - row);
        return Page(number);
    }

    private static Span<T> Kept<T>(CachedPage page)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(page.Decoded(page.Rows * Unsafe.SizeOf<T>()));

    private static void AddValidity(CachedPage page, int from, int rows, Span<ulong> validityBits, int at)
    {
        if (page.HasNulls)
        {
            Bitmaps.OrBits(page.Validity, from, rows, validityBits, at);
        }
        else
        {
            Bitmaps.Fill(validityBits, at, rows);
        }
    }

    private static void ClearValidity(Span<ulong> validityBits, int count)
    {
        int words = Bitmaps.Words(count);
        if (validityBits.Length < words)
        {
            throw new ArgumentException($"{validityBits.Length} words of validity do not cover {count} rows", nameof(validityBits));
        }

        validityBits[..words].Clear();
    }

    private InvalidOperationException WrongType(ParquetType type, string wanted) =>
        new($"column '{Column.Name}' has type {type} and was read as {wanted}");
}
