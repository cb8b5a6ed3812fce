using System.Globalization;
using Clew.Receivers.Translation;

namespace Clew.Receivers.Zipkin;

/// <summary>
/// From Zipkin's model to OTLP, as the OpenTelemetry Collector has it (its Zipkin translator), with two differences: the resource is
/// made of every span's own tags, not of the first one's; and any tag <c>error</c> marks the span as failed, which is what Zipkin means
/// by it.
/// </summary>
internal sealed class ZipkinTranslation(bool parseStringTags)
{
    private const string ServiceName = "service.name";

    public (List<KeyValuePair<string, object>> Resource, ForeignSpan Span) Translate(ZipkinSpan zipkin)
    {
        var span = new ForeignSpan
        {
            TraceId = zipkin.TraceId,
            SpanId = zipkin.Id,
            ParentId = zipkin.ParentId == zipkin.Id ? 0 : zipkin.ParentId,
            Name = zipkin.Name,
            Kind = zipkin.Kind,
            TraceState = zipkin.TakeTag("w3c.tracestate") ?? "",
        };
        if (span.Kind == ForeignKind.Unspecified && zipkin.Tags.Contains(new("span.kind", "internal")))
        {
            zipkin.TakeTag("span.kind");
            span.Kind = ForeignKind.Internal;
        }

        Times(zipkin, span);
        Scope(zipkin, span);
        Status(zipkin, span);
        ZipkinLinks.Take(zipkin, span);
        var resource = Resource(zipkin);
        foreach (var tag in zipkin.Tags)
        {
            if (!ZipkinResourceKeys.Contains(tag.Key))
            {
                span.Add(tag.Key, tag.Value is string text && parseStringTags ? Parsed(text) : tag.Value);
            }
        }

        Peers(zipkin, span);
        if (zipkin.Debug)
        {
            span.Add("zipkin.debug", true);
        }

        if (zipkin.Shared)
        {
            span.Add("zipkin.shared", true);
        }

        foreach (var (timestamp, value) in zipkin.Annotations)
        {
            span.Events.Add(ZipkinLinks.Event(ForeignTime.FromMicroseconds(timestamp), value));
        }

        return (resource, span);
    }

    private static void Times(ZipkinSpan zipkin, ForeignSpan span)
    {
        span.StartUnixNano = ForeignTime.FromMicroseconds(zipkin.Timestamp);
        span.EndUnixNano = ForeignTime.Add(span.StartUnixNano, ForeignTime.FromMicroseconds(zipkin.Duration));
        if (span.StartUnixNano == 0)
        {
            span.Add("otel.zipkin.absentField.startTime", true);
        }
    }

    private static void Scope(ZipkinSpan zipkin, ForeignSpan span)
    {
        var (oldName, oldVersion) = (zipkin.TakeTag("otel.library.name"), zipkin.TakeTag("otel.library.version"));
        span.ScopeName = zipkin.TakeTag("otel.scope.name") ?? oldName ?? "";
        span.ScopeVersion = zipkin.TakeTag("otel.scope.version") ?? oldVersion ?? "";
    }

    private static void Status(ZipkinSpan zipkin, ForeignSpan span)
    {
        var description = zipkin.TakeTag("otel.status_description");
        switch (zipkin.TakeTag("otel.status_code"))
        {
            case "STATUS_CODE_OK" or "OK":
                span.Status = ForeignStatus.Ok;
                break;
            case "STATUS_CODE_ERROR" or "ERROR":
                span.Status = ForeignStatus.Error;
                break;
        }

        span.StatusMessage = description ?? "";
        var index = zipkin.Tags.FindIndex(tag => tag.Key == "error");
        if (index < 0)
        {
            return;
        }

        switch (zipkin.Tags[index].Value)
        {
            case "false" or false:
                return;
            case "true" or true:
                zipkin.Tags.RemoveAt(index);
                break;
            case string text when text == span.StatusMessage:
                // An exporter of OpenTelemetry wrote the description a second time, for Zipkin's own readers.
                zipkin.Tags.RemoveAt(index);
                break;
            case string text when span.StatusMessage.Length == 0:
                // The text stays a tag as well: searches by it are older than statuses.
                span.StatusMessage = text;
                break;
        }

        span.Status = ForeignStatus.Error;
    }

    private static List<KeyValuePair<string, object>> Resource(ZipkinSpan zipkin)
    {
        var resource = new List<KeyValuePair<string, object>>(1);
        var target = zipkin.TakeTag("otlp.service.name.source") ?? ServiceName;
        if (zipkin.Local is { ServiceName.Length: > 0 } local)
        {
            resource.Add(new(target, local.ServiceName));
        }

        foreach (var tag in zipkin.Tags)
        {
            if (ZipkinResourceKeys.Contains(tag.Key) && !resource.Exists(known => known.Key == tag.Key))
            {
                resource.Add(tag);
            }
        }

        return resource;
    }

    private static void Peers(ZipkinSpan zipkin, ForeignSpan span)
    {
        AddUnlessThere(span, "net.host.ip", zipkin.Local?.Ip ?? "");
        AddUnlessThere(span, "net.host.port", zipkin.Local?.Port ?? 0);
        AddUnlessThere(span, "peer.service", zipkin.Remote?.ServiceName ?? "");
        AddUnlessThere(span, "net.peer.ip", zipkin.Remote?.Ip ?? "");
        AddUnlessThere(span, "net.peer.port", zipkin.Remote?.Port ?? 0);
    }

    private static void AddUnlessThere(ForeignSpan span, string key, string text)
    {
        if (text.Length > 0 && !span.Attributes.Exists(known => known.Key == key))
        {
            span.Add(key, text);
        }
    }

    private static void AddUnlessThere(ForeignSpan span, string key, int port)
    {
        if (port != 0 && !span.Attributes.Exists(known => known.Key == key))
        {
            span.Add(key, (long)port);
        }
    }

    private static object Parsed(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : text is "true" or "True" or "TRUE" ? true
        : text is "false" or "False" or "FALSE" ? false
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real) ? real
        : text;
}
