using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Clew.Bench.Passthrough;

/// <summary>The processes of a measurement: the program that is measured, its sender and its next hop.</summary>
internal static class BenchProcess
{
    public static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardInput = true })!;

    /// <summary>Waits a minute at most.</summary>
    public static async Task WaitForPortAsync(int port)
    {
        for (var attempt = 0; attempt < 600; attempt++)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(100);
            }
        }

        throw new TimeoutException($"nothing listens on port {port}");
    }

    public static string? Option(string[] args, string name) => Array.IndexOf(args, name) is >= 0 and var index && index + 1 < args.Length ? args[index + 1] : null;
}

/// <summary>What the sink has counted: spans, and different numbers of requests.</summary>
internal readonly record struct SinkCount(long Spans, long Requests)
{
    public static SinkCount Parse(string line)
    {
        var numbers = line.Split(' ');
        return new(long.Parse(numbers[0], CultureInfo.InvariantCulture), long.Parse(numbers[1], CultureInfo.InvariantCulture));
    }
}
