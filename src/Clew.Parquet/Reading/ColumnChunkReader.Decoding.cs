using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Clew.Parquet;

/// <summary>From the bytes of a page to a value per row.</summary>
public sealed partial class ColumnChunkReader
{
    private int[] _ints = [];
    private long[] _longs = [];

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

                // Every code was found to be below the dictionary's count.
                ref T dictionary = ref MemoryMarshal.GetReference(MemoryMarshal.Cast<byte, T>(Dictionary.Buffer));
                for (int i = 0; i < codes.Length; i++)
                {
                    numbers[i] = Unsafe.Add(ref dictionary, codes[i]);
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
