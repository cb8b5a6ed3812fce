using System.Text.RegularExpressions;
using Clew.Api.Http;
using Clew.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Clew.Api.V1;

/// <summary>
/// Where endpoints under <c>/api/v1</c> are added, and the only way to add one: tests find every other way, in the sources and in the running
/// program (<see cref="Undescribed"/>). What is described is what <c>/api/v1/openapi.json</c> says.
/// </summary>
public sealed partial class ApiV1
{
    public const string Prefix = "/api/v1";

    private readonly IEndpointRouteBuilder _routes;
    private readonly HandlerFactory _handlers;
    private readonly List<ApiOperation> _operations = [];

    internal ApiV1(IEndpointRouteBuilder routes, ApiServices services)
    {
        _routes = routes;
        _handlers = new HandlerFactory(services);
        var document = new Lazy<byte[]>(() => OpenApiDocument.Write(_operations, services.Build.Version));
        Add(
            new ApiOperation("GET", Prefix + "/openapi.json", "openApi", "This document: every endpoint under /api/v1")
            {
                Tag = "server", ForAllTenants = true, Answers = [new ApiContent(MediaTypes.Json)],
            },
            context => JsonAnswer.SendAsync(context, MediaTypes.Json, document.Value));
    }

    /// <summary>In the order in which they were added.</summary>
    public IReadOnlyList<ApiOperation> Operations => _operations;

    /// <summary>
    /// Adds an endpoint over a tenant's data. The handler may throw <see cref="ApiException"/> and what the query engine throws; both become
    /// a status and a sentence.
    /// </summary>
    public void Add(ApiOperation operation, Func<HttpContext, TenantId, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(operation);
        Map(operation, operation.ForAllTenants
            ? throw new ArgumentException($"{operation.Id} is the same for all tenants, but its handler asks for one", nameof(operation))
            : _handlers.ForTenant(handler));
    }

    /// <summary>Adds an endpoint that is the same for every tenant.</summary>
    public void Add(ApiOperation operation, Func<HttpContext, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(operation);
        Map(operation with { ForAllTenants = true }, HandlerFactory.ForAll(handler));
    }

    /// <summary>Endpoints under <c>/api/v1</c> that were added in another way, and are not in the document therefore.</summary>
    public static IReadOnlyList<string> Undescribed(IEnumerable<Endpoint> endpoints) =>
    [
        .. endpoints.OfType<RouteEndpoint>()
            .Where(static endpoint => IsUnderPrefix(endpoint.RoutePattern.RawText) && endpoint.Metadata.GetMetadata<ApiOperation>() is null)
            .Select(static endpoint => endpoint.RoutePattern.RawText!),
    ];

    private static bool IsUnderPrefix(string? pattern) =>
        pattern is not null && ("/" + pattern.TrimStart('/')).StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);

    private void Map(ApiOperation operation, RequestDelegate handler)
    {
        if (!IsUnderPrefix(operation.Path))
        {
            throw new ArgumentException($"{operation.Path} is not under {Prefix}", nameof(operation));
        }

        if (_operations.Exists(other => other.Id == operation.Id || (other.Path == operation.Path && other.Method == operation.Method)))
        {
            throw new ArgumentException($"{operation.Id} ({operation.Method} {operation.Path}) is there already", nameof(operation));
        }

        foreach (Match parameter in PathParameter().Matches(operation.Path))
        {
            if (!operation.Parameters.Any(described => described.Name == parameter.Groups[1].Value))
            {
                throw new ArgumentException($"{operation.Id}: the path's {parameter.Value} is not described", nameof(operation));
            }
        }

        _operations.Add(operation);
        _routes.MapMethods(operation.Path, [operation.Method], handler).WithMetadata(operation);
    }

    [GeneratedRegex(@"\{\**([A-Za-z]+)\}")]
    internal static partial Regex PathParameter();
}
