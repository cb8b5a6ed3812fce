namespace Clew.Parquet;

/// <summary>Columns taken over from another file as they are.</summary>
public sealed partial class RowGroupWriter
{
    /// <summary>
    /// Writes the next column as the bytes of a column chunk of another file: pages, page bounds and filter are copied, only offsets
    /// change. Every page's checksum is compared on the way, so that damage is not handed on. The row group must have the pages of its
    /// source: as many rows, and <see cref="ParquetReader.PageRows"/> given to <see cref="ParquetWriter.StartRowGroup"/>.
    /// </summary>
    /// <exception cref="ParquetCorruptException">The source is damaged.</exception>
    public void CopyChunk(ParquetReader source, int rowGroup, int column)
    {
        ArgumentNullException.ThrowIfNull(source);
        ParquetColumn target = Column(source.Schema[column].Type);
        ParquetColumn origin = source.Schema[column];
        if (origin.IsOptional != target.IsOptional || origin.FixedLength != target.FixedLength || source.RowGroupRows(rowGroup) != Rows)
        {
            throw new ArgumentException($"column '{origin}' with {source.RowGroupRows(rowGroup)} rows cannot become '{target}' with {Rows} rows");
        }

        using ChunkCopy copy = source.Copy(rowGroup, column);
        _file.Unusable = true;
        WrittenChunk chunk = copy.Begin(_file.Position);
        _chunks[NextColumn] = chunk;
        copy.AppendTo(_file);
        _file.EndCopy(chunk, copy);
        EndColumn();
    }

    private void EndColumn()
    {
        NextColumn++;
        if (NextColumn == _chunks.Length && !_isAmending)
        {
            _file.EndRowGroup(new WrittenRowGroup(Rows, _pageRows, _chunks));
        }

        _file.Unusable = false;
    }
}
