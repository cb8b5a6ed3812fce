using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration;

/// <summary>Tells which sections of a finished configuration each source decided.</summary>
internal static class ConfigSources
{
    public static ValueList<ConfigSource> Describe(IReadOnlyList<SourceDocument> documents, ConfigMap tree)
    {
        var sections = new Dictionary<SourceDocument, List<string>>();
        foreach (var entry in tree.Entries)
        {
            Visit(entry.Value, entry.Key, sections);
        }

        return documents
            .Select(document => new ConfigSource(
                document.Name,
                document.Name.StartsWith("--", StringComparison.Ordinal) ? "command line" : FileRecognizer.Describe(document.Kind),
                sections.GetValueOrDefault(document, []).ToValueList()))
            .ToValueList();
    }

    private static void Visit(ConfigNode node, string section, Dictionary<SourceDocument, List<string>> sections)
    {
        switch (node)
        {
            case ConfigMap { Entries.Count: > 0 } map:
                foreach (var entry in map.Entries)
                {
                    Visit(entry.Value, section, sections);
                }

                break;
            case ConfigList { Items.Count: > 0 } list:
                foreach (var item in list.Items)
                {
                    Visit(item, section, sections);
                }

                break;
            default:
                if (!sections.TryGetValue(node.Mark.Document, out var known))
                {
                    sections[node.Mark.Document] = known = [];
                }

                if (!known.Contains(section))
                {
                    known.Add(section);
                }

                break;
        }
    }
}
