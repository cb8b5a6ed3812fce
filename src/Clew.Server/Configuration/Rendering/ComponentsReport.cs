using System.Text;
using Clew.Server.Configuration.Binding;

namespace Clew.Server.Configuration.Rendering;

/// <summary>Lists the component types as YAML, in the shape of the Collector's <c>components</c> command.</summary>
internal static class ComponentsReport
{
    private const string Running = "stable";
    private const string Missing = "not in this version yet";

    public static string Render(string version)
    {
        var text = new StringBuilder();
        text.Append("buildinfo:\n  command: clew\n  description: Clew\n  version: ").Append(version).Append('\n');
        foreach (var kind in Enum.GetValues<ComponentKind>())
        {
            text.Append(ComponentCatalog.KeyOf(kind)).Append(":\n");
            foreach (var type in Capabilities.Of(kind).Where(static type => type.Capability != Capability.NotTraces))
            {
                text.Append("  - name: ").Append(type.Type).Append('\n');
                if (type.Aliases.Length > 0)
                {
                    text.Append("    aliases: [").AppendJoin(", ", type.Aliases).Append("]\n");
                }

                var stability = type.Capability is Capability.Runs or Capability.Metrics ? Running : Missing;
                text.Append("    stability: {").Append(kind == ComponentKind.Extensions ? "extension" : "traces").Append(": ").Append(stability).Append("}\n");
            }
        }

        return text.ToString();
    }
}
