using System.Diagnostics.CodeAnalysis;

namespace Clew.Storage.Columns;

/// <summary>Rows <c>[FirstRow, FirstRow + RowCount)</c> of one row group. Readers decode the pages that hold them and no others.</summary>
public readonly record struct PageRange(int RowGroup, int FirstRow, int RowCount);

/// <summary>What is known of a row group without reading a column. Times are nanoseconds since the epoch.</summary>
public readonly record struct RowGroupStats(int RowCount, long MinStartUnixNano, long MaxStartUnixNano);

/// <summary>
/// What is known of the values of some rows before any is read. Bounds hold for every value there is among the rows; they need not be values
/// themselves. Unless <see cref="IsKnown"/>, only <see cref="AllNull"/> says something.
/// </summary>
public readonly record struct ColumnBounds(bool IsKnown, long Min, long Max, bool AllNull, bool NoNulls);

/// <summary>
/// A table of columns: the spans of a head segment or of a block, or one of the small tables beside them. A source is a snapshot: its
/// row counts never change, its columns may be read by any number of threads.
/// </summary>
public interface IColumnSource
{
    int RowGroups { get; }

    RowGroupStats Stats(int rowGroup);

    /// <summary>Every column that has at least one value.</summary>
    IReadOnlyCollection<ColumnId> Columns { get; }

    /// <summary>False when no row has a value there: then the column is null everywhere.</summary>
    bool TryColumn(ColumnId id, [NotNullWhen(true)] out IColumnReader? column);

    /// <summary>
    /// Brings the bytes of the columns' pages near, in few coalesced requests, so that the synchronous reads that follow do not wait on a
    /// bucket. Without rows it is the dictionaries alone. Does nothing where the data is local.
    /// </summary>
    ValueTask PrefetchAsync(IReadOnlyList<ColumnId> columns, PageRange pages, CancellationToken cancellationToken);
}

/// <summary>
/// Reads one column. Every method takes destinations of at least <see cref="PageRange.RowCount"/> rows. Validity bitmaps have one bit a
/// row, least significant first, and are overwritten.
/// </summary>
public interface IColumnReader
{
    ColumnId Id { get; }

    /// <summary>
    /// The distinct values of a row group, when the column is stored as codes there; null when it is stored as values. A predicate
    /// is decided once an entry, then codes are compared.
    /// </summary>
    DictionaryView? Dictionary(int rowGroup);

    /// <summary>
    /// False when no row of the row group has this text or these bytes, as far as that is known without reading rows: from a filter, or from a
    /// dictionary. True when it may be there.
    /// </summary>
    bool MayContain(int rowGroup, ReadOnlySpan<byte> value) => true;

    /// <summary>
    /// The distinct values of an Int column in a row group, where they are known without reading rows; else empty. Each is a value of some row, and
    /// <see cref="ReadCodes"/> gives their positions.
    /// </summary>
    ReadOnlySpan<long> Distinct(int rowGroup) => default;

    /// <summary>What is known of the rows' values, for Int columns, and of their nulls, for all.</summary>
    ColumnBounds Bounds(PageRange pages) => default;

    /// <summary>A code a row, -1 for null. Only where <see cref="Dictionary"/> is not null, or <see cref="Distinct"/> not empty.</summary>
    void ReadCodes(PageRange pages, Span<int> codes);

    /// <summary>Values of an Int or Bool (0 and 1) column; what stands at a null row is unspecified.</summary>
    void ReadInt64(PageRange pages, Span<long> values, Span<ulong> validity);

    void ReadDouble(PageRange pages, Span<double> values, Span<ulong> validity);

    /// <summary>
    /// Values of a String or Bytes column as slices of <paramref name="values"/>'s buffer, appended in row order (a null is an empty
    /// slice). Works with and without a dictionary.
    /// </summary>
    void ReadBytes(PageRange pages, ByteColumn values, Span<ulong> validity);
}
