using System.Globalization;
using Clew.EndToEnd.Tests.Harness;
using Clew.EndToEnd.Tests.Otlp;

namespace Clew.EndToEnd.Tests;

/// <summary>
/// <c>kill -9</c> at random moments while spans stream in, again and again on one data folder, with a full disk in between and one request in
/// twenty sent again, also across the kill. CLEW_KILL_ROUNDS asks for more rounds, CLEW_SEED for other moments; <c>scripts/kills.sh</c> runs a
/// hundred.
/// </summary>
public sealed class CrashUnderLoadTests(ITestOutputHelper output) : IDisposable
{
    private const int DefaultRounds = 5;
    private const int DefaultSeed = 20_260;

    /// <summary>Writing one block makes about this many files appear and be renamed.</summary>
    private const int FileEventsOfABlock = 14;

    private const int DiskMebibytes = 512;

    /// <summary>Of a disk that fills up, what the server finds free.</summary>
    private const long LeftFree = 1 << 20;

    private static readonly string[] Settings = ["--set", "storage.wal.segment_bytes=4MiB"];

    /// <summary>Moves spans to blocks within a moment, so that blocks are cut and merged while spans come.</summary>
    private static readonly string[] CuttingSettings =
        [.. Settings, "--set", "storage.head.trace_idle=100ms", "--set", "storage.head.trace_max_age=1s", "--set", "storage.block.min_interval=100ms"];

    private readonly TempFolder? _folder = Environment.IsPrivilegedProcess ? null : new TempFolder();
    private readonly SmallDisk? _disk = Environment.IsPrivilegedProcess ? new SmallDisk(DiskMebibytes) : null;

    private enum Moment
    {
        Anywhere,
        WhileCutting,
        WhileMerging,
        DiskFull,
    }

    private string Data => _disk?.Path ?? _folder!.Path;

    public void Dispose()
    {
        _folder?.Dispose();
        _disk?.Dispose();
    }

    [Fact]
    public async Task Acknowledged_spans_survive_and_resent_ones_are_counted_once_in_every_answer()
    {
        var (rounds, seed) = (Setting("CLEW_KILL_ROUNDS", DefaultRounds), Setting("CLEW_SEED", DefaultSeed));
        output.WriteLine($"CLEW_SEED={seed} CLEW_KILL_ROUNDS={rounds}{(_disk is null ? "; only root can make a disk of limited size: it will not be full" : "")}");
        var random = new Random(seed);
        var loads = new List<LoadResult>();
        for (var round = 0; round < rounds; round++)
        {
            var moment = (Moment)(round % 4);
            loads.Add(await KilledAsync(moment is Moment.DiskFull && _disk is null ? Moment.Anywhere : moment, random, seed + round, $"round {round}"));
            output.WriteLine($"round {round}, killed {moment}: {loads[^1].AcknowledgedRequests} of {loads[^1].Requests.Count} requests were acknowledged, {Commits} commits");
            await using var restarted = await ClewProcess.StartAsync(Data, round % 2 == 0 ? Settings : CuttingSettings);
            await loads[^1].AssertVisibleOnceAsync(restarted);
            await loads[^1].ResendUnansweredAsync(restarted);
            await loads[random.Next(loads.Count)].ResendSomeAsync(restarted, random);
            await AssertCountedOnceAsync(restarted, loads, $"after round {round}");
            await restarted.KillAsync();
        }

        await using var final = await ClewProcess.StartAsync(Data, CuttingSettings);
        await AssertCountedOnceAsync(final, loads, "at the end");
        for (var round = 0; round < rounds; round++)
        {
            await loads[round].AssertSearchedOnceAsync(final, $"round {round}");
        }

        var traces = loads.Sum(static load => load.Requests.SelectMany(static request => request.Spans).Select(static span => span.TraceHex).Distinct().Count());
        output.WriteLine($"{traces} traces{(traces > AnswerSet.MaxGraphTraces ? ": too many for the mesh graph to be compared" : "")}");
        var unharmed = await UnharmedAnswersAsync(loads, traces);
        AssertSame(unharmed, await AnswerSet.OfAsync(final, traces), "with copies in several places");
        await MergedAsync(final, loads.Sum(static load => (long)load.Requests.Sum(static request => request.Spans.Length)));
        AssertSame(unharmed, await AnswerSet.OfAsync(final, traces), "after compaction");
        await loads[^1].AssertVisibleOnceAsync(final);
    }

    // Entries of the manifest: a block counts, and the log it came from goes, only with its entry.
    private int Commits => Directory.GetFiles(Data, "0*.json", SearchOption.AllDirectories)
        .Count(static file => Path.GetFileName(Path.GetDirectoryName(file)) == "manifest");

    private async Task<LoadResult> KilledAsync(Moment moment, Random random, int seed, string label)
    {
        await using var process = await ClewProcess.StartAsync(Data, moment is Moment.WhileCutting or Moment.WhileMerging ? CuttingSettings : Settings);
        await using var load = new Load(process, seed, "under load", label);
        if (moment == Moment.DiskFull)
        {
            return await KilledWithDiskFullAsync(process, load, random);
        }

        await load.UntilAcknowledgedAsync(random.Next(20, 200));
        using var files = new FileEvents(Data, random.Next(1, FileEventsOfABlock) + (moment == Moment.WhileMerging ? 3 * FileEventsOfABlock : 0));
        await (moment == Moment.Anywhere ? load.UntilAcknowledgedAsync(random.Next(20, 400)) : files.Reached.WaitAsync(Poll.Deadline));
        // A moment between two steps, too: the kill is not to follow always at the same distance.
        Thread.SpinWait(random.Next(200_000));
        await process.KillAsync();
        return await load.StopAsync();
    }

    /// <summary>The disk fills up under load, the process is killed on it, and comes up again on it; then there is room.</summary>
    private async Task<LoadResult> KilledWithDiskFullAsync(ClewProcess process, Load load, Random random)
    {
        await load.UntilAcknowledgedAsync(random.Next(20, 200));
        var filler = Path.Combine(Data, "filler");
        using (File.OpenHandle(filler, FileMode.CreateNew, FileAccess.Write, preallocationSize: new DriveInfo(Data).AvailableFreeSpace - LeftFree))
        {
        }

        var refused = load.Refused;
        await Poll.UntilAsync(() => Task.FromResult(load.Refused > refused + 10), () => $"nothing is refused on a full disk. clew said:\n{process.Output}");
        await process.KillAsync();
        var result = await load.StopAsync();
        await using (var full = await ClewProcess.StartAsync(Data, CuttingSettings))
        {
            await result.AssertVisibleOnceAsync(full);
            await full.KillAsync();
        }

        File.Delete(filler);
        return result;
    }

    private static async Task AssertCountedOnceAsync(ClewProcess process, List<LoadResult> loads, string when)
    {
        var sent = loads.SelectMany(static load => load.Requests).GroupBy(static request => request.Service)
            .ToDictionary(static service => service.Key, static service => (long)service.Sum(static request => request.Spans.Length));
        var (spans, rollups) = await AnswerSet.SpansByServiceAsync(process);
        Assert.True(Text(sent) == Text(spans), $"{when}, sent:\n{Text(sent)}\ncounted by TraceQL:\n{Text(spans)}");
        Assert.True(Text(sent) == Text(rollups), $"{when}, sent:\n{Text(sent)}\ncounted by the roll-ups:\n{Text(rollups)}");
    }

    /// <summary>What a server answers that was never harmed, and got every request once.</summary>
    private static async Task<Dictionary<string, string>> UnharmedAnswersAsync(List<LoadResult> loads, int traces)
    {
        using var folder = new TempFolder();
        await using var unharmed = await ClewProcess.StartAsync(folder.Path);
        using var sender = new OtlpSender(unharmed);
        foreach (var request in loads.SelectMany(static load => load.Requests))
        {
            await sender.SendGrpcAsync(request.Bytes);
        }

        return await AnswerSet.OfAsync(unharmed, traces);
    }

    private static void AssertSame(Dictionary<string, string> unharmed, Dictionary<string, string> harmed, string when)
    {
        foreach (var (path, answer) in unharmed)
        {
            Assert.True(answer == harmed[path], $"{when}: {path} {Difference(answer, harmed[path])}");
        }
    }

    /// <summary>Where two answers part, with what stands before and after.</summary>
    private static string Difference(string expected, string actual)
    {
        const int Around = 400;
        var at = Math.Max(0, expected.AsSpan().CommonPrefixLength(actual) - Around);
        return $"differs:\nunharmed: {expected.Substring(at, Math.Min(2 * Around, expected.Length - at))}\nharmed:   {actual.Substring(at, Math.Min(2 * Around, actual.Length - at))}";
    }

    /// <summary>Waits until everything is in blocks and nothing is left to merge: then no copy is left.</summary>
    private static async Task MergedAsync(ClewProcess process, long spans)
    {
        var figures = "";
        await Poll.UntilAsync(
            async () =>
            {
                var metrics = await MetricsText.OfAsync(process);
                long Of(string name) => (long)MetricsText.Value(metrics, name);
                var (head, pending, stored) = (Of("clew_store_head_spans"), Of("clew_compaction_pending_bytes"), Of("clew_store_block_spans"));
                figures = $"{head} spans in the head, {stored} in blocks of {spans} that were sent, {pending} bytes to merge";
                return head == 0 && pending == 0 && stored == spans;
            },
            () => $"{figures}. clew said:\n{process.Output}",
            TimeSpan.FromMinutes(5));
    }

    private static string Text(Dictionary<string, long> counts) => string.Join('\n', counts.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key}: {pair.Value}"));

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
