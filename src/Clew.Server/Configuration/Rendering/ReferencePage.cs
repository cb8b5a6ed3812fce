using System.Text;
using Clew.Server.Configuration.Binding;
using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Rendering;

/// <summary>
/// Makes <c>docs/configuration.md</c>. The tables come from the code that reads the settings, run once over nothing, so they name every
/// key with its default; a test compares the page in the repository with what this class makes.
/// </summary>
internal static class ReferencePage
{
    private static readonly (string Title, string Yaml)[] s_components =
    [
        ("Receivers", """
            receivers:
              otlp: {protocols: {grpc: {}, http: {}}}
              jaeger: {protocols: {grpc: {}, thrift_http: {}, thrift_compact: {}, thrift_binary: {}}}
              zipkin: {}
            """),
        ("Processors", "processors: {batch: {}, memory_limiter: {}, probabilistic_sampler: {}, attributes: {}, resource: {}, span: {}, filter: {}, transform: {}, redaction: {}, groupbyattrs: {}, tail_sampling: {}, groupbytrace: {}, k8sattributes: {}, resourcedetection: {}}"),
        ("Exporters", "exporters: {store: {}, otlp: {}, otlphttp: {}, debug: {}, zipkin: {}, file: {}, kafka: {}, loadbalancing: {}}"),
        ("Connectors", "connectors: {forward: {}, routing: {}, count: {}}"),
        ("Extensions", "extensions: {health_check: {}, file_storage: {}, zpages: {}, basicauth: {}, bearertokenauth: {}, oidc: {}, oauth2client: {}, headers_setter: {}, jaegerremotesampling: {}}"),
    ];

    public static string Generate()
    {
        var text = new StringBuilder();
        text.Append(ReferenceText.Opening);
        text.Append("\n## Settings of Clew\n\n");
        WriteSections(text, OwnDocs());
        text.Append(ReferenceText.Components);
        foreach (var (title, yaml) in s_components)
        {
            text.Append("\n### ").Append(title).Append('\n');
            WriteComponents(text, ComponentDocs(yaml));
        }

        text.Append(ReferenceText.Known);
        WriteKnown(text);
        text.Append(ReferenceText.Closing);
        return text.ToString();
    }

    private static List<SettingDoc> OwnDocs()
    {
        var docs = new List<SettingDoc>();
        var context = new BindContext(new ConfigProblems()) { Docs = docs };
        var root = Section.Root(context, ConfigMap.Empty(SourceMark.Default));
        OwnSections.Bind(root, new PipelineConfig());
        docs.Add(new SettingDoc("service", "", "", "The Collector's section, with one key of ours."));
        docs.Add(new SettingDoc("service.strict", "true or false", "false", ServiceBinder.StrictText));
        return docs;
    }

    private static List<SettingDoc> ComponentDocs(string yaml)
    {
        var docs = new List<SettingDoc>();
        var context = new BindContext(new ConfigProblems()) { Docs = docs };
        ComponentCatalog.Bind(Section.Root(context, (ConfigMap)YamlReader.Read(yaml, SourceDocument.Default, new ConfigProblems())!));
        return docs;
    }

    /// <summary>A heading for each top-level section, and one table with everything below it.</summary>
    private static void WriteSections(StringBuilder text, List<SettingDoc> docs)
    {
        foreach (var section in docs.GroupBy(static doc => doc.Path.Split('.')[0]))
        {
            var heading = section.First(doc => doc.Path == section.Key);
            text.Append("### `").Append(section.Key).Append("`\n\n").Append(heading.Text).Append("\n\n");
            WriteTable(text, section.Where(doc => doc != heading));
            text.Append('\n');
        }
    }

    private static void WriteComponents(StringBuilder text, List<SettingDoc> docs)
    {
        foreach (var component in docs.GroupBy(static doc => string.Join('.', doc.Path.Split('.').Take(2))))
        {
            var prefix = component.Key + ".";
            text.Append("\n#### `").Append(component.Key.Split('.')[1]).Append("`\n\n");
            WriteTable(text, component.Select(doc => doc with { Path = doc.Path[prefix.Length..] }));
        }
    }

    private static void WriteTable(StringBuilder text, IEnumerable<SettingDoc> docs)
    {
        text.Append("| Key | Type | Default | Meaning |\n|---|---|---|---|\n");
        foreach (var doc in docs.DistinctBy(static doc => doc.Path))
        {
            text.Append("| `").Append(doc.Path).Append("` | ").Append(doc.Type).Append(" | ");
            text.Append(doc.Default.Length > 0 ? $"`{doc.Default}`" : "").Append(" | ");
            text.Append(doc.Text.Replace("|", "\\|", StringComparison.Ordinal)).Append(" |\n");
        }
    }

    private static void WriteKnown(StringBuilder text)
    {
        text.Append("| Kind | Runs | Known, not in this version yet |\n|---|---|---|\n");
        foreach (var kind in Enum.GetValues<ComponentKind>())
        {
            var runs = Capabilities.Of(kind).Where(static type => type.Capability is Capability.Runs or Capability.Metrics);
            var known = Capabilities.Of(kind).Where(static type => type.Capability is Capability.LeftOut or Capability.Refused);
            text.Append("| ").Append(ComponentCatalog.KeyOf(kind)).Append(" | ").AppendJoin(", ", runs.Select(static type => $"`{type.Type}`")).Append(" | ");
            text.AppendJoin(", ", known.Select(static type => $"`{type.Type}`{(type.Capability == Capability.Refused ? "\\*" : "")}")).Append(" |\n");
        }

        text.Append('\n').Append(ReferenceText.KnownSettings);
        text.Append("| Setting | What is missing | Meanwhile |\n|---|---|---|\n");
        foreach (var setting in Capabilities.Settings)
        {
            text.Append("| `").Append(setting.Path).Append('`').Append(setting.Capability == Capability.Refused ? "\\*" : "");
            text.Append(" | ").Append(setting.Why).Append(" | ").Append(setting.WayOut.Length > 0 ? setting.WayOut : "").Append(" |\n");
        }
    }
}
