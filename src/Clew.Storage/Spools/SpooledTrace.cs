using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Storage.Wal;

namespace Clew.Storage.Spools;

/// <summary>A trace in a spool: what is known of it without reading its spans. Changed under the spool's lock only.</summary>
public sealed class SpooledTrace(TraceId id, long firstUnixNano)
{
    internal readonly List<(SpoolFrame Frame, int Span)> Spans = [];

    public TraceId Id => id;

    /// <summary>When its first span came.</summary>
    public long FirstUnixNano => firstUnixNano;

    /// <summary>When its root came; null before.</summary>
    public long? RootUnixNano { get; internal set; }

    public long Bytes { get; internal set; }

    public int SpanCount => Spans.Count;

    /// <summary><see cref="SpoolDecision.Keep"/> for one that was decided and not handed on yet.</summary>
    public SpoolDecision Decision { get; internal set; }
}

/// <summary>What was decided about a trace, and when: zero seconds for a record of a version that did not write it down.</summary>
public readonly record struct SpoolMemory(SpoolDecision Decision, uint DecidedUnixSeconds);

/// <summary>A batch in a spool's file, and how many of its spans are not settled.</summary>
internal sealed class SpoolFrame(WalPosition position, int length, BatchContext context)
{
    public WalSegment Segment => position.Segment;

    public long Offset => position.PayloadOffset;

    public int Length => length;

    public BatchContext Context => context;

    public int Open { get; set; }

    public bool IsAtOrBefore(ulong generation, long offset) =>
        Segment.Generation < generation || (Segment.Generation == generation && Offset <= offset);
}
