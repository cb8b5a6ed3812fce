using Clew.Api.Http;
using Clew.Model;
using Clew.Query.Search;
using Clew.TraceQL;
using Clew.TraceQL.Syntax;
using Microsoft.AspNetCore.Http;
using QueryTree = Clew.TraceQL.Syntax.Query;

namespace Clew.Api.Tempo;

/// <summary><c>/api/search</c>: by TraceQL, by tags, or by a trace id that was typed where a query belongs.</summary>
internal sealed class SearchEndpoints(ApiServices services)
{
    private static readonly HashSet<string> Known = ["q", "tags", "minDuration", "maxDuration", "limit", "start", "end", "since", "spss", "skip_ast_transformations"];

    public async Task SearchAsync(HttpContext context, TenantId tenant)
    {
        var request = Parse(context.Request);
        var result = await services.Engine.SearchAsync(tenant, request, context.RequestAborted).ConfigureAwait(false);
        AnswerHeaders.Add(context.Response, result.Stats);
        if (MediaTypes.WantsProtobuf(context.Request))
        {
            await JsonAnswer.SendProtobufAsync(context, buffer => SearchProto.Write(buffer, result.Traces, result.Stats, isLast: true)).ConfigureAwait(false);
            return;
        }

        await JsonAnswer.WriteAsync(context, json => SearchJson.Write(json, result)).ConfigureAwait(false);
    }

    public SearchRequest Parse(HttpRequest http)
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
            return TagQuery(http.Query, parameters);
        }

        if (parameters.Text("tags") is not null)
        {
            throw ApiException.BadRequest("invalid request: can't specify tags and q in the same query");
        }

        return TypedTraceId.TryRead(text, out var id) ? TypedTraceId.ToQuery(id) : QueryText.Parse(text);
    }

    // The older form: tags in logfmt, and every parameter that has no other meaning is a tag as well.
    private static QueryTree TagQuery(IQueryCollection query, QueryParameters parameters)
    {
        var (min, max) = (parameters.Duration("minDuration"), parameters.Duration("maxDuration"));
        var others = new List<KeyValuePair<string, string?>>();
        foreach (var (key, values) in query)
        {
            if (!Known.Contains(key) && values.Count > 0)
            {
                others.Add(new(key, values[0]));
            }
        }

        if (parameters.Text("tags") is not { } tags)
        {
            return QueryText.Root(TraceQl.ParseTags(others, min, max));
        }

        var tree = QueryText.Root(TraceQl.ParseTags(tags, min, max));
        return others.Count == 0 ? tree : Both(tree, QueryText.Root(TraceQl.ParseTags(others, null, null)));
    }

    private static QueryTree Both(QueryTree left, QueryTree right)
    {
        var condition = new FieldBinary(BinaryOperator.And, ConditionOf(left), ConditionOf(right));
        return new QueryTree(new SearchQuery(new Pipeline([new SpansetStage(new SpansetFilter(condition))])), []);
    }

    private static FieldExpression ConditionOf(QueryTree tagQuery) =>
        ((SpansetFilter)((SpansetStage)((SearchQuery)tagQuery.Body).Pipeline.Stages[0]).Expression).Condition;
}
