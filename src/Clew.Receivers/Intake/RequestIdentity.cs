using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Receivers.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Clew.Receivers.Intake;

/// <summary>Who sends a request, for which tenant: from its connection and headers, the same for HTTP and gRPC.</summary>
internal sealed class RequestIdentity(string receiver, bool tenantsEnabled, TimeProvider clock)
{
    private const string TenantHeader = "X-Scope-OrgID";

    /// <summary>False with a refusal when tenants are on and the request names none or a bad one.</summary>
    public bool TryRead(HttpContext http, bool includeMetadata, ReceiverActivity activity, out BatchContext context, out Refusal refusal, IRequestAuthenticator? authenticator = null)
    {
        context = new BatchContext(TenantId.Single, UnixNano.Now(clock)) { Peer = Peer(http), Receiver = receiver };
        refusal = default;
        if (includeMetadata)
        {
            context = context with { Metadata = Metadata(http.Request.Headers) };
        }

        if (authenticator is not null)
        {
            var outcome = authenticator.Check(http.Request.Headers);
            if (outcome.Identity is not { } identity)
            {
                refusal = Refusal.NotKnown(outcome.Reason ?? "not authenticated");
                activity.RequestRefused(RequestFault.NotAuthenticated, refusal.Reason);
                return false;
            }

            context = context with { Auth = identity };
        }

        if (!tenantsEnabled)
        {
            return true;
        }

        var values = http.Request.Headers[TenantHeader];
        var text = values.ToString();
        if (TenantId.TryParse(values.Count > 1 ? null : text, out var tenant, out var error))
        {
            context = context with { Tenant = tenant };
            return true;
        }

        if (text.Length == 0)
        {
            refusal = Refusal.NoTenant(error!);
            activity.RequestRefused(RequestFault.NoTenant, refusal.Reason);
        }
        else
        {
            refusal = Refusal.Malformed(values.Count > 1 ? $"{TenantHeader} was sent {values.Count} times; send one tenant id" : error!);
            activity.RequestRefused(RequestFault.BadTenant, refusal.Reason);
        }

        return false;
    }

    private static string? Peer(HttpContext http)
    {
        var address = http.Connection.RemoteIpAddress;
        return address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4().ToString() : address?.ToString();
    }

    private static Dictionary<string, string[]> Metadata(IHeaderDictionary headers)
    {
        var metadata = new Dictionary<string, string[]>(headers.Count, StringComparer.Ordinal);
        foreach (var (name, values) in headers)
        {
            // HTTP/2's pseudo headers (":path") are not metadata.
            if (!name.StartsWith(':'))
            {
                metadata[name.ToLowerInvariant()] = [.. values.Select(value => value ?? "")];
            }
        }

        return metadata;
    }
}
