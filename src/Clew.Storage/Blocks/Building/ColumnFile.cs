using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Clew.Model;
using Clew.Parquet;

namespace Clew.Storage.Blocks.Building;

/// <summary>
/// One Parquet file of a block being written. Knows how each kind of column is laid out: small dictionaries as codes, numbers as
/// differences, what is read for few rows through zstd, and rows put from the order of arrival into their final order.
/// </summary>
internal sealed class ColumnFile : IDisposable
{
    /// <summary>Above it a text column is stored as values with a filter: a lookup of one trace reads the dictionaries of all columns.</summary>
    public const int MaxDictionaryBytes = 512 << 10;

    /// <summary>A dictionary this small is kept even when its values hardly repeat.</summary>
    private const int SmallDictionaryBytes = 16 << 10;

    private static readonly ChunkOptions Scanned = new(CompressionHint.IfSaves30Percent);
    private static readonly ChunkOptions Fetched = new(CompressionHint.Always);
    private static readonly ChunkOptions FetchedWithFilter = new(CompressionHint.Always, BloomFilter: true);

    private readonly ParquetWriter _writer;
    private readonly NumberDictionary _numbers = new();
    private RowGroupWriter? _rowGroup;
    private int[] _rank = [];
    private int _rows;
    private int[] _codes = [];
    private int[] _fewCodes = [];
    private int[] _offsets = [];
    private long[] _longs = [];
    private bool[] _bools = [];
    private ulong[] _validity = [];
    private byte[] _bytes = [];

    public ColumnFile(string name, ScratchStream stream, IReadOnlyList<ParquetColumn> columns)
    {
        Name = name;
        Stream = stream;
        _writer = new ParquetWriter(stream, new ParquetSchema(columns), new ParquetWriterOptions { MaxDictionaryBytes = MaxDictionaryBytes });
    }

    public string Name { get; }

    public ScratchStream Stream { get; }

    public void AddColumns(IReadOnlyCollection<ParquetColumn> columns)
    {
        if (columns.Count > 0)
        {
            _writer.AddColumns(columns);
        }
    }

    /// <summary>
    /// Opens a row group. Columns follow in the order of the schema. <paramref name="rank"/> says for each gathered row which row it
    /// becomes; empty when they stay as they are.
    /// </summary>
    public void StartRowGroup(int rows, int pageRows, int[] rank)
    {
        _rows = rows;
        _rank = rank;
        if (_codes.Length < rows)
        {
            _codes = new int[rows];
            _fewCodes = new int[rows];
            _offsets = new int[rows + 1];
            _longs = new long[rows];
            _bools = new bool[rows];
            _validity = new ulong[(rows + 63) / 64];
        }

        _rowGroup = _writer.StartRowGroup(rows, pageRows);
    }

    public void Finish() => _writer.Finish();

    /// <summary>A column as it stands in another file, byte by byte.</summary>
    public void Copy(ParquetReader source, int rowGroup, int column) => _rowGroup!.CopyChunk(source, rowGroup, column);

    public void WriteNulls() => _rowGroup!.WriteNulls();

    /// <summary>A number a row.</summary>
    public void WriteNumbers(ReadOnlySpan<long> values)
    {
        var ordered = _longs.AsSpan(0, _rows);
        Permute(values, ordered);
        _rowGroup!.WriteInt64(ordered);
    }

    /// <summary>A number a row, smaller than a handful of thousands: kinds, rows of a small table.</summary>
    public void WriteSmallNumbers<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var ordered = _longs.AsSpan(0, _rows);
        for (var row = 0; row < _rows; row++)
        {
            ordered[Rank(row)] = Widen(values[row]);
        }

        if (_numbers.TryEncode(ordered, _codes))
        {
            _rowGroup!.WriteCodes(_codes.AsSpan(0, _rows), _numbers.Values, Scanned);
        }
        else
        {
            _rowGroup!.WriteInt64(ordered);
        }
    }

    /// <summary>Numbers that differ little from row to row, one a row.</summary>
    public void WriteDeltas(ReadOnlySpan<int> values)
    {
        var ordered = _longs.AsSpan(0, _rows);
        for (var row = 0; row < _rows; row++)
        {
            ordered[Rank(row)] = values[row];
        }

        _rowGroup!.WriteInt64(ordered);
    }

    /// <summary>Ids of eight bytes, big-endian as on the wire. Zero is null where the column may be null.</summary>
    public void WriteIds(ReadOnlySpan<ulong> ids, bool zeroIsNull)
    {
        var bytes = Bytes(_rows * sizeof(ulong));
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        _validity.AsSpan().Clear();
        for (var row = 0; row < _rows; row++)
        {
            var rank = Rank(row);
            words[rank] = BinaryPrimitives.ReverseEndianness(ids[row]);
            if (ids[row] != 0)
            {
                _validity[rank >> 6] |= 1UL << (rank & 63);
            }
        }

        if (zeroIsNull)
        {
            _rowGroup!.WriteFixed(bytes, Validity, Fetched);
        }
        else
        {
            _rowGroup!.WriteFixed(bytes);
        }
    }

    /// <summary>Values of one width as codes into a table of them. The codes are in final order already.</summary>
    public void WriteOrderedFixedCodes(ReadOnlySpan<int> codes, ReadOnlySpan<byte> values) =>
        _rowGroup!.WriteFixedCodes(codes, values, Scanned);

    /// <summary>Numbers in final order.</summary>
    public void WriteOrderedNumbers(ReadOnlySpan<long> values) => _rowGroup!.WriteInt64(values);

    /// <summary>Values of one width, end to end, in final order.</summary>
    public void WriteOrderedFixed(ReadOnlySpan<byte> values) => _rowGroup!.WriteFixed(values);

    /// <summary>A text a row, by code.</summary>
    public void WriteTexts(ReadOnlySpan<int> codes, ByteTable texts)
    {
        var ordered = _codes.AsSpan(0, _rows);
        Permute(codes, ordered);
        WriteCodes(ordered, codes.Length, texts);
    }

    /// <summary>Texts of some rows.</summary>
    public void WriteTexts(SparseColumn column)
    {
        if (column.Count == 0)
        {
            WriteNulls();
            return;
        }

        var ordered = _codes.AsSpan(0, _rows);
        ordered.Fill(-1);
        var rows = column.Rows;
        var codes = column.Codes;
        for (var i = 0; i < rows.Length; i++)
        {
            ordered[Rank(rows[i])] = codes[i];
        }

        WriteCodes(ordered, rows.Length, column.Texts);
    }

    /// <summary>Messages of some rows: read for few rows at a time, each its own.</summary>
    public void WriteMessages(SparseColumn column)
    {
        if (column.Count == 0)
        {
            WriteNulls();
            return;
        }

        var ordered = _codes.AsSpan(0, _rows);
        ordered.Fill(-1);
        var rows = column.Rows;
        var codes = column.Codes;
        for (var i = 0; i < rows.Length; i++)
        {
            ordered[Rank(rows[i])] = codes[i];
        }

        _validity.AsSpan().Clear();
        var bytes = Bytes(column.Texts.BlobBytes);
        var used = 0;
        for (var row = 0; row < _rows; row++)
        {
            _offsets[row] = used;
            if (ordered[row] >= 0)
            {
                var value = column.Texts[ordered[row]];
                value.CopyTo(bytes[used..]);
                used += value.Length;
                _validity[row >> 6] |= 1UL << (row & 63);
            }
        }

        _offsets[_rows] = used;
        _rowGroup!.WriteBytes(new ByteArrays(_offsets.AsSpan(0, _rows + 1), bytes), Validity, Fetched);
    }

    /// <summary>Numbers of some rows, of the type that the schema says: integers, the bits of doubles, 0 and 1.</summary>
    public void WriteNumbers(SparseColumn column, AttributeType type = AttributeType.Int)
    {
        if (column.Count == 0)
        {
            WriteNulls();
        }
        else if (type == AttributeType.Bool)
        {
            WriteBooleans(column);
        }
        else if (_numbers.TryEncode(column.Numbers, _fewCodes))
        {
            WriteFewNumbers(column, type);
        }
        else
        {
            WriteManyNumbers(column, type);
        }
    }

    /// <summary>Returns the writer's memory. The stream belongs to the caller.</summary>
    public void Dispose() => _writer.Dispose();

    private ReadOnlySpan<ulong> Validity => _validity.AsSpan(0, (_rows + 63) / 64);

    private int Rank(int row) => _rank.Length == 0 ? row : _rank[row];

    private void WriteCodes(ReadOnlySpan<int> codes, int values, ByteTable texts)
    {
        var dictionaryBytes = texts.BlobBytes + (sizeof(int) * (long)texts.Count);
        var isSmall = dictionaryBytes <= MaxDictionaryBytes
            && (dictionaryBytes <= SmallDictionaryBytes || texts.Count <= (long)values * 2 / 3);
        _rowGroup!.WriteCodes(codes, new ByteArrays(texts.Offsets, texts.Blob), isSmall ? Scanned : FetchedWithFilter);
    }

    private void WriteFewNumbers(SparseColumn column, AttributeType type)
    {
        var ordered = _codes.AsSpan(0, _rows);
        ordered.Fill(-1);
        var rows = column.Rows;
        for (var i = 0; i < rows.Length; i++)
        {
            ordered[Rank(rows[i])] = _fewCodes[i];
        }

        if (type == AttributeType.Double)
        {
            _rowGroup!.WriteCodes(ordered, MemoryMarshal.Cast<long, double>(_numbers.Values), Scanned);
        }
        else
        {
            _rowGroup!.WriteCodes(ordered, _numbers.Values, Scanned);
        }
    }

    private void WriteManyNumbers(SparseColumn column, AttributeType type)
    {
        var ordered = _longs.AsSpan(0, _rows);
        ordered.Clear();
        _validity.AsSpan().Clear();
        var rows = column.Rows;
        var numbers = column.Numbers;
        for (var i = 0; i < rows.Length; i++)
        {
            var rank = Rank(rows[i]);
            ordered[rank] = numbers[i];
            _validity[rank >> 6] |= 1UL << (rank & 63);
        }

        if (type == AttributeType.Double)
        {
            _rowGroup!.WriteDouble(MemoryMarshal.Cast<long, double>(ordered), Validity, Scanned);
        }
        else
        {
            _rowGroup!.WriteInt64(ordered, Validity);
        }
    }

    private void WriteBooleans(SparseColumn column)
    {
        var ordered = _bools.AsSpan(0, _rows);
        _validity.AsSpan().Clear();
        var rows = column.Rows;
        var numbers = column.Numbers;
        for (var i = 0; i < rows.Length; i++)
        {
            var rank = Rank(rows[i]);
            ordered[rank] = numbers[i] != 0;
            _validity[rank >> 6] |= 1UL << (rank & 63);
        }

        _rowGroup!.WriteBool(ordered, Validity, Scanned);
    }

    private void Permute<T>(ReadOnlySpan<T> values, Span<T> ordered)
    {
        if (_rank.Length == 0)
        {
            values[.._rows].CopyTo(ordered);
            return;
        }

        for (var row = 0; row < _rows; row++)
        {
            ordered[_rank[row]] = values[row];
        }
    }

    private Span<byte> Bytes(int count)
    {
        if (_bytes.Length < count)
        {
            _bytes = new byte[Math.Max(count, _bytes.Length * 2)];
        }

        return _bytes.AsSpan(0, count);
    }

    private static long Widen<T>(T value)
        where T : unmanaged => value switch
        {
            byte b => b,
            int i => i,
            _ => throw new NotSupportedException(),
        };
}
