using System.Globalization;
using Clew.Receivers.Translation;

namespace Clew.Receivers.Jaeger;

/// <summary>From Jaeger's model to OTLP, as the OpenTelemetry Collector has it (its Jaeger translator).</summary>
internal static class JaegerTranslation
{
    public static ForeignSpan Translate(JaegerSpan jaeger)
    {
        var span = new ForeignSpan
        {
            TraceId = jaeger.TraceId,
            SpanId = jaeger.SpanId,
            Name = jaeger.Name,
            StartUnixNano = jaeger.StartUnixNano,
            EndUnixNano = ForeignTime.Add(jaeger.StartUnixNano, jaeger.DurationNanos),
            Kind = Kind(jaeger),
            TraceState = jaeger.TakeTag("w3c.tracestate") as string ?? "",
        };
        var (oldName, oldVersion) = (jaeger.TakeTag("otel.library.name"), jaeger.TakeTag("otel.library.version"));
        span.ScopeName = (jaeger.TakeTag("otel.scope.name") ?? oldName) as string ?? "";
        span.ScopeVersion = (jaeger.TakeTag("otel.scope.version") ?? oldVersion) as string ?? "";
        Status(jaeger, span);
        References(jaeger, span);
        span.Attributes.AddRange(jaeger.Tags);
        foreach (var warning in jaeger.Warnings)
        {
            span.Add("jaeger.warning", warning);
        }

        foreach (var log in jaeger.Logs)
        {
            span.Events.Add(Event(log));
        }

        return span;
    }

    private static ForeignKind Kind(JaegerSpan jaeger)
    {
        var kind = (jaeger.FindTag("span.kind") as string)?.ToLowerInvariant() switch
        {
            "client" => ForeignKind.Client,
            "server" => ForeignKind.Server,
            "producer" => ForeignKind.Producer,
            "consumer" => ForeignKind.Consumer,
            "internal" => ForeignKind.Internal,
            _ => ForeignKind.Unspecified,
        };
        if (kind != ForeignKind.Unspecified)
        {
            // A kind that OTLP does not know stays a tag.
            jaeger.TakeTag("span.kind");
        }

        return kind;
    }

    private static void Status(JaegerSpan jaeger, ForeignSpan span)
    {
        if (jaeger.FindTag("error") is true or "true")
        {
            jaeger.TakeTag("error");
            span.Status = ForeignStatus.Error;
            span.StatusMessage = (jaeger.TakeTag("otel.status_description") ?? jaeger.FindTag("http.status_message")) as string ?? "";
            if (jaeger.FindTag("otel.status_code") is "ERROR")
            {
                jaeger.TakeTag("otel.status_code");
            }

            return;
        }

        var code = jaeger.FindTag("otel.status_code") switch
        {
            "OK" or 1L => ForeignStatus.Ok,
            "ERROR" or 2L => ForeignStatus.Error,
            _ => ForeignStatus.Unset,
        };
        if (code != ForeignStatus.Unset)
        {
            jaeger.TakeTag("otel.status_code");
            span.Status = code;
            span.StatusMessage = jaeger.TakeTag("otel.status_description") as string ?? "";
            return;
        }

        var http = jaeger.FindTag("http.status_code") switch
        {
            long number => number,
            string text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
            _ => 0,
        };
        if (http is >= 500 and < 600 || (http is >= 400 and < 500 && span.Kind == ForeignKind.Client))
        {
            span.Status = ForeignStatus.Error;
            span.StatusMessage = jaeger.FindTag("http.status_message") as string ?? "";
        }
    }

    /// <summary>The parent: Thrift's field, else the first CHILD_OF of the same trace, else the first FOLLOWS_FROM. The rest are links.</summary>
    private static void References(JaegerSpan jaeger, ForeignSpan span)
    {
        span.ParentId = jaeger.ParentId != 0 ? jaeger.ParentId : Parent(jaeger, isFollowsFrom: false) is var parent and not 0 ? parent
            : Parent(jaeger, isFollowsFrom: true);
        var isParentSeen = false;
        foreach (var reference in jaeger.References)
        {
            if (!isParentSeen && reference.TraceId == jaeger.TraceId && reference.SpanId == span.ParentId)
            {
                isParentSeen = true;
                continue;
            }

            if (!reference.TraceId.IsZero && reference.SpanId != 0)
            {
                span.Links.Add(new ForeignLink(
                    reference.TraceId, reference.SpanId, "",
                    [new("opentracing.ref_type", reference.IsFollowsFrom ? "follows_from" : "child_of")]));
            }
        }
    }

    private static ulong Parent(JaegerSpan jaeger, bool isFollowsFrom)
    {
        foreach (var reference in jaeger.References)
        {
            if (reference.IsFollowsFrom == isFollowsFrom && reference.TraceId == jaeger.TraceId && reference.SpanId != 0)
            {
                return reference.SpanId;
            }
        }

        return 0;
    }

    private static ForeignEvent Event(JaegerLog log)
    {
        var index = log.Fields.FindIndex(field => field.Key == "event" && field.Value is string);
        if (index < 0)
        {
            return new ForeignEvent(log.UnixNano, "", log.Fields);
        }

        var name = (string)log.Fields[index].Value;
        log.Fields.RemoveAt(index);
        return new ForeignEvent(log.UnixNano, name, log.Fields);
    }
}
