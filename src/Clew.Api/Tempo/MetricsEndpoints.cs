using System.Globalization;
using Clew.Api.Http;
using Clew.Model;
using Clew.TraceQL;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.Tempo;

/// <summary>Time series of TraceQL: over a range, and as one value.</summary>
internal sealed class MetricsEndpoints(ApiServices services)
{
    public async Task RangeAsync(HttpContext context, TenantId tenant)
    {
        var question = Question(new QueryParameters(context.Request));
        var result = await services.Engine.MetricsAsync(tenant, question.ToRequest(services), context.RequestAborted).ConfigureAwait(false);
        AnswerHeaders.Add(context.Response, result.Stats);
        await JsonAnswer.WriteAsync(context, json => MetricsJson.WriteRange(json, result)).ConfigureAwait(false);
    }

    public async Task InstantAsync(HttpContext context, TenantId tenant)
    {
        var question = Question(new QueryParameters(context.Request)) with { IsInstant = true };
        var result = await services.Engine.MetricsAsync(tenant, question.ToRequest(services), context.RequestAborted).ConfigureAwait(false);
        AnswerHeaders.Add(context.Response, result.Stats);
        await JsonAnswer.WriteAsync(context, json => MetricsJson.WriteInstant(json, result)).ConfigureAwait(false);
    }

    private static MetricsQuestion Question(QueryParameters parameters) => new()
    {
        Text = parameters.Text("q") ?? parameters.Text("query"),
        StartUnixNano = parameters.Time("start")?.UnixNano,
        EndUnixNano = parameters.Time("end")?.UnixNano,
        SinceNanos = parameters.Duration("since"),
        StepNanos = Step(parameters),
        Exemplars = parameters.Count("exemplars", least: 0),
        MaxSeries = parameters.Count("maxSeries", least: 0) ?? 0,
    };

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
