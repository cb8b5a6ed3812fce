using Clew.Api.Http;
using Clew.Api.V1;
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

        void Get(string pattern, Func<HttpContext, TenantId, Task> handler) => routes.MapGet(pattern, handlers.ForTenant(handler));
    }

    /// <summary>Our own form of the graph.</summary>
    public static void MapGraph(ApiV1 api, ApiServices services)
    {
        if (services.Mesh is not { } mesh)
        {
            return;
        }

        var graph = new GraphEndpoints(mesh, services.Clock);
        ApiParameter[] common =
        [
            new("namespaces", "Names joined by commas; all that are known when left out."),
            new("graphType", "app, service, versionedApp or workload."),
            new("duration", "How long back from queryTime, such as 10m."),
            new("queryTime", "Until when: unix seconds; now when left out."),
            new("injectServiceNodes", "Services between workloads.", ApiValueType.Boolean),
            new("idle", "Nodes and edges without traffic too.", ApiValueType.Boolean),
            new("operations", "Nodes for operations."),
            new("boxBy", "What is drawn in one box: app, namespace, cluster."),
            new("focus", "Only what is around a node: kind:namespace/name."),
            new("kind", "The kind of the focus."),
            new("rateHttp", "requests or none."),
            new("rateGrpc", "requests, sent, received or total messages, or none."),
            new("rateTcp", "sent, received or total bytes, or none."),
            new("evidence", "What edges may rest on, joined by commas: spans, istio."),
        ];
        Add("/api/v1/graph", "graph", "The mesh as nodes and edges", [.. common, new("compare", "How long ago, such as 1d: numbers of then beside those of now.")], graph.GraphAsync);
        Add("/api/v1/graph/namespaces", "graphNamespaces", "Namespaces with traffic", [common[2], common[3]], graph.NamespacesAsync);
        Add(
            "/api/v1/graph/series", "graphSeries", "Rate, errors and latency of an edge or a node over time",
            [.. common, new("source", "kind:namespace/name"), new("target", "kind:namespace/name"), new("throughput", "Bytes a second too.", ApiValueType.Boolean)], graph.SeriesAsync);
        Add("/api/v1/graph/list", "graphList", "Nodes with their numbers, for tables", common, graph.ListAsync);
        Add("/api/v1/graph/trace", "graphTrace", "Which nodes and edges of the graph a trace goes over", [.. common, new("trace", "The trace's id in hex.", Required: true)], graph.TraceAsync);
        Add("/api/v1/graph/doctor", "graphDoctor", "Why the graph is empty or lacks something", common, graph.DoctorAsync);

        void Add(string path, string id, string summary, ApiParameter[] parameters, Func<HttpContext, TenantId, Task> handler) => api.Add(
            new ApiOperation("GET", path, id, summary) { Tag = "graph", Parameters = parameters, Answers = [new ApiContent(MediaTypes.Json)] }, handler);
    }
}
