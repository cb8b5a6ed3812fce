using System.Diagnostics;
using System.Globalization;
using Clew.Model;
using Clew.Query;
using Clew.Query.Tags;
using Clew.Storage.Backends;
using Clew.TraceQL.Syntax;

namespace Clew.Bench.Queries;

/// <summary>
/// Runs the queries that the peers were measured with: literals and windows differ in every run. Median wall time, processor time, bytes
/// allocated and the size of the answer, beside the peers' medians. Over blocks in a folder, in process; with <c>--http</c> against a
/// <c>clew serve</c> of its own, and with <c>--cold</c> each question as the first of a fresh process.
/// </summary>
internal static class QueryBench
{
    public static async Task<int> RunAsync(string[] args)
    {
        var options = Options.Read(args);
        if (args.Contains("--http"))
        {
            await OverHttpAsync(options, isCold: args.Contains("--cold"));
        }
        else
        {
            await InProcessAsync(options);
        }

        return 0;
    }

    private sealed record Options(int Thousands, string? Folder, int Runs, string? Only, string? Program)
    {
        public static Options Read(string[] args) => new(
            args.Length > 0 && int.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 5000,
            Option(args, "--folder"),
            int.Parse(Option(args, "--runs") ?? "20", CultureInfo.InvariantCulture),
            Option(args, "--only"),
            Option(args, "--clew"));

        public bool Wants(Question question) => Only is null || Only.Split('|').Any(part => question.Name.Contains(part, StringComparison.Ordinal));
    }

    private static async Task InProcessAsync(Options options)
    {
        var folder = options.Folder ?? Path.Combine(Path.GetTempPath(), $"clew-bench-query-{options.Thousands}k");
        var objects = new LocalObjectStore(folder);
        await FolderStore.BuildAsync(objects, Path.Combine(folder, "complete"), options.Thousands * 1000, QuestionSet.Data);
        using var store = await FolderStore.OpenAsync(objects);
        Console.WriteLine($"{store.Spans} spans in {store.Traces} traces, {store.Blocks} blocks, {(double)store.Bytes / store.Spans:F1} B/span, {options.Runs} runs a query, in process");
        using var engine = new QueryEngine(store, new QueryLimits { MaxTagValueBytes = 100_000_000 }, TimeProvider.System);
        var services = await engine.Tags.ValuesAsync(TenantId.Single, new AttributeRef(FieldScope.Resource, "service.name"), new TagRequest(), default);
        WriteHead();
        foreach (var question in QuestionSet.All([.. services.Values.Select(static v => v.Text)], store.SomeIds(500)).Where(options.Wants))
        {
            await MeasureAsync(question, new EngineAsker(engine), options.Runs, store.Spans);
        }
    }

    private static async Task OverHttpAsync(Options options, bool isCold)
    {
        var folder = options.Folder ?? Path.Combine(Path.GetTempPath(), $"clew-bench-served-{options.Thousands}k");
        var spans = options.Thousands * 1000L;
        var ids = await ServedData.FillAsync(folder, spans, options.Program);
        var server = await StartAsync();
        try
        {
            var services = (await server.Http.GetStringAsync("/api/search/tag/service.name/values")).Split('"').Where(static part => part.Length > 2 && part is not ("tagValues" or "metrics")).Where(static part => char.IsLetter(part[0])).ToArray();
            Console.WriteLine($"{spans} spans, {services.Length} services, over HTTP, {(isCold ? "each question first on a fresh process" : $"{options.Runs} runs a query")}");
            WriteHead();
            foreach (var question in QuestionSet.All(services, ids).Where(options.Wants))
            {
                if (isCold)
                {
                    await server.DisposeAsync();
                    server = await StartAsync();
                    Write(question, await TimesAsync(question, new HttpAsker(server), 1, new Random(8)), null);
                }
                else
                {
                    await MeasureAsync(question, new HttpAsker(server), options.Runs, spans);
                }
            }

            Console.WriteLine($"server's peak memory {server.PeakMegabytes:F0} MB");
        }
        finally
        {
            await server.DisposeAsync();
        }

        Task<ServerProcess> StartAsync() => ServerProcess.StartAsync(ServedData.DataOf(folder), options.Program);
    }

    private static async Task MeasureAsync(Question question, IAsker asker, int runs, long spans)
    {
        const int WarmUp = 3;
        var random = new Random(7);
        await TimesAsync(question, asker, WarmUp, random);
        var allocated = asker.AllocatedBytes;
        var measured = await TimesAsync(question, asker, runs, random);
        Write(question, measured, (double?)(asker.AllocatedBytes - allocated) / measured.Times.Length / spans);
    }

    private sealed record Measured(double[] Times, double ProcessorMs, string Answer);

    /// <summary>Asks so often, or until eight seconds are up; times in milliseconds, ascending.</summary>
    private static async Task<Measured> TimesAsync(Question question, IAsker asker, int runs, Random random)
    {
        var times = new List<double>(runs);
        Lazy<string> answer = new("");
        var processor = asker.ProcessorTime;
        var most = Stopwatch.StartNew();
        while (times.Count < runs && (times.Count < 3 || most.Elapsed < TimeSpan.FromSeconds(8)))
        {
            var ask = question.Draw(random);
            var started = Stopwatch.GetTimestamp();
            answer = await asker.AskAsync(ask);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        var spent = (asker.ProcessorTime - processor).TotalMilliseconds / times.Count;
        return new Measured([.. times.Order()], spent, answer.Value);
    }

    private static void WriteHead() =>
        Console.WriteLine($"{"query",-44} {"median",8} {"p95",8} {"CPU",8} {"B/span",7}   {"Tempo",8} {"Victoria",8} {"goal",7}  answer");

    private static void Write(Question question, Measured measured, double? bytesPerSpan)
    {
        var (times, median) = (measured.Times, measured.Times[measured.Times.Length / 2]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{question.Name,-44} {median,8:F2} {times[Math.Min(times.Length - 1, times.Length * 95 / 100)],8:F2} {measured.ProcessorMs,8:F2} {bytesPerSpan,7:F3}   {question.Tempo,8:F1} {question.Victoria,8:F1} {question.Goal,7:F1}  {(median > question.Goal ? "ABOVE " : "")}{measured.Answer}"));
    }

    internal static string? Option(string[] args, string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;
}
