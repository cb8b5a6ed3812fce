using System.Buffers.Binary;

namespace Clew.Parquet;

/// <summary>
/// An open file: its parsed and checked footer. Immutable and safe for use by several threads; the column chunk readers it opens
/// are not, each belongs to one thread at a time. Does not own the source.
/// </summary>
/// <exception cref="ParquetCorruptException">From every method here and on <see cref="ColumnChunkReader"/> if bytes are not as they must be.</exception>
public sealed class ParquetReader
{
    // Magic, footer length and magic again.
    private const int MinFileBytes = 12;
    private const int TrailerBytes = 8;

    private readonly FileFooter _footer;

    private ParquetReader(IByteSource source, ParquetReaderOptions options, FileFooter footer)
    {
        Source = source;
        Options = options;
        _footer = footer;
    }

    public ParquetSchema Schema => _footer.Schema;

    public long Rows => _footer.Rows;

    public int RowGroupCount => _footer.RowGroups.Length;

    public string CreatedBy => _footer.CreatedBy;

    /// <summary>Key/value metadata of the footer.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _footer.Metadata;

    public IByteSource Source { get; }

    public ParquetReaderOptions Options { get; }

    /// <summary>Opens a file whose source can be read without waiting (memory, mapped or local file).</summary>
    public static ParquetReader Open(IByteSource source, ParquetReaderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        options ??= ParquetReaderOptions.Default;
        int tail = TailLength(source, options);
        byte[] bytes = ReadNow(source, source.Length - tail, tail);
        int footer = FooterLength(source, bytes);
        if (footer + TrailerBytes > tail)
        {
            tail = footer + TrailerBytes;
            bytes = ReadNow(source, source.Length - tail, tail);
        }

        CheckFirstMagic(source, ReadNow(source, 0, 4));
        return Parse(source, options, bytes, footer);
    }

    /// <summary>Opens a file from any source: one read of the tail, a second if the footer is larger than that.</summary>
    public static async ValueTask<ParquetReader> OpenAsync(
        IByteSource source, ParquetReaderOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        options ??= ParquetReaderOptions.Default;
        int tail = TailLength(source, options);
        byte[] bytes = new byte[tail];
        await ReadExactlyAsync(source, source.Length - tail, bytes, cancellationToken);
        int footer = FooterLength(source, bytes);
        if (footer + TrailerBytes > tail)
        {
            bytes = new byte[footer + TrailerBytes];
            await ReadExactlyAsync(source, source.Length - bytes.Length, bytes, cancellationToken);
        }

        // The magic at the start is not worth a request of its own; it is checked when the tail is the whole file.
        if (bytes.Length == source.Length)
        {
            CheckFirstMagic(source, bytes);
        }

        return Parse(source, options, bytes, footer);
    }

    /// <summary>Rows of a row group.</summary>
    public int RowGroupRows(int rowGroup) => _footer.RowGroups[rowGroup].Rows;

    /// <summary>Number in the file of a row group's first row.</summary>
    public long RowGroupFirstRow(int rowGroup) => _footer.RowGroups[rowGroup].FirstRow;

    /// <summary>Nulls in a column chunk, -1 if the file does not say.</summary>
    public long NullCount(int rowGroup, int column) => _footer.RowGroups[rowGroup].Chunks[column].NullCount;

    /// <summary>Bytes of a column chunk in the file: pages with headers, without indexes and filter.</summary>
    public long ChunkBytes(int rowGroup, int column) => _footer.RowGroups[rowGroup].Chunks[column].CompressedBytes;

    /// <summary>First byte of a column chunk in the file.</summary>
    public long ChunkOffset(int rowGroup, int column) => _footer.RowGroups[rowGroup].Chunks[column].Start;

    /// <summary>True if the chunk's rows are codes into a dictionary.</summary>
    public bool HasDictionary(int rowGroup, int column) =>
        _footer.RowGroups[rowGroup].Chunks[column].Encoding == ParquetEncoding.RleDictionary;

    /// <summary>True if the chunk has a bloom filter.</summary>
    public bool HasBloomFilter(int rowGroup, int column) => _footer.RowGroups[rowGroup].Chunks[column].BloomLength > 0;

    /// <summary>Bounds of the values of a column chunk.</summary>
    public ValueBounds Bounds(int rowGroup, int column)
    {
        RowGroupMeta group = _footer.RowGroups[rowGroup];
        ref readonly ChunkMeta chunk = ref group.Chunks[column];
        if (chunk.MinStart < 0)
        {
            return new ValueBounds(allNull: chunk.NullCount == group.Rows);
        }

        return new ValueBounds(
            _footer.Bytes.AsSpan(chunk.MinStart, chunk.MinLength), _footer.Bytes.AsSpan(chunk.MaxStart, chunk.MaxLength));
    }

    /// <summary>
    /// Opens a column chunk. Nothing is read yet. The reader holds pooled memory and must be disposed.
    /// </summary>
    /// <param name="rowGroup">Number of the row group.</param>
    /// <param name="column">Position in the schema.</param>
    /// <param name="dictionary">The chunk's dictionary, if a caller's cache has it from an earlier reader of the same chunk.</param>
    /// <param name="index">The chunk's page index, likewise.</param>
    public ColumnChunkReader OpenColumn(int rowGroup, int column, ParquetDictionary? dictionary = null, PageIndex? index = null)
    {
        RowGroupMeta group = _footer.RowGroups[rowGroup];
        return ColumnChunkReader.Open(this, Schema[column], group.Rows, group.Chunks[column], dictionary, index);
    }

    /// <summary>
    /// Rows of the pages of a row group, as <see cref="ParquetWriter.StartRowGroup"/> takes them: for writing its columns anew in the same
    /// pages.
    /// </summary>
    public int PageRows(int rowGroup)
    {
        using ColumnChunkReader chunk = OpenColumn(rowGroup, 0);
        int rows = chunk.PageRows(0);
        return chunk.PageCount > 1 ? rows : Math.Max(64, (rows + 63) / 64 * 64);
    }

    internal ChunkCopy Copy(int rowGroup, int column)
    {
        RowGroupMeta group = _footer.RowGroups[rowGroup];
        ref readonly ChunkMeta chunk = ref group.Chunks[column];
        ChunkBounds bounds = chunk.MinStart < 0
            ? default
            : new ChunkBounds(
                _footer.Bytes.AsSpan(chunk.MinStart, chunk.MinLength).ToArray(), _footer.Bytes.AsSpan(chunk.MaxStart, chunk.MaxLength).ToArray(), chunk.MinExact, chunk.MaxExact);
        return new ChunkCopy(Source, Schema[column], chunk, group.Rows, bounds);
    }

    internal static async ValueTask ReadExactlyAsync(
        IByteSource source, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        while (destination.Length > 0)
        {
            int read = await source.ReadAsync(offset, destination, cancellationToken);
            if (read <= 0)
            {
                throw new ParquetCorruptException(source.Name, offset, $"the file ends {destination.Length} bytes early");
            }

            destination = destination[read..];
            offset += read;
        }
    }

    private static int TailLength(IByteSource source, ParquetReaderOptions options)
    {
        if (source.Length < MinFileBytes)
        {
            throw new ParquetCorruptException(source.Name, 0, $"{source.Length} bytes are too few for a Parquet file");
        }

        return (int)Math.Min(Math.Max(options.TailBytes, TrailerBytes), source.Length);
    }

    private static byte[] ReadNow(IByteSource source, long offset, int length)
    {
        byte[] bytes = new byte[length];
        if (source.TryGetSpan(offset, length, out ReadOnlySpan<byte> span))
        {
            span.CopyTo(bytes);
        }
        else if (!source.TryRead(offset, bytes))
        {
            throw new InvalidOperationException($"'{source.Name}' cannot be read without waiting; use OpenAsync");
        }

        return bytes;
    }

    private static int FooterLength(IByteSource source, ReadOnlySpan<byte> tail)
    {
        if (!tail.EndsWith(ParquetWriter.Magic))
        {
            throw new ParquetCorruptException(source.Name, source.Length - 4, "the file does not end in 'PAR1'");
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(tail[^TrailerBytes..]);
        if (length is <= 0 or > ParquetLimits.MaxFooterBytes || length > source.Length - MinFileBytes)
        {
            throw new ParquetCorruptException(
                source.Name, source.Length - TrailerBytes, $"a footer of {length} bytes does not fit a file of {source.Length} bytes, or the limit of {ParquetLimits.MaxFooterBytes}");
        }

        return length;
    }

    private static void CheckFirstMagic(IByteSource source, ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith(ParquetWriter.Magic))
        {
            throw new ParquetCorruptException(source.Name, 0, "the file does not begin with 'PAR1'");
        }
    }

    private static ParquetReader Parse(IByteSource source, ParquetReaderOptions options, byte[] tail, int footerLength)
    {
        byte[] footer = tail.AsSpan(tail.Length - TrailerBytes - footerLength, footerLength).ToArray();
        long footerStart = source.Length - TrailerBytes - footerLength;
        return new ParquetReader(source, options, FooterReader.Read(footer, source.Name, footerStart));
    }
}
