using Clew.Model;

namespace Clew.Semantics.Pairing;

/// <summary>The spans of one trace, each once (identity is span id and kind), and who is whose parent. Reused from trace to trace.</summary>
public sealed class TraceSpans
{
    private SpanReading[] _spans = new SpanReading[32];
    private int[] _next = new int[32];
    private int[] _parents = new int[32];
    private int[] _slots = NewSlots(64);
    private long _traceWeight;

    public int Count { get; private set; }

    public ReadOnlySpan<SpanReading> Spans => _spans.AsSpan(0, Count);

    /// <summary>By span: the index of its parent, -1 when it has none here. Valid after <see cref="FindParents"/>.</summary>
    public ReadOnlySpan<int> Parents => _parents.AsSpan(0, Count);

    public void Clear()
    {
        // A large trace must not make every small one after it pay for clearing a large table.
        if (_slots.Length > 4096)
        {
            _slots = NewSlots(64);
        }
        else if (Count > 0)
        {
            _slots.AsSpan().Fill(-1);
        }

        _spans.AsSpan(0, Count).Clear();
        Count = 0;
        _traceWeight = 0;
    }

    /// <summary>False when a span of the same id and kind is here already: the first one counts.</summary>
    public bool Add(in SpanReading span)
    {
        var slot = Slot(span.SpanId);
        for (var i = _slots[slot]; i >= 0; i = _next[i])
        {
            if (_spans[i].Kind == span.Kind)
            {
                return false;
            }
        }

        if (Count == _spans.Length)
        {
            Array.Resize(ref _spans, Count * 2);
            Array.Resize(ref _next, Count * 2);
            Array.Resize(ref _parents, Count * 2);
        }

        _spans[Count] = span;
        _next[Count] = _slots[slot];
        _slots[slot] = Count++;
        _traceWeight = Math.Max(_traceWeight, span.TraceWeight);
        if (Count * 2 > _slots.Length)
        {
            Rehash();
        }

        return true;
    }

    /// <summary>How many spans this one stands for.</summary>
    public long WeightOf(in SpanReading span) => span.OwnWeight > 0 ? span.OwnWeight : _traceWeight > 0 ? _traceWeight : SamplingWeight.One;

    /// <summary>
    /// Finds each span's parent. Zipkin's two halves of a call may share one span id: the server's parent is then the client of its own
    /// id, and a child of that id belongs to the server.
    /// </summary>
    public void FindParents()
    {
        for (var i = 0; i < Count; i++)
        {
            ref readonly var span = ref _spans[i];
            var parent = -1;
            if (span.Kind is SpanKind.Server or SpanKind.Consumer)
            {
                parent = Find(span.SpanId, i, callers: true);
            }

            if (parent < 0 && span.ParentId != 0)
            {
                parent = Find(span.ParentId, i, callers: false);
                parent = parent < 0 ? Find(span.ParentId, i, callers: true) : parent;
            }

            _parents[i] = parent;
        }
    }

    private int Find(ulong id, int except, bool callers)
    {
        var found = -1;
        for (var i = _slots[Slot(id)]; i >= 0; i = _next[i])
        {
            // Several of one id differ in kind; which is taken must not depend on the order in which they came.
            if (i != except && _spans[i].SpanId == id && IsCaller(_spans[i].Kind) == callers && (found < 0 || _spans[i].Kind > _spans[found].Kind))
            {
                found = i;
            }
        }

        return found;
    }

    internal static bool IsCaller(SpanKind kind) => kind is SpanKind.Client or SpanKind.Producer;

    /// <summary>The slot that holds the id, or the empty one where it goes.</summary>
    private int Slot(ulong id)
    {
        var mask = _slots.Length - 1;
        for (var slot = (int)((id * 0x9E3779B97F4A7C15) >> 40) & mask; ; slot = (slot + 1) & mask)
        {
            var first = _slots[slot];
            if (first < 0 || _spans[first].SpanId == id)
            {
                return slot;
            }
        }
    }

    private void Rehash()
    {
        _slots = NewSlots(_slots.Length * 2);
        for (var i = 0; i < Count; i++)
        {
            var slot = Slot(_spans[i].SpanId);
            _next[i] = _slots[slot];
            _slots[slot] = i;
        }
    }

    private static int[] NewSlots(int count)
    {
        var slots = new int[count];
        slots.AsSpan().Fill(-1);
        return slots;
    }
}
