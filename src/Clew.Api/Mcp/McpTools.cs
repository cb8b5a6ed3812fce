using System.ComponentModel;
using System.Text;
using System.Text.Json;
using Clew.Api.Http;
using Clew.Api.Tempo;
using Clew.Model;
using Clew.Otlp.Json;
using Clew.Otlp.Wire;
using Clew.Query;
using Clew.Query.ById;
using Clew.Query.Metrics;
using Clew.Query.Search;
using Clew.Query.Tags;
using Clew.TraceQL;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol;
using ModelContextProtocol.Server;

namespace Clew.Api.Mcp;

/// <summary>
/// What a language model may ask. Answers are compact JSON within <see cref="MaxAnswerChars"/>: what is larger is refused with a way to ask for
/// less, because half an answer misleads.
/// </summary>
[McpServerToolType]
internal sealed class McpTools(ApiRegistration registration, IHttpContextAccessor http)
{
    /// <summary>About 50 000 tokens.</summary>
    public const int MaxAnswerChars = 200_000;

    private const int MaxLimit = 100;

    private ApiServices Services => registration.Services;

    [McpServerTool(Name = "traceql_docs", Title = "TraceQL documentation", ReadOnly = true, Idempotent = true, OpenWorld = false)]
    [Description("How to write TraceQL queries: the language, with examples. Read this before the first query.")]
    public static string Docs([Description("basics, aggregates, structural, metrics or all")] string topic = "all") => TraceQlDocs.Of(topic);

    [McpServerTool(Name = "traceql_search", Title = "Search traces", ReadOnly = true, Idempotent = true, OpenWorld = false)]
    [Description("Finds traces with a TraceQL query, newest first. Times are RFC 3339 or unix seconds; without them everything that is stored is searched.")]
    public Task<string> SearchAsync(
        [Description("TraceQL, such as { resource.service.name = \"shop\" && status = error }. Add | select(span.x) to see attributes.")] string query,
        [Description("From when")] string? start = null,
        [Description("Until when")] string? end = null,
        [Description("Traces in the answer, 100 at most")] int limit = 20,
        [Description("Spans listed of each trace, 100 at most")] int spansPerTrace = 3,
        CancellationToken cancellationToken = default) => AnswerAsync(async tenant =>
        {
            var request = new SearchRequest
            {
                Query = QueryText.Parse(query), Window = Window(start, end), Limit = Math.Clamp(limit, 1, MaxLimit), SpansPerSpanset = Math.Clamp(spansPerTrace, 1, 100),
            };
            var result = await Services.Engine.SearchAsync(tenant, request, cancellationToken).ConfigureAwait(false);
            return Json(json => SearchJson.Write(json, result)) + Note(result.Stats);
        });

    [McpServerTool(Name = "get_trace", Title = "Get a trace", ReadOnly = true, Idempotent = true, OpenWorld = false)]
    [Description("A whole trace by its id, as OTLP/JSON. For traces too large to read, search for the spans that matter instead: { trace:id = \"…\" && status = error }.")]
    public Task<string> TraceAsync([Description("The trace's id in hex")] string traceId, CancellationToken cancellationToken = default) => AnswerAsync(async tenant =>
    {
        var id = TypedTraceId.TryRead(traceId, out var typed) ? typed : TraceIdText.Parse(traceId);
        using var trace = await Services.Engine.FindTraceAsync(tenant, id, TraceForm.AsReceived, TimeRange.All, cancellationToken).ConfigureAwait(false);
        return trace.Found
            ? Json(json => OtlpJsonWriter.WriteTraces(json, trace.Traces.Span, OtlpJsonDialect.OtlpHex))
            : throw ApiException.NotFound($"trace {id} not found");
    });

    [McpServerTool(Name = "traceql_metrics_range", Title = "Metrics over time", ReadOnly = true, Idempotent = true, OpenWorld = false)]
    [Description("Time series from a TraceQL metrics query, such as { status = error } | rate() by(resource.service.name). The last hour unless start is given.")]
    public Task<string> MetricsRangeAsync(
        [Description("A TraceQL metrics query")] string query,
        [Description("From when: RFC 3339 or unix seconds")] string? start = null,
        [Description("Until when")] string? end = null,
        [Description("Between two values, such as 1m")] string? step = null,
        CancellationToken cancellationToken = default) => MetricsAsync(query, start, end, step, isInstant: false, cancellationToken);

    [McpServerTool(Name = "traceql_metrics_instant", Title = "Metrics as one value", ReadOnly = true, Idempotent = true, OpenWorld = false)]
    [Description("One value a series over the whole time from a TraceQL metrics query. The last hour unless start is given.")]
    public Task<string> MetricsInstantAsync(
        [Description("A TraceQL metrics query")] string query,
        [Description("From when: RFC 3339 or unix seconds")] string? start = null,
        [Description("Until when")] string? end = null,
        CancellationToken cancellationToken = default) => MetricsAsync(query, start, end, null, isInstant: true, cancellationToken);

    [McpServerTool(Name = "attribute_names", Title = "Attribute names", ReadOnly = true, Idempotent = true, OpenWorld = false)]
    [Description("Names of attributes that spans have, by scope. Write them in TraceQL with the scope in front: span.http.route, resource.service.name.")]
    public Task<string> NamesAsync(
        [Description("resource, span, event, link, instrumentation or intrinsic; all when left out")] string? scope = null,
        [Description("Only of spans that meet this filter, such as { resource.service.name = \"shop\" }")] string? filter = null,
        CancellationToken cancellationToken = default) => AnswerAsync(async tenant =>
        {
            var (scopes, stats) = await new TagQuestions(Services).NamesByScopeAsync(
                tenant, scope, new TagRequest { Filter = TagQuestions.NarrowingFilter(filter) }, cancellationToken).ConfigureAwait(false);
            return Json(json =>
            {
                json.WriteStartObject();
                foreach (var (name, tags) in scopes)
                {
                    json.WriteStartArray(name);
                    foreach (var tag in tags)
                    {
                        json.WriteStringValue(tag);
                    }

                    json.WriteEndArray();
                }

                json.WriteEndObject();
            }) + Note(stats);
        });

    [McpServerTool(Name = "attribute_values", Title = "Attribute values", ReadOnly = true, Idempotent = true, OpenWorld = false)]
    [Description("Values of an attribute with the number of spans that have them, the most frequent first.")]
    public Task<string> ValuesAsync(
        [Description("The attribute as TraceQL writes it: resource.service.name, span.http.route, name")] string attribute,
        [Description("Only of spans that meet this filter")] string? filter = null,
        [Description("Values in the answer, 100 at most")] int limit = 50,
        CancellationToken cancellationToken = default) => AnswerAsync(async tenant =>
        {
            var values = await new TagQuestions(Services).TypedValuesAsync(
                tenant, attribute, new TagRequest { Filter = TagQuestions.NarrowingFilter(filter), WithCounts = true }, cancellationToken).ConfigureAwait(false);
            return Json(json =>
            {
                json.WriteStartArray();
                foreach (var value in values.Values.OrderByDescending(static value => value.SpanCount).ThenBy(static value => value).Take(Math.Clamp(limit, 1, MaxLimit)))
                {
                    json.WriteStartObject();
                    json.WriteString("value", value.Text);
                    json.WriteString("type", value.Type);
                    if (value.SpanCount > 0)
                    {
                        json.WriteNumber("spans", value.SpanCount);
                    }

                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }) + Note(values.Stats);
        });

    private Task<string> MetricsAsync(string query, string? start, string? end, string? step, bool isInstant, CancellationToken cancellationToken) => AnswerAsync(async tenant =>
    {
        var question = new MetricsQuestion
        {
            Text = query,
            StartUnixNano = Time("start", start)?.UnixNano,
            EndUnixNano = Time("end", end)?.UnixNano,
            StepNanos = step is null ? null : TraceQl.TryParseDuration(step, out var nanos) && nanos > 0 ? nanos : throw ApiException.BadRequest($"invalid step: '{step}' is not a duration; use 30s or 1m"),
            Exemplars = 0,
            IsInstant = isInstant,
        };
        var result = await Services.Engine.MetricsAsync(tenant, question.ToRequest(Services) with { Exemplars = 0 }, cancellationToken).ConfigureAwait(false);
        return Json(json =>
        {
            if (isInstant)
            {
                MetricsJson.WriteInstant(json, result);
            }
            else
            {
                MetricsJson.WriteRange(json, result);
            }
        });
    });

    /// <summary>What goes wrong is an answer that the model reads, with the sentence that everybody else gets.</summary>
    private async Task<string> AnswerAsync(Func<TenantId, Task<string>> answer)
    {
        try
        {
            var context = http.HttpContext ?? throw new McpException("the request has no HTTP context");
            var text = await answer(RequestTenant.Of(context.Request, Services.TenantsEnabled)).ConfigureAwait(false);
            return text.Length <= MaxAnswerChars
                ? text
                : throw new McpException($"the answer has {text.Length} characters, more than the {MaxAnswerChars} that fit; ask for fewer traces or spans, a narrower time or a larger step");
        }
        catch (ApiException error)
        {
            throw new McpException(error.Message);
        }
        catch (QueryException error)
        {
            throw new McpException(error.Message);
        }
    }

    private static TimeRange Window(string? start, string? end) =>
        new(Time("start", start)?.UnixNano ?? long.MinValue, Time("end", end)?.LastUnixNano ?? long.MaxValue);

    private static TimeParameter? Time(string name, string? text) => string.IsNullOrWhiteSpace(text) ? null
        : TimeParameter.TryParse(text, out var time) ? time
        : throw ApiException.BadRequest($"invalid {name}: '{text}' is not a time; use RFC 3339 or unix seconds");

    private static string Note(QueryStats stats) => stats.Incomplete is { } reason ? $"\n\nIncomplete: {reason}" : "";

    private static string Json(Action<Utf8JsonWriter> write)
    {
        using var buffer = new PooledBuffer(16 << 10);
        using (var json = new Utf8JsonWriter(buffer, OtlpJsonWriter.Options))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(buffer.Written);
    }
}
