using System.Diagnostics;
using System.Text.Json;
using Clew.EndToEnd.Tests.Harness;

namespace Clew.EndToEnd.Tests;

/// <summary><c>clew demo</c> without a number of requests, as a newcomer starts and stops it.</summary>
public sealed class DemoTests(RunningClew clew) : IClassFixture<RunningClew>
{
    private const int Sigint = 2;

    [Fact]
    public async Task Endless_demo_ends_well_when_it_is_interrupted_and_reports_what_it_sent()
    {
        var start = new ProcessStartInfo(Repository.Program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["demo", "--rate", "50", "--endpoint", clew.Process.OtlpGrpc.ToString()])
        {
            start.ArgumentList.Add(argument);
        }

        using var demo = Process.Start(start)!;
        try
        {
            var said = await demo.StandardOutput.ReadLineAsync();
            Assert.Contains("until you stop it (Ctrl+C), seed ", said);
            await Poll.UntilAsync(
                async () => (await clew.Api.SearchAsync("{ resource.service.name = \"frontend\" }")).Count > 0, () => $"no trace of the demo; it said {said}");

            Assert.Equal(0, NativeMethods.Kill(demo.Id, Sigint));

            using var deadline = new CancellationTokenSource(Poll.Deadline);
            await demo.WaitForExitAsync(deadline.Token);
            Assert.Equal(0, demo.ExitCode);
            using var report = JsonDocument.Parse(await demo.StandardOutput.ReadToEndAsync());
            Assert.True(report.RootElement.GetProperty("requests").GetInt64() > 0);
        }
        finally
        {
            demo.Kill();
        }
    }
}
