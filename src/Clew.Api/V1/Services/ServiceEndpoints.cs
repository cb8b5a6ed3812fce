using Clew.Api.Http;
using Clew.Api.V1.Analysis;
using Clew.Model;
using Clew.TraceQL.Syntax;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.V1.Services;

/// <summary>Services and what they depend on, from TraceQL metrics over the spans themselves.</summary>
internal sealed class ServiceEndpoints(ApiServices services)
{
    private const int Intervals = 30;
    private const int MaxIntervals = 500;

    private static readonly AttributeRef Service = new(FieldScope.Resource, "service.name");

    private static readonly Pipeline Everything = Filtered(new Literal(StaticValue.True));

    private static readonly Pipeline Requests = Filtered(new FieldBinary(BinaryOperator.Or, KindIs(KindKeyword.Server), KindIs(KindKeyword.Consumer)));

    public void Map(ApiV1 api)
    {
        api.Add(
            new ApiOperation("GET", "/api/v1/services", "services", "Services with rate, errors, durations and sparklines")
            {
                Tag = "services",
                Parameters = [new("intervals", $"Points of the sparklines; {MaxIntervals} at most.", ApiValueType.Integer) { Default = "30" }, .. V1Parameters.Window],
                Answers = [ApiContent.Json(V1Json.Default.ServiceList)],
            },
            ListAsync);
        api.Add(
            new ApiOperation("GET", "/api/v1/services/{name}/operations", "serviceOperations", "A service's operations with rate, errors and durations")
            {
                Tag = "services",
                Parameters = [new("name", "The service."), new("limit", "Operations in the answer.", ApiValueType.Integer) { Default = "50" }, .. V1Parameters.Window],
                Answers = [ApiContent.Json(V1Json.Default.Breakdown)],
            },
            OperationsAsync);
        api.Add(
            new ApiOperation("GET", "/api/v1/services/{name}/dependencies", "serviceDependencies", "Who calls a service, and whom it calls")
            {
                Tag = "services",
                Description = "From what was counted when the spans came. Start and end of the answer say what was counted: the window, or whole minutes around it where a minute holds very much.",
                Parameters = [new("name", "The service."), .. V1Parameters.Window],
                Answers = [ApiContent.Json(V1Json.Default.ServiceDependencies)],
            },
            DependenciesAsync);
    }

    private async Task ListAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var window = await WindowAsync(context, tenant, parameters).ConfigureAwait(false);
        var intervals = Math.Clamp(parameters.Count("intervals", least: 1) ?? Intervals, 1, MaxIntervals);
        var table = await ServiceTable.ReadAsync(services.Engine, tenant, Requests, Everything, Service, window, intervals, context.RequestAborted).ConfigureAwait(false);
        await ApiJson.WriteAsync(context, table, V1Json.Default.ServiceList).ConfigureAwait(false);
    }

    private async Task OperationsAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var window = await WindowAsync(context, tenant, parameters).ConfigureAwait(false);
        var isService = Is(Service, Name(context));
        var limit = parameters.Count("limit", least: 1) ?? 50;
        var answer = await BreakdownEndpoint.AnswerAsync(
            services.Engine, tenant, Queries.And(Requests, isService), new IntrinsicRef(Intrinsic.Name), window, static row => row.Spans, limit, context.RequestAborted).ConfigureAwait(false);
        if (answer.Total.Spans == 0)
        {
            answer = await BreakdownEndpoint.AnswerAsync(
                services.Engine, tenant, Filtered(isService), new IntrinsicRef(Intrinsic.Name), window, static row => row.Spans, limit, context.RequestAborted).ConfigureAwait(false);
        }

        await ApiJson.WriteAsync(context, answer, V1Json.Default.Breakdown).ConfigureAwait(false);
    }

    private async Task DependenciesAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var window = await WindowAsync(context, tenant, parameters).ConfigureAwait(false);
        var answer = services.Rollups is { } rollups
            ? await DependencyTable.ReadAsync(rollups, tenant, Name(context), window, context.RequestAborted).ConfigureAwait(false)
            : new ServiceDependencies(Name(context), "0", "0", [], [], [], "this process keeps no spans");
        await ApiJson.WriteAsync(context, answer, V1Json.Default.ServiceDependencies).ConfigureAwait(false);
    }

    private async Task<TimeRange> WindowAsync(HttpContext context, TenantId tenant, QueryParameters parameters) =>
        await services.Data.BoundedAsync(tenant, parameters.Window(services.Clock), context.RequestAborted).ConfigureAwait(false);

    private static string Name(HttpContext context) => Uri.UnescapeDataString((string)context.Request.RouteValues["name"]!);

    private static Pipeline Filtered(FieldExpression condition) => new([new SpansetStage(new SpansetFilter(condition))]);

    private static FieldBinary Is(FieldReference field, string text) => new(BinaryOperator.Equal, field, Text(text));

    private static Literal Text(string text) => new(StaticValue.FromString(text));

    private static FieldBinary KindIs(KindKeyword kind) => new(BinaryOperator.Equal, new IntrinsicRef(Intrinsic.Kind), new Literal(StaticValue.FromKind(kind)));
}
