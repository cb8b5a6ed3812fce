namespace Clew.TraceQL.Syntax;

/// <summary>Spellings and types of the intrinsics.</summary>
public static class IntrinsicFacts
{
    // Canonical spelling first: the unscoped one where there is one, which is also the key in answers.
    private static readonly (Intrinsic Intrinsic, StaticType Type, string Canonical, string? Scoped)[] Table =
    [
        (Intrinsic.Duration, StaticType.Duration, "duration", "span:duration"),
        (Intrinsic.Name, StaticType.String, "name", "span:name"),
        (Intrinsic.Status, StaticType.Status, "status", "span:status"),
        (Intrinsic.StatusMessage, StaticType.String, "statusMessage", "span:statusMessage"),
        (Intrinsic.Kind, StaticType.Kind, "kind", "span:kind"),
        (Intrinsic.SpanId, StaticType.String, "span:id", null),
        (Intrinsic.SpanParentId, StaticType.String, "span:parentID", null),
        (Intrinsic.SpanChildCount, StaticType.Int, "span:childCount", null),
        (Intrinsic.TraceDuration, StaticType.Duration, "traceDuration", "trace:duration"),
        (Intrinsic.TraceRootName, StaticType.String, "rootName", "trace:rootName"),
        (Intrinsic.TraceRootService, StaticType.String, "rootServiceName", "trace:rootService"),
        (Intrinsic.TraceId, StaticType.String, "trace:id", null),
        (Intrinsic.EventName, StaticType.String, "event:name", null),
        (Intrinsic.EventTimeSinceStart, StaticType.Duration, "event:timeSinceStart", null),
        (Intrinsic.LinkTraceId, StaticType.String, "link:traceID", null),
        (Intrinsic.LinkSpanId, StaticType.String, "link:spanID", null),
        (Intrinsic.InstrumentationName, StaticType.String, "instrumentation:name", null),
        (Intrinsic.InstrumentationVersion, StaticType.String, "instrumentation:version", null),
        (Intrinsic.NestedSetLeft, StaticType.Int, "nestedSetLeft", null),
        (Intrinsic.NestedSetRight, StaticType.Int, "nestedSetRight", null),
        (Intrinsic.NestedSetParent, StaticType.Int, "nestedSetParent", null),
        (Intrinsic.Parent, StaticType.Nil, "parent", null),
    ];

    /// <summary>Every spelling that parses, and what it names.</summary>
    public static IEnumerable<(string Text, Intrinsic Intrinsic)> Spellings
    {
        get
        {
            foreach (var (intrinsic, _, canonical, scoped) in Table)
            {
                yield return (canonical, intrinsic);
                if (scoped is not null)
                {
                    yield return (scoped, intrinsic);
                }
            }
        }
    }

    /// <summary>The spelling of the canonical form: unscoped where there is one (<c>duration</c>, <c>traceDuration</c>).</summary>
    public static string Text(this Intrinsic intrinsic) => Table[(int)intrinsic].Canonical;

    /// <summary>The scoped spelling (<c>span:duration</c>), or the only one.</summary>
    public static string ScopedText(this Intrinsic intrinsic) => Table[(int)intrinsic].Scoped ?? Table[(int)intrinsic].Canonical;

    /// <summary>The type of its values. <see cref="Intrinsic.Parent"/>, which has none, gives nil.</summary>
    public static StaticType Type(this Intrinsic intrinsic) => Table[(int)intrinsic].Type;

    /// <summary>True when all spans of a trace share the value.</summary>
    public static bool IsTraceLevel(this Intrinsic intrinsic) =>
        intrinsic is >= Intrinsic.TraceDuration and <= Intrinsic.TraceId;
}
