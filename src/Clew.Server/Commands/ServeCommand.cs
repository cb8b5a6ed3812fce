using System.CommandLine;
using Clew.Server.Configuration;

namespace Clew.Server.Commands;

/// <summary><c>clew serve</c>, and <c>clew</c> alone.</summary>
internal static class ServeCommand
{
    public static Command Create(Func<ClewConfig, CancellationToken, Task<int>> serve, IConfigEnvironment environment)
    {
        var command = new Command("serve", "Run the server (the default)");
        Configure(command, serve, environment);
        return command;
    }

    public static void Configure(Command command, Func<ClewConfig, CancellationToken, Task<int>> serve, IConfigEnvironment environment)
    {
        var options = new ConfigOptions();
        options.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var error = parsed.InvocationConfiguration.Error;
            if (await LoadAsync(options.Read(parsed), environment, error).ConfigureAwait(false) is not { Config: { } config })
            {
                return ExitCode.ConfigurationError;
            }

            var missing = config.NotInThisVersion.Where(static note => note.Refuses).ToList();
            if (missing.Count == 0)
            {
                return await serve(config, cancellationToken).ConfigureAwait(false);
            }

            await error.WriteLineAsync(
                "Not started: this version cannot do everything that the configuration asks for, and would do something weaker.").ConfigureAwait(false);
            foreach (var note in missing)
            {
                await error.WriteLineAsync($"  {note.Component} ({note.Where}): {note.Why}. Until then: {note.WayOut}").ConfigureAwait(false);
            }

            return ExitCode.ConfigurationError;
        });
    }

    /// <summary>Loads a configuration, or prints everything that is wrong with it and returns null.</summary>
    public static async Task<ConfigResult?> LoadAsync(ConfigRequest request, IConfigEnvironment environment, TextWriter error)
    {
        var result = ConfigLoader.Load(request, environment);
        if (result.Config is not null)
        {
            return result;
        }

        foreach (var line in result.Errors)
        {
            await error.WriteLineAsync($"error: {line}").ConfigureAwait(false);
        }

        foreach (var line in result.Warnings)
        {
            await error.WriteLineAsync($"warning: {line}").ConfigureAwait(false);
        }

        await error.WriteLineAsync($"The configuration has {result.Errors.Count} error{(result.Errors.Count == 1 ? "" : "s")}.").ConfigureAwait(false);
        return null;
    }
}
