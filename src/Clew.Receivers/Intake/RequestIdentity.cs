using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Receivers.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Clew.Receivers.Intake;

/// <summary>Who sends a request, for which tenant: from its connection and headers, the same for HTTP and gRPC.</summary>
internal sealed class RequestIdentity(string receiver, bool tenantsEnabled, TimeProvider clock)
{
    private const string TenantHeader = "X-Scope-OrgID";

    /// <summary>Refused when the authenticator does not know the sender, or when tenants are on and the request names none or a bad one.</summary>
    public async ValueTask<RequestSender> ReadAsync(HttpContext http, bool includeMetadata, ReceiverActivity activity, IRequestAuthenticator? authenticator)
    {
        var context = new BatchContext(TenantId.Single, UnixNano.Now(clock)) { Peer = Peer(http), Receiver = receiver };
        if (includeMetadata)
        {
            context = context with { Metadata = Metadata(http.Request.Headers) };
        }

        if (authenticator is not null)
        {
            var outcome = await authenticator.CheckAsync(http.Request.Headers, http.RequestAborted);
            if (outcome.Identity is not { } identity)
            {
                return Refused(activity, RequestFault.NotAuthenticated, Refusal.NotKnown(outcome.Reason ?? "not authenticated"));
            }

            context = context with { Auth = identity };
        }

        if (!tenantsEnabled)
        {
            return new RequestSender(context, default);
        }

        var values = http.Request.Headers[TenantHeader];
        var text = values.ToString();
        if (TenantId.TryParse(values.Count > 1 ? null : text, out var tenant, out var error))
        {
            return new RequestSender(context with { Tenant = tenant }, default);
        }

        return text.Length == 0
            ? Refused(activity, RequestFault.NoTenant, Refusal.NoTenant(error!))
            : Refused(activity, RequestFault.BadTenant, Refusal.Malformed(values.Count > 1 ? $"{TenantHeader} was sent {values.Count} times; send one tenant id" : error!));
    }

    private static RequestSender Refused(ReceiverActivity activity, RequestFault fault, Refusal refusal)
    {
        activity.RequestRefused(fault, refusal.Reason);
        return new RequestSender(null, refusal);
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

/// <summary>What is known of a sender, or with a null context why its request is refused.</summary>
internal readonly record struct RequestSender(BatchContext? Context, Refusal Refusal);
