using System.Numerics;
using Clew.Model;

namespace Clew.Storage.Blocks.Building;

/// <summary>
/// Numbers the spans of a trace so that structure becomes comparison: a span is below another when its left number lies between the
/// other's left and right. <c>Parent</c> is the parent's left number, -1 for a root (no parent id) and 0 for a span whose parent is not
/// here; the spans below such a span are numbered too. Spans in a circle of parents get zeros and take part in no relation.
/// <para>
/// Two spans with one id, a client's and a server's, are what Zipkin senders share: the server half becomes the child of the client half,
/// and spans that name the id as parent belong to the server half. Other spans with one id: the first by row takes the children.
/// </para>
/// </summary>
internal sealed class NestedSets
{
    private int[] _slots = [];
    private int[] _parent = [];
    private int[] _twin = [];
    private int[] _firstChild = [];
    private int[] _nextSibling = [];

    /// <summary>Sets the three numbers of every span. The spans are in row order.</summary>
    public void Number(Span<StagedSpan> spans)
    {
        Reserve(spans.Length);
        Index(spans);
        FindParents(spans);
        LinkChildren(spans.Length);
        var next = 0;
        for (var i = 0; i < spans.Length; i++)
        {
            spans[i].Left = spans[i].Right = spans[i].Parent = 0;
        }

        for (var i = 0; i < spans.Length; i++)
        {
            if (_parent[i] < 0)
            {
                spans[i].Parent = spans[i].ParentId == 0 ? -1 : 0;
                Walk(spans, i, ref next);
            }
        }
    }

    private void Reserve(int count)
    {
        var slots = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(count * 2, 64));
        if (_parent.Length < count)
        {
            var size = Math.Max(count, _parent.Length * 2);
            _parent = new int[size];
            _twin = new int[size];
            _firstChild = new int[size];
            _nextSibling = new int[size];
        }

        if (_slots.Length < slots)
        {
            _slots = new int[slots];
        }
    }

    private int Mask(int count) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(count * 2, 64)) - 1;

    private void Index(ReadOnlySpan<StagedSpan> spans)
    {
        var mask = Mask(spans.Length);
        _slots.AsSpan(0, mask + 1).Clear();
        _twin.AsSpan(0, spans.Length).Fill(-1);
        for (var i = 0; i < spans.Length; i++)
        {
            ref var slot = ref Slot(spans, spans[i].SpanId, mask);
            if (slot == 0)
            {
                slot = i + 1;
            }
            else if (_twin[slot - 1] < 0 && AreHalves(spans[slot - 1].Kind, spans[i].Kind))
            {
                _twin[slot - 1] = i;
                _twin[i] = slot - 1;
            }
        }
    }

    /// <summary>The slot of the first span with an id, or the free slot where it would be. Span ids are random enough to be their own hash.</summary>
    private ref int Slot(ReadOnlySpan<StagedSpan> spans, ulong id, int mask)
    {
        var slot = (int)((id * 0x9E3779B97F4A7C15) >> 32) & mask;
        while (_slots[slot] != 0 && spans[_slots[slot] - 1].SpanId != id)
        {
            slot = (slot + 1) & mask;
        }

        return ref _slots[slot];
    }

    private void FindParents(ReadOnlySpan<StagedSpan> spans)
    {
        var mask = Mask(spans.Length);
        for (var i = 0; i < spans.Length; i++)
        {
            if (_twin[i] >= 0 && IsServing(spans[i].Kind))
            {
                _parent[i] = _twin[i];
                continue;
            }

            var parent = spans[i].ParentId == 0 ? -1 : Slot(spans, spans[i].ParentId, mask) - 1;
            if (parent >= 0 && _twin[parent] >= 0 && !IsServing(spans[parent].Kind))
            {
                parent = _twin[parent];
            }

            _parent[i] = parent;
        }
    }

    private void LinkChildren(int count)
    {
        _firstChild.AsSpan(0, count).Fill(-1);
        for (var i = count - 1; i >= 0; i--)
        {
            if (_parent[i] >= 0)
            {
                _nextSibling[i] = _firstChild[_parent[i]];
                _firstChild[_parent[i]] = i;
            }
        }
    }

    /// <summary>Numbers a tree from its top; a loop, because traces are as deep as their senders like.</summary>
    private void Walk(Span<StagedSpan> spans, int top, ref int next)
    {
        var i = top;
        spans[i].Left = ++next;
        while (true)
        {
            var step = _firstChild[i];
            if (step >= 0)
            {
                // Taken off the list: the walk comes back to this span for the next one.
                _firstChild[i] = _nextSibling[step];
                spans[step].Parent = spans[i].Left;
                spans[step].Left = ++next;
                i = step;
                continue;
            }

            spans[i].Right = ++next;
            if (i == top)
            {
                return;
            }

            i = _parent[i];
        }
    }

    private static bool IsServing(SpanKind kind) => kind is SpanKind.Server or SpanKind.Consumer;

    private static bool AreHalves(SpanKind a, SpanKind b) =>
        (a is SpanKind.Client && b is SpanKind.Server) || (a is SpanKind.Server && b is SpanKind.Client)
        || (a is SpanKind.Producer && b is SpanKind.Consumer) || (a is SpanKind.Consumer && b is SpanKind.Producer);
}
