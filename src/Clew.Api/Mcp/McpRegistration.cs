using Clew.Api.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Protocol;

namespace Clew.Api.Mcp;

/// <summary>The Model Context Protocol at <c>/api/mcp</c>: streamable HTTP without sessions, so that any process may answer any request.</summary>
internal static class McpRegistration
{
    private const string Path = "/api/mcp";

    public static void Add(IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        services.AddMcpServer(static options =>
        {
            options.ServerInfo = new Implementation { Name = "clew", Title = "Clew traces", Version = "1" };
            options.ServerInstructions =
                "Distributed traces. Look up attribute_names and attribute_values before you guess them, read traceql_docs before the first query, "
                + "search with traceql_search and open single traces with get_trace.";
        }).WithHttpTransport(static options => options.SessionMode = HttpServerSessionMode.Stateless).WithTools<McpTools>();
    }

    public static void Map(IEndpointRouteBuilder routes, ApiServices services) => routes.MapMcp(Path).AddEndpointFilter(async (call, next) =>
    {
        // A request without a tenant is told so as everywhere else, before the protocol begins.
        try
        {
            RequestTenant.Of(call.HttpContext.Request, services.TenantsEnabled);
        }
        catch (ApiException error)
        {
            return Results.Text(error.Message, MediaTypes.PlainText, statusCode: error.Status);
        }

        return await next(call).ConfigureAwait(false);
    });
}
