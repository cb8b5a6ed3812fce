using System.CommandLine;
using Clew.Server.Configuration;
using Clew.Server.Configuration.Rendering;

namespace Clew.Server.Commands;

/// <summary><c>clew validate</c>: says what is wrong, or what would run.</summary>
internal static class ValidateCommand
{
    public static Command Create(IConfigEnvironment environment)
    {
        var options = new ConfigOptions();
        var command = new Command("validate", "Check the configuration and show what it would run; nothing is started");
        command.Aliases.Add("check");
        options.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var error = parsed.InvocationConfiguration.Error;
            if (await ServeCommand.LoadAsync(options.Read(parsed), environment, error).ConfigureAwait(false) is not { Config: { } config })
            {
                return ExitCode.ConfigurationError;
            }

            await output.WriteAsync(StartupSummary.Render(config, ClewCommandLine.Version)).ConfigureAwait(false);
            await output.WriteLineAsync().ConfigureAwait(false);
            await output.WriteLineAsync(config.NotInThisVersion.Any(static note => note.Refuses)
                ? "The configuration is valid. This version refuses to serve it: see 'Not in this version yet'."
                : "The configuration is valid.").ConfigureAwait(false);
            return ExitCode.Ok;
        });
        return command;
    }
}
