using System.Diagnostics;
using System.Globalization;

namespace Clew.EndToEnd.Tests.Harness;

/// <summary>
/// Machines of their own (Linux namespaces), each with all ports free, and names for them: so that a text can be followed exactly as it is
/// printed, whatever else runs here. Where the kernel does not allow namespaces the test is skipped and says so.
/// </summary>
internal sealed class PrivateNetwork : IAsyncDisposable
{
    private readonly TempFolder _files = new();
    private readonly List<Process> _machines = [];

    private string Hosts => Path.Combine(_files.Path, "hosts");

    /// <summary>Makes a machine for each list of names; they reach each other by them.</summary>
    public static async Task<PrivateNetwork> CreateAsync(params string[][] machines)
    {
        var network = new PrivateNetwork();
        try
        {
            await File.WriteAllLinesAsync(network.Hosts, ["127.0.0.1 localhost", .. machines.Select(static (names, machine) => $"{AddressOf(machine)} {string.Join(' ', names)}")]);
            for (var machine = 0; machine < machines.Length; machine++)
            {
                await network.AddAsync(machine);
            }

            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>A command as it has to be started to run on a machine; it becomes the program, so that signals reach it.</summary>
    public string[] On(int machine, params string[] command) =>
        ["nsenter", "--target", _machines[machine].Id.ToString(CultureInfo.InvariantCulture), "--user", "--net", "--mount", "--preserve-credentials", "--", .. command];

    public async ValueTask DisposeAsync()
    {
        foreach (var machine in _machines)
        {
            // It waits for the end of its input.
            machine.StandardInput.Close();
            await machine.WaitForExitAsync();
            machine.Dispose();
        }

        _files.Dispose();
    }

    private static string AddressOf(int machine) => $"10.77.0.{(machine + 1).ToString(CultureInfo.InvariantCulture)}";

    private async Task AddAsync(int machine)
    {
        const string Hold = "ip link set lo up && mount --bind \"$0\" /etc/hosts && echo ready && exec cat";
        var holder = Start(machine == 0 ? ["unshare", "--map-root-user", "--net", "--mount", "sh", "-c", Hold, Hosts] : On(0, "unshare", "--net", "--mount", "sh", "-c", Hold, Hosts));
        _machines.Add(holder);
        if (await holder.StandardOutput.ReadLineAsync() != "ready")
        {
            Assert.Skip($"A private network cannot be made here: {(await holder.StandardError.ReadToEndAsync()).Trim()}");
        }

        // Every machine has a cable to the first one; the first has a bridge.
        var port = $"port{machine.ToString(CultureInfo.InvariantCulture)}";
        await RunAsync(0, machine == 0
            ? $"ip link add bridge0 type bridge && ip addr add {AddressOf(0)}/24 dev bridge0 && ip link set bridge0 up"
            : $"ip link add {port} type veth peer name eth0 netns {holder.Id.ToString(CultureInfo.InvariantCulture)} && ip link set {port} master bridge0 up");
        if (machine > 0)
        {
            await RunAsync(machine, $"ip addr add {AddressOf(machine)}/24 dev eth0 && ip link set eth0 up");
        }
    }

    private async Task RunAsync(int machine, string script)
    {
        using var process = Start(On(machine, "sh", "-c", script));
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{script} ended with {process.ExitCode}: {await process.StandardError.ReadToEndAsync()}");
        }
    }

    private static Process Start(string[] command)
    {
        var start = new ProcessStartInfo(command[0]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in command[1..])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }
}
