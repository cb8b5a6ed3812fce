using Clew.Model;
using Clew.Otlp.Wire;

namespace Clew.Storage.Blocks.Building;

/// <summary>The spans of the trace being added, until all of them are there and can be put in order and related to each other.</summary>
internal sealed class TraceStage : IDisposable
{
    private readonly PooledBuffer _bytes = new(1 << 16);
    private readonly NestedSets _nestedSets = new();
    private readonly SpanShredder _shredder = new();
    private StagedSpan[] _spans = new StagedSpan[64];

    /// <summary>All zero when no trace is open.</summary>
    public TraceId TraceId { get; private set; }

    public SeenSpans Seen { get; } = new();

    public int Count { get; private set; }

    public int Bytes => _bytes.Length;

    public long AllocatedBytes => _bytes.Length + (_spans.Length * 88L);

    public int Length(int index) => _spans[index].Length;

    public void Begin(TraceId traceId)
    {
        TraceId = traceId;
        Seen.Clear();
    }

    public void End()
    {
        Clear();
        TraceId = default;
    }

    /// <summary>Drops the spans; the trace stays open.</summary>
    public void Clear()
    {
        Count = 0;
        _bytes.Clear();
    }

    public void Add(in StagedSpan span, ReadOnlySpan<byte> bytes)
    {
        if (Count == _spans.Length)
        {
            Array.Resize(ref _spans, _spans.Length * 2);
        }

        ref var added = ref _spans[Count++];
        added = span;
        added.Offset = _bytes.Length;
        added.Length = bytes.Length;
        _bytes.Write(bytes);
    }

    /// <summary>Puts the spans in row order: by start, then id, then kind. Structure is only known when the whole trace is here.</summary>
    public void Sort(bool isWhole)
    {
        var spans = _spans.AsSpan(0, Count);
        if (Count <= 32)
        {
            InsertionSort(spans);
        }
        else
        {
            spans.Sort(Compare);
        }

        if (isWhole)
        {
            _nestedSets.Number(spans);
        }
    }

    /// <summary>Row and count are not set yet. The root is the first span without a parent, or else the first span.</summary>
    public TraceRecord Summarise(List<int> services, ByteTable texts)
    {
        var record = new TraceRecord { Id = TraceId, Start = long.MaxValue, SpanCount = Count };
        var root = -1;
        for (var i = 0; i < Count; i++)
        {
            ref readonly var span = ref _spans[i];
            record.Start = Math.Min(record.Start, span.Start);
            record.End = Math.Max(record.End, span.Start + span.Duration);
            record.ErrorCount += span.Status == SpanStatus.Error ? 1 : 0;
            if (root < 0 && span.ParentId == 0)
            {
                root = i;
            }
        }

        ref readonly var first = ref _spans[Math.Max(root, 0)];
        record.RootService = services[first.Resource];
        record.RootName = texts.Intern(SpanName.Of(_bytes.Written.Slice(first.Offset, first.Length)));
        return record;
    }

    /// <summary>Shreds a run of the spans into the segment. Answers the number for the next owner of attributes.</summary>
    public long Shred(SpanSegment segment, int first, int count, long owner)
    {
        var bytes = _bytes.Written;
        for (var i = first; i < first + count; i++)
        {
            ref readonly var span = ref _spans[i];
            _shredder.Add(segment, span, bytes.Slice(span.Offset, span.Length), owner++);
        }

        return owner;
    }

    public void Dispose() => _bytes.Dispose();

    private static void InsertionSort(Span<StagedSpan> spans)
    {
        for (var i = 1; i < spans.Length; i++)
        {
            if (Compare(spans[i - 1], spans[i]) <= 0)
            {
                continue;
            }

            var moving = spans[i];
            var to = i;
            for (; to > 0 && Compare(spans[to - 1], moving) > 0; to--)
            {
                spans[to] = spans[to - 1];
            }

            spans[to] = moving;
        }
    }

    private static int Compare(StagedSpan a, StagedSpan b) => Compare(in a, in b);

    private static int Compare(in StagedSpan a, in StagedSpan b)
    {
        if (a.RawStart != b.RawStart)
        {
            return a.RawStart < b.RawStart ? -1 : 1;
        }

        return a.SpanId != b.SpanId ? a.SpanId.CompareTo(b.SpanId) : a.RawKind.CompareTo(b.RawKind);
    }
}
