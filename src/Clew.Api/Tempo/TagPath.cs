using Clew.Model;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.Tempo;

/// <summary>
/// A tag's name may hold slashes, colons and quotes, so the route takes the rest of the path, and the <c>/values</c> at its end is cut off
/// here.
/// </summary>
internal static class TagPath
{
    private const string Suffix = "/values";

    public static Func<HttpContext, TenantId, Task> Values(Func<HttpContext, TenantId, Task> handler) => async (context, tenant) =>
    {
        var path = context.Request.RouteValues["tag"] as string ?? "";
        if (path.Length <= Suffix.Length || !path.EndsWith(Suffix, StringComparison.Ordinal))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            await context.Response.WriteAsync($"404: nothing answers at {context.Request.Path}; values are at …/tag/NAME/values\n").ConfigureAwait(false);
            return;
        }

        // The route decodes all but slashes.
        context.Request.RouteValues["tag"] = path[..^Suffix.Length].Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        await handler(context, tenant).ConfigureAwait(false);
    };
}
