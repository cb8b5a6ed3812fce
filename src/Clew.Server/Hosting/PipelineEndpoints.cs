using Clew.Api.V1;
using Clew.Model;
using Clew.Pipeline.Components;
using Clew.Pipeline.Graph;
using Clew.Server.Configuration;
using Microsoft.AspNetCore.Http;

namespace Clew.Server.Hosting;

/// <summary><c>/api/v1/pipeline</c>: what runs and how it is doing, and spans as they pass a point.</summary>
internal static class PipelineEndpoints
{
    /// <summary>The longest that one request may watch.</summary>
    public static readonly TimeSpan MaxWatch = TimeSpan.FromMinutes(5);

    public static void Map(ApiV1 api, PipelineHost pipeline, Func<ReloadReport> reload, TimeProvider clock)
    {
        api.Add(
            new ApiOperation("GET", "/api/v1/pipeline", "pipeline", "What runs, and how each component is doing") { Tag = "server", Answers = [new ApiContent("application/json")] },
            context => ApiJson.WriteAsync(context, PipelineReport.Of(pipeline, reload(), clock.GetUtcNow()), PipelineJson.Default.PipelineReport));
        api.Add(
            new ApiOperation("GET", "/api/v1/pipeline/tap", "pipelineTap", "Spans as they enter a component, one OTLP/JSON object a line")
            {
                Tag = "server",
                Parameters =
                [
                    new("pipeline", "Which pipeline; the first when left out."),
                    new("component", "Which processor or exporter; the first when left out."),
                    new("limit", "Spans at most.", ApiValueType.Integer) { Default = "10" },
                    new("seconds", "How long to watch at most.", ApiValueType.Integer) { Default = "30" },
                ],
                Answers = [new ApiContent("application/x-ndjson")],
            },
            (context, tenant) => TapAsync(context, tenant, pipeline, clock));
    }

    /// <summary>
    /// Spans that enter <c>component</c> of <c>pipeline</c>, one OTLP/JSON object a line, until <c>limit</c> of them or <c>seconds</c> have
    /// passed or the client goes.
    /// </summary>
    private static async Task TapAsync(HttpContext context, TenantId tenant, PipelineHost pipeline, TimeProvider clock)
    {
        var (wantedPipeline, wanted) = (context.Request.Query["pipeline"].ToString(), context.Request.Query["component"].ToString());
        var chain = pipeline.Graph.Chains.FirstOrDefault(chain => chain.Config.Id.ToString() == wantedPipeline) ?? (wantedPipeline.Length == 0 ? pipeline.Graph.Chains.FirstOrDefault() : null);
        if (chain is null)
        {
            await RefuseAsync(context, StatusCodes.Status404NotFound, $"there is no pipeline '{wantedPipeline}'; there are: {string.Join(", ", pipeline.Graph.Chains.Select(chain => chain.Config.Id))}").ConfigureAwait(false);
            return;
        }

        var places = chain.Config.Processors.Concat(chain.Config.Exporters).ToList();
        var place = places.Cast<ComponentId?>().FirstOrDefault(id => id.ToString() == wanted || wanted.Length == 0);
        if (place is not { } component)
        {
            await RefuseAsync(context, StatusCodes.Status404NotFound, $"pipeline {chain.Config.Id} has no component '{wanted}'; it has: {string.Join(", ", places)}").ConfigureAwait(false);
            return;
        }

        if (!TryNumber(context, "limit", 10, 1000, out var limit, out var problem) || !TryNumber(context, "seconds", 30, (int)MaxWatch.TotalSeconds, out var seconds, out problem))
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, problem!).ConfigureAwait(false);
            return;
        }

        var tap = new SpanTap(tenant);
        using var watching = pipeline.Services.Telemetry.Stage(chain.Config.Id, component).Watch(tap);
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(seconds), clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(end.Token, context.RequestAborted);
        context.Response.ContentType = "application/x-ndjson; charset=utf-8";
        try
        {
            // The headers go now: whoever waits for them knows that from here on spans are shown.
            await context.Response.Body.FlushAsync(stop.Token).ConfigureAwait(false);
            for (var shown = 0; shown < limit; shown++)
            {
                var span = await tap.Spans.ReadAsync(stop.Token).ConfigureAwait(false);
                await context.Response.WriteAsync(span + "\n", stop.Token).ConfigureAwait(false);
                await context.Response.Body.FlushAsync(stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The time is over, or nobody looks any more.
        }
    }

    private static bool TryNumber(HttpContext context, string name, int fallback, int most, out int value, out string? problem)
    {
        value = fallback;
        problem = null;
        var text = context.Request.Query[name].ToString();
        if (text.Length == 0 || (int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out value) && value >= 1 && value <= most))
        {
            return true;
        }

        problem = $"{name} '{text}' is not a number from 1 to {most}";
        return false;
    }

    private static async Task RefuseAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(reason + "\n", context.RequestAborted).ConfigureAwait(false);
    }
}
