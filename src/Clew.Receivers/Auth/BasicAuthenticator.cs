using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Clew.Receivers.Intake;
using Microsoft.AspNetCore.Http;

namespace Clew.Receivers.Auth;

/// <summary>
/// <c>basicauth</c> of a receiver: users and passwords of an htpasswd text, plain, as {SHA}, as $apr1$ or as bcrypt. The last two are
/// slow on purpose, so that the password which a user was let in with is remembered, hashed with a key of this process.
/// </summary>
public sealed class BasicAuthenticator : IRequestAuthenticator
{
    /// <summary>Characters of a bcrypt hash: version, cost, 22 of salt and 31 of hash.</summary>
    private const int BcryptLength = 60;

    private readonly Dictionary<string, string> _users = [];
    private readonly ConcurrentDictionary<string, byte[]> _known = new();
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>Throws <see cref="FormatException"/> for a line that cannot be used.</summary>
    public BasicAuthenticator(string htpasswd)
    {
        foreach (var line in htpasswd.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                throw new FormatException("a line of htpasswd has the form user:password");
            }

            var password = line[(colon + 1)..];
            if (password.StartsWith("$5$", StringComparison.Ordinal) || password.StartsWith("$6$", StringComparison.Ordinal))
            {
                throw new FormatException($"the password of '{line[..colon]}' is a crypt hash, which cannot be checked here; use bcrypt (htpasswd -B), $apr1$ (-m) or {{SHA}} (-s)");
            }

            if (IsBcrypt(password) && password.Length != BcryptLength)
            {
                throw new FormatException($"the password of '{line[..colon]}' begins like bcrypt and has {password.Length} characters where bcrypt has {BcryptLength}");
            }

            _users[line[..colon]] = password;
        }
    }

    public ValueTask<AuthOutcome> CheckAsync(IHeaderDictionary headers, CancellationToken cancellationToken) => new(Check(headers));

    private AuthOutcome Check(IHeaderDictionary headers)
    {
        const string scheme = "Basic ";
        var header = headers.Authorization.ToString();
        if (!header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
        {
            return AuthOutcome.Refused("no basic auth provided");
        }

        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[scheme.Length..].Trim(), bytes, out var length))
        {
            return AuthOutcome.Refused("invalid authorization header");
        }

        var pair = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || !_users.TryGetValue(pair[..colon], out var expected) || !Knows(pair[..colon], expected, pair[(colon + 1)..]))
        {
            return AuthOutcome.Refused("invalid username or password");
        }

        return new AuthOutcome(new Dictionary<string, string[]> { ["username"] = [pair[..colon]], ["raw"] = [header] }, null);
    }

    private bool Knows(string user, string expected, string password)
    {
        var hashed = HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(password));
        if (_known.TryGetValue(user, out var known) && CryptographicOperations.FixedTimeEquals(known, hashed))
        {
            return true;
        }

        var matches = Matches(expected, password);
        if (matches)
        {
            _known[user] = hashed;
        }

        return matches;
    }

    private static bool IsBcrypt(string password) =>
        password.StartsWith("$2a$", StringComparison.Ordinal) || password.StartsWith("$2b$", StringComparison.Ordinal) || password.StartsWith("$2y$", StringComparison.Ordinal);

    private static bool Matches(string expected, string password)
    {
        if (IsBcrypt(expected))
        {
            return BCrypt.Net.BCrypt.Verify(password, expected);
        }

        var computed = expected.StartsWith("{SHA}", StringComparison.Ordinal)
            ? "{SHA}" + Convert.ToBase64String(SHA1.HashData(Encoding.UTF8.GetBytes(password)))
            : expected.StartsWith("$apr1$", StringComparison.Ordinal) ? Apr1(password, expected.Split('$')[2]) : password;
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(computed), Encoding.UTF8.GetBytes(expected));
    }

    /// <summary>Apache's variant of MD5-crypt: a thousand rounds, and an alphabet of its own.</summary>
    private static string Apr1(string password, string salt)
    {
        const string alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        var (secret, salted) = (Encoding.UTF8.GetBytes(password), Encoding.UTF8.GetBytes(salt.Length > 8 ? salt[..8] : salt));
        var inner = MD5.HashData([.. secret, .. salted, .. secret]);
        var first = new List<byte>([.. secret, .. "$apr1$"u8, .. salted]);
        for (var left = secret.Length; left > 0; left -= 16)
        {
            first.AddRange(inner.AsSpan(0, Math.Min(16, left)));
        }

        for (var bits = secret.Length; bits > 0; bits >>= 1)
        {
            first.Add((bits & 1) != 0 ? (byte)0 : secret[0]);
        }

        var hash = MD5.HashData([.. first]);
        for (var round = 0; round < 1000; round++)
        {
            var bytes = new List<byte>();
            bytes.AddRange(round % 2 != 0 ? secret : hash);
            bytes.AddRange(round % 3 != 0 ? salted : []);
            bytes.AddRange(round % 7 != 0 ? secret : []);
            bytes.AddRange(round % 2 != 0 ? hash : secret);
            hash = MD5.HashData([.. bytes]);
        }

        var text = new StringBuilder("$apr1$").Append(salt).Append('$');
        foreach (var (a, b, c) in ((int, int, int)[])[(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)])
        {
            Append((hash[a] << 16) | (hash[b] << 8) | hash[c], 4);
        }

        Append(hash[11], 2);
        return text.ToString();

        void Append(int value, int count)
        {
            for (; count > 0; count--, value >>= 6)
            {
                text.Append(alphabet[value & 0x3F]);
            }
        }
    }
}
