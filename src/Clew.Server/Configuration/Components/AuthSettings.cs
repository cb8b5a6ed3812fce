using Clew.Pipeline.Exporters.Sending;
using Clew.Receivers.Auth;

namespace Clew.Server.Configuration.Binding;

/// <summary>Reads the extensions that add credentials.</summary>
internal static class AuthSettings
{
    public static ExtensionConfig? Bind(Section s, ComponentId id, string type) => type switch
    {
        "basicauth" => Basic(s, id),
        "bearertokenauth" => Bearer(s, id),
        "headers_setter" => Headers(s, id),
        "oauth2client" => OAuth2(s, id),
        "oidc" => Oidc(s, id),
        "jaegerremotesampling" => RemoteSampling(s, id),
        _ => null,
    };

    private static RemoteSamplingConfig RemoteSampling(Section s, ComponentId id)
    {
        var source = s.Child("source", "Where the strategies come from.");
        var http = s.Child("http").Endpoint("endpoint", new Endpoint("127.0.0.1", 5778), "Where SDKs ask.");
        var grpc = s.OptionalChild("grpc")?.Endpoint("endpoint", new Endpoint("127.0.0.1", 14251), "A second address; each speaks HTTP and gRPC.");
        source.Raw("remote");
        return new RemoteSamplingConfig
        {
            Id = id,
            Endpoints = grpc is { } second && !s.IsDocumenting ? [http, second] : [http],
            File = source.String("file", "", "A JSON file with default_strategy and service_strategies."),
            Contents = source.String("contents", "", "The same as a text."),
            ReloadInterval = source.Duration("reload_interval", TimeSpan.Zero, "How often the file is looked at; 0: once."),
        };
    }

    private static ClientAuthConfig Basic(Section s, ComponentId id)
    {
        var client = s.OptionalChild("client_auth", "For exporters.");
        var (user, password) = (client?.String("username", "") ?? "", client?.Secret("password") ?? default);
        var server = s.OptionalChild("htpasswd", "For receivers: users and passwords.");
        var inline = server?.Secret("inline", "Lines `user:password`; plain, {SHA}, $apr1$ or bcrypt.").Reveal() ?? "";
        var file = server?.String("file", "") ?? "";
        if (!s.IsDocumenting && client is null && server is null)
        {
            s.Error(s.Mark, "needs client_auth (for exporters) or htpasswd (for receivers)");
        }

        if (server is not null && !s.IsDocumenting)
        {
            try
            {
                _ = new BasicAuthenticator(inline);
            }
            catch (FormatException fault)
            {
                server.Error(server.Mark, fault.Message);
            }
        }

        return new ClientAuthConfig
        {
            Id = id, Create = client is null ? null : _ => new BasicClientAuth(user, password.Reveal()),
            CreateServer = server is null ? null : () => new BasicAuthenticator(file.Length > 0 ? File.ReadAllText(file) + "\n" + inline : inline),
        };
    }

    private static ClientAuthConfig Bearer(Section s, ComponentId id)
    {
        var (header, scheme) = (s.String("header", "Authorization"), s.String("scheme", "Bearer"));
        var (token, file) = (s.Secret("token"), s.String("filename", "", "A file with the token; read again when it changes."));
        var tokens = s.Secrets("tokens", "Any of these, for receivers.");
        return new ClientAuthConfig
        {
            Id = id, Create = _ => new BearerClientAuth(header, scheme, token.Reveal(), file),
            CreateServer = () => new BearerAuthenticator(header, scheme, [.. tokens.Select(static each => each.Reveal()).Append(token.Reveal()).Where(static each => each.Length > 0)], file),
        };
    }

    private static ClientAuthConfig Headers(Section s, ComponentId id)
    {
        var headers = s.ListOf("headers", "", static item =>
        {
            var header = new HeaderSetting(
                item.Choice("action", "upsert", "", ("insert", "insert"), ("update", "update"), ("upsert", "upsert"), ("delete", "delete")),
                item.String("key", ""), item.Secret("value").Reveal(),
                item.String("from_context", "", "A header that the spans came with; the receiver needs include_metadata."),
                item.String("from_attribute", "", "What the receiver's authenticator found out: `subject`, `username`."),
                item.Secret("default_value", "In place of a value that the sender did not give.").Reveal());
            if (header.Key.Length == 0)
            {
                item.Error(item.Mark, "needs key, the name of the header");
            }

            if (header.FromContext.Length > 0 && header.FromAttribute.Length > 0)
            {
                item.ErrorAt("from_attribute", "stands beside from_context; use one of them");
            }

            return header;
        });
        return new ClientAuthConfig { Id = id, Create = _ => new HeaderSettingAuth([.. headers]) };
    }

    private static ClientAuthConfig Oidc(Section s, ComponentId id)
    {
        var header = s.String("attribute", "authorization", "The header with the token.");
        var providers = s.ListOf("providers", "Several issuers; a token's own decides which one is asked.", Provider);
        if (s.String("issuer_url", "", "One issuer, in place of providers.").Length > 0 || providers.Count == 0)
        {
            providers = [.. providers, Provider(s)];
        }

        return new ClientAuthConfig { Id = id, Create = null, CreateServer = () => new OidcAuthenticator(header, [.. providers.Select(static provider => provider())]) };
    }

    private static Func<OidcProvider> Provider(Section s)
    {
        var issuer = s.String("issuer_url", "", "As it stands in the tokens' `iss`; keys are found below it.");
        var (audience, ignore) = (s.String("audience", "", "What `aud` must contain."), s.Bool("ignore_audience", false));
        var (user, groups) = (s.String("username_claim", "", "Becomes auth.subject; unset: sub."), s.String("groups_claim", "", "Becomes auth.membership."));
        var authorities = s.String("issuer_ca_path", "", "PEM of the authorities of the issuer's certificate.");
        if (!s.IsDocumenting)
        {
            if (!Uri.TryCreate(issuer, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            {
                s.Error(s.MarkOf("issuer_url"), issuer.Length == 0 ? "needs issuer_url, the URL of who signs the tokens" : $"'{issuer}' is no URL, such as https://accounts.example.com");
            }

            if (audience.Length == 0 && !ignore)
            {
                s.Error(s.Mark, "needs audience, or ignore_audience: true to take tokens for anybody");
            }
        }

        return () => new OidcProvider
        {
            IssuerUrl = issuer, Audience = audience, IgnoreAudience = ignore, UsernameClaim = user, GroupsClaim = groups,
            IssuerCaPem = authorities.Length > 0 ? File.ReadAllText(authorities) : null,
        };
    }

    private static ClientAuthConfig OAuth2(Section s, ComponentId id)
    {
        var (clientId, secret, url) = (s.String("client_id", ""), s.Secret("client_secret"), s.String("token_url", ""));
        var scopes = s.Strings("scopes", []);
        if (!Uri.TryCreate(url, UriKind.Absolute, out var tokenUrl) && !s.IsDocumenting)
        {
            s.ErrorAt("token_url", $"'{url}' is no URL");
        }

        foreach (var key in (string[])["endpoint_params", "client_id_file", "client_secret_file", "timeout", "tls", "expiry_buffer"])
        {
            s.Raw(key);
        }

        return new ClientAuthConfig { Id = id, Create = clock => new OAuth2ClientAuth(tokenUrl!, clientId, secret.Reveal(), scopes, clock) };
    }
}
