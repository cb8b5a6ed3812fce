using Clew.Model;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.Http;

/// <summary>Whose data a request is about. gRPC metadata arrives as headers too, so that this is one rule for both.</summary>
public static class RequestTenant
{
    public const string Header = "X-Scope-OrgID";

    /// <summary>The tenant; an <see cref="ApiException"/> (401 or 400) when tenants are on and the request names none, or a bad one.</summary>
    public static TenantId Of(HttpRequest request, bool tenantsEnabled)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!tenantsEnabled)
        {
            return TenantId.Single;
        }

        var header = request.Headers[Header].ToString();
        if (header.Length == 0)
        {
            throw new ApiException(StatusCodes.Status401Unauthorized, "no org id");
        }

        if (header.Contains('|'))
        {
            throw ApiException.BadRequest($"{Header} '{header}' names several tenants; queries over more than one are not supported, ask for one at a time");
        }

        return TenantId.TryParse(header, out var tenant, out var error) ? tenant : throw ApiException.BadRequest(error!);
    }
}
