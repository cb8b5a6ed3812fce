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
internal sealed class Chunk(ISpanSource source, ulong[]? split = null)
{
    public const int MaxRows = 8192;

    public const int MaxWords = MaxRows / 64;

    private readonly long[] _numbers = new long[MaxRows];
    private readonly ulong[] _validity = new ulong[MaxWords];
    private readonly Dictionary<ColumnId, Numbers> _shared = [];
    private readonly Dictionary<ColumnId, Flags> _flags = [];
    private int _version;

    public ISpanSource Source => source;

    public ulong[]? Split => split;

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
            _shared.Add(id, numbers = new Numbers(source.Spans.TryColumn(id, out var column) ? column : null));
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
            flags.Column.ReadInt64(Pages, _numbers, _validity);
            ColumnKernels.Between(_numbers.AsSpan(0, Rows), 1, long.MaxValue, flags.Bits);
            Bits.And(flags.Bits.AsSpan(0, Words), _validity.AsSpan(0, Words));
        }

        return flags.Bits.AsSpan(0, Words);
    }

    private sealed class Numbers(IColumnReader? column)
    {
        public IColumnReader? Column => column;

        public long[] Values { get; } = new long[MaxRows];

        public int Version { get; set; } = -1;
    }

    private sealed class Flags(IColumnReader? column)
    {
        public IColumnReader? Column => column;

        public ulong[] Bits { get; } = new ulong[MaxWords];

        public int Version { get; set; } = -1;
    }
}
