using Clew.Api.Http;
using Clew.Model;
using Clew.Query;
using Clew.Query.Tags;
using Clew.TraceQL;
using Clew.TraceQL.Syntax;

namespace Clew.Api.Tempo;

/// <summary>Names and values of attributes as Tempo gives them, whichever protocol asks.</summary>
internal sealed class TagQuestions(ApiServices services)
{
    private static readonly string[] Scopes = ["resource", "span", "intrinsic", "event", "link", "instrumentation", "none", "trace"];

    /// <summary>The static list that Tempo gives.</summary>
    private static readonly string[] Intrinsics =
    [
        "duration", "name", "status", "statusMessage", "kind", "rootServiceName", "rootName", "traceDuration", "event:name", "event:timeSinceStart",
        "link:spanID", "link:traceID", "instrumentation:name", "instrumentation:version", "trace:id", "span:id", "span:parentID", "span:status",
        "span:statusMessage", "span:duration", "span:name", "span:kind", "trace:rootName", "trace:rootService", "trace:duration",
    ];

    /// <summary>Names of all scopes or of one in one list; the intrinsics only when asked for.</summary>
    public async Task<(IReadOnlyCollection<string> Names, QueryStats Stats)> FlatNamesAsync(TenantId tenant, string? scope, TagRequest request, CancellationToken cancellationToken)
    {
        if (Checked(scope) == "intrinsic")
        {
            return (Intrinsics, new QueryStats());
        }

        var names = await services.Engine.Tags.NamesAsync(tenant, request, cancellationToken).ConfigureAwait(false);
        return ([.. Chosen(names, scope).SelectMany(static entry => entry.Value).Distinct().Order(StringComparer.Ordinal)], names.Stats);
    }

    /// <summary>Names by scope, the intrinsics as a scope of their own.</summary>
    public async Task<(IReadOnlyList<KeyValuePair<string, IReadOnlyCollection<string>>> Scopes, QueryStats Stats)> NamesByScopeAsync(
        TenantId tenant, string? scope, TagRequest request, CancellationToken cancellationToken)
    {
        Checked(scope);
        var names = await services.Engine.Tags.NamesAsync(tenant, request, cancellationToken).ConfigureAwait(false);
        var chosen = Chosen(names, scope).ToList();
        if (scope is null or "none" or "intrinsic")
        {
            chosen.Add(new("intrinsic", Intrinsics));
        }

        return (chosen, names.Stats);
    }

    /// <summary>The first form takes the bare name of an attribute, of any scope, or an intrinsic.</summary>
    public Task<TagValues> ValuesAsync(TenantId tenant, string tag, TagRequest request, CancellationToken cancellationToken) =>
        services.Engine.Tags.ValuesAsync(
            tenant, TraceQl.TryParseField(tag, out var field) ? field! : new AttributeRef(FieldScope.Any, tag), request, cancellationToken);

    public Task<TagValues> TypedValuesAsync(TenantId tenant, string tag, TagRequest request, CancellationToken cancellationToken) =>
        TraceQl.TryParseField(tag, out var field)
            ? services.Engine.Tags.ValuesAsync(tenant, field!, request, cancellationToken)
            : throw ApiException.BadRequest($"please provide a valid tagName: '{tag}' is no attribute; write .name, span.name, resource.name or an intrinsic such as status");

    /// <summary>What a half-typed filter says; null when it lets everything through, which is answered the fast way.</summary>
    public static SpansetFilter? NarrowingFilter(string? text)
    {
        var filter = string.IsNullOrEmpty(text) ? null : TraceQl.ParseLenientFilter(text);
        return filter is null || filter.ToString().Replace(" ", "", StringComparison.Ordinal) is "{true}" or "{}" ? null : filter;
    }

    private static string? Checked(string? scope) => scope is null || Scopes.Contains(scope) ? scope : throw ApiException.BadRequest($"invalid scope: {scope}");

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
}
