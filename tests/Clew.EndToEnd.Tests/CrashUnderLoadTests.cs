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

    /// <summary>Writing one block makes about this many files appear and be renamed.</summary>
    private const int FileEventsOfABlock = 14;

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
            // Every second round moves spans to a block soon, and is killed while it does.
            var cutting = round % 2 == 1;
            string[] settings = cutting ? ["--set", "storage.head.trace_idle=100ms", "--set", "storage.head.trace_max_age=1s"] : [];
            await using (var process = await ClewProcess.StartAsync(_data.Path, settings))
            {
                await using var load = new Load(process, seed + round, $"round {round}");
                await (cutting ? CuttingAsync(load, random.Next(1, FileEventsOfABlock)) : load.UntilAcknowledgedAsync(random.Next(20, 400)));
                // A moment between two steps, too: the kill is not to follow always at the same distance.
                Thread.SpinWait(random.Next(200_000));
                await process.KillAsync();
                loads.Add(await load.StopAsync());
            }

            await using var restarted = await ClewProcess.StartAsync(_data.Path, settings);
            var commits = Commits;
            output.WriteLine($"round {round}: {loads[^1].AcknowledgedRequests} requests were acknowledged, blocks were committed {commits} times");
            await loads[^1].AssertVisibleOnceAsync(restarted);
            await loads[^1].ResendUnansweredAsync(restarted);
            if (cutting)
            {
                await Poll.UntilAsync(() => Task.FromResult(Commits > commits), () => $"no block was committed. clew said:\n{restarted.Output}");
            }

            await restarted.KillAsync();
        }

        await using var final = await ClewProcess.StartAsync(_data.Path);
        foreach (var load in loads)
        {
            await load.AssertVisibleOnceAsync(final);
            await load.AssertSearchedOnceAsync(final);
        }
    }

    // Entries of the manifest: a block counts, and the log it came from goes, only with its entry.
    private int Commits => Directory.GetFiles(_data.Path, "0*.json", SearchOption.AllDirectories)
        .Count(static file => Path.GetFileName(Path.GetDirectoryName(file)) == "manifest");

    private async Task CuttingAsync(Load load, int fileEvents)
    {
        using var files = new FileEvents(_data.Path, fileEvents);
        await files.Reached.WaitAsync(Poll.Deadline);
        Assert.NotEqual(0, load.Acknowledged);
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
