using Clew.Query.Values;

namespace Clew.Query.Traces;

/// <summary>The two orders of spans: within a trace, and among copies of one span.</summary>
internal static class SpanOrder
{
    /// <summary>By start, then span id, then kind: total on the spans of a trace, which differ in id or kind.</summary>
    public static readonly Comparison<SpanData> ByStart = static (left, right) =>
    {
        var order = left.StartUnixNano.CompareTo(right.StartUnixNano);
        order = order != 0 ? order : left.Id.CompareTo(right.Id);
        return order != 0 ? order : left.Kind.CompareTo(right.Kind);
    };

    /// <summary>
    /// Chooses between two copies of one span (same trace, span id and kind) by content alone, so that the answer does not depend on
    /// which source is read first. The earliest start wins: the start of a joined trace is then the least start of its parts, which
    /// sources know without reading spans, and the order of search results rests on that. Then the latest end, the error, the most
    /// attributes, events and links; what is still equal is decided by text.
    /// </summary>
    public static bool Wins(SpanData candidate, SpanData present)
    {
        var order = present.StartUnixNano.CompareTo(candidate.StartUnixNano);
        order = order != 0 ? order : candidate.EndUnixNano.CompareTo(present.EndUnixNano);
        order = order != 0 ? order : candidate.Status.CompareTo(present.Status);
        order = order != 0 ? order : candidate.Attributes.Length.CompareTo(present.Attributes.Length);
        order = order != 0 ? order : candidate.Events.Length.CompareTo(present.Events.Length);
        order = order != 0 ? order : candidate.Links.Length.CompareTo(present.Links.Length);
        return order != 0 ? order > 0 : Utf8Order.Compare(Text(candidate), Text(present)) < 0;
    }

    // A canonical text of everything that the earlier steps did not compare. Copies are rare and equal copies rarer still, so its cost
    // does not matter.
    private static string Text(SpanData span)
    {
        var parts = new List<string>
        {
            span.Name, span.ParentId.ToString(), span.StatusMessage, span.Scope.Name, span.Scope.Version, Sorted(span.Attributes), Sorted(span.Resource.Attributes),
            Sorted(span.Scope.Attributes),
        };
        foreach (var item in span.Events)
        {
            parts.Add($"{item.UnixNano} {item.Name} {Sorted(item.Attributes)}");
        }

        foreach (var link in span.Links)
        {
            parts.Add($"{link.TraceId} {link.SpanId} {Sorted(link.Attributes)}");
        }

        return string.Join('\n', parts);
    }

    private static string Sorted(AttributeData[] attributes)
    {
        var texts = attributes.Select(static a => $"{a.Key}={a.Value.Kind}:{a.Value}").ToArray();
        Array.Sort(texts, StringComparer.Ordinal);
        return string.Join('\t', texts);
    }
}
