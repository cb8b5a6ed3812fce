using System.Security.Cryptography;
using System.Text;
using Clew.Pipeline.Components;
using Clew.Receivers.Auth;
using Clew.Receivers.Intake;
using Clew.Receivers.Otlp;
using Clew.Receivers.Tests.Support;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Clew.Receivers.Tests.Auth;

public sealed class AuthenticatorTests
{
    /// <summary>Made by other programs: bcrypt by libxcrypt, $apr1$ by <c>openssl passwd -apr1</c>, {SHA} by <c>openssl sha1 -binary | base64</c>.</summary>
    private const string Htpasswd = """
        plain:secret
        bcrypt:$2b$05$abcdefghijklmnopqrstuufkp2OQx/8My39LWddkyrURlZgbNuX6.
        apr1:$apr1$abcdefgh$bw9gEObk10asetVLiysIZ0
        sha:{SHA}kGByAB793z4R5tK1eC9Hd/4Dhzk=
        """;

    [Theory]
    [InlineData("plain", "secret")]
    [InlineData("bcrypt", "geheim-è")]
    [InlineData("apr1", "geheim")]
    [InlineData("sha", "geheim")]
    public async Task Password_is_checked_in_every_form_of_htpasswd(string user, string password)
    {
        var authenticator = new BasicAuthenticator(Htpasswd);
        var wrong = await authenticator.CheckAsync(Basic(user, password + "x"), CancellationToken.None);
        Assert.Null(wrong.Identity);
        Assert.Equal("invalid username or password", wrong.Reason);

        // The second time it is remembered, and a wrong one after it is not.
        for (var time = 0; time < 2; time++)
        {
            var right = await authenticator.CheckAsync(Basic(user, password), CancellationToken.None);
            Assert.Equal([user], right.Identity!["username"]);
            Assert.Null((await authenticator.CheckAsync(Basic(user, password + "x"), CancellationToken.None)).Identity);
        }
    }

    [Theory]
    [InlineData("u:$6$salt$hash", "use bcrypt")]
    [InlineData("u:$2y$05$short", "where bcrypt has 60")]
    [InlineData("nobody", "user:password")]
    public void Line_that_cannot_be_checked_is_refused_with_the_way_out(string line, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => new BasicAuthenticator(line)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Token_file_is_read_again_when_it_changes()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "one\n", TestContext.Current.CancellationToken);
            var authenticator = new BearerAuthenticator("Authorization", "Bearer", [], file);
            Assert.NotNull((await authenticator.CheckAsync(Bearer("one"), CancellationToken.None)).Identity);
            await File.WriteAllTextAsync(file, "two\nthree\n", TestContext.Current.CancellationToken);
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(1));
            Assert.NotNull((await authenticator.CheckAsync(Bearer("three"), CancellationToken.None)).Identity);
            Assert.Null((await authenticator.CheckAsync(Bearer("one"), CancellationToken.None)).Identity);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Receiver_refuses_who_is_not_known_in_both_protocols_and_keeps_the_identity()
    {
        var authenticator = new BasicAuthenticator(Htpasswd);
        await using var fixture = await ReceiverFixture.StartAsync(new OtlpReceiverOptions
        {
            Grpc = new OtlpGrpcOptions { Address = ReceiverFixture.AnyPort, Authenticator = authenticator },
            Http = new OtlpHttpOptions { Address = ReceiverFixture.AnyPort, Authenticator = authenticator },
        });
        var refused = await fixture.Grpc.FailAsync(Requests.Spans());
        Assert.Equal(StatusCode.Unauthenticated, refused.StatusCode);
        using var http = await fixture.Http.PostAsync("/v1/traces", new StringContent(Requests.Json, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, http.StatusCode);
        Assert.Empty(fixture.Consumer.Batches);

        await fixture.Grpc.ExportAsync(Requests.Spans(), new Metadata { { "authorization", Basic("bcrypt", "geheim-è")["Authorization"].ToString() } }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["bcrypt"], fixture.Consumer.Single.Context.Auth["username"]);
    }

    [Fact]
    public async Task Oidc_takes_tokens_of_the_issuer_and_says_what_is_wrong_with_others()
    {
        using var key = RSA.Create(2048);
        using var foreign = RSA.Create(2048);
        await using var issuer = await Issuer.StartAsync(key);
        var authenticator = new OidcAuthenticator("authorization", [new OidcProvider { IssuerUrl = issuer.Url, Audience = "collector", UsernameClaim = "email", GroupsClaim = "groups" }]);
        var now = DateTime.UtcNow;

        var good = await CheckAsync(key, issuer.Url, "collector", now.AddMinutes(5));
        Assert.Equal(["ann@example.com"], good.Identity!["subject"]);
        Assert.Equal(["dev", "ops"], good.Identity["membership"]);

        await Refused("expired", CheckAsync(key, issuer.Url, "collector", now.AddMinutes(-5)));
        await Refused("another audience", CheckAsync(key, issuer.Url, "shop", now.AddMinutes(5)));
        await Refused("not configured here", CheckAsync(key, "http://elsewhere", "collector", now.AddMinutes(5)));
        await Refused("signed with a key", CheckAsync(foreign, issuer.Url, "collector", now.AddMinutes(5), keyId: "other"));
        await Refused("signature is wrong", CheckAsync(foreign, issuer.Url, "collector", now.AddMinutes(5)));
        await Refused("invalid authorization header", authenticator.CheckAsync(Bearer("no token"), CancellationToken.None));
        await Refused("missing or empty", authenticator.CheckAsync(new HeaderDictionary(), CancellationToken.None));
        await Refused("signature is wrong", authenticator.CheckAsync(Bearer(Unsigned(issuer.Url)), CancellationToken.None));

        ValueTask<AuthOutcome> CheckAsync(RSA signer, string url, string audience, DateTime expires, string keyId = "k1") =>
            authenticator.CheckAsync(Bearer(Token(signer, url, audience, expires, keyId)), CancellationToken.None);

        static async Task Refused(string reason, ValueTask<AuthOutcome> outcome)
        {
            var answer = await outcome;
            Assert.Null(answer.Identity);
            Assert.Contains(reason, answer.Reason, StringComparison.Ordinal);
        }
    }

    private static string Token(RSA key, string issuer, string audience, DateTime expires, string keyId) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = issuer,
        Audience = audience,
        NotBefore = expires.AddHours(-1),
        IssuedAt = expires.AddHours(-1),
        Expires = expires,
        Claims = new Dictionary<string, object> { ["sub"] = "42", ["email"] = "ann@example.com", ["groups"] = (string[])["dev", "ops"] },
        SigningCredentials = new SigningCredentials(new RsaSecurityKey(key) { KeyId = keyId }, SecurityAlgorithms.RsaSha256),
    });

    private static string Unsigned(string issuer) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = issuer, Audience = "collector", Expires = DateTime.UtcNow.AddMinutes(5), Claims = new Dictionary<string, object> { ["email"] = "ann@example.com" },
    });

    private static HeaderDictionary Basic(string user, string password) =>
        new() { ["Authorization"] = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")) };

    private static HeaderDictionary Bearer(string token) => new() { ["Authorization"] = $"Bearer {token}" };

    /// <summary>The two documents of an OpenID Connect issuer, over HTTP.</summary>
    private sealed class Issuer(WebApplication app, string url) : IAsyncDisposable
    {
        public string Url => url;

        public static async Task<Issuer> StartAsync(RSA key)
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
            builder.Services.AddRoutingCore();
            var app = builder.Build();
            app.MapGet("/.well-known/openid-configuration", () => Results.Json(new { issuer = app.Urls.First(), jwks_uri = app.Urls.First() + "/keys" }));
            var parameters = key.ExportParameters(includePrivateParameters: false);
            app.MapGet("/keys", () => Results.Json(new
            {
                keys = (object[])[new { kty = "RSA", use = "sig", alg = "RS256", kid = "k1", n = Base64UrlEncoder.Encode(parameters.Modulus), e = Base64UrlEncoder.Encode(parameters.Exponent) }],
            }));
            await app.StartAsync();
            return new Issuer(app, app.Urls.First());
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
