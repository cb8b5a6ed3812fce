using System.Runtime.InteropServices;
using Clew.Model;
using Row = Clew.Query.Skeletons.SkeletonRows.Row;

namespace Clew.Query.Skeletons;

/// <summary>
/// Makes the tree of a trace out of its spans: the rules of <see cref="Traces.TraceTree"/> over arrays. Nothing is recursive: a trace may be as
/// deep as it has spans.
/// </summary>
internal static class SkeletonBuilder
{
    private const int None = -1;

    public static TraceSkeleton Build(TraceId id, SkeletonRows collected, string? cut)
    {
        var spans = InOrder(collected.Rows);
        var parents = FindParents(spans);
        CutCycles(parents);
        var (order, depths) = DepthFirst(parents);
        return Write(id, collected, cut, spans, parents, order, depths);
    }

    /// <summary>By start, id and kind. Numbers are sorted, not the rows: those have 72 bytes, and each would be moved some twenty times.</summary>
    private static Row[] InOrder(List<Row> rows)
    {
        var (starts, order) = (new long[rows.Count], new int[rows.Count]);
        for (var i = 0; i < order.Length; i++)
        {
            (starts[i], order[i]) = (rows[i].Start, i);
        }

        Array.Sort(starts, order);
        Comparison<int> byId = (left, right) => (rows[left].Id, rows[left].Kind).CompareTo((rows[right].Id, rows[right].Kind));
        for (int from = 0, to; from < order.Length; from = to)
        {
            to = from + 1;
            while (to < order.Length && starts[to] == starts[from])
            {
                to++;
            }

            if (to - from > 1)
            {
                order.AsSpan(from, to - from).Sort(byId);
            }
        }

        return Array.ConvertAll(order, row => rows[row]);
    }

    /// <summary>The index of each span's parent, or -1.</summary>
    private static int[] FindParents(Row[] spans)
    {
        var byId = new Dictionary<ulong, (int Callee, int Client)>(spans.Length);
        for (var i = 0; i < spans.Length; i++)
        {
            ref var holders = ref CollectionsMarshal.GetValueRefOrAddDefault(byId, spans[i].Id, out var exists);
            var isClient = spans[i].Kind == (byte)SpanKind.Client;
            holders = !exists ? (i, isClient ? i : None)
                : (spans[holders.Callee].Kind != (byte)SpanKind.Server && spans[i].Kind == (byte)SpanKind.Server ? i : holders.Callee,
                    holders.Client == None && isClient ? i : holders.Client);
        }

        var parents = new int[spans.Length];
        for (var i = 0; i < spans.Length; i++)
        {
            var own = byId[spans[i].Id];
            parents[i] = own.Callee == i && own.Client != None && spans[i].Kind == (byte)SpanKind.Server ? own.Client
                : spans[i].Parent != 0 && byId.TryGetValue(spans[i].Parent, out var above) && above.Callee != i ? above.Callee
                : None;
        }

        return parents;
    }

    /// <summary>A cycle of parents is cut at its first span.</summary>
    private static void CutCycles(int[] parents)
    {
        var seen = new int[parents.Length];
        for (var i = 0; i < parents.Length; i++)
        {
            for (var span = i; span != None && seen[span] == 0; span = parents[span])
            {
                seen[span] = i + 1;
                if (parents[span] is var parent and not None && seen[parent] == i + 1)
                {
                    var first = parent;
                    for (var next = parents[parent]; next != parent; next = parents[next])
                    {
                        first = Math.Min(first, next);
                    }

                    parents[first] = None;
                    break;
                }
            }
        }
    }

    /// <summary>Indexes in depth-first order, and the depth of each place in it.</summary>
    private static (int[] Order, uint[] Depths) DepthFirst(int[] parents)
    {
        var (firstChild, nextSibling) = (new int[parents.Length], new int[parents.Length]);
        Array.Fill(firstChild, None);
        Array.Fill(nextSibling, None);
        for (var i = parents.Length - 1; i >= 0; i--)
        {
            if (parents[i] != None)
            {
                nextSibling[i] = firstChild[parents[i]];
                firstChild[parents[i]] = i;
            }
        }

        var (order, depths, count) = (new int[parents.Length], new uint[parents.Length], 0);
        for (var root = 0; root < parents.Length; root++)
        {
            if (parents[root] != None)
            {
                continue;
            }

            var (span, depth) = (root, 0U);
            Visit(span, depth);
            while (true)
            {
                if (firstChild[span] is var child and not None)
                {
                    firstChild[span] = nextSibling[child];
                    span = child;
                    Visit(span, ++depth);
                }
                else if (span == root)
                {
                    break;
                }
                else
                {
                    span = parents[span];
                    depth--;
                }
            }
        }

        return (order, depths);

        void Visit(int span, uint depth)
        {
            order[count] = span;
            depths[count++] = depth;
        }
    }

    private static TraceSkeleton Write(TraceId id, SkeletonRows collected, string? cut, Row[] spans, int[] parents, int[] order, uint[] depths)
    {
        var count = spans.Length;
        var (start, end) = count == 0 ? (0L, 0L) : (spans[0].Start, spans.Max(static span => span.End));
        var rowOf = new int[count];
        for (var row = 0; row < count; row++)
        {
            rowOf[order[row]] = row;
        }

        var skeleton = new TraceSkeleton
        {
            Id = id,
            StartUnixNano = start,
            DurationNanos = end - start,
            ServiceNames = collected.Services,
            SpanNames = collected.Names,
            Cut = cut,
            SpanIds = new ulong[count],
            Parents = new int[count],
            Descendants = new uint[count],
            Children = new uint[count],
            Depths = depths,
            Starts = new double[count],
            Durations = new double[count],
            Selfs = new double[count],
            Services = new uint[count],
            Names = new uint[count],
            Kinds = new byte[count],
            Statuses = new byte[count],
            Flags = new byte[count],
            Errors = new uint[count],
            Events = new ushort[count],
            Links = new ushort[count],
            Attributes = new ushort[count],
            TickCounts = new byte[count],
            Ticks = new double[spans.Sum(static span => span.TickCount)],
            Places = new SpanPlace[count],
        };
        var tick = 0;
        for (var row = 0; row < count; row++)
        {
            ref readonly var span = ref spans[order[row]];
            var parent = parents[order[row]];
            skeleton.SpanIds[row] = span.Id;
            skeleton.Parents[row] = parent != None ? rowOf[parent] : span.Parent == 0 ? TraceSkeleton.NoParent : TraceSkeleton.MissingParent;
            skeleton.Starts[row] = span.Start - start;
            skeleton.Durations[row] = span.End - span.Start;
            skeleton.Services[row] = span.Service;
            skeleton.Names[row] = span.Name;
            skeleton.Kinds[row] = span.Kind;
            skeleton.Statuses[row] = span.Status;
            skeleton.Events[row] = span.Events;
            skeleton.Links[row] = span.Links;
            skeleton.Attributes[row] = span.Attributes;
            skeleton.Places[row] = span.Place;
            skeleton.TickCounts[row] = span.TickCount;
            for (var i = 0; i < span.TickCount; i++)
            {
                skeleton.Ticks[tick++] = collected.Ticks[span.FirstTick + i] - start;
            }

            if (parent != None && (span.Start < spans[parent].Start || span.End > spans[parent].End))
            {
                skeleton.Flags[row] |= TraceSkeleton.Skewed;
            }
        }

        Sum(skeleton);
        SetSelfTimes(skeleton);
        CriticalPath.Mark(skeleton);
        return skeleton;
    }

    private static void Sum(TraceSkeleton skeleton)
    {
        for (var row = skeleton.Count - 1; row >= 0; row--)
        {
            if (skeleton.Parents[row] is var parent and >= 0)
            {
                skeleton.Children[parent]++;
                skeleton.Descendants[parent] += skeleton.Descendants[row] + 1;
                skeleton.Errors[parent] += skeleton.Errors[row] + (skeleton.Statuses[row] == (byte)SpanStatus.Error ? 1U : 0U);
            }
        }
    }

    // Children of a span come in order of start, so one pass finds what they cover together.
    private static void SetSelfTimes(TraceSkeleton skeleton)
    {
        var coveredUntil = new double[skeleton.Count];
        var covered = new double[skeleton.Count];
        for (var row = 0; row < skeleton.Count; row++)
        {
            coveredUntil[row] = skeleton.Starts[row];
            if (skeleton.Parents[row] is var parent and >= 0)
            {
                var from = Math.Max(coveredUntil[parent], skeleton.Starts[row]);
                var to = Math.Min(skeleton.Starts[row] + skeleton.Durations[row], skeleton.Starts[parent] + skeleton.Durations[parent]);
                if (to > from)
                {
                    covered[parent] += to - from;
                    coveredUntil[parent] = to;
                }
            }
        }

        for (var row = 0; row < skeleton.Count; row++)
        {
            skeleton.Selfs[row] = skeleton.Durations[row] - covered[row];
        }
    }
}
