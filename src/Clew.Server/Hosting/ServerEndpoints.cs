using Clew.Api.V1;
using Clew.Model;
using Microsoft.Extensions.Logging;

namespace Clew.Server.Hosting;

/// <summary>Endpoints under <c>/api/v1</c> that only the whole program can answer.</summary>
internal static partial class ServerEndpoints
{
    public static void Map(ApiV1 api, Func<TenantId, StatusReport> status) => api.Add(
        new ApiOperation("GET", "/api/v1/status", "status", "What this server is, where it listens and what it has")
        {
            Tag = "server", Answers = [ApiContent.Json(StatusJson.Default.StatusReport)],
        },
        (context, tenant) => ApiJson.WriteAsync(context, status(tenant), StatusJson.Default.StatusReport));

    [LoggerMessage(5101, LogLevel.Error, "Endpoint {Path} was not added with ApiV1.Add and is missing in /api/v1/openapi.json")]
    public static partial void LogUndescribed(ILogger logger, string path);
}
