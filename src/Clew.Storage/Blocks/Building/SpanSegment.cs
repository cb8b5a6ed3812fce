namespace Clew.Storage.Blocks.Building;

/// <summary>The spans of one trace within a segment: neighbours, in their final order.</summary>
internal struct TraceRun
{
    /// <summary>Row within the segment.</summary>
    public int FirstRow;
    public int RowCount;
    public TraceRecord Trace;

    /// <summary>The row of the traces table, when the trace has one already because it began in an earlier segment; else -1.</summary>
    public int TraceRow;
}

/// <summary>
/// A row group being gathered: columns filled straight from the wire bytes, in the order in which traces come. What every span has is
/// in plain arrays, the rest in sparse columns.
/// </summary>
/// <param name="keys">Of span attributes.</param>
/// <param name="eventKeys">Of attributes of events: only noted, for the block's meta.json.</param>
/// <param name="linkKeys">Of attributes of links, likewise.</param>
internal sealed class SpanSegment(AttributeKeys keys, AttributeKeys eventKeys, AttributeKeys linkKeys)
{
    public AttributeKeys EventKeys => eventKeys;

    public AttributeKeys LinkKeys => linkKeys;

    /// <summary>The dense columns hold this much a row.</summary>
    public const int DenseBytesPerRow = (4 * sizeof(long)) + (6 * sizeof(int)) + 2;

    private int _capacity;

    public List<TraceRun> Runs { get; } = [];

    public int Rows { get; private set; }

    public long[] Starts = [];
    public long[] Durations = [];
    public ulong[] SpanIds = [];
    public ulong[] ParentIds = [];
    public int[] NameCodes = [];
    public int[] Resources = [];
    public int[] Scopes = [];
    public int[] Lefts = [];
    public int[] Rights = [];
    public int[] Parents = [];
    public byte[] Kinds = [];
    public byte[] Statuses = [];

    public ByteTable Names { get; } = new();

    public SparseColumn StatusMessages { get; } = new();

    public SparseColumn TraceStates { get; } = new();

    public SparseColumn Flags { get; } = new();

    public SparseColumn DroppedAttributes { get; } = new();

    public SparseColumn DroppedEvents { get; } = new();

    public SparseColumn DroppedLinks { get; } = new();

    public SparseColumn EventCounts { get; } = new();

    public SparseColumn LinkCounts { get; } = new();

    /// <summary>Encoded Span fields, concatenated with their tags: each is a piece of a Span message.</summary>
    public SparseColumn Events { get; } = new();

    public SparseColumn Links { get; } = new();

    /// <summary>Encoded Span fields that no column can give back: see <see cref="SpanShredder"/>.</summary>
    public SparseColumn Residue { get; } = new();

    public AttributeRows Attributes { get; } = new(keys);

    /// <summary>Bytes of variable length gathered: distinct texts and everything kept as messages.</summary>
    public long TextBytes => Attributes.TextBytes + Names.BlobBytes + StatusMessages.Texts.BlobBytes + TraceStates.Texts.BlobBytes
        + Events.Texts.BlobBytes + Links.Texts.BlobBytes + Residue.Texts.BlobBytes;

    public long AllocatedBytes
    {
        get
        {
            var total = Attributes.AllocatedBytes + Names.AllocatedBytes + ((long)_capacity * DenseBytesPerRow);
            foreach (var column in SparseColumns)
            {
                total += column.AllocatedBytes;
            }

            return total;
        }
    }

    private ReadOnlySpan<SparseColumn> SparseColumns => new[]
    {
        StatusMessages, TraceStates, Flags, DroppedAttributes, DroppedEvents, DroppedLinks, EventCounts, LinkCounts, Events, Links, Residue,
    };

    /// <summary>Takes the next row; its dense columns are the caller's to set.</summary>
    public int AddRow()
    {
        if (Rows == _capacity)
        {
            Grow(Rows + 1);
        }

        return Rows++;
    }

    /// <summary>Takes that many rows at once; all of their dense columns are the caller's to set.</summary>
    public void AddRows(int count)
    {
        if (_capacity < Rows + count)
        {
            Grow(Rows + count);
        }

        Rows += count;
    }

    public void Clear()
    {
        Rows = 0;
        Runs.Clear();
        Names.Clear();
        Attributes.Clear();
        foreach (var column in SparseColumns)
        {
            column.Clear();
        }
    }

    private void Grow(int rows)
    {
        _capacity = Math.Max(Math.Max(256, rows), _capacity * 2);
        Array.Resize(ref Starts, _capacity);
        Array.Resize(ref Durations, _capacity);
        Array.Resize(ref SpanIds, _capacity);
        Array.Resize(ref ParentIds, _capacity);
        Array.Resize(ref NameCodes, _capacity);
        Array.Resize(ref Resources, _capacity);
        Array.Resize(ref Scopes, _capacity);
        Array.Resize(ref Lefts, _capacity);
        Array.Resize(ref Rights, _capacity);
        Array.Resize(ref Parents, _capacity);
        Array.Resize(ref Kinds, _capacity);
        Array.Resize(ref Statuses, _capacity);
    }
}
