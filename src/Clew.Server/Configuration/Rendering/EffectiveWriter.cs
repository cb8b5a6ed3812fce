using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Rendering;

/// <summary>
/// Prints the effective configuration. The YAML form is a Clew file (secrets apart: they are <c>***</c>) with each value's source as a
/// comment; the JSON form has the values under <c>config</c> and the sources by path under <c>sources</c>.
/// </summary>
internal static class EffectiveWriter
{
    private const int IndentSize = 2;

    private static readonly JsonWriterOptions s_jsonOptions = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Yaml(ConfigMap effective)
    {
        var text = new StringBuilder();
        WriteMap(text, effective, 0);
        return text.ToString();
    }

    public static string Json(ConfigMap effective)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, s_jsonOptions))
        {
            json.WriteStartObject();
            json.WritePropertyName("config");
            WriteValue(json, effective);
            json.WritePropertyName("sources");
            json.WriteStartObject();
            WriteSources(json, effective, "");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    private static void WriteMap(StringBuilder text, ConfigMap map, int indent)
    {
        foreach (var entry in map.Entries)
        {
            text.Append(' ', indent).Append(YamlText.Quote(entry.Key)).Append(':');
            WriteAfterKey(text, entry.Value, indent + IndentSize);
        }
    }

    private static void WriteAfterKey(StringBuilder text, ConfigNode node, int indent)
    {
        switch (node)
        {
            case ConfigMap { Entries.Count: > 0 } map:
                text.Append('\n');
                WriteMap(text, map, indent);
                break;
            case ConfigList { Items.Count: > 0 } list when list.Items.Any(static item => item is not ConfigScalar):
                text.Append('\n');
                foreach (var item in list.Items)
                {
                    text.Append(' ', indent).Append('-');
                    WriteAfterKey(text, item, indent + IndentSize);
                }

                break;
            case ConfigList list:
                text.Append(" [").AppendJoin(", ", list.Items.Cast<ConfigScalar>().Select(Escaped)).Append(']');
                WriteSource(text, Sources(list));
                break;
            case ConfigScalar scalar:
                text.Append(' ').Append(Escaped(scalar));
                WriteSource(text, scalar.Mark.ToString());
                break;
            default:
                text.Append(" {}");
                WriteSource(text, node.Mark.ToString());
                break;
        }
    }

    private static void WriteSource(StringBuilder text, string source) => text.Append("  # ").Append(source).Append('\n');

    /// <summary>The items of one list can come from several places: a chart adds receivers to a written list.</summary>
    private static string Sources(ConfigList list)
    {
        var places = new List<string>();
        foreach (var item in list.Items)
        {
            var isInList = item.Mark.Document == list.Mark.Document && item.Mark.Via == list.Mark.Via;
            var place = isInList ? list.Mark.ToString() : $"{((ConfigScalar)item).Text}: {item.Mark}";
            if (!places.Contains(place))
            {
                places.Add(place);
            }
        }

        return places.Count == 0 ? list.Mark.ToString() : string.Join("; ", places);
    }

    // A dollar sign that is printed must not be taken for an expression when the text is read again.
    private static string Escaped(ConfigScalar scalar) => YamlText.Scalar(scalar).Replace("$", "$$", StringComparison.Ordinal);

    private static void WriteValue(Utf8JsonWriter json, ConfigNode node)
    {
        switch (node)
        {
            case ConfigMap map:
                json.WriteStartObject();
                foreach (var entry in map.Entries)
                {
                    json.WritePropertyName(entry.Key);
                    WriteValue(json, entry.Value);
                }

                json.WriteEndObject();
                break;
            case ConfigList list:
                json.WriteStartArray();
                foreach (var item in list.Items)
                {
                    WriteValue(json, item);
                }

                json.WriteEndArray();
                break;
            case ConfigScalar scalar:
                WriteScalar(json, scalar);
                break;
        }
    }

    private static void WriteScalar(Utf8JsonWriter json, ConfigScalar scalar)
    {
        if (scalar.IsSecret)
        {
            json.WriteStringValue(Secret.Mask);
        }
        else if (scalar.IsNull)
        {
            json.WriteNullValue();
        }
        else if (scalar.IsPlain && scalar.Text is "true" or "false")
        {
            json.WriteBooleanValue(scalar.Text == "true");
        }
        else if (scalar.IsPlain && IsJsonNumber(scalar.Text))
        {
            json.WriteRawValue(scalar.Text);
        }
        else
        {
            json.WriteStringValue(scalar.Text);
        }
    }

    private static bool IsJsonNumber(string text)
    {
        if (!char.IsAsciiDigit(text[0]) && text[0] != '-')
        {
            return false;
        }

        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.Number && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>As <c>--set</c> takes it: with double colons once a key has a dot in it.</summary>
    private static string PathOf(string path, string key)
    {
        if (path.Length == 0)
        {
            return key;
        }

        var isDelimited = path.Contains("::", StringComparison.Ordinal);
        return !isDelimited && !key.Contains('.', StringComparison.Ordinal)
            ? $"{path}.{key}"
            : $"{(isDelimited ? path : path.Replace(".", "::", StringComparison.Ordinal))}::{key}";
    }

    private static void WriteSources(Utf8JsonWriter json, ConfigNode node, string path)
    {
        switch (node)
        {
            case ConfigMap { Entries.Count: > 0 } map:
                foreach (var entry in map.Entries)
                {
                    WriteSources(json, entry.Value, PathOf(path, entry.Key));
                }

                break;
            case ConfigList list when list.Items.All(static item => item is ConfigScalar):
                json.WriteString(path, Sources(list));
                break;
            case ConfigList list:
                for (var i = 0; i < list.Items.Count; i++)
                {
                    WriteSources(json, list.Items[i], $"{path}[{i}]");
                }

                break;
            default:
                json.WriteString(path, node.Mark.ToString());
                break;
        }
    }
}
