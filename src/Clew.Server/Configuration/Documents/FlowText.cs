using System.Security.Cryptography;
using System.Text;

namespace Clew.Server.Configuration.Documents;

/// <summary>Writes a node in one line: what two components with settings of the same meaning are compared by.</summary>
internal static class FlowText
{
    public static string Of(ConfigNode node)
    {
        var text = new StringBuilder();
        Write(text, node);
        return text.ToString();
    }

    private static void Write(StringBuilder text, ConfigNode node)
    {
        switch (node)
        {
            case ConfigScalar { IsSecret: true } secret:
                // Two secrets are compared, and neither is written anywhere.
                text.Append(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret.Text))));
                break;
            case ConfigScalar scalar:
                text.Append(YamlText.Scalar(scalar));
                break;
            case ConfigList list:
                text.Append('[');
                for (var i = 0; i < list.Items.Count; i++)
                {
                    text.Append(i == 0 ? "" : ", ");
                    Write(text, list.Items[i]);
                }

                text.Append(']');
                break;
            case ConfigMap map:
                text.Append('{');
                for (var i = 0; i < map.Entries.Count; i++)
                {
                    text.Append(i == 0 ? "" : ", ").Append(YamlText.Quote(map.Entries[i].Key)).Append(": ");
                    Write(text, map.Entries[i].Value);
                }

                text.Append('}');
                break;
        }
    }
}
