using Clew.Api.Http;
using Clew.Model;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.V1.Services;

/// <summary>Services, their operations and what they depend on, from what was counted when the spans came.</summary>
internal sealed class ServiceEndpoints(ApiServices services)
{
    private const int Intervals = 30;
    private const int MaxIntervals = 500;
    private const string NothingKept = "this process keeps no spans";
    private const string Counted =
        "From what was counted when the spans came. Start and end of the answer say what was counted: the window, or whole minutes around it where a minute holds very much.";

    private static readonly ApiParameter IntervalsParameter = new("intervals", $"Points of the sparklines, each of whole minutes; {MaxIntervals} at most.", ApiValueType.Integer) { Default = "30" };

    public void Map(ApiV1 api)
    {
        api.Add(
            new ApiOperation("GET", "/api/v1/services", "services", "Services with rate, errors, durations and sparklines")
            {
                Tag = "services",
                Description = Counted,
                Parameters = [IntervalsParameter, .. V1Parameters.Window],
                Answers = [ApiContent.Json(V1Json.Default.ServiceList)],
            },
            ListAsync);
        api.Add(
            new ApiOperation("GET", "/api/v1/services/{name}/operations", "serviceOperations", "A service's operations with rate, errors and durations")
            {
                Tag = "services",
                Description = Counted,
                Parameters = [new("name", "The service."), new("limit", "Operations in the answer.", ApiValueType.Integer) { Default = "50" }, IntervalsParameter, .. V1Parameters.Window],
                Answers = [ApiContent.Json(V1Json.Default.OperationList)],
            },
            OperationsAsync);
        api.Add(
            new ApiOperation("GET", "/api/v1/services/{name}/dependencies", "serviceDependencies", "Who calls a service, and whom it calls")
            {
                Tag = "services",
                Description = Counted,
                Parameters = [new("name", "The service."), .. V1Parameters.Window],
                Answers = [ApiContent.Json(V1Json.Default.ServiceDependencies)],
            },
            DependenciesAsync);
    }

    private async Task ListAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var window = await WindowAsync(context, tenant, parameters).ConfigureAwait(false);
        var answer = services.Rollups is { } rollups
            ? await ServiceTable.ServicesAsync(rollups, tenant, window, IntervalsOf(parameters), context.RequestAborted).ConfigureAwait(false)
            : new ServiceList("0", "0", [], [], NothingKept);
        await ApiJson.WriteAsync(context, answer, V1Json.Default.ServiceList).ConfigureAwait(false);
    }

    private async Task OperationsAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var window = await WindowAsync(context, tenant, parameters).ConfigureAwait(false);
        var limit = parameters.Count("limit", least: 1) ?? 50;
        var answer = services.Rollups is { } rollups
            ? await ServiceTable.OperationsAsync(rollups, tenant, Name(context), window, IntervalsOf(parameters), limit, context.RequestAborted).ConfigureAwait(false)
            : new OperationList(Name(context), "0", "0", [], false, [], 0, NothingKept);
        await ApiJson.WriteAsync(context, answer, V1Json.Default.OperationList).ConfigureAwait(false);
    }

    private async Task DependenciesAsync(HttpContext context, TenantId tenant)
    {
        var parameters = new QueryParameters(context.Request);
        var window = await WindowAsync(context, tenant, parameters).ConfigureAwait(false);
        var answer = services.Rollups is { } rollups
            ? await DependencyTable.ReadAsync(rollups, tenant, Name(context), window, context.RequestAborted).ConfigureAwait(false)
            : new ServiceDependencies(Name(context), "0", "0", [], [], [], NothingKept);
        await ApiJson.WriteAsync(context, answer, V1Json.Default.ServiceDependencies).ConfigureAwait(false);
    }

    private async Task<TimeRange> WindowAsync(HttpContext context, TenantId tenant, QueryParameters parameters) =>
        await services.Data.BoundedAsync(tenant, parameters.Window(services.Clock), context.RequestAborted).ConfigureAwait(false);

    private static string Name(HttpContext context) => Uri.UnescapeDataString((string)context.Request.RouteValues["name"]!);

    private static int IntervalsOf(QueryParameters parameters) => Math.Clamp(parameters.Count("intervals", least: 1) ?? Intervals, 1, MaxIntervals);
}
