using System.Text.Json;
using Clew.Api.Http;
using Clew.Model;
using Clew.Storage.Rollups;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Primitives;

namespace Clew.Api.Prometheus;

/// <summary>
/// Prometheus' query API under <c>/prometheus</c>, over the metrics that roll-ups hold: what Grafana's service graph asks a Prometheus data
/// source for, with no Prometheus installed. Parameters come in the URL or as a form.
/// </summary>
internal sealed class PrometheusEndpoints(ApiServices services, IRollupSource rollups)
{
    private const long DefaultRangeNanos = 3600 * UnixNano.PerSecond;

    /// <summary>Bytes of a form at most.</summary>
    private const int MaxFormBytes = 256 << 10;

    private readonly PromQueries _queries = new(rollups, services.Clock);

    public static void Map(IEndpointRouteBuilder routes, HandlerFactory handlers, ApiServices services)
    {
        if (services.Rollups is not { } rollups)
        {
            return;
        }

        var endpoints = new PrometheusEndpoints(services, rollups);
        Add("query", endpoints.QueryAsync);
        Add("query_range", endpoints.RangeAsync);
        Add("series", endpoints.SeriesAsync);
        Add("labels", endpoints.LabelsAsync);
        Add("label/{name}/values", endpoints.ValuesAsync);
        Add("metadata", endpoints.MetadataAsync);
        Add("query_exemplars", endpoints.ExemplarsAsync);
        Add("status/buildinfo", endpoints.BuildInfoAsync);
        Add("rules", static (context, _) => WriteAsync(context, static json => json.WriteRawValue("""{"groups":[]}""")));
        Add("alerts", static (context, _) => WriteAsync(context, static json => json.WriteRawValue("""{"alerts":[]}""")));

        void Add(string path, Func<HttpContext, TenantId, Task> handler) => routes.MapMethods(
            "/prometheus/api/v1/" + path, ["GET", "POST"], handlers.ForTenant((context, tenant) => GuardAsync(context, tenant, handler)));
    }

    private static async Task GuardAsync(HttpContext context, TenantId tenant, Func<HttpContext, TenantId, Task> handler)
    {
        try
        {
            await handler(context, tenant).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is PromException or ApiException or BadHttpRequestException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await JsonAnswer.WriteAsync(context, json =>
            {
                json.WriteStartObject();
                json.WriteString("status", "error");
                json.WriteString("errorType", "bad_data");
                json.WriteString("error", fault.Message);
                json.WriteEndObject();
            }).ConfigureAwait(false);
        }
    }

    private async Task QueryAsync(HttpContext context, TenantId tenant)
    {
        var parameters = await ParametersAsync(context).ConfigureAwait(false);
        var at = Time(parameters, "time") ?? UnixNano.Now(services.Clock);
        var expression = PromParser.Parse(Required(parameters, "query"));
        var values = await _queries.EvaluateAsync(tenant, expression, new PromGrid(at, at, 0), context.RequestAborted).ConfigureAwait(false);
        await WriteAsync(context, json => PrometheusJson.WriteInstant(json, at, values[0].Value)).ConfigureAwait(false);
    }

    private async Task RangeAsync(HttpContext context, TenantId tenant)
    {
        var parameters = await ParametersAsync(context).ConfigureAwait(false);
        var expression = PromParser.Parse(Required(parameters, "query"));
        var start = Time(parameters, "start") ?? throw new PromException("parameter start is missing");
        var end = Time(parameters, "end") ?? throw new PromException("parameter end is missing");
        var step = Required(parameters, "step");
        if (!PromDuration.TryParse(step, out var stepNanos) || stepNanos <= 0)
        {
            throw new PromException($"invalid step: '{step}' is not a duration; use 15s, 1m or a number of seconds");
        }

        if (end < start)
        {
            throw new PromException("end is before start");
        }

        var values = await _queries.EvaluateAsync(tenant, expression, new PromGrid(start, end, stepNanos), context.RequestAborted).ConfigureAwait(false);
        await WriteAsync(context, json => PrometheusJson.WriteRange(json, values)).ConfigureAwait(false);
    }

    private async Task SeriesAsync(HttpContext context, TenantId tenant)
    {
        var parameters = await ParametersAsync(context).ConfigureAwait(false);
        var selectors = Selectors(parameters);
        if (selectors.Count == 0)
        {
            throw new PromException("parameter match[] is missing; it holds a selector, for example traces_service_graph_request_total");
        }

        var found = await FindAsync(parameters, tenant, selectors, context.RequestAborted).ConfigureAwait(false);
        await WriteAsync(context, json =>
        {
            json.WriteStartArray();
            foreach (var labels in found.Take(Limit(parameters)))
            {
                PrometheusJson.WriteLabels(json, labels);
            }

            json.WriteEndArray();
        }).ConfigureAwait(false);
    }

    private async Task LabelsAsync(HttpContext context, TenantId tenant)
    {
        var parameters = await ParametersAsync(context).ConfigureAwait(false);
        var found = await FindAsync(parameters, tenant, Selectors(parameters), context.RequestAborted).ConfigureAwait(false);
        await WriteTextsAsync(context, found.SelectMany(static labels => labels.All.Select(static label => label.Name)), Limit(parameters)).ConfigureAwait(false);
    }

    private async Task ValuesAsync(HttpContext context, TenantId tenant)
    {
        var parameters = await ParametersAsync(context).ConfigureAwait(false);
        var name = (string)context.Request.RouteValues["name"]!;
        var found = await FindAsync(parameters, tenant, Selectors(parameters), context.RequestAborted).ConfigureAwait(false);
        await WriteTextsAsync(context, found.Select(labels => labels[name]).Where(static value => value.Length > 0), Limit(parameters)).ConfigureAwait(false);
    }

    private async Task MetadataAsync(HttpContext context, TenantId tenant)
    {
        var metric = (await ParametersAsync(context).ConfigureAwait(false))("metric").ToString();
        await WriteAsync(context, json =>
        {
            json.WriteStartObject();
            foreach (var known in TraceMetrics.All.Where(known => metric.Length == 0 || known.Name == metric))
            {
                json.WriteStartArray(known.Name);
                json.WriteStartObject();
                json.WriteString("type", known.Type);
                json.WriteString("help", known.Help);
                json.WriteString("unit", "");
                json.WriteEndObject();
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    /// <summary>The slowest trace of each series and minute.</summary>
    private async Task ExemplarsAsync(HttpContext context, TenantId tenant)
    {
        var parameters = await ParametersAsync(context).ConfigureAwait(false);
        var selectors = PromExemplars.Selectors(PromParser.Parse(Required(parameters, "query")));
        var (start, end) = Range(parameters);
        var exemplars = await PromExemplars.FindAsync(rollups, tenant, selectors, new TimeRange(start, end), context.RequestAborted).ConfigureAwait(false);
        await WriteAsync(context, json => PromExemplars.Write(json, exemplars)).ConfigureAwait(false);
    }

    private Task BuildInfoAsync(HttpContext context, TenantId tenant) => WriteAsync(context, json =>
    {
        // Grafana decides by the version what it may ask for; this is the Prometheus whose API this is a part of.
        json.WriteStartObject();
        json.WriteString("version", "2.45.0");
        json.WriteString("revision", services.Build.Revision);
        json.WriteString("branch", "");
        json.WriteString("buildUser", "");
        json.WriteString("buildDate", services.Build.BuildDate);
        json.WriteString("goVersion", "");
        json.WriteEndObject();
    });

    private ValueTask<HashSet<PromLabels>> FindAsync(
        Func<string, StringValues> parameters, TenantId tenant, IReadOnlyList<PromSelector> selectors, CancellationToken cancellationToken)
    {
        var (start, end) = Range(parameters);
        return _queries.SeriesAsync(tenant, selectors.Count > 0 ? selectors : [new PromSelector("", [], 0, 0)], start, end, cancellationToken);
    }

    private (long Start, long End) Range(Func<string, StringValues> parameters)
    {
        var end = Time(parameters, "end") ?? UnixNano.Now(services.Clock);
        var start = Time(parameters, "start") ?? end - DefaultRangeNanos;
        return start <= end ? (start, end) : throw new PromException("end is before start");
    }

    private static List<PromSelector> Selectors(Func<string, StringValues> parameters) =>
        [.. parameters("match[]").Where(static text => !string.IsNullOrEmpty(text)).Select(static text => PromParser.ParseSelector(text!))];

    private static int Limit(Func<string, StringValues> parameters) =>
        int.TryParse(parameters("limit").ToString(), System.Globalization.CultureInfo.InvariantCulture, out var limit) && limit > 0 ? limit : int.MaxValue;

    private static string Required(Func<string, StringValues> parameters, string name) =>
        parameters(name).ToString() is { Length: > 0 } text ? text : throw new PromException($"parameter {name} is missing");

    private static long? Time(Func<string, StringValues> parameters, string name)
    {
        var text = parameters(name).ToString();
        if (text.Length == 0)
        {
            return null;
        }

        return TimeParameter.TryParse(text, out var time)
            ? Math.Max(0, time.UnixNano)
            : throw new PromException($"invalid {name}: '{text}' is not a time; use unix seconds or RFC 3339");
    }

    private static async ValueTask<Func<string, StringValues>> ParametersAsync(HttpContext context)
    {
        var request = context.Request;
        if (!HttpMethods.IsPost(request.Method) || !request.HasFormContentType)
        {
            return name => request.Query[name];
        }

        if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxFormBytes;
        }

        var form = await request.ReadFormAsync(context.RequestAborted).ConfigureAwait(false);
        return name => form.TryGetValue(name, out var values) ? StringValues.Concat(request.Query[name], values) : request.Query[name];
    }

    private static Task WriteTextsAsync(HttpContext context, IEnumerable<string> texts, int limit) => WriteAsync(context, json =>
    {
        json.WriteStartArray();
        foreach (var text in texts.Distinct().Order(StringComparer.Ordinal).Take(limit))
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    });

    private static Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> data) => JsonAnswer.WriteAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteString("status", "success");
        json.WritePropertyName("data");
        data(json);
        json.WriteEndObject();
    });
}
