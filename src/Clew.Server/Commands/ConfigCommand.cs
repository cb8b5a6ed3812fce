using System.CommandLine;
using Clew.Server.Configuration;
using Clew.Server.Configuration.Rendering;

namespace Clew.Server.Commands;

/// <summary><c>clew config</c>: every setting, its value and where it comes from.</summary>
internal static class ConfigCommand
{
    private const string YamlFormat = "yaml";
    private const string JsonFormat = "json";

    public static Command Create(IConfigEnvironment environment)
    {
        var options = new ConfigOptions();
        var format = new Option<string>("--format") { Description = "yaml or json", HelpName = "FORMAT", DefaultValueFactory = static _ => YamlFormat };
        format.AcceptOnlyFromAmong(YamlFormat, JsonFormat);
        var command = new Command("config", "Print every setting with its value and where it comes from; secrets print as ***");
        command.Aliases.Add("print-config");
        options.AddTo(command);
        command.Options.Add(format);
        command.SetAction(async (parsed, _) =>
        {
            var result = await ServeCommand.LoadAsync(options.Read(parsed), environment, parsed.InvocationConfiguration.Error).ConfigureAwait(false);
            if (result?.Effective is not { } effective)
            {
                return ExitCode.ConfigurationError;
            }

            var text = parsed.GetValue(format) == JsonFormat ? EffectiveWriter.Json(effective) : EffectiveWriter.Yaml(effective);
            await parsed.InvocationConfiguration.Output.WriteAsync(text).ConfigureAwait(false);
            return ExitCode.Ok;
        });
        return command;
    }
}
