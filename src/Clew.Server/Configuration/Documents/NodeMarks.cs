namespace Clew.Server.Configuration.Documents;

/// <summary>Changes where nodes say they come from.</summary>
internal static class NodeMarks
{
    /// <summary>
    /// The same tree with every node and key at one place. For text without lines that an operator could look up: a variable, an option, a
    /// default.
    /// </summary>
    public static ConfigNode Relocate(ConfigNode node, SourceMark mark) => node switch
    {
        ConfigScalar scalar => new ConfigScalar(scalar.Text, mark, scalar.IsPlain),
        ConfigList list => new ConfigList([.. list.Items.Select(item => Relocate(item, mark))], mark),
        ConfigMap map => Relocate(map, mark),
        _ => node,
    };

    /// <summary><inheritdoc cref="Relocate(ConfigNode, SourceMark)"/></summary>
    public static ConfigMap Relocate(ConfigMap map, SourceMark mark) =>
        new([.. map.Entries.Select(entry => new ConfigEntry(entry.Key, mark, Relocate(entry.Value, mark)))], mark);

    /// <summary>A text of this program, which must be a map, with every node at one place.</summary>
    public static ConfigMap ReadBuiltIn(string yaml, SourceMark mark) =>
        Relocate((ConfigMap)YamlReader.Read(yaml, mark.Document, new ConfigProblems())!, mark);
}
