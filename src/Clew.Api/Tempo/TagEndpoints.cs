using System.Text.Json;
using Clew.Api.Http;
using Clew.Model;
using Clew.Query.Tags;
using Clew.TraceQL;
using Clew.TraceQL.Syntax;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.Tempo;

/// <summary>Names and values of attributes, in Tempo's first form (flat) and second (by scope, typed).</summary>
internal sealed class TagEndpoints(ApiServices services)
{
    private static readonly string[] Scopes = ["resource", "span", "intrinsic", "event", "link", "instrumentation", "none", "trace"];

    /// <summary>The static list that Tempo gives.</summary>
    private static readonly string[] Intrinsics =
    [
        "duration", "name", "status", "statusMessage", "kind", "rootServiceName", "rootName", "traceDuration", "event:name", "event:timeSinceStart",
        "link:spanID", "link:traceID", "instrumentation:name", "instrumentation:version", "trace:id", "span:id", "span:parentID", "span:status",
        "span:statusMessage", "span:duration", "span:name", "span:kind", "trace:rootName", "trace:rootService", "trace:duration",
    ];

    public async Task NamesAsync(HttpContext context, TenantId tenant)
    {
        var scope = Scope(context.Request);
        var names = scope == "intrinsic" ? null : await services.Engine.Tags.NamesAsync(tenant, Request(context), context.RequestAborted).ConfigureAwait(false);
        IEnumerable<string> flat = names is null ? Intrinsics : Chosen(names, scope).SelectMany(entry => entry.Value).Distinct().Order(StringComparer.Ordinal);
        await JsonAnswer.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("tagNames");
            foreach (var name in flat)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
            End(json);
        }).ConfigureAwait(false);
    }

    public async Task NamesByScopeAsync(HttpContext context, TenantId tenant)
    {
        var scope = Scope(context.Request);
        var names = await services.Engine.Tags.NamesAsync(tenant, Request(context), context.RequestAborted).ConfigureAwait(false);
        await JsonAnswer.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("scopes");
            foreach (var (name, tags) in Chosen(names, scope))
            {
                WriteScope(json, name, tags);
            }

            if (scope is null or "none" or "intrinsic")
            {
                WriteScope(json, "intrinsic", Intrinsics);
            }

            json.WriteEndArray();
            End(json);
        }).ConfigureAwait(false);
    }

    /// <summary>The path has the bare name of an attribute, of any scope, or an intrinsic.</summary>
    public async Task ValuesAsync(HttpContext context, TenantId tenant)
    {
        var tag = (string)context.Request.RouteValues["tag"]!;
        if (!TraceQl.TryParseField(tag, out var field))
        {
            field = new AttributeRef(FieldScope.Any, tag);
        }

        var values = await services.Engine.Tags.ValuesAsync(tenant, field!, Request(context), context.RequestAborted).ConfigureAwait(false);
        await JsonAnswer.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("tagValues");
            foreach (var value in values.Values)
            {
                json.WriteStringValue(value.Text);
            }

            json.WriteEndArray();
            End(json);
        }).ConfigureAwait(false);
    }

    public async Task TypedValuesAsync(HttpContext context, TenantId tenant)
    {
        var tag = (string)context.Request.RouteValues["tag"]!;
        if (!TraceQl.TryParseField(tag, out var field))
        {
            throw ApiException.BadRequest($"please provide a valid tagName: '{tag}' is no attribute; write .name, span.name, resource.name or an intrinsic such as status");
        }

        var values = await services.Engine.Tags.ValuesAsync(tenant, field!, Request(context), context.RequestAborted).ConfigureAwait(false);
        AnswerHeaders.Add(context.Response, values.Stats);
        await JsonAnswer.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("tagValues");
            foreach (var value in values.Values)
            {
                json.WriteStartObject();
                json.WriteString("type", value.Type);
                json.WriteString("value", value.Text);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            End(json);
        }).ConfigureAwait(false);
    }

    private static string? Scope(HttpRequest request)
    {
        var scope = new QueryParameters(request).Text("scope");
        return scope is null || Scopes.Contains(scope) ? scope : throw ApiException.BadRequest($"invalid scope: {scope}");
    }

    /// <summary><c>service.name</c> is always there: it is what every editor starts with.</summary>
    private static IEnumerable<KeyValuePair<string, IReadOnlyCollection<string>>> Chosen(TagNames names, string? scope)
    {
        var withService = new SortedDictionary<string, IReadOnlyCollection<string>>(StringComparer.Ordinal);
        foreach (var (name, tags) in names.Scopes)
        {
            withService.Add(name, tags);
        }

        var resource = withService.GetValueOrDefault("resource") ?? [];
        withService["resource"] = resource.Contains("service.name") ? resource : [.. resource.Append("service.name").Order(StringComparer.Ordinal)];
        return withService.Where(entry => scope is null or "none" || entry.Key == scope);
    }

    private TagRequest Request(HttpContext context)
    {
        var parameters = new QueryParameters(context.Request);
        return new TagRequest
        {
            Filter = parameters.Text("q") is { } text ? NarrowingFilter(text) : null,
            Window = parameters.Window(services.Clock),
            Limit = parameters.Count("limit", least: 0) ?? 0,
        };
    }

    /// <summary>A filter that lets everything through is none: the fast way then answers.</summary>
    private static SpansetFilter? NarrowingFilter(string text)
    {
        var filter = TraceQl.ParseLenientFilter(text);
        return filter is null || filter.ToString().Replace(" ", "", StringComparison.Ordinal) is "{true}" or "{}" ? null : filter;
    }

    private static void WriteScope(Utf8JsonWriter json, string name, IEnumerable<string> tags)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteStartArray("tags");
        foreach (var tag in tags)
        {
            json.WriteStringValue(tag);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void End(Utf8JsonWriter json)
    {
        json.WriteStartObject("metrics");
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
