using System.Diagnostics;
using System.Text.Json;
using Clew.EndToEnd.Tests.Api;

namespace Clew.EndToEnd.Tests.Harness;

/// <summary>Runs one of the programs under tests/clients, which send with a real SDK and print what they sent.</summary>
internal static class ClientProgram
{
    /// <param name="command">The program and its arguments.</param>
    /// <param name="environment">The SDK's own OTEL_ variables.</param>
    public static async Task<List<SpanView>> RunAsync(string[] command, Dictionary<string, string> environment)
    {
        using var json = JsonDocument.Parse(await OutputAsync(command, environment));
        return [.. json.RootElement.GetProperty("spans").EnumerateArray().Select(SpanView.Sent)];
    }

    /// <summary>What the program printed.</summary>
    public static async Task<string> OutputAsync(string[] command, Dictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var argument in command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        // The tests' own environment may hold settings of the SDKs for something else.
        foreach (var name in start.Environment.Keys.Where(static name => name.StartsWith("OTEL_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var deadline = new CancellationTokenSource(Poll.Deadline);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{string.Join(' ', command)} still runs after {Poll.Deadline.TotalSeconds:F0} s: {await errors}");
        }

        Assert.True(process.ExitCode == 0, $"{string.Join(' ', command)} ended with {process.ExitCode}: {await errors}");
        return await output;
    }
}
