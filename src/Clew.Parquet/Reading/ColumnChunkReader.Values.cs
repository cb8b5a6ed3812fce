using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Clew.Parquet;

/// <summary>Reading of rows.</summary>
public sealed partial class ColumnChunkReader
{
    private int[] _ints = [];
    private long[] _longs = [];

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

    /// <summary>Decodes all rows of a page. T is the type that belongs to the kind.</summary>
    private void Decode<T>(CachedPage page, DecodedKind kind, Span<T> rows)
        where T : unmanaged
    {
        ReadOnlySpan<byte> values = Body(page)[page.ValuesStart..];
        switch (kind)
        {
            case DecodedKind.Codes:
                DecodeCodes(page, values, MemoryMarshal.Cast<T, int>(rows));
                break;
            case DecodedKind.Int64 or DecodedKind.Int32 or DecodedKind.Double:
                DecodeNumbers(page, values, rows);
                break;
            case DecodedKind.Boolean:
                DecodeBooleans(page, values, MemoryMarshal.Cast<T, bool>(rows));
                break;
            default:
                DecodeRanges(page, values, MemoryMarshal.Cast<T, ByteRange>(rows));
                break;
        }
    }

    private void DecodeCodes(CachedPage page, ReadOnlySpan<byte> values, Span<int> rows)
    {
        if (!page.HasNulls)
        {
            UnpackCodes(page, values, rows);
            return;
        }

        Span<int> packed = MemoryMarshal.Cast<long, int>(Longs((page.Values + Spread.Slack + 1) / 2));
        UnpackCodes(page, values, packed[..page.Values]);
        Spread.Rows(packed, page.Validity, rows, -1);
    }

    /// <summary>Codes of the rows that have a value: a byte with the bit width, then hybrid runs.</summary>
    private void UnpackCodes(CachedPage page, ReadOnlySpan<byte> values, Span<int> codes)
    {
        if (codes.IsEmpty)
        {
            return;
        }

        int width = values.IsEmpty ? -1 : values[0];
        if (width is < 0 or > 32 || !HybridCodec.TryDecode(values[1..], width, codes, Dictionary.Count))
        {
            throw Corrupt(
                Index.Offsets[page.Page],
                $"page {page.Page}: {values.Length} bytes are not {codes.Length} codes of {width} bits below {Dictionary.Count}");
        }
    }

    private void DecodeNumbers<T>(CachedPage page, ReadOnlySpan<byte> values, Span<T> rows)
        where T : unmanaged
    {
        if (!page.HasNulls)
        {
            UnpackNumbers(page, values, rows);
            return;
        }

        // A long has room for any of the types.
        Span<T> packed = MemoryMarshal.Cast<long, T>(Longs(page.Values + Spread.Slack));
        UnpackNumbers(page, values, packed[..page.Values]);
        Spread.Rows(packed, page.Validity, rows, default);
    }

    private void UnpackNumbers<T>(CachedPage page, ReadOnlySpan<byte> values, Span<T> numbers)
        where T : unmanaged
    {
        bool good;
        switch (_chunk.Encoding)
        {
            case ParquetEncoding.Plain:
                Span<byte> bytes = MemoryMarshal.AsBytes(numbers);
                good = values.Length == bytes.Length;
                if (good)
                {
                    values.CopyTo(bytes);
                }

                break;
            case ParquetEncoding.DeltaBinaryPacked when typeof(T) == typeof(long):
                good = DeltaCodec.TryDecode(values, MemoryMarshal.Cast<T, long>(numbers), maxWidth: 64);
                break;
            case ParquetEncoding.DeltaBinaryPacked:
                good = UnpackDeltaInt32(values, MemoryMarshal.Cast<T, int>(numbers));
                break;
            default:
                Span<int> codes = Ints(numbers.Length)[..numbers.Length];
                UnpackCodes(page, values, codes);
                ReadOnlySpan<T> dictionary = MemoryMarshal.Cast<byte, T>(Dictionary.Buffer);
                for (int i = 0; i < codes.Length; i++)
                {
                    numbers[i] = dictionary[codes[i]];
                }

                good = true;
                break;
        }

        if (!good)
        {
            throw Corrupt(Index.Offsets[page.Page], $"page {page.Page}: {values.Length} bytes are not {numbers.Length} values of {Column.Type}");
        }
    }

    private static bool UnpackDeltaInt32(ReadOnlySpan<byte> values, Span<int> numbers)
    {
        long[] wide = ArrayPool<long>.Shared.Rent(numbers.Length);
        try
        {
            if (!DeltaCodec.TryDecode(values, wide.AsSpan(0, numbers.Length), maxWidth: 32))
            {
                return false;
            }

            for (int i = 0; i < numbers.Length; i++)
            {
                numbers[i] = unchecked((int)wide[i]);
            }

            return true;
        }
        finally
        {
            ArrayPool<long>.Shared.Return(wide);
        }
    }

    private void DecodeBooleans(CachedPage page, ReadOnlySpan<byte> values, Span<bool> rows)
    {
        Span<ulong> bits = MemoryMarshal.Cast<long, ulong>(Longs(Bitmaps.Words(page.Rows)));
        bool good;
        if (_chunk.Encoding == ParquetEncoding.Rle)
        {
            good = LevelCodec.TryDecode(values, bits, page.Values, out int consumed) && consumed == values.Length;
        }
        else
        {
            good = values.Length == (page.Values + 7) / 8;
            if (good)
            {
                values.CopyTo(MemoryMarshal.AsBytes(bits));
            }
        }

        if (!good)
        {
            throw Corrupt(Index.Offsets[page.Page], $"page {page.Page}: {values.Length} bytes are not {page.Values} booleans");
        }

        int next = 0;
        for (int row = 0; row < rows.Length; row++)
        {
            rows[row] = (!page.HasNulls || Bitmaps.Get(page.Validity, row)) && Bitmaps.Get(bits, next++);
        }
    }

    private void DecodeRanges(CachedPage page, ReadOnlySpan<byte> values, Span<ByteRange> rows)
    {
        if (HasDictionary)
        {
            Span<int> codes = Ints(page.Rows + Spread.Slack)[..page.Rows];
            DecodeCodes(page, values, codes);
            ParquetDictionary dictionary = Dictionary;
            for (int row = 0; row < rows.Length; row++)
            {
                rows[row] = dictionary.Range(codes[row]);
            }

            return;
        }

        int width = Column.FixedLength;
        int position = 0;
        for (int row = 0; row < rows.Length; row++)
        {
            if (page.HasNulls && !Bitmaps.Get(page.Validity, row))
            {
                rows[row] = new ByteRange(0, -1);
                continue;
            }

            int length = width;
            if (width == 0)
            {
                length = values.Length - position >= 4 ? BinaryPrimitives.ReadInt32LittleEndian(values[position..]) : -1;
                position += 4;
            }

            if (length < 0 || length > values.Length - position)
            {
                throw Corrupt(Index.Offsets[page.Page], $"page {page.Page}: the byte string of row {row} runs past the end");
            }

            rows[row] = new ByteRange(page.ValuesStart + position, length);
            position += length;
        }

        if (position != values.Length)
        {
            throw Corrupt(Index.Offsets[page.Page], $"page {page.Page}: {values.Length - position} bytes are left after the last value");
        }
    }

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

    private Span<int> Ints(int length)
    {
        if (_ints.Length < length)
        {
            ReturnInts();
            _ints = ArrayPool<int>.Shared.Rent(length);
        }

        return _ints;
    }

    private Span<long> Longs(int length)
    {
        if (_longs.Length < length)
        {
            ReturnLongs();
            _longs = ArrayPool<long>.Shared.Rent(length);
        }

        return _longs;
    }

    private void ReturnScratch()
    {
        ReturnInts();
        ReturnLongs();
    }

    private void ReturnInts()
    {
        if (_ints.Length > 0)
        {
            ArrayPool<int>.Shared.Return(_ints);
            _ints = [];
        }
    }

    private void ReturnLongs()
    {
        if (_longs.Length > 0)
        {
            ArrayPool<long>.Shared.Return(_longs);
            _longs = [];
        }
    }
}
