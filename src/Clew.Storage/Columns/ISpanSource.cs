using Clew.Model;

namespace Clew.Storage.Columns;

/// <summary>
/// One part of a tenant's store, a head segment or a block, as a snapshot. The spans' rows refer to rows of the small tables: a
/// predicate on a resource is decided on <see cref="Resources"/>' few rows and becomes a set of ids.
/// </summary>
public interface ISpanSource
{
    /// <summary>Stable name for logs and answers: <c>head/12</c> or the block's id.</summary>
    string Name { get; }

    /// <summary>
    /// What stays the same over all snapshots of this part of the store: readers hang on it what they remember of a part that only grows
    /// (a head segment) or never changes (a block).
    /// </summary>
    object Identity => this;

    /// <summary>True for a head segment: its rows are in order of arrival, a trace's rows are not neighbours.</summary>
    bool IsHead { get; }

    int SpanCount { get; }

    /// <summary>Bytes at rest, for <c>inspectedBytes</c> and limits.</summary>
    long SizeBytes { get; }

    /// <summary>From the earliest span start to the latest span end.</summary>
    TimeRange Range { get; }

    IColumnSource Spans { get; }

    IColumnSource Resources { get; }

    IColumnSource Scopes { get; }

    ITraceTable Traces { get; }

    /// <summary>
    /// Traces of this block that have parts in other blocks, as far as known when it was committed; a superset later. Null when it is not
    /// known, for a head always. <see cref="IStoreSnapshot.SplitTraces"/> puts the blocks of a snapshot together.
    /// </summary>
    IReadOnlyList<TraceId>? OverlappedTraces => null;

    /// <summary>
    /// The keys of a scope that occur in this source outside of columns: those of events and links, and of spans, resources and
    /// instrumentation scopes those that <see cref="IntrinsicColumns.OverflowCount"/> counts. Null when the source does not know them: a
    /// query then has to read every span that has events, links or overflow. Ten thousand keys of 30 bytes are 300 kB; beyond that a
    /// source answers null.
    /// </summary>
    IReadOnlySet<string>? UncolumnedKeys(AttributeScope scope) => null;

    /// <summary>
    /// The spans of the given traces (rows of <see cref="Traces"/>) as the OTLP messages that came in: equal up to the order of
    /// attributes. Order: by trace as given, then by row.
    /// </summary>
    ValueTask ReadTracesAsync(IReadOnlyList<int> traces, IStoredSpanSink sink, CancellationToken cancellationToken);

    /// <summary>
    /// Some of a trace's spans, without the cost of the others: those at the given places, ascending, among the spans that
    /// <see cref="ReadTracesAsync"/> hands out for this trace alone (0 is its first). Places past the trace's last are passed over.
    /// </summary>
    ValueTask ReadSpansAsync(int trace, IReadOnlyList<int> places, IStoredSpanSink sink, CancellationToken cancellationToken);
}

/// <summary>The traces of a source, a row each. A trace may have parts in other sources as well.</summary>
public interface ITraceTable
{
    int Count { get; }

    /// <summary>The row of an id; false when this source has no span of it. Cheap: a hash, or a filter and a binary search.</summary>
    bool TryFind(TraceId id, out int row);

    TraceSummary this[int row] { get; }

    /// <summary>
    /// Where the spans of a trace are, when they are neighbours: rows of the source counted through all row groups. False where they
    /// are not, as in a head.
    /// </summary>
    bool TryRows(int row, out int firstRow, out int rowCount)
    {
        (firstRow, rowCount) = (0, 0);
        return false;
    }

    /// <summary>
    /// Sets the bits (one a row) of the traces of which this source may hold a span twice, or two spans with one id. Blocks drop
    /// duplicates when they are built and set none; there a shared id shows in the trace's rows, which are neighbours.
    /// </summary>
    void MarkRepeated(Span<ulong> traces)
    {
    }
}

/// <summary>What a source knows of its part of a trace.</summary>
public readonly record struct TraceSummary(TraceId Id, long StartUnixNano, long EndUnixNano, int SpanCount, int ErrorCount);

/// <summary>Takes spans out of a store, one call each. The slices are valid during the call only.</summary>
public interface IStoredSpanSink
{
    void Add(in StoredSpan span);
}

/// <summary>A span with what it hangs under, as encoded OTLP messages.</summary>
public readonly ref struct StoredSpan
{
    /// <summary>The trace's row in the order that was asked for.</summary>
    public required int TraceIndex { get; init; }

    public required ReadOnlySpan<byte> Span { get; init; }

    public required ReadOnlySpan<byte> Resource { get; init; }

    public required ReadOnlySpan<byte> ResourceSchemaUrl { get; init; }

    public required ReadOnlySpan<byte> Scope { get; init; }

    public required ReadOnlySpan<byte> ScopeSchemaUrl { get; init; }
}
