using System.Globalization;
using Clew.Api.Http;
using Clew.Model;
using Clew.Query.Metrics;
using Clew.Query.Values;
using Clew.TraceQL;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.Tempo;

/// <summary>Time series of TraceQL: over a range, and as one value.</summary>
internal sealed class MetricsEndpoints(ApiServices services)
{
    private const long DefaultSinceNanos = 3600 * UnixNano.PerSecond;

    public async Task RangeAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var (start, end) = Range(parameters);
        var step = Step(parameters) ?? DefaultStep.Nanos(end - start);
        var count = TimeGrid.CountAligned(start, end, step);
        if (count > services.Engine.Limits.MaxIntervals)
        {
            var least = (end - start) / services.Engine.Limits.MaxIntervals;
            throw ApiException.BadRequest(
                $"step of {QueryValue.Duration(step)} is too small, minimum step for given range is {QueryValue.Duration(least)}");
        }

        var request = Request(parameters, TimeGrid.Aligned(start, end, step));
        var result = await services.Engine.MetricsAsync(tenant, request, context.RequestAborted).ConfigureAwait(false);
        AnswerHeaders.Add(context.Response, result.Stats);
        await JsonAnswer.WriteAsync(context, json => MetricsJson.WriteRange(json, result)).ConfigureAwait(false);
    }

    public async Task InstantAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var (start, end) = Range(parameters);
        var request = Request(parameters, TimeGrid.Instant(start, end)) with { Exemplars = 0 };
        var result = await services.Engine.MetricsAsync(tenant, request, context.RequestAborted).ConfigureAwait(false);
        AnswerHeaders.Add(context.Response, result.Stats);
        await JsonAnswer.WriteAsync(context, json => MetricsJson.WriteInstant(json, result)).ConfigureAwait(false);
    }

    private static MetricsRequest Request(QueryParameters parameters, TimeGrid grid)
    {
        var text = parameters.Text("q") ?? parameters.Text("query") ?? throw ApiException.BadRequest("parameter q is missing; it holds the TraceQL metrics query");
        var query = QueryText.Parse(text);
        var exemplars = query.HintBool("exemplars") == false ? 0 : (int?)query.HintInt("exemplars") ?? parameters.Count("exemplars", least: 0) ?? 0;
        return new MetricsRequest
        {
            Query = query,
            Grid = grid,
            Exemplars = exemplars == 0 && query.HintBool("exemplars") != false ? MetricsRequest.DefaultExemplars : Math.Min(exemplars, MetricsRequest.MaxExemplars),
            MaxSeries = parameters.Count("maxSeries", least: 0) ?? 0,
        };
    }

    private (long Start, long End) Range(QueryParameters parameters)
    {
        var now = UnixNano.Now(services.Clock);
        var end = parameters.Time("end")?.UnixNano ?? now;
        var start = parameters.Time("start")?.UnixNano ?? end - (parameters.Duration("since") ?? DefaultSinceNanos);
        return end > start ? (start, end) : throw ApiException.BadRequest($"end must be greater than start. received start={start} end={end}");
    }

    /// <summary>A duration of the language, or seconds as a number.</summary>
    private static long? Step(QueryParameters parameters)
    {
        if (parameters.Text("step") is not { } text)
        {
            return null;
        }

        if (!TraceQl.TryParseDuration(text, out var nanos))
        {
            var isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && Math.Abs(seconds) < long.MaxValue / 1e9;
            nanos = isNumber ? (long)(seconds * 1e9) : throw ApiException.BadRequest($"invalid step: '{text}' is not a duration; use 30s, 1m or a number of seconds");
        }

        return nanos switch
        {
            < 0 => throw ApiException.BadRequest($"invalid step: '{text}' is negative"),
            0 => null,
            _ => nanos,
        };
    }
}
