using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration;

/// <summary>Charts evaluate templates inside their values; Clew does not, and says so rather than using the braces as a value.</summary>
internal static class HelmTemplates
{
    public static void Warn(ConfigNode node, ConfigProblems problems)
    {
        switch (node)
        {
            case ConfigScalar scalar when scalar.Mark.Document.Kind is DocumentKind.CollectorChart or DocumentKind.TempoChart
                && scalar.Text.Contains("{{", StringComparison.Ordinal) && scalar.Text.Contains("}}", StringComparison.Ordinal):
                problems.Warn(scalar.Mark, "the template {{ … }} is not evaluated; write the value itself");
                break;
            case ConfigList list:
                foreach (var item in list.Items)
                {
                    Warn(item, problems);
                }

                break;
            case ConfigMap map:
                foreach (var entry in map.Entries)
                {
                    Warn(entry.Value, problems);
                }

                break;
        }
    }
}
