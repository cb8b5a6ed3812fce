using System.Security.Cryptography.X509Certificates;
using Clew.Receivers.Intake;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Clew.Receivers.Auth;

/// <summary>An issuer of tokens that a receiver trusts.</summary>
public sealed record OidcProvider
{
    /// <summary>As it stands in the tokens' <c>iss</c>; its keys are found below it (OpenID Connect Discovery).</summary>
    public required string IssuerUrl { get; init; }

    /// <summary>What the tokens' <c>aud</c> must contain; not looked at with <see cref="IgnoreAudience"/>.</summary>
    public string Audience { get; init; } = "";

    public bool IgnoreAudience { get; init; }

    /// <summary>PEM of the authorities that the issuer's certificate may come from; null trusts the system's.</summary>
    public string? IssuerCaPem { get; init; }

    /// <summary>The claim that becomes <c>auth.subject</c>; empty: <c>sub</c>.</summary>
    public string UsernameClaim { get; init; } = "";

    /// <summary>The claim that becomes <c>auth.membership</c>; empty: none.</summary>
    public string GroupsClaim { get; init; } = "";
}

/// <summary>
/// <c>oidc</c>: a request carries a token that one of the issuers has signed. Keys are fetched when they are first needed and again
/// when a token names one that is not known.
/// </summary>
public sealed class OidcAuthenticator(string header, IReadOnlyList<OidcProvider> providers) : IRequestAuthenticator
{
    private const string Scheme = "Bearer ";

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    private readonly JsonWebTokenHandler _tokens = new() { MapInboundClaims = false };
    private readonly (OidcProvider Provider, TokenValidationParameters Rules)[] _issuers = [.. providers.Select(static provider => (provider, Rules(provider)))];

    public async ValueTask<AuthOutcome> CheckAsync(IHeaderDictionary headers, CancellationToken cancellationToken)
    {
        var raw = headers[header].ToString();
        if (raw.Length == 0)
        {
            return AuthOutcome.Refused($"missing or empty authorization header: {header}");
        }

        if (!raw.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || !_tokens.CanReadToken(raw[Scheme.Length..].Trim()))
        {
            return AuthOutcome.Refused("invalid authorization header format: expected 'Bearer' and a token");
        }

        var text = raw[Scheme.Length..].Trim();
        string issuer;
        try
        {
            issuer = _tokens.ReadJsonWebToken(text).Issuer;
        }
        catch (ArgumentException)
        {
            return AuthOutcome.Refused("the token cannot be read");
        }

        var index = Array.FindIndex(_issuers, known => Same(known.Provider.IssuerUrl, issuer));
        if (index < 0)
        {
            return AuthOutcome.Refused("the token is from an issuer that is not configured here (issuer_url)");
        }

        var (provider, rules) = _issuers[index];
        var result = await _tokens.ValidateTokenAsync(text, rules).WaitAsync(cancellationToken).ConfigureAwait(false);
        return result.IsValid && result.SecurityToken is JsonWebToken token ? Identity(provider, token, raw) : AuthOutcome.Refused(Reason(result.Exception));
    }

    private static AuthOutcome Identity(OidcProvider provider, JsonWebToken token, string raw)
    {
        var identity = new Dictionary<string, string[]> { ["raw"] = [raw], ["issuer"] = [token.Issuer] };
        var subject = provider.UsernameClaim.Length == 0 ? token.Subject : Values(token, provider.UsernameClaim).FirstOrDefault();
        if (string.IsNullOrEmpty(subject))
        {
            return AuthOutcome.Refused($"the token has no claim '{(provider.UsernameClaim.Length == 0 ? "sub" : provider.UsernameClaim)}'");
        }

        identity["subject"] = [subject];
        if (provider.GroupsClaim.Length > 0)
        {
            identity["membership"] = Values(token, provider.GroupsClaim);
        }

        return new AuthOutcome(identity, null);
    }

    private static string[] Values(JsonWebToken token, string claim) =>
        [.. token.Claims.Where(each => each.Type == claim).Select(static each => each.Value)];

    /// <summary>The kind of fault without the token's contents, which do not belong into answers and logs.</summary>
    private static string Reason(Exception? fault) => fault switch
    {
        SecurityTokenExpiredException => "the token has expired",
        SecurityTokenNotYetValidException => "the token is not valid yet",
        SecurityTokenInvalidAudienceException => "the token is for another audience (audience)",
        SecurityTokenSignatureKeyNotFoundException => "the token is signed with a key that its issuer does not name",
        SecurityTokenInvalidSignatureException => "the token's signature is wrong",
        SecurityTokenException => "the token is not valid",
        _ => "the issuer's keys cannot be fetched",
    };

    private static bool Same(string configured, string issuer) => configured.TrimEnd('/') == issuer.TrimEnd('/');

    private static TokenValidationParameters Rules(OidcProvider provider)
    {
        var issuer = provider.IssuerUrl.TrimEnd('/');
        var documents = new HttpDocumentRetriever(new HttpClient(Handler(provider)) { Timeout = s_timeout })
        {
            // Whether the way to the issuer is encrypted is what the operator wrote.
            RequireHttps = issuer.StartsWith("https://", StringComparison.OrdinalIgnoreCase),
        };
        return new TokenValidationParameters
        {
            ConfigurationManager = new ConfigurationManager<OpenIdConnectConfiguration>(
                $"{issuer}/.well-known/openid-configuration", new OpenIdConnectConfigurationRetriever(), documents),
            ValidIssuers = [issuer, issuer + "/"],
            ValidateAudience = !provider.IgnoreAudience,
            ValidAudience = provider.Audience,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            ClockSkew = TimeSpan.FromMinutes(1),
        };
    }

    private static SocketsHttpHandler Handler(OidcProvider provider)
    {
        var handler = new SocketsHttpHandler();
        if (provider.IssuerCaPem is { } pem)
        {
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.ImportFromPem(pem);
        }

        return handler;
    }
}
