using Clew.Model;
using Clew.Server.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Clew.Server.Doctor;

/// <summary>
/// <c>GET /api/v1/doctor</c> looks without touching anything; <c>POST</c> also sends test spans, which are stored like any other.
/// </summary>
internal static class DoctorEndpoints
{
    public static void Map(IEndpointRouteBuilder app, ClewConfig config, Func<Doctor> doctor)
    {
        app.MapGet("/api/v1/doctor", context => AnswerAsync(context, config, doctor, test: false));
        app.MapPost("/api/v1/doctor", context => AnswerAsync(context, config, doctor, test: true));
    }

    private static async Task AnswerAsync(HttpContext context, ClewConfig config, Func<Doctor> doctor, bool test)
    {
        var tenant = TenantId.Single;
        if (config.Tenants.Enabled && !TenantId.TryParse(context.Request.Headers["X-Scope-OrgID"], out tenant, out var error))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            await context.Response.WriteAsync((error ?? "no org id") + "\n", context.RequestAborted).ConfigureAwait(false);
            return;
        }

        var report = await doctor().ExamineAsync(tenant, test, context.RequestAborted).ConfigureAwait(false);
        await Results.Json(report, DoctorJson.Default.DoctorReport).ExecuteAsync(context).ConfigureAwait(false);
    }
}
