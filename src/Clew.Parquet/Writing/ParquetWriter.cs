using System.Buffers.Binary;

namespace Clew.Parquet;

/// <summary>
/// Writes one file of the subset in <c>docs/formats/parquet.md</c>: row groups one after the other, columns in the order of the
/// schema, then what earlier row groups lack of columns that were added since, bloom filters, page indexes and the footer. The stream is only appended to, never read or positioned, and is not
/// disposed. Not safe for concurrent use.
/// </summary>
/// <remarks>
/// A file is complete only after <see cref="Finish"/>. If any call throws, what was written so far is no Parquet file and must be
/// thrown away: the writer refuses further calls.
/// </remarks>
public sealed class ParquetWriter : IDisposable
{
    /// <summary>Bytes gathered before they go to the stream.</summary>
    private const int FlushBytes = 256 << 10;

    internal static ReadOnlySpan<byte> Magic => "PAR1"u8;

    private readonly Stream _stream;
    private readonly ByteBuffer _out = new(FlushBytes + (64 << 10));
    private readonly ByteBuffer _indexes = new(16 << 10);
    private readonly ThriftWriter _indexThrift;
    private readonly List<WrittenRowGroup> _rowGroups = [];
    private readonly List<KeyValuePair<string, string>> _metadata = [];
    private readonly List<byte[]> _blooms = [];
    private readonly RowGroupWriter _rowGroup;

    public ParquetWriter(Stream stream, ParquetSchema schema, ParquetWriterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(schema);
        _stream = stream;
        Schema = schema;
        Options = options ?? new ParquetWriterOptions();
        Options.Validate();
        _indexThrift = new ThriftWriter(_indexes);
        _rowGroup = new RowGroupWriter(this);
        Append(Magic);
    }

    /// <summary>The columns so far; <see cref="AddColumns"/> appends to them.</summary>
    public ParquetSchema Schema { get; private set; }

    public ParquetWriterOptions Options { get; }

    /// <summary>Rows of the completed row groups.</summary>
    public long Rows { get; private set; }

    /// <summary>Bytes of the file so far; after <see cref="Finish"/> its length.</summary>
    public long Position { get; private set; }

    /// <summary>
    /// Opens the next row group of <paramref name="rows"/> rows. Its columns are written through the returned object, each once,
    /// in the order of the schema; the last one completes it. The object is used again for the next row group.
    /// </summary>
    /// <param name="rows">At least 1.</param>
    /// <param name="pageRows">Rows per page if not <see cref="ParquetWriterOptions.PageRows"/>: fewer for rows with large values.</param>
    public RowGroupWriter StartRowGroup(int rows, int? pageRows = null)
    {
        ThrowIfUnusable();
        if (_rowGroups.Count == ParquetLimits.MaxRowGroups)
        {
            throw new InvalidOperationException($"the file already has {ParquetLimits.MaxRowGroups} row groups, the limit");
        }

        _rowGroup.Begin(rows, pageRows ?? Options.PageRows);
        return _rowGroup;
    }

    /// <summary>
    /// Appends columns to the schema, between row groups: for data whose columns are not known when its first rows must leave memory.
    /// Row groups that are written already have no value in them.
    /// </summary>
    /// <param name="columns">Optional ones, with names that are not in the schema yet.</param>
    public void AddColumns(IReadOnlyCollection<ParquetColumn> columns)
    {
        ThrowIfUnusable();
        foreach (ParquetColumn column in columns)
        {
            if (!column.IsOptional)
            {
                throw new ArgumentException($"column '{column.Name}' is required, so it cannot be added to row groups without values", nameof(columns));
            }
        }

        Schema = new ParquetSchema([.. Schema.Columns, .. columns]);
    }

    /// <summary>Adds an entry to the footer, any time before <see cref="Finish"/>.</summary>
    public void AddMetadata(string key, string value)
    {
        ThrowIfUnusable();
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(value);
        if (_metadata.Count == ParquetLimits.MaxMetadataEntries)
        {
            throw new InvalidOperationException($"the footer already has {ParquetLimits.MaxMetadataEntries} metadata entries, the limit");
        }

        _metadata.Add(new(key, value));
    }

    /// <summary>Writes filters, indexes and footer and flushes the stream. Returns the length of the file in bytes.</summary>
    public long Finish()
    {
        ThrowIfUnusable();
        for (int i = 0; i < _rowGroups.Count; i++)
        {
            if (_rowGroups[i].Chunks.Length < Schema.Count)
            {
                _rowGroups[i] = _rowGroup.AddNullColumns(_rowGroups[i]);
            }
        }

        Unusable = true;
        (long Offset, int Length)[] blooms = new (long, int)[_blooms.Count];
        for (int i = 0; i < blooms.Length; i++)
        {
            blooms[i] = (Position, _blooms[i].Length);
            Append(_blooms[i]);
        }

        long indexStart = Position;
        Append(_indexes.Written);

        using ByteBuffer footer = new(16 << 10);
        FooterWriter.Write(footer, Schema, _rowGroups, Rows, _metadata, Options.CreatedBy, indexStart, blooms);
        if (footer.Length > ParquetLimits.MaxFooterBytes)
        {
            throw new InvalidOperationException($"the footer takes {footer.Length} bytes, the limit is {ParquetLimits.MaxFooterBytes}");
        }

        Append(footer.Written);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, footer.Length);
        Append(length);
        Append(Magic);
        FlushOut();
        _stream.Flush();
        return Position;
    }

    public void Dispose()
    {
        Unusable = true;
        _rowGroup.Dispose();
        _out.Dispose();
        _indexes.Dispose();
    }

    /// <summary>Set once finished, and while a chunk is half written: if that throws, it stays set.</summary>
    internal bool Unusable { get; set; }

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        if (_out.Length + bytes.Length > FlushBytes)
        {
            FlushOut();
        }

        if (bytes.Length >= FlushBytes)
        {
            _stream.Write(bytes);
        }
        else
        {
            _out.Write(bytes);
        }

        Position += bytes.Length;
    }

    internal void EndChunk(ChunkWriter chunk) => chunk.End(_indexes, _indexThrift);

    /// <summary>Writes the page indexes of a chunk that was copied to its place.</summary>
    internal void EndCopy(WrittenChunk chunk, ChunkCopy copy)
    {
        chunk.ColumnIndexStart = _indexes.Length;
        _indexes.Write(copy.ColumnIndex);
        chunk.ColumnIndexLength = copy.ColumnIndex.Length;
        chunk.OffsetIndexStart = _indexes.Length;
        long start = Position - chunk.CompressedBytes;
        _indexThrift.BeginStruct();
        _indexThrift.BeginList(1, ThriftType.Struct, copy.Pages);
        for (int page = 0; page < copy.Pages; page++)
        {
            (int size, int firstRow) = copy.Page(page);
            _indexThrift.BeginStruct();
            _indexThrift.I64(1, start + copy.PageOffset(page));
            _indexThrift.I32(2, size);
            _indexThrift.I64(3, firstRow);
            _indexThrift.EndStruct();
        }

        _indexThrift.EndStruct();
        chunk.OffsetIndexLength = _indexes.Length - chunk.OffsetIndexStart;
        if (copy.Bloom.Length > 0)
        {
            chunk.BloomIndex = AddBloom(copy.Bloom);
        }
    }

    /// <summary>Keeps a serialised filter for the end of the file; returns its number.</summary>
    internal int AddBloom(byte[] filter)
    {
        _blooms.Add(filter);
        return _blooms.Count - 1;
    }

    internal void EndRowGroup(WrittenRowGroup rowGroup)
    {
        _rowGroups.Add(rowGroup);
        Rows += rowGroup.Rows;
    }

    private void FlushOut()
    {
        _stream.Write(_out.Written);
        _out.Clear();
    }

    private void ThrowIfUnusable()
    {
        if (Unusable)
        {
            throw new InvalidOperationException("the file is finished, or an earlier call failed and its bytes must be thrown away");
        }

        if (_rowGroup.IsOpen)
        {
            throw new InvalidOperationException(
                $"the row group is not complete: column '{Schema[_rowGroup.NextColumn].Name}' has not been written");
        }
    }
}

/// <summary>What the footer says of one written row group.</summary>
internal sealed record WrittenRowGroup(int Rows, int PageRows, WrittenChunk[] Chunks);
