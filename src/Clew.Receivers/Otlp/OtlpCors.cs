using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Cors.Infrastructure;

namespace Clew.Receivers.Otlp;

/// <summary>Turns the Collector's CORS settings into a policy.</summary>
internal static class OtlpCors
{
    // What browser SDKs send without being told to.
    private static readonly string[] AlwaysAllowed = ["Accept", "Content-Type", "Content-Encoding", "X-Requested-With"];

    public static void Build(CorsPolicyBuilder policy, OtlpCorsOptions cors)
    {
        var origins = cors.AllowedOrigins.Select(Pattern).ToArray();
        policy.SetIsOriginAllowed(origin => Array.Exists(origins, pattern => pattern.IsMatch(origin)));
        policy.WithMethods("POST");
        policy.AllowCredentials();
        _ = cors.AllowedHeaders.Contains("*") ? policy.AllowAnyHeader() : policy.WithHeaders([.. AlwaysAllowed, .. cors.AllowedHeaders]);
        if (cors.ExposedHeaders.Count > 0)
        {
            policy.WithExposedHeaders([.. cors.ExposedHeaders]);
        }

        if (cors.MaxAge is { } age)
        {
            policy.SetPreflightMaxAge(age);
        }
    }

    private static Regex Pattern(string origin) => new(
        $"^{Regex.Escape(origin).Replace("\\*", ".*", StringComparison.Ordinal)}$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
}
