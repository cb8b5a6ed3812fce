using Clew.Server.Configuration;
using Clew.Server.Configuration.Rendering;

namespace Clew.Server.Tests.Configuration;

public sealed class RenderingTests
{
    [Fact]
    public void Summary_of_nothing_shows_the_defaults() =>
        Golden.Matches("defaults.summary.txt", StartupSummary.Render(Load.Machine.Files().Good(), "0.0.0"));

    [Fact]
    public void Effective_configuration_of_nothing_is_all_defaults() =>
        Golden.Matches("defaults.config.yaml", EffectiveWriter.Yaml(Load.Machine.Files().Effective!));

    [Fact]
    public void Components_are_listed() => Golden.Matches("components.yaml", ComponentsReport.Render("0.0.0"));

    [Fact]
    public void Reference_page_in_the_repository_is_the_generated_one() =>
        Golden.MatchesFile(Path.GetFullPath(Path.Combine(Golden.Folder(), "..", "..", "docs", "configuration.md")), ReferencePage.Generate());
}
