using Clew.Api.Http;
using Clew.Model;
using Clew.Query;
using Clew.Query.Search;
using Clew.TraceQL;
using Microsoft.AspNetCore.Http;
using QueryTree = Clew.TraceQL.Syntax.Query;

namespace Clew.Api.Tempo;

/// <summary><c>/api/search</c>: by TraceQL, by tags, or by a trace id that was typed where a query belongs.</summary>
internal sealed class SearchEndpoints(ApiServices services)
{
    public async Task SearchAsync(HttpContext context, TenantId tenant)
    {
        var request = Parse(context.Request);
        var result = await services.Engine.SearchAsync(tenant, request, context.RequestAborted).ConfigureAwait(false);
        AnswerHeaders.Add(context.Response, result.Stats);
        await JsonAnswer.WriteAsync(context, json => SearchJson.Write(json, result)).ConfigureAwait(false);
    }

    private SearchRequest Parse(HttpRequest http)
    {
        var parameters = new QueryParameters(http);
        return new SearchRequest
        {
            Query = ParseQuery(http, parameters),
            Window = parameters.Window(services.Clock),
            Limit = parameters.Count("limit", least: 1) ?? SearchRequest.DefaultLimit,
            SpansPerSpanset = parameters.Count("spss", least: 0) switch
            {
                null or 0 => SearchRequest.DefaultSpansPerSpanset,
                { } count => count,
            },
        };
    }

    private static QueryTree ParseQuery(HttpRequest http, QueryParameters parameters)
    {
        if (parameters.Text("q") is not { } text)
        {
            return TagSearch.ToQuery(http.Query, parameters);
        }

        if (parameters.Text("tags") is not null)
        {
            throw ApiException.BadRequest("invalid request: can't specify tags and q in the same query");
        }

        return TypedTraceId.TryRead(text, out var id) ? TypedTraceId.ToQuery(id) : QueryText.Parse(text);
    }
}
