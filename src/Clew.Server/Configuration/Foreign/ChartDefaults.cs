using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Foreign;

/// <summary>Reads the defaults of a chart, as text in this program, so that every value says where it comes from.</summary>
internal static class ChartDefaults
{
    public static ConfigMap Read(string text) => (ConfigMap)Mark(YamlReader.Read(text, SourceDocument.ChartDefault, new ConfigProblems())!);

    /// <summary>The same tree without lines: those of a text that the operator never saw would only confuse.</summary>
    public static ConfigNode Mark(ConfigNode node)
    {
        var mark = SourceMark.ChartDefault with { Via = node.Mark.Via };
        return node switch
        {
            ConfigScalar scalar => new ConfigScalar(scalar.Text, mark, scalar.IsPlain),
            ConfigList list => new ConfigList([.. list.Items.Select(Mark)], mark),
            ConfigMap map => new ConfigMap([.. map.Entries.Select(static entry => new ConfigEntry(entry.Key, SourceMark.ChartDefault, Mark(entry.Value)))], mark),
            _ => node,
        };
    }
}
