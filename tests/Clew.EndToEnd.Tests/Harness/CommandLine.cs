using System.Diagnostics;

namespace Clew.EndToEnd.Tests.Harness;

/// <summary>Runs a command of the program that ends by itself.</summary>
internal static class CommandLine
{
    /// <summary>The exit code, and everything it said on both outputs.</summary>
    public static Task<(int Code, string Output)> RunAsync(string folder, params string[] arguments) => RunProgramAsync(Repository.Program, folder, arguments);

    /// <summary>The same of any program.</summary>
    public static async Task<(int Code, string Output)> RunProgramAsync(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = folder,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var deadline = new CancellationTokenSource(Poll.Deadline);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} still runs after {Poll.Deadline.TotalSeconds:F0} s");
        }

        return (process.ExitCode, await output + await error);
    }
}
