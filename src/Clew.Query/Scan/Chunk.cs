using Clew.Storage.Columns;

namespace Clew.Query.Scan;

/// <summary>
/// Some thousand neighbouring rows of a row group, the unit in which conditions are decided: small enough that its values stay in the
/// cache, as large as a page of a block. Columns that several conditions want are read once. Reused for the next chunk; one thread.
/// </summary>
/// <param name="source">Where the rows are.</param>
/// <param name="split">
/// The traces that are not whole in this source (<see cref="Traces.SplitTraces"/>). Null when nobody knows: then nothing that
/// depends on other spans of a trace is decided here.
/// </param>
/// <param name="buffers">Where the values are put; its owner gives it back when the scan is over. Null for a set of its own.</param>
internal sealed class Chunk(ISpanSource source, ulong[]? split = null, ScanBuffers? buffers = null)
{
    public const int MaxRows = 8192;

    public const int MaxWords = MaxRows / 64;

    private readonly ScanBuffers _buffers = buffers ?? ScanBuffers.Rent();
    private readonly ulong[] _validity = new ulong[MaxWords];
    private readonly Dictionary<ColumnId, DenseNumbers> _shared = [];
    private readonly Dictionary<ColumnId, Flags> _flags = [];
    private int _version;

    public ISpanSource Source => source;

    public ulong[]? Split => split;

    /// <summary>Scratch for one column, until somebody reads the next.</summary>
    public long[] Numbers => _buffers.Numbers;

    public int[] Codes => _buffers.Codes;

    public PageRange Pages { get; private set; }

    public int Rows => Pages.RowCount;

    public int Words => Bits.Words(Rows);

    public void Move(int rowGroup, int firstRow, int rows)
    {
        Pages = new PageRange(rowGroup, firstRow, rows);
        _version++;
    }

    /// <summary>
    /// A column of whole numbers that has a value in every row: ids of resources, scopes and traces, times. Kept until the next chunk.
    /// </summary>
    public ReadOnlySpan<long> Dense(ColumnId id)
    {
        if (!_shared.TryGetValue(id, out var numbers))
        {
            numbers = new DenseNumbers(source.Spans.TryColumn(id, out var column) ? column : null, _buffers.Longs(_shared.Count));
            _shared.Add(id, numbers);
        }

        if (numbers.Version != _version)
        {
            numbers.Version = _version;
            if (numbers.Column is null)
            {
                // No row has a value: the column is zero everywhere, as an id of the only row.
                numbers.Values.AsSpan(0, Rows).Clear();
            }
            else
            {
                numbers.Column.ReadInt64(Pages, numbers.Values, _validity);
            }
        }

        return numbers.Values.AsSpan(0, Rows);
    }

    /// <summary>What is known of a column's values in this chunk without reading it.</summary>
    public ColumnBounds Bounds(ColumnId id) => source.Spans.TryColumn(id, out var column) ? column.Bounds(Pages) : default;

    /// <summary>The rows where a count (events, links, overflow) is above zero; empty when no row of the source has any.</summary>
    public ReadOnlySpan<ulong> Positive(ColumnId id)
    {
        if (!_flags.TryGetValue(id, out var flags))
        {
            _flags.Add(id, flags = new Flags(source.Spans.TryColumn(id, out var column) ? column : null));
        }

        if (flags.Column is null)
        {
            return [];
        }

        if (flags.Version != _version)
        {
            flags.Version = _version;
            if (flags.Column.Bounds(Pages).AllNull)
            {
                flags.Bits.AsSpan(0, Words).Clear();
            }
            else
            {
                flags.Column.ReadInt64(Pages, Numbers, _validity);
                ColumnKernels.Between(Numbers.AsSpan(0, Rows), 1, long.MaxValue, flags.Bits);
                Bits.And(flags.Bits.AsSpan(0, Words), _validity.AsSpan(0, Words));
            }
        }

        return flags.Bits.AsSpan(0, Words);
    }

    private sealed class DenseNumbers(IColumnReader? column, long[] values)
    {
        public IColumnReader? Column => column;

        public long[] Values => values;

        public int Version { get; set; } = -1;
    }

    private sealed class Flags(IColumnReader? column)
    {
        public IColumnReader? Column => column;

        public ulong[] Bits { get; } = new ulong[MaxWords];

        public int Version { get; set; } = -1;
    }
}
