namespace Clew.Otlp.Batches;

/// <summary>
/// Spans inside Clew: the bytes of one checked ExportTraceServiceRequest and an index over them. Immutable. Whoever makes a batch
/// disposes it; a consumer may use it until the task it answered with completes, and copies what it keeps longer.
/// </summary>
public sealed class TraceBatch : IDisposable
{
    private readonly PooledList<SpanEntry> _spans;
    private readonly PooledList<ContextEntry> _resources;
    private readonly PooledList<ContextEntry> _scopes;
    private readonly BatchBytes _bytes;
    private int _isOwner;

    /// <summary>The owner has one hold on the bytes, and the three lists; for others all of them belong to another batch.</summary>
    internal TraceBatch(
        BatchContext context, bool isOwner, BatchBytes bytes, PooledList<SpanEntry> spans, PooledList<ContextEntry> resources, PooledList<ContextEntry> scopes)
    {
        Context = context;
        _bytes = bytes;
        _isOwner = isOwner ? 1 : 0;
        _spans = spans;
        SpanCount = spans.Count;
        _resources = resources;
        _scopes = scopes;
    }

    public BatchContext Context { get; }

    /// <summary>An encoded ExportTraceServiceRequest that holds exactly the spans of the index.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.Memory;

    public ReadOnlySpan<SpanEntry> Spans => _spans.Items;

    public ReadOnlySpan<ContextEntry> Resources => _resources.Items;

    public ReadOnlySpan<ContextEntry> Scopes => _scopes.Items;

    /// <summary>Stays readable after the batch is disposed, for counting.</summary>
    public int SpanCount { get; }

    /// <summary>The encoded Span message.</summary>
    public ReadOnlySpan<byte> SpanBytes(in SpanEntry span) => Bytes.Span.Slice(span.Offset, span.Length);

    /// <summary>The encoded Resource or InstrumentationScope message.</summary>
    public ReadOnlySpan<byte> ContextBytes(in ContextEntry context) => Bytes.Span.Slice(context.Offset, context.Length);

    public ReadOnlySpan<byte> SchemaUrl(in ContextEntry context) => Bytes.Span.Slice(context.SchemaUrlOffset, context.SchemaUrlLength);

    /// <summary>The same spans with another context. Shares the bytes: it is valid as long as this batch, and disposing it does nothing.</summary>
    public TraceBatch WithContext(BatchContext context) => new(context, isOwner: false, _bytes, _spans, _resources, _scopes);

    /// <summary>Keeps the bytes, and nothing else of the batch, beyond its disposal until they are released.</summary>
    public BatchBytes HoldBytes()
    {
        _bytes.Hold();
        return _bytes;
    }

    /// <summary>A batch of the chosen spans alone, in a buffer of its own; <paramref name="keep"/> has one entry a span.</summary>
    public TraceBatch Select(ReadOnlySpan<bool> keep)
    {
        var buffer = BatchRewriter.Write(Bytes.Span, Spans, Resources, Scopes, keep, repair: false, out _);
        return OtlpScanner.Scan(buffer, Context, OtlpLimits.AlreadyChecked).Batch!;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isOwner, 0) == 1)
        {
            _spans.Dispose();
            _resources.Dispose();
            _scopes.Dispose();
            _bytes.Release();
        }
    }
}
