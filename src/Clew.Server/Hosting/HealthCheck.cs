using Clew.Server.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Clew.Server.Hosting;

/// <summary>
/// The extension <c>health_check</c>: 200 with a small JSON while the process is ready, 503 while it is not, on an address of its own, as
/// the Collector's chart probes it.
/// </summary>
internal static class HealthCheck
{
    public static void Map(WebApplication app, HealthCheckConfig config, DateTimeOffset startedAt, Func<string?> notReady) => app.MapGet(config.Path, () =>
    {
        var waiting = notReady();
        var uptime = DateTimeOffset.UtcNow - startedAt;
        var body = waiting is null
            ? $$"""{"status":"Server available","upSince":"{{startedAt:O}}","uptime":"{{(long)uptime.TotalSeconds}}s"}"""
            : """{"status":"Server not available","upSince":"","uptime":""}""";
        return Results.Text(body, "application/json", statusCode: waiting is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    });
}
