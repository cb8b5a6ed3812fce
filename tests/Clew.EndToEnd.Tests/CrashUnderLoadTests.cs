using System.Globalization;
using Clew.EndToEnd.Tests.Harness;

namespace Clew.EndToEnd.Tests;

/// <summary>
/// <c>kill -9</c> at random moments while spans stream in, again and again on one data folder. CLEW_KILL_ROUNDS asks for more rounds,
/// CLEW_SEED for other moments.
/// </summary>
public sealed class CrashUnderLoadTests(ITestOutputHelper output) : IDisposable
{
    private const int DefaultRounds = 4;
    private const int DefaultSeed = 20_260;

    private readonly TempFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Acknowledged_spans_survive_and_resent_ones_are_visible_once()
    {
        var (rounds, seed) = (Setting("CLEW_KILL_ROUNDS", DefaultRounds), Setting("CLEW_SEED", DefaultSeed));
        output.WriteLine($"CLEW_SEED={seed} CLEW_KILL_ROUNDS={rounds}");
        var random = new Random(seed);
        var loads = new List<LoadResult>();
        for (var round = 0; round < rounds; round++)
        {
            await using (var process = await ClewProcess.StartAsync(_data.Path, Settings(round)))
            {
                await using var load = new Load(process, seed + round, $"round {round}");
                await load.UntilAcknowledgedAsync(random.Next(20, 400));
                // A moment between two requests, too: the kill is not to follow an answer always at the same distance.
                Thread.SpinWait(random.Next(200_000));
                await process.KillAsync();
                loads.Add(await load.StopAsync());
            }

            await using var restarted = await ClewProcess.StartAsync(_data.Path, Settings(round));
            var last = loads[^1];
            output.WriteLine($"round {round}: {last.AcknowledgedRequests} requests were acknowledged");
            await last.AssertVisibleOnceAsync(restarted);
            await last.ResendUnansweredAsync(restarted);
            await restarted.KillAsync();
        }

        await using var final = await ClewProcess.StartAsync(_data.Path);
        foreach (var load in loads)
        {
            await load.AssertVisibleOnceAsync(final);
            await load.AssertSearchedOnceAsync(final);
        }
    }

    // Every second round writes blocks while it runs: traces leave the head soon after they came.
    private static string[] Settings(int round) =>
        round % 2 == 0 ? [] : ["--set", "storage.head.trace_idle=100ms", "--set", "storage.head.trace_max_age=1s"];

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
