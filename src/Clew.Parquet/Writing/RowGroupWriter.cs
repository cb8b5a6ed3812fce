using System.Buffers;

namespace Clew.Parquet;

/// <summary>
/// Takes the columns of one row group, whole, in the order of the schema. Every call writes the next column; its type must fit.
/// Validity bitmaps have bit i % 64 of word i / 64 set where row i has a value; an empty one says that all rows have. Values at
/// rows without a value are ignored.
/// </summary>
public sealed partial class RowGroupWriter
{
    private readonly ParquetWriter _file;
    private readonly ChunkWriter _chunk;
    private readonly DictionaryEncoder _dictionary = new();
    private WrittenChunk[] _chunks = [];
    private int _pageRows;

    /// <summary>True while columns are added to a row group that the file has already.</summary>
    private bool _isAmending;
    private int[] _intScratch = [];
    private long[] _longScratch = [];
    private ulong[] _validityScratch = [];

    internal RowGroupWriter(ParquetWriter file)
    {
        _file = file;
        _chunk = new ChunkWriter(file, file.Options.ZstdLevel);
    }

    public int Rows { get; private set; }

    /// <summary>Index of the column that the next call writes; the number of columns once the row group is complete.</summary>
    public int NextColumn { get; private set; }

    internal bool IsOpen => NextColumn < _chunks.Length;

    /// <summary>Writes the next column, which must be optional, without any value.</summary>
    public void WriteNulls(ChunkOptions options = default)
    {
        ParquetColumn column = Column();
        if (!column.IsOptional)
        {
            throw new ArgumentException($"column '{column.Name}' is required and cannot be null");
        }

        BeginChunk(column, ParquetEncoding.Plain, options);
        ulong[] none = Validity();
        none.AsSpan().Clear();
        for (int first = 0; first < Rows; first += _pageRows)
        {
            int rows = Math.Min(_pageRows, Rows - first);
            WriteLevels(column, none, rows, rows);
            _chunk.Bounds.AddNullPage(rows);
            _chunk.EndPage(first, rows);
        }

        EndChunk();
    }

    /// <summary>Gives a completed row group the columns that the schema got since, without values.</summary>
    internal WrittenRowGroup AddNullColumns(WrittenRowGroup rowGroup)
    {
        Begin(rowGroup.Rows, rowGroup.PageRows);
        rowGroup.Chunks.CopyTo(_chunks, 0);
        NextColumn = rowGroup.Chunks.Length;
        _isAmending = true;
        while (IsOpen)
        {
            WriteNulls();
        }

        _isAmending = false;
        return rowGroup with { Chunks = _chunks };
    }

    internal void Begin(int rows, int pageRows)
    {
        if (rows < 1 || rows > ParquetLimits.MaxRowGroupRows)
        {
            throw new ArgumentOutOfRangeException(nameof(rows), rows, $"a row group has 1 to {ParquetLimits.MaxRowGroupRows} rows");
        }

        if (pageRows < 64 || pageRows > ParquetLimits.MaxPageRows || pageRows % 64 != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(pageRows), pageRows, $"a page has a multiple of 64 rows, at most {ParquetLimits.MaxPageRows}");
        }

        if ((rows - 1) / pageRows >= ParquetLimits.MaxPagesPerChunk)
        {
            throw new ArgumentOutOfRangeException(nameof(rows), rows, $"more than {ParquetLimits.MaxPagesPerChunk} pages of {pageRows} rows");
        }

        Rows = rows;
        NextColumn = 0;
        _pageRows = pageRows;
        _chunks = new WrittenChunk[_file.Schema.Count];
    }

    internal void Dispose()
    {
        _chunk.Dispose();
        _dictionary.Dispose();
        ReturnScratch(ref _intScratch);
        ReturnScratch(ref _longScratch);
        ReturnScratch(ref _validityScratch);
        Rows = 0;
    }

    private ParquetColumn Column(ParquetType? type = null)
    {
        if (_file.Unusable)
        {
            throw new InvalidOperationException("an earlier call failed; the bytes of this file must be thrown away");
        }

        if (!IsOpen)
        {
            throw new InvalidOperationException("all columns of this row group are written; start the next one");
        }

        ParquetColumn column = _file.Schema[NextColumn];
        if (type is not null && column.Type != type)
        {
            throw new ArgumentException($"the next column is '{column}', it does not take values of type {type}");
        }

        return column;
    }

    /// <summary>
    /// Starts a chunk. A failure between here and <see cref="EndChunk"/> leaves half a chunk in the stream, so the file counts as
    /// unusable until the chunk has ended. Arguments are checked before.
    /// </summary>
    private void BeginChunk(ParquetColumn column, ParquetEncoding encoding, ChunkOptions options)
    {
        CheckBloom(column, options);
        _file.Unusable = true;
        _chunks[NextColumn] = _chunk.Begin(column, encoding, options.Compression);
    }

    private void EndChunk()
    {
        _file.EndChunk(_chunk);
        EndColumn();
    }

    /// <summary>Appends the definition levels of a page to its body. <paramref name="bits"/> are those of the page.</summary>
    private void WriteLevels(ParquetColumn column, ReadOnlySpan<ulong> bits, int rows, int nulls)
    {
        if (!column.IsOptional)
        {
            return;
        }

        ByteBuffer body = _chunk.Body;
        if (nulls == 0)
        {
            int lengthAt = body.Length;
            body.WriteInt32(0);
            body.WriteVarint((ulong)rows << 1);
            body.WriteByte(1);
            body.PatchInt32(lengthAt, body.Length - lengthAt - 4);
        }
        else
        {
            LevelCodec.Encode(bits, rows, body);
        }
    }

    /// <summary>Checks a caller's bitmap against the column. Returns true if all rows have a value.</summary>
    private bool CheckValidity(ParquetColumn column, ReadOnlySpan<ulong> validity)
    {
        if (validity.IsEmpty)
        {
            return true;
        }

        if (validity.Length < Bitmaps.Words(Rows))
        {
            throw new ArgumentException($"column '{column.Name}': a validity bitmap of {validity.Length} words does not cover {Rows} rows");
        }

        int valid = Bitmaps.CountSet(validity, Rows);
        if (valid != Rows && !column.IsOptional)
        {
            throw new ArgumentException($"column '{column.Name}' is required, but {Rows - valid} rows have no value");
        }

        return valid == Rows;
    }

    private void CheckCount(ParquetColumn column, int count)
    {
        if (count != Rows)
        {
            throw new ArgumentException($"column '{column.Name}' was given {count} values for {Rows} rows");
        }
    }

    /// <summary>The bitmap words of the page that begins at this row; page starts are multiples of 64.</summary>
    private static ReadOnlySpan<ulong> PageBits(ReadOnlySpan<ulong> validity, int first, int rows) =>
        validity.Slice(first >> 6, Bitmaps.Words(rows));

    private int[] IntScratch() => Rented(ref _intScratch, _pageRows);

    private long[] LongScratch() => Rented(ref _longScratch, _pageRows);

    private ulong[] Validity() => Rented(ref _validityScratch, Bitmaps.Words(_pageRows));

    private static T[] Rented<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            ReturnScratch(ref array);
            array = ArrayPool<T>.Shared.Rent(length);
        }

        return array;
    }

    private static void ReturnScratch<T>(ref T[] array)
    {
        if (array.Length > 0)
        {
            ArrayPool<T>.Shared.Return(array);
            array = [];
        }
    }
}
