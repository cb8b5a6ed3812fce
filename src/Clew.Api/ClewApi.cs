using Clew.Api.Explore;
using Clew.Api.Grpc;
using Clew.Api.Http;
using Clew.Api.Mcp;
using Clew.Api.Mesh;
using Clew.Api.Prometheus;
using Clew.Api.Tempo;
using Clew.Api.Tempo.TraceDiffs;
using Clew.Api.V1;
using Clew.Api.V1.Traces;
using Clew.TraceQL;
using Grpc.AspNetCore.Server.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Clew.Api;

/// <summary>Registers the HTTP API: what Tempo's clients ask for, and ours under <c>/api/v1</c>.</summary>
public static class ClewApi
{
    /// <summary>
    /// What the server has to take as a request line: the longest query (<see cref="TraceQlLimits.MaxQueryBytes"/>) may be percent-encoded
    /// throughout, three bytes for one, and other parameters stand beside it.
    /// </summary>
    public const int MaxRequestLineBytes = (3 * TraceQlLimits.MaxQueryBytes) + (16 << 10);

    /// <summary>Compression of answers for clients that ask for it; needs <c>UseResponseCompression</c> in front of the endpoints.</summary>
    public static IServiceCollection AddClewApi(this IServiceCollection services)
    {
        services.AddResponseCompression(static options =>
        {
            options.EnableForHttps = true;
            options.MimeTypes = [MediaTypes.Json, MediaTypes.Protobuf, SkeletonFormat.MediaType, "text/plain", "text/html", "text/css", "text/javascript", "image/svg+xml"];
            options.Providers.Add<GzipCompressionProvider>();
        });
        services.AddGrpc();
        services.AddSingleton<ApiRegistration>();
        services.AddSingleton<StreamingQuerier>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IServiceMethodProvider<StreamingQuerier>, StreamingQuerierMethods>());
        McpRegistration.Add(services);
        return services;
    }

    /// <summary>Maps all of it. The answer is where further endpoints under <c>/api/v1</c> are added.</summary>
    public static ApiV1 MapClewApi(this IEndpointRouteBuilder routes, ApiServices services)
    {
        ArgumentNullException.ThrowIfNull(routes);
        ArgumentNullException.ThrowIfNull(services);
        var handlers = new HandlerFactory(services);
        var traces = new TraceEndpoints(services);
        var search = new SearchEndpoints(services);
        var tags = new TagEndpoints(services);
        var metrics = new MetricsEndpoints(services);
        var status = new StatusEndpoints(services);

        // Tempo answers these to any method, and so do its clients' habits; a request body is not read.
        Map("/api/traces/{id}", handlers.ForTenant(traces.TempoV1Async));
        Map("/api/v2/traces/diff", handlers.ForTenant(new TraceDiffEndpoint(services).DiffAsync));
        Map("/api/v2/traces/{id}", handlers.ForTenant(traces.TempoV2Async));
        Map("/api/search", handlers.ForTenant(search.SearchAsync));
        Map("/api/search/tags", handlers.ForTenant(tags.NamesAsync));
        Map("/api/v2/search/tags", handlers.ForTenant(tags.NamesByScopeAsync));
        Map("/api/search/tag/{**tag}", handlers.ForTenant(TagPath.Values(tags.ValuesAsync)));
        Map("/api/v2/search/tag/{**tag}", handlers.ForTenant(TagPath.Values(tags.TypedValuesAsync)));
        Map("/api/metrics/query_range", handlers.ForTenant(metrics.RangeAsync));
        Map("/api/metrics/query", handlers.ForTenant(metrics.InstantAsync));
        Map("/api/echo", status.EchoAsync);
        Map("/api/status/buildinfo", status.BuildInfoAsync);
        Map("/ready", status.ReadyAsync);
        MeshRoutes.Map(routes, handlers, services);
        PrometheusEndpoints.Map(routes, handlers, services);
        routes.ServiceProvider.GetRequiredService<ApiRegistration>().Services = services;
        routes.MapGrpcService<StreamingQuerier>();
        McpRegistration.Map(routes, services);
        return V1Endpoints.Map(routes, services);

        void Map(string pattern, RequestDelegate handler) => routes.Map(pattern, handler);
    }
}
