using System.Globalization;
using Clew.Api.Http;
using Clew.Model;
using Clew.Query.Search;
using Clew.TraceQL.Syntax;
using Microsoft.AspNetCore.Http;
using QueryTree = Clew.TraceQL.Syntax.Query;

namespace Clew.Api.V1.Analysis;

/// <summary>
/// Why a search found nothing: each condition by itself, each left out, the stage after which nothing is left, and the nearest time at which
/// there is something. All of it by asking small searches.
/// </summary>
internal sealed class ExplainEndpoint(ApiServices services)
{
    /// <summary>Conditions that are tried; two searches each.</summary>
    private const int MaxConditions = 12;

    public void Map(ApiV1 api) => api.Add(
        new ApiOperation("GET", "/api/v1/explain-empty", "explainEmpty", "Which condition of a search leaves nothing, and when there was something")
        {
            Tag = "analysis",
            Parameters = [V1Parameters.Query, .. V1Parameters.Window],
            Answers = [ApiContent.Json(V1Json.Default.EmptyReport)],
        },
        ExplainAsync);

    private async Task ExplainAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var pipeline = Queries.Search(parameters);
        var window = parameters.Window(services.Clock);
        var token = context.RequestAborted;
        var data = await services.Data.RangeAsync(tenant, token).ConfigureAwait(false);
        var finds = await FindAsync(pipeline, window).ConfigureAwait(false) is not null;
        var hasData = finds || await FindAsync(Everything, window).ConfigureAwait(false) is not null;

        var conditions = new List<EmptyCondition>();
        if (!finds && hasData && pipeline.Stages[0] is SpansetStage { Expression: SpansetFilter filter })
        {
            var parts = Parts(filter.Condition);
            foreach (var part in parts.Take(MaxConditions))
            {
                var without = parts.Where(other => !ReferenceEquals(other, part)).Aggregate((FieldExpression?)null, static (all, next) => all is null ? next : new FieldBinary(BinaryOperator.And, all, next));
                conditions.Add(new EmptyCondition(
                    part.ToString(),
                    await FindAsync(Only(part), window).ConfigureAwait(false) is not null,
                    await FindAsync(new Pipeline([Stage(without ?? new Literal(StaticValue.True)), .. pipeline.Stages.Skip(1)]), window).ConfigureAwait(false) is not null));
            }
        }

        string? emptyAfter = null;
        for (var stages = 1; stages < pipeline.Stages.Count && !finds && hasData && emptyAfter is null; stages++)
        {
            emptyAfter = await FindAsync(new Pipeline([.. pipeline.Stages.Take(stages)]), window).ConfigureAwait(false) is null ? pipeline.Stages[stages - 1].ToString() : null;
        }

        var isBounded = window != TimeRange.All;
        var before = finds || !isBounded || window.StartUnixNano == long.MinValue ? null : await FindAsync(pipeline, new TimeRange(long.MinValue, window.StartUnixNano - 1)).ConfigureAwait(false);
        var after = finds || !isBounded || data is null ? null : await FirstAfterAsync(window.EndUnixNano, data.Value.EndUnixNano).ConfigureAwait(false);
        var report = new EmptyReport(
            finds, conditions, emptyAfter, hasData, Text(data?.StartUnixNano), Text(data?.EndUnixNano), Nearest(before), Nearest(after),
            Sentence(finds, hasData, data, conditions, emptyAfter, before, after));
        await ApiJson.WriteAsync(context, report, V1Json.Default.EmptyReport).ConfigureAwait(false);

        async Task<TraceResult?> FindAsync(Pipeline asked, TimeRange when) => (await SearchAsync(asked, when, limit: 1).ConfigureAwait(false)).FirstOrDefault();

        async Task<IReadOnlyList<TraceResult>> SearchAsync(Pipeline asked, TimeRange when, int limit)
        {
            var unsorted = new Pipeline([.. asked.Stages.Where(static stage => stage is not Sort)]);
            var request = new SearchRequest { Query = new QueryTree(new SearchQuery(unsorted), []), Window = when, Limit = limit, SpansPerSpanset = 1 };
            return (await services.Engine.SearchAsync(tenant, request, token).ConfigureAwait(false)).Traces;
        }

        // A search answers newest first; growing windows find the oldest after a time without listing everything.
        async Task<TraceResult?> FirstAfterAsync(long end, long last)
        {
            const int Enough = 1000;
            for (long from = end, width = 60 * UnixNano.PerSecond; from < last; from += width, width *= 4)
            {
                var traces = await SearchAsync(pipeline, new TimeRange(from + 1, from > last - width ? last : from + width), Enough).ConfigureAwait(false);
                if (traces.Count > 0)
                {
                    return traces.MinBy(static trace => trace.StartUnixNano);
                }
            }

            return null;
        }
    }

    private static string Sentence(
        bool finds, bool hasData, TimeRange? data, List<EmptyCondition> conditions, string? emptyAfter, TraceResult? before, TraceResult? after)
    {
        if (finds)
        {
            return "The search finds traces.";
        }

        if (data is not { } range)
        {
            return "Nothing is stored for this tenant yet.";
        }

        var near = after is not null && before is null ? $" The first match after the window is at {Time(after.StartUnixNano)}."
            : before is not null ? $" The last match before the window is at {Time(before.StartUnixNano)}."
            : "";
        if (!hasData)
        {
            return $"Nothing is stored for this time; there are traces from {Time(range.StartUnixNano)} to {Time(range.EndUnixNano)}.{near}";
        }

        var never = conditions.Where(static condition => !condition.FoundAlone).Select(static condition => condition.Condition).ToList();
        var blamed = conditions.Where(static condition => condition.FoundWithout).Select(static condition => condition.Condition).ToList();
        var why = never.Count > 0 ? $"No span in this time meets {string.Join(" or ", never)}."
            : blamed.Count > 0 ? $"Spans meet the conditions one by one, but none meets all; without {string.Join(" or without ", blamed)} there are matches."
            : emptyAfter is not null ? $"Nothing is left after {emptyAfter}."
            : "No trace in this time meets the query as a whole.";
        return why + near;
    }

    private static string Time(long unixNano) => UnixNano.ToTime(unixNano).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static Pipeline Everything { get; } = Only(new Literal(StaticValue.True));

    private static Pipeline Only(FieldExpression condition) => new([Stage(condition)]);

    private static SpansetStage Stage(FieldExpression condition) => new(new SpansetFilter(condition));

    private static List<FieldExpression> Parts(FieldExpression condition) => condition is FieldBinary { Operator: BinaryOperator.And } and
        ? [.. Parts(and.Left), .. Parts(and.Right)]
        : [condition];

    private static string? Text(long? unixNano) => unixNano?.ToString(CultureInfo.InvariantCulture);

    private static NearestTrace? Nearest(TraceResult? trace) =>
        trace is null ? null : new NearestTrace(trace.Id.ToString(), trace.StartUnixNano.ToString(CultureInfo.InvariantCulture));
}
