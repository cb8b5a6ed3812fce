using System.CommandLine;
using Clew.Server.Configuration;

namespace Clew.Server.Commands;

/// <summary>The command line of <c>clew</c>: what the verbs are and what each is given.</summary>
internal static class ClewCommandLine
{
    /// <param name="serve">Runs the server until it is told to stop, and returns an exit code.</param>
    /// <param name="more">Commands of other rooms: query, trace, demo and so on.</param>
    public static RootCommand Build(Func<ClewConfig, CancellationToken, Task<int>> serve, params IEnumerable<Command> more)
    {
        var root = new RootCommand("Clew collects distributed traces, stores them, answers TraceQL and shows them. Without a command it serves.");
        AddServe(root, serve);
        var serveCommand = new Command("serve", "Run the server (the default)");
        AddServe(serveCommand, serve);
        root.Subcommands.Add(serveCommand);
        foreach (var command in more)
        {
            root.Subcommands.Add(command);
        }

        return root;
    }

    private static void AddServe(Command command, Func<ClewConfig, CancellationToken, Task<int>> serve)
    {
        var options = new ConfigOptions();
        options.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var result = ConfigLoader.Load(options.Read(parsed));
            if (result.Config is null)
            {
                foreach (var error in result.Errors)
                {
                    await parsed.InvocationConfiguration.Error.WriteLineAsync(error).ConfigureAwait(false);
                }

                return ExitCode.ConfigurationError;
            }

            return await serve(result.Config, cancellationToken).ConfigureAwait(false);
        });
    }
}
