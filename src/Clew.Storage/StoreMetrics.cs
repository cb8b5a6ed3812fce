using System.Diagnostics.Metrics;
using Clew.Model;

namespace Clew.Storage;

/// <summary>The store's instruments. Names are dotted, units UCUM; a tenant is never a tag here.</summary>
public sealed class StoreMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Clew.Storage";

    private readonly Counter<long> _appended;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _blocks;
    private readonly Counter<long> _retired;
    private readonly long[] _faults = new long[Enum.GetValues<StoreFault>().Length];
    private readonly Counter<long> _merged;
    private readonly Counter<long> _mergedBytes;
    private readonly Counter<long> _duplicates;
    private readonly Counter<long> _deletedSpans;

    public StoreMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _appended = meter.CreateCounter<long>("clew.store.spans.appended", "{span}", "Spans made durable and searchable.");
        _refused = meter.CreateCounter<long>("clew.store.spans.refused", "{span}", "Spans refused because the log could not take them.");
        _blocks = meter.CreateCounter<long>("clew.store.blocks.written", "{block}", "Blocks cut from the head.");
        _retired = meter.CreateCounter<long>("clew.store.blocks.expired", "{block}", "Blocks removed by retention.");
        // Observed, because what fails at the start does so before anybody collects: a counter would forget it.
        meter.CreateObservableCounter("clew.store.faults", Faults, "{fault}", "Files or steps that failed and were set aside or put off.");
        _merged = meter.CreateCounter<long>("clew.compaction.blocks", "{block}", "Blocks that were replaced by merged ones.");
        _mergedBytes = meter.CreateCounter<long>("clew.compaction.read", "By", "Bytes of blocks that were merged.");
        _duplicates = meter.CreateCounter<long>("clew.compaction.duplicates", "{span}", "Second copies of spans that merging dropped.");
        _deletedSpans = meter.CreateCounter<long>("clew.compaction.deleted", "{span}", "Spans of deleted traces that merging dropped.");
        meter.CreateObservableGauge("clew.compaction.pending", () => Totals().CompactionPendingBytes, "By", "Bytes of blocks that are due to be merged.");
        meter.CreateObservableGauge("clew.store.head.spans", () => Totals().HeadSpans, "{span}", "Spans in memory.");
        meter.CreateObservableGauge("clew.store.head.memory", () => Totals().HeadBytes, "By", "Memory of the columns in memory.");
        meter.CreateObservableGauge("clew.store.block.count", () => Totals().Blocks, "{block}", "Live blocks.");
        meter.CreateObservableGauge("clew.store.block.spans", () => Totals().BlockSpans, "{span}", "Spans in live blocks.");
        meter.CreateObservableGauge("clew.store.block.bytes", () => Totals().BlockBytes, "By", "Bytes of live blocks.");
        meter.CreateObservableGauge("clew.store.log.queue", () => Totals().QueueBytes, "By", "Bytes that wait for the log.");
    }

    internal Func<StoreTotals> Totals { get; set; } = static () => default;

    internal void Appended(long spans) => _appended.Add(spans);

    internal void Refused(long spans) => _refused.Add(spans);

    internal void BlockWritten() => _blocks.Add(1);

    internal void BlocksExpired(int count) => _retired.Add(count);

    internal void Compacted(int blocks, long bytes, long duplicates, long deleted)
    {
        _merged.Add(blocks);
        _mergedBytes.Add(bytes);
        _duplicates.Add(duplicates);
        _deletedSpans.Add(deleted);
    }

    internal void Fault(StoreFault fault) => Interlocked.Increment(ref _faults[(int)fault]);

    private IEnumerable<Measurement<long>> Faults() => Enum.GetValues<StoreFault>().Select(fault =>
        new Measurement<long>(Interlocked.Read(ref _faults[(int)fault]), new KeyValuePair<string, object?>("step", fault.ToString().ToLowerInvariant())));
}

/// <summary>The step that failed.</summary>
internal enum StoreFault
{
    Append,
    Replay,
    Cut,
    Retention,
    Open,
    Compaction,
    Clock,
    Read,
}

/// <summary>What the store holds at one moment, over all tenants or of one.</summary>
public readonly record struct StoreTotals(
    long HeadSpans, long HeadBytes, long Blocks, long BlockSpans, long BlockBytes, long QueueBytes, long OldestUnixNano, long NewestUnixNano,
    long CompactionPendingBytes = 0)
{
    public static StoreTotals operator +(StoreTotals left, StoreTotals right) => new(
        left.HeadSpans + right.HeadSpans, left.HeadBytes + right.HeadBytes, left.Blocks + right.Blocks, left.BlockSpans + right.BlockSpans,
        left.BlockBytes + right.BlockBytes, left.QueueBytes + right.QueueBytes,
        Math.Min(left.OldestUnixNano, right.OldestUnixNano), Math.Max(left.NewestUnixNano, right.NewestUnixNano),
        left.CompactionPendingBytes + right.CompactionPendingBytes);

    public static StoreTotals None { get; } = new(0, 0, 0, 0, 0, 0, long.MaxValue, long.MinValue);
}
