using System.Buffers;
using Clew.Otlp.Wire;

namespace Clew.Otlp.Batches;

/// <summary>
/// Spans inside Clew: the bytes of one checked ExportTraceServiceRequest and an index over them. Immutable. Whoever makes a batch
/// disposes it; a consumer may use it until the task it answered with completes, and copies what it keeps longer.
/// </summary>
public sealed class TraceBatch : IDisposable
{
    // The spans passed the receiver's limits, which may be wider than the default ones.
    private static readonly OtlpLimits AlreadyChecked = new() { MaxSpanBytes = int.MaxValue, MaxValueNesting = int.MaxValue };

    private readonly SpanEntry[] _spans;
    private readonly ContextEntry[] _resources;
    private readonly ContextEntry[] _scopes;
    private IMemoryOwner<byte>? _owner;

    internal TraceBatch(
        BatchContext context, IMemoryOwner<byte>? owner, ReadOnlyMemory<byte> bytes, SpanEntry[] spans, ContextEntry[] resources, ContextEntry[] scopes)
    {
        Context = context;
        Bytes = bytes;
        _owner = owner;
        _spans = spans;
        _resources = resources;
        _scopes = scopes;
    }

    public BatchContext Context { get; }

    /// <summary>An encoded ExportTraceServiceRequest that holds exactly the spans of the index.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    public ReadOnlySpan<SpanEntry> Spans => _spans;

    public ReadOnlySpan<ContextEntry> Resources => _resources;

    public ReadOnlySpan<ContextEntry> Scopes => _scopes;

    public int SpanCount => _spans.Length;

    /// <summary>The encoded Span message.</summary>
    public ReadOnlySpan<byte> SpanBytes(in SpanEntry span) => Bytes.Span.Slice(span.Offset, span.Length);

    /// <summary>The encoded Resource or InstrumentationScope message.</summary>
    public ReadOnlySpan<byte> ContextBytes(in ContextEntry context) => Bytes.Span.Slice(context.Offset, context.Length);

    public ReadOnlySpan<byte> SchemaUrl(in ContextEntry context) => Bytes.Span.Slice(context.SchemaUrlOffset, context.SchemaUrlLength);

    /// <summary>The same spans with another context. Shares the bytes: it is valid as long as this batch, and disposing it does nothing.</summary>
    public TraceBatch WithContext(BatchContext context) => new(context, null, Bytes, _spans, _resources, _scopes);

    /// <summary>A batch of the chosen spans alone, in a buffer of its own; <paramref name="keep"/> has one entry a span.</summary>
    public TraceBatch Select(ReadOnlySpan<bool> keep)
    {
        var buffer = BatchRewriter.Write(Bytes.Span, _spans, _resources, _scopes, keep, repair: false, out _);
        return OtlpScanner.Scan(buffer, Context, AlreadyChecked).Batch!;
    }

    public void Dispose() => Interlocked.Exchange(ref _owner, null)?.Dispose();
}
