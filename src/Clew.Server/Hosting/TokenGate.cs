using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Clew.Api.V1;
using Clew.Server.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Clew.Server.Hosting;

/// <summary>
/// Lets in who carries one of <c>auth.tokens</c>: in <c>Authorization: Bearer</c>, or, in a browser, in the cookie that a session begins with.
/// The files of the UI and <c>/ready</c> are open: there is nothing in them. A session is not kept on the server: its cookie says when it ends,
/// signed with the token, so that a token that is taken out of the configuration ends its sessions too.
/// </summary>
internal sealed class TokenGate(IReadOnlyList<Secret> tokens, TimeProvider clock)
{
    public const string SessionPath = "/api/v1/session";

    private const string Cookie = "clew_session";
    private const string Scheme = "Bearer ";
    private const int MaxTokenBytes = 4096;
    private const int Unauthenticated = 16;

    /// <summary>How long a browser stays signed in.</summary>
    private static readonly TimeSpan SessionLength = TimeSpan.FromDays(30);

    private readonly byte[][] _keys = [.. tokens.Select(static token => SHA256.HashData(Encoding.UTF8.GetBytes(token.Reveal())))];

    private bool IsEnabled => _keys.Length > 0;

    /// <summary>Marks an endpoint that answers without a token.</summary>
    public sealed record Open;

    public void Use(WebApplication app)
    {
        if (IsEnabled)
        {
            app.Use(CheckAsync);
        }
    }

    public void Map(ApiV1 api)
    {
        api.Add(
            new ApiOperation("GET", SessionPath, "session", "Whether a token is needed")
            {
                Tag = "server", ForAllTenants = true, Answers = [ApiContent.Json(SessionJson.Default.SessionReport)],
            },
            context => ApiJson.WriteAsync(context, new SessionReport(IsEnabled), SessionJson.Default.SessionReport));
        api.Add(
            new ApiOperation("POST", SessionPath, "beginSession", "Trades a token for a cookie that a browser sends by itself")
            {
                Tag = "server", ForAllTenants = true, Description = "The body is one of auth.tokens, as text. 204, or 401 when it is none of them.",
            },
            BeginAsync);
        api.Add(
            new ApiOperation("DELETE", SessionPath, "endSession", "Takes the cookie back") { Tag = "server", ForAllTenants = true },
            context =>
            {
                context.Response.Cookies.Delete(Cookie, Options(context));
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                return Task.CompletedTask;
            });
    }

    private async Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        var endpoint = context.GetEndpoint();
        var path = context.Request.Path;
        if (endpoint is null || endpoint.Metadata.GetMetadata<Open>() is not null || path == "/ready" || path == SessionPath)
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        var authorization = context.Request.Headers.Authorization.ToString();
        var cookie = context.Request.Cookies[Cookie];
        if (authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? KeyOf(authorization[Scheme.Length..].Trim()) is not null : IsSession(cookie))
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        var why = authorization.Length > 0 ? "the token is not one of auth.tokens" : cookie is null ? "a token is needed" : "the session has ended";
        await RefuseAsync(context, $"{why}; send Authorization: Bearer TOKEN with one of auth.tokens, or sign in on the start page", authorization.Length > 0 || cookie is not null).ConfigureAwait(false);
    }

    private static async Task RefuseAsync(HttpContext context, string why, bool hadOne)
    {
        var response = context.Response;
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) == true)
        {
            // gRPC's own form of an answer that is only a status.
            response.ContentType = "application/grpc";
            response.Headers["grpc-status"] = Unauthenticated.ToString(CultureInfo.InvariantCulture);
            response.Headers["grpc-message"] = Uri.EscapeDataString(why);
            return;
        }

        response.StatusCode = StatusCodes.Status401Unauthorized;

        // RFC 6750 §3: invalid_token also means one that has expired.
        response.Headers[HeaderNames.WWWAuthenticate] = hadOne ? "Bearer realm=\"clew\", error=\"invalid_token\"" : "Bearer realm=\"clew\"";
        response.Headers[HeaderNames.CacheControl] = "no-store";
        response.ContentType = "text/plain; charset=utf-8";
        await response.WriteAsync(why + "\n", context.RequestAborted).ConfigureAwait(false);
    }

    private async Task BeginAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        var buffer = new byte[MaxTokenBytes];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted).ConfigureAwait(false)) > 0 && body.Length <= MaxTokenBytes)
        {
            body.Write(buffer, 0, read);
        }

        var key = KeyOf(Encoding.UTF8.GetString(body.ToArray()).Trim());
        if (IsEnabled && key is null)
        {
            await RefuseAsync(context, "the token is not one of auth.tokens", hadOne: true).ConfigureAwait(false);
            return;
        }

        if (key is not null)
        {
            var ends = (clock.GetUtcNow() + SessionLength).ToUnixTimeSeconds();
            var options = Options(context);
            options.MaxAge = SessionLength;
            context.Response.Cookies.Append(Cookie, $"{ends.ToString(CultureInfo.InvariantCulture)}.{Signature(key, ends)}", options);
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    // Scripts do not see the cookie, and no other site's page sends it.
    private static CookieOptions Options(HttpContext context) =>
        new() { HttpOnly = true, SameSite = Microsoft.AspNetCore.Http.SameSiteMode.Strict, Secure = context.Request.IsHttps, Path = "/" };

    /// <summary>The key of a token; null when it is none of ours. Takes the same time for every text.</summary>
    private byte[]? KeyOf(string token)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(token));
        byte[]? found = null;
        foreach (var key in _keys)
        {
            found = CryptographicOperations.FixedTimeEquals(hash, key) ? key : found;
        }

        return found;
    }

    private bool IsSession(string? cookie)
    {
        var (text, signature) = cookie?.Split('.') is [var first, var second] ? (first, second) : ("", "");
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ends) || ends < clock.GetUtcNow().ToUnixTimeSeconds())
        {
            return false;
        }

        var valid = false;
        foreach (var key in _keys)
        {
            valid |= CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(signature), Encoding.ASCII.GetBytes(Signature(key, ends)));
        }

        return valid;
    }

    private static string Signature(byte[] key, long ends) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes($"clew session until {ends.ToString(CultureInfo.InvariantCulture)}")));
}

/// <param name="TokenNeeded">Requests have to carry a token, or the cookie that one was traded for.</param>
internal sealed record SessionReport(bool TokenNeeded);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SessionReport))]
internal sealed partial class SessionJson : JsonSerializerContext;
