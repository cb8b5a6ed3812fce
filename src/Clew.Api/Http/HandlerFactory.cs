using Clew.Model;
using Clew.Query;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.Http;

/// <summary>A request that cannot be answered: the status and a sentence for the sender.</summary>
internal sealed class ApiException(int status, string message) : Exception(message)
{
    public int Status => status;

    public static ApiException BadRequest(string message) => new(StatusCodes.Status400BadRequest, message);
}

/// <summary>Wraps endpoints with what all of them share: the tenant, and one place where failures become plain text.</summary>
internal sealed class HandlerFactory(ApiServices services)
{
    private const string TenantHeader = "X-Scope-OrgID";

    // nginx's number for a client that went away; nobody reads the answer, but access logs show it.
    private const int ClientClosedRequest = 499;

    public RequestDelegate ForTenant(Func<HttpContext, TenantId, Task> handler) => async context =>
    {
        try
        {
            await handler(context, Tenant(context.Request)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = ClientClosedRequest;
            }
        }
        catch (ApiException error)
        {
            await WriteErrorAsync(context, error.Status, error.Message).ConfigureAwait(false);
        }
        catch (QueryException error)
        {
            await WriteErrorAsync(context, StatusOf(error.Fault), error.Message).ConfigureAwait(false);
        }
    };

    public static Task WriteErrorAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = MediaTypes.PlainText;
        if (status is StatusCodes.Status429TooManyRequests)
        {
            context.Response.Headers.RetryAfter = "1";
        }

        return context.Response.WriteAsync(message);
    }

    private static int StatusOf(QueryFault fault) => fault switch
    {
        QueryFault.BadRequest => StatusCodes.Status400BadRequest,
        QueryFault.TooLarge => StatusCodes.Status422UnprocessableEntity,
        QueryFault.Overloaded => StatusCodes.Status429TooManyRequests,
        QueryFault.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status504GatewayTimeout,
    };

    private TenantId Tenant(HttpRequest request)
    {
        if (!services.TenantsEnabled)
        {
            return TenantId.Single;
        }

        var header = request.Headers[TenantHeader].ToString();
        if (header.Length == 0)
        {
            throw new ApiException(StatusCodes.Status401Unauthorized, "no org id");
        }

        if (header.Contains('|'))
        {
            throw ApiException.BadRequest($"{TenantHeader} '{header}' names several tenants; queries over more than one are not supported, ask for one at a time");
        }

        return TenantId.TryParse(header, out var tenant, out var error) ? tenant : throw ApiException.BadRequest(error!);
    }
}
