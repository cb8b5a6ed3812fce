namespace Clew.Storage.Blocks.Building;

/// <summary>The traces of the block in the order of their spans: row i of the traces table.</summary>
internal sealed class TraceRows
{
    private TraceRecord[] _records = new TraceRecord[64];

    public int Count { get; private set; }

    /// <summary>Root service and root span names.</summary>
    public ByteTable Texts { get; } = new();

    public ReadOnlySpan<TraceRecord> Records => _records.AsSpan(0, Count);

    public long AllocatedBytes => ((long)_records.Length * 56) + Texts.AllocatedBytes;

    public ref TraceRecord this[int row] => ref _records[row];

    public int Add(in TraceRecord record)
    {
        if (Count == _records.Length)
        {
            Array.Resize(ref _records, _records.Length * 2);
        }

        _records[Count] = record;
        return Count++;
    }
}
