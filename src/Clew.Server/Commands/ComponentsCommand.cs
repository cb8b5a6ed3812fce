using System.CommandLine;
using Clew.Server.Configuration.Rendering;

namespace Clew.Server.Commands;

/// <summary><c>clew components</c>: the component types.</summary>
internal static class ComponentsCommand
{
    public static Command Create()
    {
        var command = new Command("components", "List the component types, and which of them this version runs");
        command.SetAction(async (parsed, _) =>
        {
            await parsed.InvocationConfiguration.Output.WriteAsync(ComponentsReport.Render(ClewCommandLine.Version)).ConfigureAwait(false);
            return ExitCode.Ok;
        });
        return command;
    }
}
