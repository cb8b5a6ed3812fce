using System.Text.Json;
using Clew.Api.Http;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.Tempo;

/// <summary>The small questions: is it there, which version, can it serve. None needs a tenant.</summary>
internal sealed class StatusEndpoints(ApiServices services)
{
    /// <summary>
    /// What clients that gate features by Tempo's version are told. Grafana turns streaming of searches on from 2.2.0 and of metrics from
    /// 2.7.0, and takes anything that is no semantic version for the newest.
    /// </summary>
    private const string TempoVersion = "2.9.0";

    public Task EchoAsync(HttpContext context) => TextAsync(context, "echo");

    public Task ReadyAsync(HttpContext context)
    {
        if (services.NotReady() is { } reason)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return TextAsync(context, reason);
        }

        return TextAsync(context, "ready");
    }

    public Task BuildInfoAsync(HttpContext context) => JsonAnswer.WriteAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteString("version", TempoVersion);
        json.WriteString("revision", services.Build.Revision);
        json.WriteString("branch", "main");
        json.WriteString("buildUser", "clew");
        json.WriteString("buildDate", services.Build.BuildDate);
        json.WriteString("goVersion", "");
        json.WriteString("product", "Clew");
        json.WriteString("clewVersion", services.Build.Version);
        json.WriteEndObject();
    });

    private static Task TextAsync(HttpContext context, string text)
    {
        context.Response.ContentType = MediaTypes.PlainText;
        return context.Response.WriteAsync(text);
    }
}
