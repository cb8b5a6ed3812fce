using System.Text;
using Clew.Otlp.Wire;
using Clew.Receivers.Intake;
using Clew.Receivers.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Clew.Receivers.Translation;

/// <summary>HTTP as Zipkin and Jaeger speak it: 202 with an empty body once the spans are taken, otherwise a status and a line of text.</summary>
internal sealed class ForeignHttp(RequestIdentity identity, ReceiveBudget budget, ForeignIntake intake, int maxBodyBytes, bool includeMetadata, IRequestAuthenticator? authenticator)
{
    public async Task ReceiveAsync(HttpContext http, ReceiverActivity activity, Func<ReadOnlyMemory<byte>, Decoded> decode)
    {
        var sender = await identity.ReadAsync(http, includeMetadata, activity, authenticator);
        if (sender.Context is not { } context)
        {
            await RefuseAsync(http, sender.Refusal);
            return;
        }

        using var lease = budget.Open();
        var (body, fault) = await ReadBodyAsync(http, lease);
        if (body is null)
        {
            activity.RequestRefused(fault.Fault, fault.Refusal.Reason);
            await RefuseAsync(http, fault.Refusal);
            return;
        }

        Decoded decoded;
        using (body)
        {
            decoded = decode(body.WrittenMemory);
        }

        var answer = await intake.TakeAsync(decoded, context, http.Request.Headers.UserAgent.ToString(), activity, http.RequestAborted);
        if (answer is { } refused)
        {
            await RefuseAsync(http, refused);
            return;
        }

        http.Response.StatusCode = StatusCodes.Status202Accepted;
        http.Response.ContentLength = 0;
    }

    /// <summary>For what never gets as far as a body: method, path or content type.</summary>
    public static Task RefuseAsync(HttpContext http, ReceiverActivity activity, RequestFault fault, int status, string text)
    {
        activity.RequestRefused(fault, text);
        return TextAsync(http, status, text);
    }

    private async ValueTask<(PooledBuffer? Body, BodyFault Fault)> ReadBodyAsync(HttpContext http, ReceiveBudget.ReceiveLease lease)
    {
        try
        {
            var (body, fault) = await RequestBody.ReadAsync(http.Request, maxBodyBytes, lease, http.RequestAborted);
            var encoding = http.Request.Headers.ContentEncoding.ToString().Trim().ToLowerInvariant();
            return body is null ? (null, fault) : RequestBody.Unpack(body, encoding, maxBodyBytes, lease);
        }
        catch (BadHttpRequestException e)
        {
            // A broken chunk, a body that ends early or comes too slowly: Kestrel names it and knows the status.
            return (null, new BodyFault(RequestFault.Malformed, Refusal.Malformed(e.Message) with { Http = e.StatusCode }));
        }
    }

    private static Task RefuseAsync(HttpContext http, Refusal refusal)
    {
        if (refusal.RetryAfter is not null)
        {
            http.Response.Headers.RetryAfter = $"{refusal.RetryAfterSeconds}";
        }

        return TextAsync(http, refusal.Http, refusal.Reason);
    }

    private static async Task TextAsync(HttpContext http, int status, string text)
    {
        var body = Encoding.UTF8.GetBytes(text + "\n");
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.ContentLength = body.Length;
        await http.Response.BodyWriter.WriteAsync(body, http.RequestAborted);
    }
}
