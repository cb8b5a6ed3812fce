using System.Text.RegularExpressions;
using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Binding;

/// <summary>Recognises secrets by the names of their keys, in parts of a file that Clew keeps and does not understand.</summary>
internal static partial class SecretNames
{
    private static readonly string[] s_words =
    [
        "password", "passwd", "secret", "token", "api_key", "apikey", "access_key", "accesskey", "account_key", "private_key", "key_pem", "authorization",
        "credential", "htpasswd", "connection_string", "cookie",
    ];

    /// <summary>Maps whose every value may be a secret.</summary>
    private static readonly string[] s_maps = ["headers", "remote_write_headers"];

    public static bool IsSecret(string key)
    {
        foreach (var word in s_words)
        {
            if (key.Contains(word, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The same tree with its secrets marked, so that they print as <c>***</c>.</summary>
    public static ConfigNode Mark(ConfigNode node, string key = "", bool secret = false)
    {
        secret = secret || IsSecret(key);
        switch (node)
        {
            case ConfigScalar scalar:
                var isSecret = secret && !scalar.IsNull && scalar.Text is not ("true" or "false");
                return new ConfigScalar(isSecret ? scalar.Text : WithoutUserInfo(scalar.Text), scalar.Mark, scalar.IsPlain, isSecret);
            case ConfigList list:
                return new ConfigList([.. list.Items.Select(item => Mark(item, key, secret))], list.Mark);
            case ConfigMap map:
                var all = secret || s_maps.Contains(key);
                return new ConfigMap([.. map.Entries.Select(entry => entry with { Value = Mark(entry.Value, entry.Key, all) })], map.Mark);
            default:
                return node;
        }
    }

    /// <summary>A URL without the password that it may carry.</summary>
    public static string WithoutUserInfo(string text) =>
        text.Contains('@', StringComparison.Ordinal) ? UserInfo().Replace(text, $"$1{Secret.Mask}@") : text;

    [GeneratedRegex(@"(\w://[^\s/:@]*:)[^\s/@]+@")]
    private static partial Regex UserInfo();
}
