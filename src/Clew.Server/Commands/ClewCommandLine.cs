using System.CommandLine;
using System.Reflection;
using Clew.Server.Configuration;
using Clew.Server.Configuration.Binding;

namespace Clew.Server.Commands;

/// <summary>The command line of <c>clew</c>: what the verbs are and what each is given.</summary>
internal static class ClewCommandLine
{
    /// <summary>The version of this program, without the build's hash.</summary>
    public static string Version { get; } =
        (typeof(ClewCommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];

    /// <summary>
    /// The whole tree of commands. <paramref name="serve"/> runs the server until it is told to stop and returns an exit code;
    /// <paramref name="more"/> are the commands of other rooms: query, trace, demo and so on.
    /// </summary>
    public static RootCommand Build(Func<ClewConfig, CancellationToken, Task<int>> serve, params IEnumerable<Command> more) =>
        Build(serve, ProcessEnvironment.Instance, more);

    internal static RootCommand Build(
        Func<ClewConfig, CancellationToken, Task<int>> serve,
        IConfigEnvironment environment,
        IEnumerable<Command> more)
    {
        var root = new RootCommand("Clew collects distributed traces, stores them, answers TraceQL and shows them. Without a command it serves.")
        {
            HelpName = "clew",
        };
        ServeCommand.Configure(root, serve, environment);
        root.Subcommands.Add(ServeCommand.Create(serve, environment));
        root.Subcommands.Add(ValidateCommand.Create(environment));
        root.Subcommands.Add(ConfigCommand.Create(environment));
        root.Subcommands.Add(ComponentsCommand.Create());
        foreach (var command in more)
        {
            root.Subcommands.Add(command);
        }

        return root;
    }

    /// <summary>Runs one command line. A line that cannot be understood is a configuration error.</summary>
    public static async Task<int> RunAsync(RootCommand root, IReadOnlyList<string> args, InvocationConfiguration? output = null)
    {
        var invocation = output ?? new InvocationConfiguration();

        // The server drains in its own time and listens for a second signal itself.
        invocation.ProcessTerminationTimeout = null;
        var parsed = root.Parse(args);
        var errors = parsed.Errors.Select(static error => error.Message).Concat(MisplacedOptions(root, parsed)).ToList();
        if (errors.Count == 0)
        {
            return await parsed.InvokeAsync(invocation).ConfigureAwait(false);
        }

        foreach (var error in errors)
        {
            await invocation.Error.WriteLineAsync(error).ConfigureAwait(false);
        }

        if (Suggestion(root, parsed) is { } suggestion)
        {
            await invocation.Error.WriteLineAsync($"Did you mean '{suggestion}'?").ConfigureAwait(false);
        }

        await invocation.Error.WriteLineAsync("clew --help lists commands and options.").ConfigureAwait(false);
        return ExitCode.ConfigurationError;
    }

    /// <summary>The command or option that a word which is neither was probably meant to be.</summary>
    private static string? Suggestion(RootCommand root, ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var options = command.Options.SelectMany(static option => option.Aliases.Prepend(option.Name));
        var words = command == root ? root.Subcommands.SelectMany(static sub => sub.Aliases.Prepend(sub.Name)).Concat(options) : options;
        return parsed.UnmatchedTokens.Count > 0 ? Nearest.Find(parsed.UnmatchedTokens[0], words) : null;
    }

    /// <summary>
    /// Options in front of a command belong to the bare <c>clew</c> and the command does not see them. Rather than ignoring
    /// <c>clew --config x serve</c>, say where the option goes.
    /// </summary>
    private static IEnumerable<string> MisplacedOptions(RootCommand root, ParseResult parsed)
    {
        if (parsed.CommandResult.Command == root)
        {
            yield break;
        }

        foreach (var option in root.Options.Where(static option => !option.Recursive))
        {
            if (parsed.RootCommandResult.GetResult(option) is { Implicit: false } result && result.Parent == parsed.RootCommandResult)
            {
                yield return $"{option.Name} goes behind the command: clew {parsed.CommandResult.Command.Name} {option.Name} ...";
            }
        }
    }
}
