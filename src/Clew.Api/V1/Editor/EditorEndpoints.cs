using Clew.Api.Http;
using Clew.Api.Tempo;
using Clew.Model;
using Clew.Query.Tags;
using Clew.TraceQL;
using Clew.TraceQL.Syntax;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.V1.Editor;

/// <summary>What the query editor asks: about the text, and about what the data has.</summary>
internal sealed class EditorEndpoints(ApiServices services)
{
    private const int DefaultValues = 50;
    private const int MaxValues = 1000;

    private readonly TagQuestions _tags = new(services);

    public void Map(ApiV1 api)
    {
        api.Add(
            new ApiOperation("GET", "/api/v1/traceql/analyze", "analyzeQuery", "Tokens, faults and completions of a text that is being edited")
            {
                Tag = "editor",
                ForAllTenants = true,
                Parameters =
                [
                    new("q", "The whole text."),
                    new("cursor", "Where the cursor stands, in UTF-16 units; the end of the text when left out.", ApiValueType.Integer),
                ],
                Answers = [ApiContent.Json(V1Json.Default.QueryReport)],
            },
            AnalyzeAsync);
        api.Add(
            new ApiOperation("GET", "/api/v1/attributes", "attributeNames", "Names of attributes that spans have")
            {
                Tag = "editor",
                Parameters =
                [
                    new("q", "Only of spans that meet this filter; may be half-typed, and is then used as far as it can be."),
                    new("scope", "resource, span, event, link, instrumentation or intrinsic; all when left out."),
                    new("limit", "Names of each scope.", ApiValueType.Integer),
                    .. V1Parameters.Window,
                ],
                Answers = [ApiContent.Json(V1Json.Default.AttributeNames)],
            },
            NamesAsync);
        api.Add(
            new ApiOperation("GET", "/api/v1/attributes/values", "attributeValues", "Values of an attribute with the number of spans that have them")
            {
                Tag = "editor",
                Parameters =
                [
                    new("name", "The attribute as the language writes it, such as span.http.route or status.", Required: true),
                    new("q", "Only of spans that meet this filter; may be half-typed, and is then used as far as it can be."),
                    new("prefix", "Only values that begin with this, whatever their case."),
                    new("limit", $"Values in the answer; {MaxValues} at most.", ApiValueType.Integer) { Default = "50" },
                    .. V1Parameters.Window,
                ],
                Answers = [ApiContent.Json(V1Json.Default.AttributeValues)],
            },
            ValuesAsync);
    }

    private static Task AnalyzeAsync(HttpContext context)
    {
        var parameters = new QueryParameters(context.Request);
        var text = context.Request.Query["q"].ToString();
        return ApiJson.WriteAsync(context, QueryReports.Of(text, parameters.Count("cursor", least: 0) ?? text.Length), V1Json.Default.QueryReport);
    }

    private async Task NamesAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var (scopes, stats) = await _tags.NamesByScopeAsync(
            tenant,
            parameters.Text("scope"),
            new TagRequest
            {
                Filter = TagQuestions.NarrowingFilter(parameters.Text("q")), Window = parameters.Window(services.Clock), Limit = parameters.Count("limit", least: 0) ?? 0,
            },
            context.RequestAborted).ConfigureAwait(false);
        await ApiJson.WriteAsync(
            context, new AttributeNames([.. scopes.Select(static scope => new AttributeScopeNames(scope.Key, [.. scope.Value]))], stats.Incomplete), V1Json.Default.AttributeNames)
            .ConfigureAwait(false);
    }

    private async Task ValuesAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var name = parameters.Text("name") ?? throw ApiException.BadRequest("parameter name is missing; it says which attribute");
        var limit = Math.Min(parameters.Count("limit", least: 1) ?? DefaultValues, MaxValues);
        var prefix = parameters.Text("prefix") ?? "";
        var values = await _tags.TypedValuesAsync(
            tenant,
            name,
            new TagRequest { Filter = TagQuestions.NarrowingFilter(parameters.Text("q")), Window = parameters.Window(services.Clock), WithCounts = true },
            context.RequestAborted).ConfigureAwait(false);
        var chosen = values.Values.Where(value => value.Text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .OrderByDescending(static value => value.SpanCount).ThenBy(static value => value).Take(limit);
        await ApiJson.WriteAsync(
            context,
            new AttributeValues(name, [.. chosen.Select(static value => new AttributeValue(value.Text, value.Type, value.SpanCount))], values.Stats.Incomplete),
            V1Json.Default.AttributeValues).ConfigureAwait(false);
    }
}
