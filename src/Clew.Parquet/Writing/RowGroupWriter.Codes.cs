using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Clew.Parquet;

/// <summary>Columns given as codes into a dictionary.</summary>
public sealed partial class RowGroupWriter
{
    /// <summary>
    /// Writes the next column, BYTE_ARRAY, from codes: for each row the index of its value in the dictionary, -1 for null.
    /// </summary>
    /// <param name="codes">One per row.</param>
    /// <param name="dictionary">
    /// Distinct values, in any order; those that no row uses are left out of the file. What is written is sorted, so codes read
    /// back differ from the ones given. A dictionary over <see cref="ParquetWriterOptions.MaxDictionaryBytes"/>, or one that saves
    /// nothing because nearly every row has a value of its own, is written as a plain column instead.
    /// </param>
    /// <param name="options">Codec, bloom filter.</param>
    public void WriteCodes(ReadOnlySpan<int> codes, ByteArrays dictionary, ChunkOptions options = default) =>
        WriteCodes(Column(ParquetType.ByteArray), codes, new ColumnValues(dictionary), options);

    /// <summary>INT64 from codes; see the overload for byte strings.</summary>
    public void WriteCodes(ReadOnlySpan<int> codes, ReadOnlySpan<long> dictionary, ChunkOptions options = default) =>
        WriteCodes(Column(ParquetType.Int64), codes, ColumnValues.Of(dictionary), options);

    /// <summary>INT32 from codes; see the overload for byte strings.</summary>
    public void WriteCodes(ReadOnlySpan<int> codes, ReadOnlySpan<int> dictionary, ChunkOptions options = default) =>
        WriteCodes(Column(ParquetType.Int32), codes, ColumnValues.Of(dictionary), options);

    /// <summary>DOUBLE from codes; see the overload for byte strings.</summary>
    public void WriteCodes(ReadOnlySpan<int> codes, ReadOnlySpan<double> dictionary, ChunkOptions options = default) =>
        WriteCodes(Column(ParquetType.Double), codes, ColumnValues.Of(dictionary), options);

    /// <summary>FIXED_LEN_BYTE_ARRAY from codes; the dictionary is the values end to end. See the overload for byte strings.</summary>
    public void WriteFixedCodes(ReadOnlySpan<int> codes, ReadOnlySpan<byte> dictionary, ChunkOptions options = default)
    {
        ParquetColumn column = Column(ParquetType.FixedLenByteArray);
        if (dictionary.Length % column.FixedLength != 0)
        {
            throw new ArgumentException($"column '{column.Name}': {dictionary.Length} bytes are no multiple of {column.FixedLength}", nameof(dictionary));
        }

        WriteCodes(column, codes, new ColumnValues(dictionary, column.FixedLength), options);
    }

    private void WriteCodes(ParquetColumn column, ReadOnlySpan<int> codes, ColumnValues dictionary, ChunkOptions options)
    {
        CheckCount(column, codes.Length);
        int nulls = _dictionary.Analyse(codes, dictionary);
        if (nulls > 0 && !column.IsOptional)
        {
            throw new ArgumentException($"column '{column.Name}' is required, but {nulls} rows have code -1");
        }

        if (!DictionaryPays(codes.Length - nulls))
        {
            WritePlainOfCodes(column, codes, dictionary, options);
            return;
        }

        _dictionary.Sort(column.Type, dictionary);
        BeginChunk(column, ParquetEncoding.RleDictionary, options);
        ByteBuffer body = _chunk.Body;
        ReadOnlySpan<int> order = _dictionary.Order;
        foreach (int code in order)
        {
            dictionary.AppendPlain(code, body);
        }

        _chunk.EndDictionaryPage(order.Length);
        int width = BitPacking.Width((uint)Math.Max(order.Length - 1, 0));
        int[] scratch = IntScratch();
        ulong[] bits = Validity();
        bool hasNaN = column.Type == ParquetType.Double && order.Length > 0 && ContainsNaN(dictionary, order);
        for (int first = 0; first < Rows; first += _pageRows)
        {
            int rows = Math.Min(_pageRows, Rows - first);
            int values = Translate(codes.Slice(first, rows), _dictionary.Remap, scratch, nulls > 0 ? bits : []);
            WriteLevels(column, bits, rows, rows - values);
            ReadOnlySpan<int> written = scratch.AsSpan(0, values);
            body.WriteByte((byte)width);
            HybridCodec.Encode(written, width, body);
            AddCodeBounds(written, rows - values, dictionary, hasNaN);
            _chunk.EndPage(first, rows);
        }

        AddBloomOfDictionary(dictionary, options);
        EndChunk();
    }

    /// <summary>
    /// A dictionary must fit its cap, and repeat: where more than two rows in three bring a new value, codes only add to it.
    /// Small ones are kept in any case, codes being what queries like best.
    /// </summary>
    private bool DictionaryPays(int values) =>
        _dictionary.PlainBytes <= _file.Options.MaxDictionaryBytes
        && _dictionary.Count <= ParquetLimits.MaxDictionaryEntries
        && (_dictionary.PlainBytes <= SmallDictionaryBytes || _dictionary.Count <= (long)values * 2 / 3);

    private const int SmallDictionaryBytes = 16 << 10;

    /// <summary>Writes codes of the file for those of the caller, nulls left out. Returns their number; fills the validity if asked.</summary>
    private static int Translate(ReadOnlySpan<int> codes, ReadOnlySpan<int> remap, Span<int> written, Span<ulong> validity)
    {
        ref int map = ref MemoryMarshal.GetReference(remap);
        if (validity.IsEmpty)
        {
            for (int i = 0; i < codes.Length; i++)
            {
                written[i] = Unsafe.Add(ref map, codes[i] + 1);
            }

            return codes.Length;
        }

        int values = 0;
        for (int word = 0; word * 64 < codes.Length; word++)
        {
            ReadOnlySpan<int> part = codes[(word * 64)..Math.Min(codes.Length, word * 64 + 64)];
            ulong set = 0;
            for (int i = 0; i < part.Length; i++)
            {
                // Written always, kept only if the row has a value: no branch to mispredict.
                int code = part[i];
                ulong valid = (uint)~code >> 31;
                written[values] = Unsafe.Add(ref map, code + 1);
                set |= valid << i;
                values += (int)valid;
            }

            validity[word] = set;
        }

        return values;
    }

    private void AddCodeBounds(ReadOnlySpan<int> written, int nulls, ColumnValues dictionary, bool hasNaN)
    {
        if (hasNaN)
        {
            _chunk.Bounds.AddNaNPage(nulls);
            return;
        }

        if (written.IsEmpty)
        {
            _chunk.Bounds.AddNullPage(nulls);
            return;
        }

        (int min, int max) = MinMax.Of(written);
        _chunk.Bounds.AddPage(nulls, dictionary[_dictionary.Order[min]], dictionary[_dictionary.Order[max]]);
    }

    private static bool ContainsNaN(ColumnValues dictionary, ReadOnlySpan<int> order)
    {
        // NaNs sort outside the infinities, so one is first or last.
        return double.IsNaN(MemoryMarshal.Read<double>(dictionary[order[0]]))
            || double.IsNaN(MemoryMarshal.Read<double>(dictionary[order[^1]]));
    }

    /// <summary>The same rows as values: numbers by the road for numbers, bytes gathered from the dictionary.</summary>
    private void WritePlainOfCodes(ParquetColumn column, ReadOnlySpan<int> codes, ColumnValues dictionary, ChunkOptions options)
    {
        PlainSource source = new(dictionary, codes);
        switch (column.Type)
        {
            case ParquetType.Int64:
                WriteNumbers<long>(column, source, [], options);
                break;
            case ParquetType.Int32:
                WriteNumbers<int>(column, source, [], options);
                break;
            case ParquetType.Double:
                WriteNumbers<double>(column, source, [], options);
                break;
            default:
                WriteByteValues(column, source, [], options);
                break;
        }
    }
}
