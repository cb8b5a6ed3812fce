using Clew.Query.Traces;
using Clew.Query.Values;
using Clew.TraceQL.Syntax;
using IntrinsicKind = Clew.TraceQL.Syntax.Intrinsic;

namespace Clew.Query.Evaluation;

/// <summary>The fields of one span after another of a trace. Reused: move it with <see cref="Span"/>.</summary>
internal sealed class SpanFields : IFieldValues
{
    public TraceData Trace { get; set; } = null!;

    public SpanData Span { get; set; } = null!;

    public QueryValue Attribute(AttributeRef reference, WantedType wanted)
    {
        var span = reference.OfParent ? Span.Parent : Span;
        return span is null ? QueryValue.Nil : Attribute(span, reference, wanted);
    }

    public QueryValue Intrinsic(Intrinsic intrinsic) => Intrinsic(Span, intrinsic);

    private QueryValue Attribute(SpanData span, AttributeRef reference, WantedType wanted)
    {
        var key = reference.Name;
        if (reference.Scope != FieldScope.Any)
        {
            return Lookup(span, reference.Scope, key);
        }

        // With a fall-back to an intrinsic, a value that cannot be compared with the other side does not count.
        var fallback = reference.FallbackIntrinsic;
        foreach (var scope in UnscopedOrder)
        {
            var value = Lookup(span, scope, key);
            if (!value.IsNil && (fallback is null || Comparable(value, wanted)))
            {
                return value;
            }
        }

        return fallback is { } intrinsic ? Intrinsic(span, intrinsic) : QueryValue.Nil;
    }

    private static readonly FieldScope[] UnscopedOrder =
        [FieldScope.Span, FieldScope.Resource, FieldScope.Event, FieldScope.Link, FieldScope.Instrumentation];

    /// <summary>The value of an attribute in one scope.</summary>
    public static QueryValue Lookup(SpanData span, FieldScope scope, string key) => scope switch
    {
        FieldScope.Span => AttributeData.Find(span.Attributes, key),
        FieldScope.Resource => AttributeData.Find(span.Resource.Attributes, key),
        FieldScope.Event => OfEvents(span, key),
        FieldScope.Link => OfLinks(span, key),
        _ => AttributeData.Find(span.Scope.Attributes, key),
    };

    /// <summary>Whether a value can be compared with the wanted type; arrays and multi-values go by their elements.</summary>
    internal static bool Comparable(QueryValue value, WantedType wanted) => value.Kind switch
    {
        _ when wanted == WantedType.Any => true,
        ValueKind.Array or ValueKind.Multi => value.Items.Any(item => Comparable(item, wanted)),
        ValueKind.String => wanted == WantedType.String,
        ValueKind.Bool => wanted == WantedType.Bool,
        ValueKind.Int or ValueKind.Float or ValueKind.Duration => wanted == WantedType.Number,
        _ => false,
    };

    private QueryValue Intrinsic(SpanData span, Intrinsic intrinsic) => intrinsic switch
    {
        IntrinsicKind.Duration => QueryValue.Duration(span.DurationNanos),
        IntrinsicKind.Name => QueryValue.String(span.Name),
        IntrinsicKind.Status => QueryValue.Status(span.Status),
        IntrinsicKind.StatusMessage => QueryValue.String(span.StatusMessage),
        IntrinsicKind.Kind => QueryValue.SpanKind(span.Kind),
        IntrinsicKind.SpanId => QueryValue.String(span.Id.ToString()),
        IntrinsicKind.SpanParentId => QueryValue.String(span.ParentId.IsZero ? "" : span.ParentId.ToString()),
        IntrinsicKind.SpanChildCount => QueryValue.Int(span.ChildCount),
        IntrinsicKind.TraceDuration => QueryValue.Duration(Trace.DurationNanos),
        IntrinsicKind.TraceRootName => Trace.Root is { } root ? QueryValue.String(root.Name) : QueryValue.Nil,
        IntrinsicKind.TraceRootService => Trace.Root is { } root ? QueryValue.String(root.Resource.ServiceName) : QueryValue.Nil,
        IntrinsicKind.TraceId => QueryValue.String(Trace.Id.ToString()),
        >= IntrinsicKind.EventName and <= IntrinsicKind.LinkSpanId => OfEventsOrLinks(span, intrinsic, span.StartUnixNano),
        IntrinsicKind.InstrumentationName => QueryValue.String(span.Scope.Name),
        IntrinsicKind.InstrumentationVersion => QueryValue.String(span.Scope.Version),
        IntrinsicKind.NestedSetLeft => QueryValue.Int(span.NestedSetLeft),
        IntrinsicKind.NestedSetRight => QueryValue.Int(span.NestedSetRight),
        IntrinsicKind.NestedSetParent => QueryValue.Int(span.NestedSetParent),

        // The parent can only be compared with nil; any value says that it is there.
        IntrinsicKind.Parent => span.Parent is null ? QueryValue.Nil : QueryValue.Bool(true),
        _ => throw new ArgumentOutOfRangeException(nameof(intrinsic), intrinsic, "unknown intrinsic"),
    };

    /// <summary>An intrinsic that has a value for each event or link; the start is that of the span.</summary>
    public static QueryValue OfEventsOrLinks(SpanData span, Intrinsic intrinsic, long startUnixNano) => intrinsic switch
    {
        IntrinsicKind.EventName => Multi(span.Events, static e => QueryValue.String(e.Name)),
        IntrinsicKind.EventTimeSinceStart => Multi(span.Events, e => QueryValue.Duration(e.UnixNano - startUnixNano)),
        IntrinsicKind.LinkTraceId => Multi(span.Links, static l => QueryValue.String(l.TraceId)),
        _ => Multi(span.Links, static l => QueryValue.String(l.SpanId)),
    };

    private static QueryValue Multi<T>(T[] items, Converter<T, QueryValue> value) => QueryValue.Multi(Array.ConvertAll(items, value));

    private static QueryValue OfEvents(SpanData span, string key)
    {
        if (span.Events.Length == 0)
        {
            return QueryValue.Nil;
        }

        var values = new List<QueryValue>();
        foreach (var item in span.Events)
        {
            Collect(item.Attributes, key, values);
        }

        return QueryValue.Multi([.. values]);
    }

    private static QueryValue OfLinks(SpanData span, string key)
    {
        if (span.Links.Length == 0)
        {
            return QueryValue.Nil;
        }

        var values = new List<QueryValue>();
        foreach (var link in span.Links)
        {
            Collect(link.Attributes, key, values);
        }

        return QueryValue.Multi([.. values]);
    }

    private static void Collect(AttributeData[] attributes, string key, List<QueryValue> values)
    {
        var value = AttributeData.Find(attributes, key);
        if (!value.IsNil)
        {
            values.Add(value);
        }
    }
}
