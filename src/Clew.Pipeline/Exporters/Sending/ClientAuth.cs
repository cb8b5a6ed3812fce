using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Clew.Otlp.Batches;

namespace Clew.Pipeline.Exporters.Sending;

/// <summary>Adds credentials to what an exporter sends.</summary>
public interface IClientAuthenticator
{
    ValueTask AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellationToken);

    /// <summary>
    /// Names of request headers whose values go into what is sent: spans that came with different values leave in different requests.
    /// </summary>
    IReadOnlyList<string> MetadataKeys => [];
}

/// <summary>Whose spans an outgoing request carries, for its authenticator.</summary>
internal static class SenderContext
{
    private static readonly HttpRequestOptionsKey<BatchContext?> s_key = new("clew.context");

    public static void Set(HttpRequestMessage request, BatchContext? context) => request.Options.Set(s_key, context);

    public static BatchContext? Of(HttpRequestMessage request) => request.Options.TryGetValue(s_key, out var context) ? context : null;
}

/// <summary>Asks an authenticator before each request.</summary>
internal sealed class AuthorizingHandler(IClientAuthenticator authenticator, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await authenticator.AuthorizeAsync(request, cancellationToken).ConfigureAwait(false);
        return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }
}

/// <summary><c>basicauth</c> of an exporter.</summary>
public sealed class BasicClientAuth(string user, string password) : IClientAuthenticator
{
    private readonly AuthenticationHeaderValue _header = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    public ValueTask AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = _header;
        return default;
    }
}

/// <summary><c>bearertokenauth</c> of an exporter: a token, or a file that is read again when it changes.</summary>
public sealed class BearerClientAuth(string header, string scheme, string token, string file) : IClientAuthenticator
{
    private (DateTime Written, string Token)? _ofFile;

    public ValueTask AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var value = file.Length > 0 ? OfFile() : token;
        request.Headers.Remove(header);
        request.Headers.TryAddWithoutValidation(header, scheme.Length > 0 ? $"{scheme} {value}" : value);
        return default;
    }

    private string OfFile()
    {
        var written = File.GetLastWriteTimeUtc(file);
        if (_ofFile is not { } known || known.Written != written)
        {
            _ofFile = (written, File.ReadAllText(file).Trim());
        }

        return _ofFile.Value.Token;
    }
}

/// <summary>One header that <c>headers_setter</c> sets.</summary>
/// <param name="Action">insert, update, upsert or delete.</param>
/// <param name="Key">The header's name.</param>
/// <param name="Value">A fixed value; not looked at when one of the next two is given.</param>
/// <param name="FromContext">A header that the spans came with (the receiver's <c>include_metadata</c>).</param>
/// <param name="FromAttribute">What the receiver's authenticator found out about the sender.</param>
/// <param name="DefaultValue">In place of a value that is not there; empty: the header is left alone.</param>
public sealed record HeaderSetting(string Action, string Key, string Value, string FromContext = "", string FromAttribute = "", string DefaultValue = "")
{
    internal string ValueFor(BatchContext? context)
    {
        if (FromContext.Length == 0 && FromAttribute.Length == 0)
        {
            return Value;
        }

        var found = FromContext.Length > 0 ? context?.Metadata.GetValueOrDefault(FromContext.ToLowerInvariant()) : context?.Auth.GetValueOrDefault(FromAttribute);
        return found is [var first, ..] && first.Length > 0 ? first : DefaultValue;
    }
}

/// <summary>
/// <c>headers_setter</c>: headers on every request, fixed or as the spans came. What waits in a queue on disk has its sender's headers as
/// long as the process lives; after a restart the default takes their place.
/// </summary>
public sealed class HeaderSettingAuth(IReadOnlyList<HeaderSetting> headers) : IClientAuthenticator
{
    public IReadOnlyList<string> MetadataKeys { get; } = [.. headers.Select(static header => header.FromContext).Where(static key => key.Length > 0)];

    public ValueTask AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var context = SenderContext.Of(request);
        foreach (var header in headers)
        {
            var (action, key, value) = (header.Action, header.Key, header.ValueFor(context));
            if (value.Length == 0 && action != "delete")
            {
                continue;
            }

            var isThere = request.Headers.Contains(key);
            if (action == "delete" || action == "upsert" || (action == "update" && isThere))
            {
                request.Headers.Remove(key);
            }

            if (action == "upsert" || (action == "insert" && !isThere) || (action == "update" && isThere))
            {
                request.Headers.TryAddWithoutValidation(key, value);
            }
        }

        return default;
    }
}

/// <summary><c>oauth2client</c>: a token by client credentials, asked for again shortly before it expires.</summary>
public sealed class OAuth2ClientAuth(Uri tokenUrl, string clientId, string clientSecret, IReadOnlyList<string> scopes, TimeProvider clock) : IClientAuthenticator, IDisposable
{
    private static readonly TimeSpan s_early = TimeSpan.FromSeconds(30);

    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(10) };
    private readonly SemaphoreSlim _gate = new(1, 1);
    private string _token = "";
    private DateTimeOffset _expires;

    public async ValueTask AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_token.Length == 0 || clock.GetUtcNow() >= _expires - s_early)
            {
                await RefreshAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _gate.Release();
        }

        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
    }

    public void Dispose() => _client.Dispose();

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = clientId, ["client_secret"] = clientSecret };
        if (scopes.Count > 0)
        {
            form["scope"] = string.Join(' ', scopes);
        }

        using var response = await _client.PostAsync(tokenUrl, new FormUrlEncodedContent(form), cancellationToken).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false));
        _token = answer.RootElement.GetProperty("access_token").GetString() ?? "";
        _expires = clock.GetUtcNow().AddSeconds(answer.RootElement.TryGetProperty("expires_in", out var seconds) && seconds.TryGetInt32(out var value) ? value : 300);
    }
}
