using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Clew.Parquet;

/// <summary>Columns given as values.</summary>
public sealed partial class RowGroupWriter
{
    /// <summary>Writes the next column, INT64: one value per row.</summary>
    public void WriteInt64(ReadOnlySpan<long> values, ReadOnlySpan<ulong> validity = default, ChunkOptions options = default)
    {
        ParquetColumn column = Column(ParquetType.Int64);
        CheckCount(column, values.Length);
        WriteNumbers<long>(column, new PlainSource(ColumnValues.Of(values)), validity, options);
    }

    /// <summary>Writes the next column, INT32: one value per row.</summary>
    public void WriteInt32(ReadOnlySpan<int> values, ReadOnlySpan<ulong> validity = default, ChunkOptions options = default)
    {
        ParquetColumn column = Column(ParquetType.Int32);
        CheckCount(column, values.Length);
        WriteNumbers<int>(column, new PlainSource(ColumnValues.Of(values)), validity, options);
    }

    /// <summary>Writes the next column, DOUBLE: one value per row.</summary>
    public void WriteDouble(ReadOnlySpan<double> values, ReadOnlySpan<ulong> validity = default, ChunkOptions options = default)
    {
        ParquetColumn column = Column(ParquetType.Double);
        CheckCount(column, values.Length);
        WriteNumbers<double>(column, new PlainSource(ColumnValues.Of(values)), validity, options);
    }

    /// <summary>Writes the next column, BOOLEAN: one value per row. PLAIN (a bit each) unless the options ask for RLE.</summary>
    public void WriteBool(ReadOnlySpan<bool> values, ReadOnlySpan<ulong> validity = default, ChunkOptions options = default)
    {
        ParquetColumn column = Column(ParquetType.Boolean);
        CheckCount(column, values.Length);
        bool allValid = CheckValidity(column, validity);
        bool rle = PickEncoding(column, options, EncodingHint.Plain, EncodingHint.Rle) == EncodingHint.Rle;

        BeginChunk(column, rle ? ParquetEncoding.Rle : ParquetEncoding.Plain, options);
        ulong[] packed = Validity();
        for (int first = 0; first < Rows; first += _pageRows)
        {
            int rows = Math.Min(_pageRows, Rows - first);
            ReadOnlySpan<ulong> bits = allValid ? [] : PageBits(validity, first, rows);
            int count = PackBooleans(values.Slice(first, rows), bits, packed);
            WriteLevels(column, bits, rows, rows - count);
            if (rle)
            {
                LevelCodec.Encode(packed, count, _chunk.Body);
            }
            else
            {
                _chunk.Body.Write(MemoryMarshal.AsBytes(packed.AsSpan())[..((count + 7) / 8)]);
            }

            AddBooleanBounds(Bitmaps.CountSet(packed, count), count, rows - count);
            _chunk.EndPage(first, rows);
        }

        EndChunk();
    }

    /// <summary>Writes the next column, BYTE_ARRAY: one byte string per row, PLAIN.</summary>
    public void WriteBytes(ByteArrays values, ReadOnlySpan<ulong> validity = default, ChunkOptions options = default)
    {
        ParquetColumn column = Column(ParquetType.ByteArray);
        CheckCount(column, values.Count);
        WriteByteValues(column, new PlainSource(new ColumnValues(values)), validity, options);
    }

    /// <summary>Writes the next column, FIXED_LEN_BYTE_ARRAY: the values of all rows end to end, nulls taking their place too.</summary>
    public void WriteFixed(ReadOnlySpan<byte> blob, ReadOnlySpan<ulong> validity = default, ChunkOptions options = default)
    {
        ParquetColumn column = Column(ParquetType.FixedLenByteArray);
        if (blob.Length != (long)Rows * column.FixedLength)
        {
            throw new ArgumentException($"column '{column.Name}' was given {blob.Length} bytes for {Rows} rows of {column.FixedLength}");
        }

        WriteByteValues(column, new PlainSource(new ColumnValues(blob, column.FixedLength)), validity, options);
    }

    private void WriteNumbers<T>(ParquetColumn column, PlainSource source, ReadOnlySpan<ulong> validity, ChunkOptions options)
        where T : unmanaged, INumber<T>
    {
        bool allValid = CheckValidity(column, validity);
        bool delta = column.Type != ParquetType.Double
            && PickEncoding(column, options, EncodingHint.Delta, EncodingHint.Plain) == EncodingHint.Delta;
        if (column.Type == ParquetType.Double)
        {
            PickEncoding(column, options, EncodingHint.Plain, EncodingHint.Plain);
        }

        BeginChunk(column, delta ? ParquetEncoding.DeltaBinaryPacked : ParquetEncoding.Plain, options);
        BloomBuilder? bloom = StartBloom(options);
        Span<T> scratch = MemoryMarshal.Cast<long, T>(LongScratch().AsSpan());
        for (int first = 0; first < Rows; first += _pageRows)
        {
            int rows = Math.Min(_pageRows, Rows - first);
            ReadOnlySpan<ulong> bits = PageValidity(source, first, rows, allValid ? [] : validity, out int nulls);
            WriteLevels(column, bits, rows, nulls);
            ReadOnlySpan<T> values = source.Numbers<T>(first, rows, bits, nulls, scratch);
            Debug.Assert(values.Length == rows - nulls);
            if (!delta)
            {
                _chunk.Body.Write(MemoryMarshal.AsBytes(values));
            }
            else if (typeof(T) == typeof(long))
            {
                DeltaCodec.Encode(MemoryMarshal.Cast<T, long>(values), _chunk.Body);
            }
            else
            {
                DeltaCodec.Encode(MemoryMarshal.Cast<T, int>(values), _chunk.Body);
            }

            AddNumberBounds(values, nulls);
            bloom?.Add(MemoryMarshal.AsBytes(values), values.Length == 0 ? 1 : MemoryMarshal.AsBytes(values[..1]).Length);
            _chunk.EndPage(first, rows);
        }

        EndBloom(bloom);
        EndChunk();
    }

    private void WriteByteValues(ParquetColumn column, PlainSource source, ReadOnlySpan<ulong> validity, ChunkOptions options)
    {
        bool allValid = CheckValidity(column, validity);
        PickEncoding(column, options, EncodingHint.Plain, EncodingHint.Plain);
        BeginChunk(column, ParquetEncoding.Plain, options);
        BloomBuilder? bloom = StartBloom(options);
        for (int first = 0; first < Rows; first += _pageRows)
        {
            int rows = Math.Min(_pageRows, Rows - first);
            ReadOnlySpan<ulong> bits = PageValidity(source, first, rows, allValid ? [] : validity, out int nulls);
            WriteLevels(column, bits, rows, nulls);
            ByteBounds bounds = default;
            for (int row = 0; row < rows; row++)
            {
                int index = source.Codes.IsEmpty ? first + row : source.Codes[first + row];
                if (nulls > 0 && !Bitmaps.Get(bits, row))
                {
                    continue;
                }

                ReadOnlySpan<byte> value = source.Values[index];
                source.Values.AppendPlain(index, _chunk.Body);
                bounds.Add(value, index);
                bloom?.Add(value);
            }

            if (nulls == rows)
            {
                _chunk.Bounds.AddNullPage(nulls);
            }
            else
            {
                _chunk.Bounds.AddPage(nulls, source.Values[bounds.Min], source.Values[bounds.Max]);
            }

            _chunk.EndPage(first, rows);
        }

        EndBloom(bloom);
        EndChunk();
    }

    /// <summary>Validity of the page's rows (empty if all have a value) and the number of nulls.</summary>
    private ReadOnlySpan<ulong> PageValidity(PlainSource source, int first, int rows, ReadOnlySpan<ulong> validity, out int nulls)
    {
        ReadOnlySpan<ulong> bits;
        if (!source.Codes.IsEmpty)
        {
            ulong[] scratch = Validity();
            scratch.AsSpan(0, Bitmaps.Words(rows)).Clear();
            ReadOnlySpan<int> codes = source.Codes.Slice(first, rows);
            for (int i = 0; i < codes.Length; i++)
            {
                scratch[i >> 6] |= (ulong)((uint)~codes[i] >> 31) << (i & 63);
            }

            bits = scratch;
        }
        else if (validity.IsEmpty)
        {
            nulls = 0;
            return [];
        }
        else
        {
            bits = PageBits(validity, first, rows);
        }

        nulls = rows - Bitmaps.CountSet(bits, rows);
        return bits;
    }

    private void AddNumberBounds<T>(ReadOnlySpan<T> values, int nulls)
        where T : unmanaged, INumber<T>
    {
        if (values.IsEmpty)
        {
            _chunk.Bounds.AddNullPage(nulls);
            return;
        }

        (T min, T max) = MinMax.Of(values);
        if (T.IsNaN(min) || T.IsNaN(max))
        {
            _chunk.Bounds.AddNaNPage(nulls);
            return;
        }

        _chunk.Bounds.AddPage(nulls, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in min)), MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in max)));
    }

    private void AddBooleanBounds(int trues, int values, int nulls)
    {
        if (values == 0)
        {
            _chunk.Bounds.AddNullPage(nulls);
            return;
        }

        ReadOnlySpan<byte> falseThenTrue = [0, 1];
        _chunk.Bounds.AddPage(nulls, falseThenTrue.Slice(trues == values ? 1 : 0, 1), falseThenTrue.Slice(trues > 0 ? 1 : 0, 1));
    }

    /// <summary>Packs the values of rows that have one; returns their number. The rest of the last word is zero.</summary>
    private static int PackBooleans(ReadOnlySpan<bool> values, ReadOnlySpan<ulong> validity, Span<ulong> packed)
    {
        packed.Clear();
        int count = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (validity.IsEmpty || Bitmaps.Get(validity, i))
            {
                packed[count >> 6] |= (values[i] ? 1UL : 0UL) << (count & 63);
                count++;
            }
        }

        return count;
    }

    private static EncodingHint PickEncoding(ParquetColumn column, ChunkOptions options, EncodingHint auto, EncodingHint other)
    {
        EncodingHint picked = options.Encoding == EncodingHint.Auto ? auto : options.Encoding;
        if (picked != auto && picked != other)
        {
            throw new ArgumentException($"column '{column}' cannot be written with encoding {picked}");
        }

        return picked;
    }

    /// <summary>Positions of the smallest and largest byte string of a page, compared by their first eight bytes where those differ.</summary>
    private ref struct ByteBounds
    {
        private ReadOnlySpan<byte> _min;
        private ReadOnlySpan<byte> _max;
        private ulong _minKey;
        private ulong _maxKey;
        private bool _any;

        public int Min { get; private set; }

        public int Max { get; private set; }

        public void Add(ReadOnlySpan<byte> value, int index)
        {
            ulong key = ValueOrder.Prefix(value);
            if (!_any)
            {
                _any = true;
                SetMin(value, key, index);
                SetMax(value, key, index);
                return;
            }

            if (key < _minKey || (key == _minKey && value.SequenceCompareTo(_min) < 0))
            {
                SetMin(value, key, index);
            }

            if (key > _maxKey || (key == _maxKey && value.SequenceCompareTo(_max) > 0))
            {
                SetMax(value, key, index);
            }
        }

        private void SetMin(ReadOnlySpan<byte> value, ulong key, int index)
        {
            _min = value;
            _minKey = key;
            Min = index;
        }

        private void SetMax(ReadOnlySpan<byte> value, ulong key, int index)
        {
            _max = value;
            _maxKey = key;
            Max = index;
        }
    }
}
