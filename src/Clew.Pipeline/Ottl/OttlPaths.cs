using System.Globalization;
using Clew.Otlp.Editing;

namespace Clew.Pipeline.Ottl;

/// <summary>One step of a path: a name and the keys in brackets behind it.</summary>
internal sealed record OttlStep(string Name, int Position, List<OttlExpression> Keys);

/// <summary>
/// What the paths of a context mean. In a context that was chosen by name (<c>context: span</c>) its own fields need no prefix; where
/// the context was found from the paths every one has its prefix.
/// </summary>
internal sealed class OttlPaths(OttlContextKind kind, bool mayOmitPrefix)
{
    private static readonly string[] s_spanFields =
    [
        "trace_id", "span_id", "parent_span_id", "trace_state", "name", "kind", "status", "start_time_unix_nano", "end_time_unix_nano", "start_time", "end_time", "attributes",
        "events", "links", "flags", "dropped_attributes_count", "dropped_events_count", "dropped_links_count", "cache",
    ];

    private static readonly string[] s_eventFields = ["attributes", "name", "time_unix_nano", "time", "dropped_attributes_count", "event_index", "cache"];
    private static readonly string[] s_scopeFields = ["name", "version", "attributes", "dropped_attributes_count", "schema_url", "cache"];
    private static readonly string[] s_resourceFields = ["attributes", "dropped_attributes_count", "schema_url", "cache"];
    private static readonly string[] s_prefixes = ["resource", "scope", "instrumentation_scope", "span", "spanevent", "otelcol"];

    public OttlContextKind Kind => kind;

    public static OttlContextKind? KindOf(string prefix) => prefix switch
    {
        "resource" => OttlContextKind.Resource,
        "scope" or "instrumentation_scope" => OttlContextKind.Scope,
        "span" => OttlContextKind.Span,
        "spanevent" => OttlContextKind.SpanEvent,
        _ => null,
    };

    public OttlExpression Resolve(List<OttlStep> steps, int position)
    {
        var first = steps[0];
        if (first.Name == "otelcol" && steps.Count > 1)
        {
            return Client(steps, position);
        }

        if (KindOf(first.Name) is { } named && steps.Count > 1 && first.Keys.Count == 0)
        {
            if (named > kind)
            {
                throw new OttlSyntaxException($"'{first.Name}' is not to be seen in the context {NameOf(kind)}", position);
            }

            return OfKind(named, steps[1..], position);
        }

        if (!mayOmitPrefix)
        {
            throw new OttlSyntaxException(
                $"'{first.Name}' needs the name of what it belongs to in front, such as {NameOf(kind)}.{first.Name}", position);
        }

        return OfKind(kind, steps, position);
    }

    public static string NameOf(OttlContextKind kind) => kind.ToString().ToLowerInvariant();

    private OttlExpression OfKind(OttlContextKind of, List<OttlStep> steps, int position)
    {
        var (fields, field) = of switch
        {
            OttlContextKind.Resource => (s_resourceFields, ResourceField(steps, position)),
            OttlContextKind.Scope => (s_scopeFields, ScopeField(steps, position)),
            OttlContextKind.Span => (s_spanFields, SpanField(steps, position)),
            _ => (s_eventFields, EventField(steps, position)),
        };
        if (field is not null)
        {
            return field;
        }

        var name = string.Join('.', steps.Select(static step => step.Name));
        var near = NearestName.Find(steps[0].Name, steps.Count == 1 && mayOmitPrefix ? fields.Concat(s_prefixes) : fields);
        throw new OttlSyntaxException($"{NameOf(of)} has no field '{name}'{(near is null || near == steps[0].Name ? "" : $"; did you mean '{near}'?")} (fields: {string.Join(", ", fields)})", steps[0].Position);
    }

    private OttlExpression? ResourceField(List<OttlStep> steps, int position) => (steps.Count, steps[0].Name) switch
    {
        (1, "attributes") => Map(steps[0], position, static context => context.Resource.Attributes),
        (1, "dropped_attributes_count") => Int(steps[0], position, static context => context.Resource.DroppedAttributesCount, static (context, value) => context.Resource.DroppedAttributesCount = value),
        (1, "schema_url") => Text(steps[0], position, static context => context.Resource.SchemaUrl, static (context, value) => context.Resource.SchemaUrl = value),
        (1, "cache") => Cache(steps[0], position, OttlContextKind.Resource),
        _ => null,
    };

    private OttlExpression? ScopeField(List<OttlStep> steps, int position) => (steps.Count, steps[0].Name) switch
    {
        (1, "name") => Text(steps[0], position, static context => context.Scope.Name, static (context, value) => context.Scope.Name = value),
        (1, "version") => Text(steps[0], position, static context => context.Scope.Version, static (context, value) => context.Scope.Version = value),
        (1, "attributes") => Map(steps[0], position, static context => context.Scope.Attributes),
        (1, "dropped_attributes_count") => Int(steps[0], position, static context => context.Scope.DroppedAttributesCount, static (context, value) => context.Scope.DroppedAttributesCount = value),
        (1, "schema_url") => Text(steps[0], position, static context => context.Scope.SchemaUrl, static (context, value) => context.Scope.SchemaUrl = value),
        (1, "cache") => Cache(steps[0], position, OttlContextKind.Scope),
        _ => null,
    };

    private OttlExpression? SpanField(List<OttlStep> steps, int position)
    {
        var (first, second) = (steps[0], steps.Count == 2 ? steps[1] : null);
        return (first.Name, second?.Name) switch
        {
            ("trace_id", null) => Id(first, position, 16, static span => span.TraceId, static (span, value) => span.TraceId = value),
            ("trace_id", "string") => IdText(position, 16, static span => span.TraceId, static (span, value) => span.TraceId = value),
            ("span_id", null) => Id(first, position, 8, static span => span.SpanId, static (span, value) => span.SpanId = value),
            ("span_id", "string") => IdText(position, 8, static span => span.SpanId, static (span, value) => span.SpanId = value),
            ("parent_span_id", null) => Id(first, position, 8, static span => span.ParentSpanId, static (span, value) => span.ParentSpanId = value),
            ("parent_span_id", "string") => IdText(position, 8, static span => span.ParentSpanId, static (span, value) => span.ParentSpanId = value),
            ("trace_state", null) when first.Keys.Count == 1 => TraceStateEntry(first.Keys[0], position),
            ("trace_state", null) => Text(first, position, static context => context.Span.TraceState, static (context, value) => context.Span.TraceState = value),
            ("name", null) => Text(first, position, static context => context.Span.Name, static (context, value) => context.Span.Name = value),
            ("kind", null) => Int(first, position, static context => context.Span.Kind, static (context, value) => context.Span.Kind = value),
            ("kind", "string") => KindText(position, SpanKindNames.Title),
            ("kind", "deprecated_string") => KindText(position, SpanKindNames.Enum),
            ("status", null) => new OttlExpression(static context => StatusMap(context.Span), OttlTypes.Map, position)
            {
                Set = static (context, value) => SetStatus(context.Span, value),
            },
            ("status", "code") => Int(second!, position, static context => context.Span.StatusCode, static (context, value) => context.Span.StatusCode = value),
            ("status", "message") => Text(second!, position, static context => context.Span.StatusMessage, static (context, value) => context.Span.StatusMessage = value),
            ("start_time_unix_nano", null) => Int(first, position, static context => context.Span.StartUnixNano, static (context, value) => context.Span.StartUnixNano = value),
            ("end_time_unix_nano", null) => Int(first, position, static context => context.Span.EndUnixNano, static (context, value) => context.Span.EndUnixNano = value),
            ("start_time", null) => Time(position, static context => context.Span.StartUnixNano, static (context, value) => context.Span.StartUnixNano = value),
            ("end_time", null) => Time(position, static context => context.Span.EndUnixNano, static (context, value) => context.Span.EndUnixNano = value),
            ("attributes", null) => Map(first, position, static context => context.Span.Attributes),
            ("events", null) => ListOf(first, position, static context => context.Span.Events.Select(EventMap)),
            ("links", null) => ListOf(first, position, static context => context.Span.Links.Select(LinkMap)),
            ("flags", null) => Int(first, position, static context => context.Span.Flags, static (context, value) => context.Span.Flags = (uint)value),
            ("dropped_attributes_count", null) => Int(first, position, static context => context.Span.DroppedAttributesCount, static (context, value) => context.Span.DroppedAttributesCount = value),
            ("dropped_events_count", null) => Int(first, position, static context => context.Span.DroppedEventsCount, static (context, value) => context.Span.DroppedEventsCount = value),
            ("dropped_links_count", null) => Int(first, position, static context => context.Span.DroppedLinksCount, static (context, value) => context.Span.DroppedLinksCount = value),
            ("cache", null) => Cache(first, position, OttlContextKind.Span),
            _ => null,
        };
    }

    private OttlExpression? EventField(List<OttlStep> steps, int position) => (steps.Count, steps[0].Name) switch
    {
        (1, "attributes") => Map(steps[0], position, static context => context.Event.Attributes),
        (1, "name") => Text(steps[0], position, static context => context.Event.Name, static (context, value) => context.Event.Name = value),
        (1, "time_unix_nano") => Int(steps[0], position, static context => context.Event.TimeUnixNano, static (context, value) => context.Event.TimeUnixNano = value),
        (1, "time") => Time(position, static context => context.Event.TimeUnixNano, static (context, value) => context.Event.TimeUnixNano = value),
        (1, "dropped_attributes_count") => Int(steps[0], position, static context => context.Event.DroppedAttributesCount, static (context, value) => context.Event.DroppedAttributesCount = value),
        (1, "event_index") => new OttlExpression(static context => (long)context.EventIndex, OttlTypes.Int, position),
        (1, "cache") => Cache(steps[0], position, OttlContextKind.SpanEvent),
        _ => null,
    };

    /// <summary>What is known of the sender: <c>otelcol.client.addr</c>, and the request's metadata if the receiver keeps it.</summary>
    private static OttlExpression Client(List<OttlStep> steps, int position)
    {
        var name = string.Join('.', steps.Select(static step => step.Name));
        var keys = steps[^1].Keys;
        switch (name)
        {
            case "otelcol.client.addr" when keys.Count == 0:
                return new OttlExpression(static context => context.Batch.Peer, OttlTypes.String | OttlTypes.Nil, position);
            case "otelcol.client.metadata" or "otelcol.grpc.metadata" when keys.Count is 1 or 2:
                return new OttlExpression(
                    context =>
                    {
                        var key = keys[0].Get(context) as string ?? "";
                        if (!context.Batch.Metadata.TryGetValue(key.ToLowerInvariant(), out var values))
                        {
                            return null;
                        }

                        var list = new OtlpList(values);
                        return keys.Count == 2 ? OttlRuntime.Index(list, keys[1].Get(context)) : list;
                    },
                    keys.Count == 2 ? OttlTypes.String | OttlTypes.Nil : OttlTypes.List | OttlTypes.Nil, position);
            default:
                throw new OttlSyntaxException($"'{name}' is not known (known: otelcol.client.addr, otelcol.client.metadata[\"key\"][0])", position);
        }
    }

    private OttlExpression Cache(OttlStep step, int position, OttlContextKind of) => of == kind
        ? Map(step, position, static context => context.Cache)
        : throw new OttlSyntaxException($"the cache is that of the context {NameOf(kind)}", position);

    private static OttlExpression Map(OttlStep step, int position, Func<OttlContext, AttributeMap> get)
    {
        if (step.Keys.Count == 0)
        {
            return new OttlExpression(context => get(context), OttlTypes.Map, position)
            {
                Set = (context, value) =>
                {
                    if (value is not AttributeMap map)
                    {
                        throw new OttlException($"{step.Name} is set to a map, not to {OttlRuntime.NameOf(value)}");
                    }

                    get(context).ReplaceBy(map);
                },
            };
        }

        if (step.Keys is [{ IsLiteral: true, Literal: string only }])
        {
            return new OttlExpression(context => get(context).Get(only), OttlTypes.Attribute, position)
            {
                Set = (context, value) => get(context).Set(only, Storable(value)),
            };
        }

        var keys = step.Keys;
        return new OttlExpression(
            context =>
            {
                object? value = get(context);
                foreach (var key in keys)
                {
                    value = OttlRuntime.Index(value, key.Get(context));
                }

                return value;
            },
            OttlTypes.Attribute, position)
        {
            Set = (context, value) =>
            {
                var map = get(context);
                OttlRuntime.SetInside(map, keys.Select(key => key.Get(context)).ToArray(), Storable(value));
                map.MarkChanged();
            },
        };
    }

    /// <summary>What an attribute can hold: lists and maps as copies, times and durations as the Collector has them.</summary>
    private static object? Storable(object? value) => value switch
    {
        OttlTime time => time.UnixNano,
        OttlDuration duration => duration.Nanos,
        _ => OtlpValue.Copy(value),
    };

    private static OttlExpression Int(OttlStep step, int position, Func<OttlContext, long> get, Action<OttlContext, long> set) =>
        new(context => get(NoKeys(step, context)), OttlTypes.Int, position)
        {
            Set = (context, value) => set(context, value is long number ? number : throw Wrong(step.Name, "a whole number", value)),
        };

    private static OttlExpression Text(OttlStep step, int position, Func<OttlContext, string> get, Action<OttlContext, string> set)
    {
        NoKeys(step, position);
        return new(context => get(context), OttlTypes.String, position)
        {
            Set = (context, value) => set(context, value as string ?? throw Wrong(step.Name, "a text", value)),
        };
    }

    private static OttlExpression Time(int position, Func<OttlContext, long> get, Action<OttlContext, long> set) =>
        new(context => new OttlTime(get(context), TimeSpan.Zero), OttlTypes.Time, position)
        {
            Set = (context, value) => set(context, value is OttlTime time ? time.UnixNano : throw Wrong("a time", "a time", value)),
        };

    private static OttlExpression Id(OttlStep step, int position, int size, Func<SpanRecord, ReadOnlyMemory<byte>> get, Action<SpanRecord, ReadOnlyMemory<byte>> set)
    {
        NoKeys(step, position);
        return new(context => Padded(get(context.Span), size), OttlTypes.Bytes, position)
        {
            Set = (context, value) => set(context.Span, value is byte[] bytes && bytes.Length == size ? bytes : throw Wrong(step.Name, $"{size} bytes", value)),
        };
    }

    private static OttlExpression IdText(int position, int size, Func<SpanRecord, ReadOnlyMemory<byte>> get, Action<SpanRecord, ReadOnlyMemory<byte>> set) =>
        new(
            context => get(context.Span) is { Length: > 0 } id && id.Span.IndexOfAnyExcept((byte)0) >= 0 ? Convert.ToHexStringLower(id.Span) : "",
            OttlTypes.String, position)
        {
            Set = (context, value) => set(
                context.Span,
                value is string text && text.Length == size * 2 && text.All(char.IsAsciiHexDigit)
                    ? Convert.FromHexString(text)
                    : throw Wrong("an id", $"{size * 2} hexadecimal digits", value)),
        };

    private static byte[] Padded(ReadOnlyMemory<byte> id, int size) => id.Length == size ? id.ToArray() : new byte[size];

    private static OttlExpression KindText(int position, string[] names) =>
        new(context => context.Span.Kind is >= 0 and var kind && kind < names.Length ? names[kind] : "", OttlTypes.String, position)
        {
            Set = (context, value) => context.Span.Kind = value is string text && Array.IndexOf(names, text) is >= 0 and var index
                ? index
                : throw Wrong("kind", $"one of {string.Join(", ", names)}", value),
        };

    private static OttlExpression TraceStateEntry(OttlExpression key, int position) =>
        new(context => TraceStateText.Get(context.Span.TraceState, (string)key.Get(context)!), OttlTypes.String | OttlTypes.Nil, position)
        {
            Set = (context, value) => context.Span.TraceState = TraceStateText.Set(
                context.Span.TraceState, (string)key.Get(context)!, value as string ?? throw Wrong("trace_state", "a text", value)),
        };

    private static OttlExpression ListOf(OttlStep step, int position, Func<OttlContext, IEnumerable<AttributeMap>> items)
    {
        var keys = step.Keys;
        return new OttlExpression(
            context =>
            {
                object? value = new OtlpList(items(context));
                foreach (var key in keys)
                {
                    value = OttlRuntime.Index(value, key.Get(context));
                }

                return value;
            },
            keys.Count == 0 ? OttlTypes.List : OttlTypes.Attribute, position);
    }

    private static AttributeMap StatusMap(SpanRecord span)
    {
        var map = new AttributeMap();
        map.Set("code", span.StatusCode);
        map.Set("message", span.StatusMessage);
        return map;
    }

    private static void SetStatus(SpanRecord span, object? value)
    {
        if (value is not AttributeMap map)
        {
            throw Wrong("status", "a map with code and message", value);
        }

        span.StatusCode = map.Get("code") is long code ? code : 0;
        span.StatusMessage = map.Get("message") as string ?? "";
    }

    private static AttributeMap EventMap(EventRecord item)
    {
        var map = new AttributeMap();
        map.Set("name", item.Name);
        map.Set("time_unix_nano", item.TimeUnixNano);
        map.Set("attributes", item.Attributes.Copy());
        map.Set("dropped_attributes_count", item.DroppedAttributesCount);
        return map;
    }

    private static AttributeMap LinkMap(LinkRecord link)
    {
        var map = new AttributeMap();
        map.Set("trace_id", link.TraceId);
        map.Set("span_id", link.SpanId);
        map.Set("trace_state", link.TraceState);
        map.Set("attributes", link.Attributes.Copy());
        return map;
    }

    private static OttlContext NoKeys(OttlStep step, OttlContext context) =>
        step.Keys.Count == 0 ? context : throw new OttlException($"{step.Name} cannot be indexed");

    private static void NoKeys(OttlStep step, int position)
    {
        if (step.Keys.Count > 0)
        {
            throw new OttlSyntaxException($"'{step.Name}' cannot be indexed", position);
        }
    }

    private static OttlException Wrong(string what, string wanted, object? value) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{what} is set to {wanted}, not to {OttlRuntime.NameOf(value)}"));
}

/// <summary>Names of span kinds, in the order of their numbers.</summary>
internal static class SpanKindNames
{
    public static string[] Title { get; } = ["Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"];

    public static string[] Enum { get; } =
        ["SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER"];
}

/// <summary>Single entries of a W3C tracestate.</summary>
internal static class TraceStateText
{
    public static string? Get(string traceState, string key)
    {
        foreach (var entry in traceState.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && entry.AsSpan(0, equals).SequenceEqual(key))
            {
                return entry[(equals + 1)..];
            }
        }

        return null;
    }

    /// <summary>What was changed stands first, as W3C asks for.</summary>
    public static string Set(string traceState, string key, string value)
    {
        var others = traceState.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(entry => !entry.StartsWith(key + "=", StringComparison.Ordinal));
        return string.Join(',', others.Prepend($"{key}={value}"));
    }
}
