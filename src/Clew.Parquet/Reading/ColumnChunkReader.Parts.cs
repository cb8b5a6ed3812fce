using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Clew.Parquet;

/// <summary>
/// Some rows of a page without the rest: a trace is a dozen rows of a page of thousands, in each of a hundred columns. Most columns have no
/// value in those rows, which the validity bits say before a value is looked at.
/// </summary>
public sealed partial class ColumnChunkReader
{
    // Rows beyond this share of a page are not much cheaper than all of it, and all of it is then there for the next read.
    private const int PartShare = 8;

    // Who comes back to a page so often is going through it.
    private const int MaxParts = 2;

    private static bool IsPart(CachedPage page, DecodedKind kind, int rows) =>
        rows <= page.Rows / PartShare && page.Parts < MaxParts && kind is not (DecodedKind.Int32 or DecodedKind.Boolean);

    /// <summary>Decodes the rows of a page from one on, as <see cref="Decode"/> would.</summary>
    private void DecodePart<T>(CachedPage page, DecodedKind kind, int from, Span<T> rows)
        where T : unmanaged
    {
        ReadOnlySpan<byte> values = Body(page)[page.ValuesStart..];
        int first = page.HasNulls ? Bitmaps.CountSet(page.Validity, from) : from;
        int count = page.HasNulls ? Bitmaps.CountSet(page.Validity, from, rows.Length) : rows.Length;
        switch (kind)
        {
            case DecodedKind.Codes:
                Place(page, from, CodesPart(page, values, first, count), MemoryMarshal.Cast<T, int>(rows), -1);
                break;
            case DecodedKind.Int64 or DecodedKind.Double:
                Place(page, from, NumbersPart<T>(page, values, first, count), rows, default);
                break;
            default:
                Place(page, from, RangesPart(page, values, first, count), MemoryMarshal.Cast<T, ByteRange>(rows), new ByteRange(0, -1));
                break;
        }
    }

    /// <summary>Deals values out to the rows that have one.</summary>
    private static void Place<T>(CachedPage page, int from, ReadOnlySpan<T> values, Span<T> rows, T filler)
    {
        if (values.Length == rows.Length)
        {
            values.CopyTo(rows);
            return;
        }

        int next = 0;
        for (int row = 0; row < rows.Length; row++)
        {
            rows[row] = Bitmaps.Get(page.Validity, from + row) ? values[next++] : filler;
        }
    }

    private ReadOnlySpan<int> CodesPart(CachedPage page, ReadOnlySpan<byte> values, int first, int count)
    {
        if (count == 0)
        {
            return [];
        }

        Span<int> codes = Ints(count)[..count];
        int width = values.IsEmpty ? -1 : values[0];
        if (width is < 0 or > 32 || !HybridCodec.TryDecode(values[1..], width, codes, Dictionary.Count, first))
        {
            throw Corrupt(
                Index.Offsets[page.Page],
                $"page {page.Page}: {values.Length} bytes do not hold codes {first} to {first + count} of {width} bits below {Dictionary.Count}");
        }

        return codes;
    }

    private ReadOnlySpan<T> NumbersPart<T>(CachedPage page, ReadOnlySpan<byte> values, int first, int count)
        where T : unmanaged
    {
        if (count == 0)
        {
            return [];
        }

        switch (_chunk.Encoding)
        {
            case ParquetEncoding.Plain when values.Length == (long)page.Values * Unsafe.SizeOf<T>():
                return MemoryMarshal.Cast<byte, T>(values.Slice(first * Unsafe.SizeOf<T>(), count * Unsafe.SizeOf<T>()));
            case ParquetEncoding.DeltaBinaryPacked:
                Span<long> numbers = Longs(first + count)[..(first + count)];
                if (DeltaCodec.TryDecodeFirst(values, numbers, page.Values, maxWidth: 64))
                {
                    return MemoryMarshal.Cast<long, T>(numbers[first..]);
                }

                break;
            case ParquetEncoding.RleDictionary:
                ReadOnlySpan<int> codes = CodesPart(page, values, first, count);
                ReadOnlySpan<T> dictionary = MemoryMarshal.Cast<byte, T>(Dictionary.Buffer);
                Span<T> found = MemoryMarshal.Cast<long, T>(Longs(count))[..count];
                for (int i = 0; i < codes.Length; i++)
                {
                    found[i] = dictionary[codes[i]];
                }

                return found;
        }

        throw Corrupt(Index.Offsets[page.Page], $"page {page.Page}: {values.Length} bytes are not {page.Values} values of {Column.Type}");
    }

    private ReadOnlySpan<ByteRange> RangesPart(CachedPage page, ReadOnlySpan<byte> values, int first, int count)
    {
        if (count == 0)
        {
            return [];
        }

        // A range is as large as a long.
        Span<ByteRange> ranges = MemoryMarshal.Cast<long, ByteRange>(Longs(count))[..count];
        if (HasDictionary)
        {
            ReadOnlySpan<int> codes = CodesPart(page, values, first, count);
            for (int i = 0; i < count; i++)
            {
                ranges[i] = Dictionary.Range(codes[i]);
            }

            return ranges;
        }

        int width = Column.FixedLength;
        int position = width * first;
        for (int i = width == 0 ? -first : 0; i < count; i++)
        {
            int length = width;
            if (width == 0)
            {
                length = values.Length - position >= 4 ? BinaryPrimitives.ReadInt32LittleEndian(values[position..]) : -1;
                position += 4;
            }

            if (length < 0 || length > values.Length - position)
            {
                throw Corrupt(Index.Offsets[page.Page], $"page {page.Page}: byte string {first + i} of {page.Values} runs past the end");
            }

            if (i >= 0)
            {
                ranges[i] = new ByteRange(page.ValuesStart + position, length);
            }

            position += length;
        }

        return ranges;
    }
}
