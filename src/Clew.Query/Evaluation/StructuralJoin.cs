using Clew.Model;
using Clew.Query.Traces;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Evaluation;

/// <summary>
/// The structural operators over two sets of spans of a trace, by parent links. Every form is linear in the spans of the trace.
/// Spans whose parent has not arrived take part with the children they have; they are siblings when they name the same parent.
/// </summary>
internal static class StructuralJoin
{
    public static List<SpanData> Apply(SpansetOperator op, TraceData trace, List<SpanData> left, List<SpanData> right)
    {
        var relation = op.Relation();
        var inLeft = Marks(trace, left);
        var related = Related(relation, trace, inLeft);
        var result = new bool[trace.Spans.Length];
        foreach (var span in right)
        {
            result[span.Index] = related[span.Index] != (op.Form() == StructuralForm.Negated);
        }

        if (op.Form() == StructuralForm.Union)
        {
            var back = Related(Inverse(relation), trace, Marks(trace, right));
            foreach (var span in left)
            {
                result[span.Index] |= back[span.Index];
            }
        }

        return Collect(trace, result);
    }

    public static List<SpanData> Union(TraceData trace, List<SpanData> left, List<SpanData> right)
    {
        var marks = Marks(trace, left);
        foreach (var span in right)
        {
            marks[span.Index] = true;
        }

        return Collect(trace, marks);
    }

    private static SpansetOperator Inverse(SpansetOperator relation) => relation switch
    {
        SpansetOperator.Child => SpansetOperator.Parent,
        SpansetOperator.Parent => SpansetOperator.Child,
        SpansetOperator.Descendant => SpansetOperator.Ancestor,
        SpansetOperator.Ancestor => SpansetOperator.Descendant,
        _ => SpansetOperator.Sibling,
    };

    private static bool[] Marks(TraceData trace, List<SpanData> spans)
    {
        var marks = new bool[trace.Spans.Length];
        foreach (var span in spans)
        {
            marks[span.Index] = true;
        }

        return marks;
    }

    private static List<SpanData> Collect(TraceData trace, bool[] marks)
    {
        var spans = new List<SpanData>();
        foreach (var span in trace.Spans)
        {
            if (marks[span.Index])
            {
                spans.Add(span);
            }
        }

        return spans;
    }

    /// <summary>For every span of the trace, whether it stands in the relation to a span of the set.</summary>
    private static bool[] Related(SpansetOperator relation, TraceData trace, bool[] set)
    {
        var related = new bool[set.Length];
        switch (relation)
        {
            case SpansetOperator.Child:
                foreach (var span in trace.Spans)
                {
                    related[span.Index] = span.Parent is { } parent && set[parent.Index];
                }

                break;
            case SpansetOperator.Parent:
                foreach (var span in trace.Spans)
                {
                    if (set[span.Index] && span.Parent is { } parent)
                    {
                        related[parent.Index] = true;
                    }
                }

                break;
            case SpansetOperator.Ancestor:
                foreach (var span in trace.Spans)
                {
                    if (set[span.Index])
                    {
                        MarkAncestors(span, related);
                    }
                }

                break;
            case SpansetOperator.Descendant:
                MarkDescendants(trace, set, related);
                break;
            default:
                MarkSiblings(trace, set, related);
                break;
        }

        return related;
    }

    // Stops at the first ancestor that is marked: the ones above it are marked too.
    private static void MarkAncestors(SpanData span, bool[] related)
    {
        for (var parent = span.Parent; parent is not null && !related[parent.Index]; parent = parent.Parent)
        {
            related[parent.Index] = true;
        }
    }

    private static void MarkDescendants(TraceData trace, bool[] set, bool[] related)
    {
        // Each span is decided once: the walk goes up to the first decided span, then hands the answer down.
        var decided = new bool[set.Length];
        var path = new Stack<SpanData>();
        foreach (var start in trace.Spans)
        {
            var span = start;
            while (!decided[span.Index])
            {
                path.Push(span);
                if (span.Parent is not { } parent)
                {
                    break;
                }

                span = parent;
            }

            while (path.TryPop(out var next))
            {
                related[next.Index] = next.Parent is { } parent && (set[parent.Index] || related[parent.Index]);
                decided[next.Index] = true;
            }
        }
    }

    private static void MarkSiblings(TraceData trace, bool[] set, bool[] related)
    {
        var membersBelow = new Dictionary<(SpanData? Parent, SpanId MissingParent), int>();
        foreach (var span in trace.Spans)
        {
            if (set[span.Index])
            {
                var key = FamilyOf(span);
                membersBelow[key] = membersBelow.GetValueOrDefault(key) + 1;
            }
        }

        foreach (var span in trace.Spans)
        {
            related[span.Index] = membersBelow.GetValueOrDefault(FamilyOf(span)) > (set[span.Index] ? 1 : 0);
        }
    }

    // Roots form one family: their parent id is zero.
    private static (SpanData? Parent, SpanId MissingParent) FamilyOf(SpanData span) =>
        span.Parent is { } parent ? (parent, default) : (null, span.ParentId);
}
