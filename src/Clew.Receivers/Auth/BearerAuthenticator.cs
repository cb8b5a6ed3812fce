using System.Security.Cryptography;
using System.Text;
using Clew.Receivers.Intake;
using Microsoft.AspNetCore.Http;

namespace Clew.Receivers.Auth;

/// <summary><c>bearertokenauth</c> of a receiver: one of several tokens, or those of a file, a line each, that is read again when it changes.</summary>
public sealed class BearerAuthenticator(string header, string scheme, IReadOnlyList<string> tokens, string file) : IRequestAuthenticator
{
    private readonly Lock _gate = new();
    private (DateTime Written, string[] Tokens)? _ofFile;

    public ValueTask<AuthOutcome> CheckAsync(IHeaderDictionary headers, CancellationToken cancellationToken) => new(Check(headers));

    private AuthOutcome Check(IHeaderDictionary headers)
    {
        var value = headers[header].ToString();
        if (value.Length == 0)
        {
            return AuthOutcome.Refused($"missing or empty authorization header: {header}");
        }

        var prefix = scheme.Length > 0 ? scheme + " " : "";
        if (!value.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        {
            return AuthOutcome.Refused("invalid scheme or token");
        }

        var given = Encoding.UTF8.GetBytes(value[prefix.Length..]);
        var isGood = false;
        foreach (var token in file.Length > 0 ? OfFile() : tokens)
        {
            // All are compared, each in constant time: how long this takes tells nothing.
            isGood |= CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes(token));
        }

        return isGood ? new AuthOutcome(new Dictionary<string, string[]> { ["raw"] = [value] }, null) : AuthOutcome.Refused("invalid scheme or token");
    }

    private string[] OfFile()
    {
        lock (_gate)
        {
            var written = File.GetLastWriteTimeUtc(file);
            if (_ofFile is not { } known || known.Written != written)
            {
                _ofFile = (written, [.. File.ReadAllLines(file).Select(static line => line.Trim()).Where(static line => line.Length > 0)]);
            }

            return _ofFile.Value.Tokens;
        }
    }
}
