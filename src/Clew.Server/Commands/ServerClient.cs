using System.CommandLine;
using System.Net;

namespace Clew.Server.Commands;

/// <summary>Asks a running server, for the commands that do; what goes wrong is told in a sentence.</summary>
internal sealed class ServerClient(string server, string? tenant, InvocationConfiguration console)
{
    public const string TenantHeader = "X-Scope-OrgID";

    public static Option<string> ServerOption() => new("--server")
    {
        Description = "The server's address", DefaultValueFactory = _ => Environment.GetEnvironmentVariable("CLEW_SERVER") ?? "http://127.0.0.1:3200",
    };

    public static Option<string?> TenantOption(string description = "The tenant to ask as, when the server has tenants") => new("--tenant") { Description = description };

    /// <summary>Gets a path and hands the body on; the result is the exit code.</summary>
    public async Task<int> GetAsync(string path, Func<string, Task> onBody, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(server.Contains("://", StringComparison.Ordinal) ? server : $"http://{server}", UriKind.Absolute, out var address))
        {
            await console.Error.WriteLineAsync($"clew: server '{server}' is not an address; use http://host:3200").ConfigureAwait(false);
            return ExitCode.ConfigurationError;
        }

        using var client = new HttpClient { BaseAddress = address };
        if (tenant is not null)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation(TenantHeader, tenant);
        }

        try
        {
            using var response = await client.GetAsync(path, cancellationToken).ConfigureAwait(false);
            var body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                await onBody(body).ConfigureAwait(false);
                return ExitCode.Ok;
            }

            var reason = body.Length > 0 ? body.TrimEnd() : $"the server answered {(int)response.StatusCode}";
            var wayOut = response.StatusCode is HttpStatusCode.Unauthorized && tenant is null ? "; this server has tenants, name one with --tenant" : "";
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
