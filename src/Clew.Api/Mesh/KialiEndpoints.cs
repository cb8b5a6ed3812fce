using System.Globalization;
using System.Text.Json;
using Clew.Api.Http;
using Clew.Mesh;
using Clew.Mesh.Graph;
using Clew.Model;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Clew.Api.Mesh;

/// <summary>The endpoints that Kiali's graph is read from, answered the way Kiali does.</summary>
internal sealed class KialiEndpoints(MeshService mesh, TimeProvider clock)
{
    public async Task NamespacesGraphAsync(HttpContext context, TenantId tenant) => await GraphAsync(context, tenant, null).ConfigureAwait(false);

    public Task WorkloadGraphAsync(HttpContext context, TenantId tenant) =>
        GraphAsync(context, tenant, Focus(context) with { Workload = Route(context, "name") });

    public Task AppGraphAsync(HttpContext context, TenantId tenant) =>
        GraphAsync(context, tenant, Focus(context) with { App = Route(context, "name"), Version = Route(context, "version") });

    public Task ServiceGraphAsync(HttpContext context, TenantId tenant) =>
        GraphAsync(context, tenant, Focus(context) with { Service = Route(context, "name") });

    public Task AggregateGraphAsync(HttpContext context, TenantId tenant) => GraphAsync(
        context, tenant, Focus(context) with { Aggregate = Route(context, "attribute"), AggregateValue = Route(context, "value"), Service = Route(context, "service") });

    /// <summary>Namespaces that may be asked for.</summary>
    public async Task NamespacesAsync(HttpContext context, TenantId tenant)
    {
        var namespaces = await Answer(mesh.NamespacesAsync(tenant, clock.GetUtcNow(), TimeSpan.FromHours(1), context.RequestAborted)).ConfigureAwait(false);
        await JsonAnswer.WriteAsync(context, json =>
        {
            json.WriteStartArray();
            foreach (var ns in namespaces)
            {
                json.WriteStartObject();
                json.WriteString("name", ns.Name);
                json.WriteString("cluster", ns.Cluster);
                json.WriteBoolean("isAmbient", ns.IsAmbient);
                json.WriteStartObject("labels");
                foreach (var (key, value) in ns.Labels)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }).ConfigureAwait(false);
    }

    /// <summary>Health of the apps, services or workloads of namespaces: <c>type=app</c> (default), <c>service</c>, <c>workload</c>.</summary>
    public async Task HealthAsync(HttpContext context, TenantId tenant)
    {
        var http = context.Request;
        var (type, member) = KialiParameters.Choice(http, "type", "app",
            ("app", (GraphType.App, "namespaceAppHealth")), ("service", (GraphType.Service, "namespaceServiceHealth")), ("workload", (GraphType.Workload, "namespaceWorkloadHealth")));
        var namespaces = Route(context, "ns") is { Length: > 0 } one ? [one] : KialiParameters.List(http, "namespaces");
        if (namespaces.Count == 0)
        {
            throw ApiException.BadRequest("namespaces is missing: name at least one, as in namespaces=bookinfo");
        }

        var duration = http.Query.ContainsKey("rateInterval") && Clew.Mesh.Prometheus.PromDuration.TryParse(http.Query["rateInterval"].ToString(), out var given) ? given : TimeSpan.FromMinutes(10);
        var graph = await Answer(mesh.GraphAsync(
            tenant,
            new GraphRequest { Namespaces = namespaces, Type = type, Duration = duration, Time = KialiParameters.Time(http, clock), Appenders = new HashSet<string> { "health", "idleNode" } },
            isStrict: true, context.RequestAborted)).ConfigureAwait(false);
        await JsonAnswer.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartObject(member);
            foreach (var ns in namespaces)
            {
                json.WriteStartObject(ns);
                foreach (var node in graph.Nodes.Where(node => node.Namespace == ns && node.Kind is not (NodeKind.Box or NodeKind.Unknown)).DistinctBy(static node => node.DisplayName))
                {
                    json.WritePropertyName(node.DisplayName);
                    KialiJson.WriteHealth(json, node.Health);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async Task GraphAsync(HttpContext context, TenantId tenant, FocusNode? focus)
    {
        var request = KialiParameters.Read(context.Request, clock, focus);
        var graph = await Answer(mesh.GraphAsync(tenant, request, isStrict: true, context.RequestAborted)).ConfigureAwait(false);
        await JsonAnswer.WriteAsync(context, json => KialiJson.Write(json, graph, request)).ConfigureAwait(false);
    }

    /// <summary>The mesh's faults as HTTP has them.</summary>
    internal static async Task<T> Answer<T>(Task<T> task)
    {
        try
        {
            return await task.ConfigureAwait(false);
        }
        catch (MeshException fault)
        {
            throw new ApiException(
                fault.Fault switch
                {
                    MeshFault.Forbidden => StatusCodes.Status403Forbidden,
                    MeshFault.NotFound => StatusCodes.Status404NotFound,
                    MeshFault.Unavailable => StatusCodes.Status503ServiceUnavailable,
                    _ => StatusCodes.Status400BadRequest,
                },
                fault.Message);
        }
    }

    private static FocusNode Focus(HttpContext context) => new(Route(context, "ns")) { Cluster = context.Request.Query["clusterName"].ToString() };

    private static string Route(HttpContext context, string name) => Convert.ToString(context.GetRouteValue(name), CultureInfo.InvariantCulture) ?? "";
}
