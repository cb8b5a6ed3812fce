using System.Runtime.InteropServices;
using Clew.Model;

namespace Clew.Query.Traces;

/// <summary>
/// Sets the parent links and the nested-set numbers of a trace's spans. Rules beyond the obvious:
/// a server span that shares its id with a client span (Zipkin's form of a call) is the client's child, and spans that name the shared
/// id as their parent hang under the server; a span whose parent is missing keeps its own children but gets no numbers; a cycle of
/// parents is cut at its first span.
/// </summary>
internal static class TraceTree
{
    /// <summary><see cref="SpanData.NestedSetParent"/> of a root.</summary>
    public const int RootParent = -1;

    /// <param name="spans">In <see cref="SpanOrder.ByStart"/> order.</param>
    public static void Link(SpanData[] spans)
    {
        var byId = new Dictionary<SpanId, Holders>(spans.Length);
        for (var i = 0; i < spans.Length; i++)
        {
            spans[i].Index = i;
            ref var holders = ref CollectionsMarshal.GetValueRefOrAddDefault(byId, spans[i].Id, out _);
            holders = holders.With(spans[i]);
        }

        foreach (var span in spans)
        {
            span.Parent = FindParent(span, byId);
        }

        CutCycles(spans);
        Number(spans);
    }

    private static SpanData? FindParent(SpanData span, Dictionary<SpanId, Holders> byId)
    {
        var own = byId[span.Id];
        if (ReferenceEquals(own.Callee, span) && own.Client is { } caller && span.Kind == SpanKind.Server)
        {
            return caller;
        }

        return !span.ParentId.IsZero && byId.TryGetValue(span.ParentId, out var parents) && !ReferenceEquals(parents.Callee, span)
            ? parents.Callee
            : null;
    }

    private static void CutCycles(SpanData[] spans)
    {
        // 0 unseen, else the number of the walk that saw it: meeting one's own walk again is a cycle.
        var seen = new int[spans.Length];
        for (var i = 0; i < spans.Length; i++)
        {
            for (var span = spans[i]; span is not null && seen[span.Index] == 0; span = span.Parent)
            {
                seen[span.Index] = i + 1;
                if (span.Parent is { } parent && seen[parent.Index] == i + 1)
                {
                    First(parent).Parent = null;
                    break;
                }
            }
        }
    }

    private static SpanData First(SpanData onCycle)
    {
        var first = onCycle;
        for (var span = onCycle.Parent; !ReferenceEquals(span, onCycle); span = span!.Parent)
        {
            first = span!.Index < first.Index ? span : first;
        }

        return first;
    }

    private static void Number(SpanData[] spans)
    {
        var firstChild = new int[spans.Length];
        var nextSibling = new int[spans.Length];
        Array.Fill(firstChild, -1);
        Array.Fill(nextSibling, -1);

        // From the back, so that the lists come out in order.
        for (var i = spans.Length - 1; i >= 0; i--)
        {
            spans[i].ChildCount = 0;
            (spans[i].NestedSetLeft, spans[i].NestedSetRight, spans[i].NestedSetParent) = (0, 0, 0);
            if (spans[i].Parent is { } parent)
            {
                nextSibling[i] = firstChild[parent.Index];
                firstChild[parent.Index] = i;
            }
        }

        var number = 1;
        foreach (var span in spans)
        {
            if (span.Parent is { } parent)
            {
                parent.ChildCount++;
            }
            else if (span.ParentId.IsZero)
            {
                NumberBelow(span, spans, firstChild, nextSibling, ref number);
            }
        }
    }

    // Without recursion: a trace may be as deep as it has spans.
    private static void NumberBelow(SpanData root, SpanData[] spans, int[] firstChild, int[] nextSibling, ref int number)
    {
        root.NestedSetParent = RootParent;
        root.NestedSetLeft = number++;
        var span = root;
        while (true)
        {
            var child = firstChild[span.Index];
            if (child >= 0)
            {
                firstChild[span.Index] = nextSibling[child];
                spans[child].NestedSetParent = span.NestedSetLeft;
                spans[child].NestedSetLeft = number++;
                span = spans[child];
                continue;
            }

            span.NestedSetRight = number++;
            if (ReferenceEquals(span, root))
            {
                return;
            }

            span = span.Parent!;
        }
    }

    /// <summary>
    /// The spans of one id: usually one. <paramref name="Callee"/> stands for the called side and takes the children: the server, else
    /// the first. <paramref name="Client"/> is the first client.
    /// </summary>
    private readonly record struct Holders(SpanData Callee, SpanData? Client)
    {
        public Holders With(SpanData next) => new(
            Callee is null || (Callee.Kind != SpanKind.Server && next.Kind == SpanKind.Server) ? next : Callee,
            Client ?? (next.Kind == SpanKind.Client ? next : null));
    }
}
