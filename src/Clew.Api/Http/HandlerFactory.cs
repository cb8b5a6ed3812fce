using Clew.Model;
using Clew.Query;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.Http;

/// <summary>Wraps endpoints with what all of them share: the tenant, and one place where failures become plain text.</summary>
internal sealed class HandlerFactory(ApiServices services)
{
    public RequestDelegate ForTenant(Func<HttpContext, TenantId, Task> handler) =>
        ForAll(context => handler(context, RequestTenant.Of(context.Request, services.TenantsEnabled)));

    /// <summary>For what is the same for every tenant: the request need not name one.</summary>
    public static RequestDelegate ForAll(Func<HttpContext, Task> handler) => async context =>
    {
        try
        {
            await handler(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = FaultTable.ClientClosedRequest;
            }
        }
        catch (ApiException error)
        {
            await WriteErrorAsync(context, error.Status, error.Message).ConfigureAwait(false);
        }
        catch (QueryException error)
        {
            await WriteErrorAsync(context, FaultTable.HttpStatus(error.Fault), error.Message).ConfigureAwait(false);
        }
    };

    private static Task WriteErrorAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = MediaTypes.PlainText;
        if (status is StatusCodes.Status429TooManyRequests)
        {
            context.Response.Headers.RetryAfter = "1";
        }

        return context.Response.WriteAsync(message);
    }
}
