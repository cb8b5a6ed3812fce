using Clew.Api.Http;
using Clew.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Clew.Api.Mesh;

/// <summary>Registers the mesh's endpoints.</summary>
internal static class MeshRoutes
{
    public static void Map(IEndpointRouteBuilder routes, HandlerFactory handlers, ApiServices services)
    {
        if (services.Mesh is not { } mesh)
        {
            return;
        }

        var kiali = new KialiEndpoints(mesh, services.Clock);

        // Kiali stands under /kiali unless it is told otherwise; both are the same here.
        foreach (var root in new[] { "/api", "/kiali/api" })
        {
            Get($"{root}/namespaces/graph", kiali.NamespacesGraphAsync);
            Get($"{root}/namespaces/{{ns}}/workloads/{{name}}/graph", kiali.WorkloadGraphAsync);
            Get($"{root}/namespaces/{{ns}}/applications/{{name}}/graph", kiali.AppGraphAsync);
            Get($"{root}/namespaces/{{ns}}/apps/{{name}}/graph", kiali.AppGraphAsync);
            Get($"{root}/namespaces/{{ns}}/applications/{{name}}/versions/{{version}}/graph", kiali.AppGraphAsync);
            Get($"{root}/namespaces/{{ns}}/services/{{name}}/graph", kiali.ServiceGraphAsync);
            Get($"{root}/namespaces/{{ns}}/aggregates/{{attribute}}/{{value}}/graph", kiali.AggregateGraphAsync);
            Get($"{root}/namespaces/{{ns}}/aggregates/{{attribute}}/{{value}}/{{service}}/graph", kiali.AggregateGraphAsync);
            Get($"{root}/namespaces", kiali.NamespacesAsync);
            Get($"{root}/namespaces/{{ns}}/health", kiali.HealthAsync);
            Get($"{root}/clusters/health", kiali.HealthAsync);
        }

        var graph = new GraphEndpoints(mesh, services.Clock);
        Get("/api/v1/graph", graph.GraphAsync);
        Get("/api/v1/graph/namespaces", graph.NamespacesAsync);
        Get("/api/v1/graph/series", graph.SeriesAsync);
        Get("/api/v1/graph/list", graph.ListAsync);
        Get("/api/v1/graph/trace", graph.TraceAsync);
        Get("/api/v1/graph/doctor", graph.DoctorAsync);

        void Get(string pattern, Func<HttpContext, TenantId, Task> handler) => routes.MapGet(pattern, handlers.ForTenant(handler));
    }
}
