using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;
using Microsoft.Net.Http.Headers;

namespace Clew.Server.Hosting;

/// <summary>
/// The web UI: files that the build put into <c>wwwroot</c> beside the program. The UI has pages of its own, so a path that is neither a file
/// nor an endpoint gets its start page. Nothing is loaded from another origin, and the browser is told so.
/// </summary>
internal static class WebFiles
{
    private const string ContentSecurityPolicy =
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; frame-ancestors 'self'; base-uri 'self'; form-action 'self'";

    private static readonly string[] ServerPrefixes = ["/api", "/metrics", "/ready", "/status"];

    public static void Map(WebApplication app)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "wwwroot");
        if (!File.Exists(Path.Combine(folder, "index.html")))
        {
            app.MapGet("/", static () => Results.Text("Clew is running. This build carries no web UI (web/dist was missing when it was built); the API is under /api.\n"))
                .WithMetadata(new TokenGate.Open());
            return;
        }

        var files = new PhysicalFileProvider(folder);
        var options = new StaticFileOptions
        {
            FileProvider = files,
            ContentTypeProvider = new FileExtensionContentTypeProvider(),
            OnPrepareResponse = static context => Headers(context.Context.Response, context.Context.Request.Path),
        };
        app.UseStaticFiles(options);
        var index = files.GetFileInfo("index.html");
        app.MapFallback(async context =>
        {
            var isServers = ServerPrefixes.Any(prefix => context.Request.Path.StartsWithSegments(prefix, StringComparison.Ordinal));
            if (isServers || !(HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)))
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                await context.Response.WriteAsync($"404: nothing answers at {context.Request.Path}\n").ConfigureAwait(false);
                return;
            }

            Headers(context.Response, "/index.html");
            context.Response.ContentType = "text/html; charset=utf-8";
            await context.Response.SendFileAsync(index).ConfigureAwait(false);
        }).WithMetadata(new TokenGate.Open());
    }

    /// <summary>Built files carry a hash of their content in their name and never change; the start page is asked for each time.</summary>
    private static void Headers(HttpResponse response, PathString path)
    {
        var isHashed = path.StartsWithSegments("/assets", StringComparison.Ordinal);
        response.Headers[HeaderNames.CacheControl] = isHashed ? "public, max-age=31536000, immutable" : "no-cache";
        response.Headers[HeaderNames.ContentSecurityPolicy] = ContentSecurityPolicy;
        response.Headers[HeaderNames.XContentTypeOptions] = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
    }
}
