using System.CommandLine;
using System.Net;

namespace Clew.Server.Commands;

/// <summary>Asks a running server, for the commands that do; what goes wrong is told in a sentence.</summary>
internal sealed class ServerClient(string server, string? tenant, InvocationConfiguration console)
{
    public const string TenantHeader = "X-Scope-OrgID";

    /// <summary>The environment variable with the token for a server with <c>auth.tokens</c>: an argument would show in every list of processes.</summary>
    public const string TokenVariable = "CLEW_TOKEN";

    public static Option<string> ServerOption() => new("--server")
    {
        Description = "The server's address", DefaultValueFactory = _ => Environment.GetEnvironmentVariable("CLEW_SERVER") ?? "http://127.0.0.1:3200",
    };

    public static Option<string?> TenantOption(string description = "The tenant to ask as, when the server has tenants") => new("--tenant") { Description = description };

    /// <summary>Gets a path and hands the body on; the result is the exit code.</summary>
    public Task<int> GetAsync(string path, Func<string, Task> onBody, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, path, onBody, cancellationToken);

    /// <summary>Asks and hands the body on; the result is the exit code.</summary>
    public Task<int> SendAsync(HttpMethod method, string path, Func<string, Task> onBody, CancellationToken cancellationToken) =>
        AskAsync(
            method, path, HttpCompletionOption.ResponseContentRead,
            async response => await onBody(await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false), cancellationToken);

    /// <summary>Gets a path whose body comes line by line, and prints each line as it comes.</summary>
    public Task<int> StreamAsync(string path, CancellationToken cancellationToken) =>
        AskAsync(
            HttpMethod.Get, path, HttpCompletionOption.ResponseHeadersRead,
            async response =>
            {
                using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
                while (await lines.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
                {
                    await console.Output.WriteLineAsync(line).ConfigureAwait(false);
                }
            },
            cancellationToken);

    private async Task<int> AskAsync(
        HttpMethod method, string path, HttpCompletionOption completion, Func<HttpResponseMessage, Task> onAnswer, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(server.Contains("://", StringComparison.Ordinal) ? server : $"http://{server}", UriKind.Absolute, out var address))
        {
            await console.Error.WriteLineAsync($"clew: server '{server}' is not an address; use http://host:3200").ConfigureAwait(false);
            return ExitCode.ConfigurationError;
        }

        using var client = new HttpClient { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        if (tenant is not null)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation(TenantHeader, tenant);
        }

        if (Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } token)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        }

        try
        {
            using var request = new HttpRequestMessage(method, path);
            using var response = await client.SendAsync(request, completion, cancellationToken).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                await onAnswer(response).ConfigureAwait(false);
                return ExitCode.Ok;
            }

            var body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            var reason = body.Length > 0 ? body.TrimEnd() : $"the server answered {(int)response.StatusCode}";
            var wayOut = response.Headers.WwwAuthenticate.Count > 0 ? $"; put it into {TokenVariable}" : response.StatusCode is HttpStatusCode.Unauthorized && tenant is null ? "; this server has tenants, name one with --tenant" : "";
            await console.Error.WriteLineAsync($"clew: {reason}{wayOut}").ConfigureAwait(false);
            return ExitCode.RuntimeFailure;
        }
        catch (HttpRequestException fault)
        {
            await console.Error.WriteLineAsync($"clew: no answer from {address}: {fault.Message.TrimEnd('.')}. Is the server running? Name another with --server.").ConfigureAwait(false);
            return ExitCode.RuntimeFailure;
        }
    }
}
