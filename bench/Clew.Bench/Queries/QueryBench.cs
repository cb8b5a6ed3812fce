using System.Diagnostics;
using System.Globalization;
using Clew.Bench.DataSet;
using Clew.Model;
using Clew.Query;
using Clew.Query.ById;
using Clew.Query.Metrics;
using Clew.Query.Search;
using Clew.Query.Tags;
using Clew.Storage.Backends;
using Clew.TraceQL;

namespace Clew.Bench.Queries;

/// <summary>
/// Runs the queries that the peers were measured with over blocks in a folder, which are built once: literals and windows differ in every
/// run. Median wall time, CPU time, bytes allocated and the size of the answer, beside the peers' medians. In process, without HTTP.
/// </summary>
internal static class QueryBench
{
    // All five million spans within the hour that the windows cover.
    internal static readonly DataSetOptions Set = new() { TracesPerWindow = 365_000 };

    public static async Task<int> RunAsync(string[] args)
    {
        var thousands = args.Length > 0 && int.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 5000;
        var folder = Option(args, "--folder") ?? Path.Combine(Path.GetTempPath(), $"clew-bench-query-{thousands}k");
        var runs = int.Parse(Option(args, "--runs") ?? "20", CultureInfo.InvariantCulture);
        var only = Option(args, "--only");
        var objects = new LocalObjectStore(folder);
        await FolderStore.BuildAsync(objects, Path.Combine(folder, "complete"), thousands * 1000, Set);
        using var store = await FolderStore.OpenAsync(objects);
        var ids = store.SomeIds(500);
        Console.WriteLine($"{store.Spans} spans in {store.Traces} traces, {store.Blocks} blocks, {(double)store.Bytes / store.Spans:F1} B/span, {runs} runs a query");
        Console.WriteLine($"{"query",-44} {"median",8} {"p95",8} {"CPU",8} {"B/span",7}   {"Tempo",8} {"Victoria",8} {"goal",7}  answer");
        using var engine = new QueryEngine(store, new QueryLimits { MaxTagValueBytes = 100_000_000 }, TimeProvider.System);
        var services = (await engine.Tags.ValuesAsync(TenantId.Single, (Clew.TraceQL.Syntax.FieldReference)Field("resource.service.name"), new TagRequest(), default)).Values.Select(static v => v.Text).ToArray();
        foreach (var question in Questions(engine, services, ids))
        {
            if (only is null || question.Name.Contains(only, StringComparison.Ordinal))
            {
                await MeasureAsync(question, runs, store.Spans);
            }
        }

        return 0;
    }

    private sealed record Question(string Name, double Tempo, double Victoria, Func<Random, Task<string>> Ask);

    private static IEnumerable<Question> Questions(QueryEngine engine, string[] services, TraceId[] ids)
    {
        string Service(Random r) => services[r.Next(services.Length)];
        string Front(Random r) => services.Contains("edge-proxy") && r.Next(2) == 0 ? "edge-proxy" : "storefront";
        int User(Random r) => (int)(70_000 * Math.Pow(r.NextDouble(), 0.2));
        yield return new("trace by id", 69.6, 14.3, r => FindAsync(engine, ids[r.Next(ids.Length)]));
        yield return new("trace by id, absent", 2.2, 0, r => FindAsync(engine, new TraceId((ulong)r.NextInt64(), (ulong)r.NextInt64())));
        yield return Search("service && duration > 1s", 163.8, 63.7, r => $"{{ resource.service.name = \"{Service(r)}\" && duration > {r.Next(110, 150)}ms }}", 20);
        yield return Search("service && duration > 1s, limit 1000", 168.2, 375, r => $"{{ resource.service.name = \"{Service(r)}\" && duration > {r.Next(110, 150)}ms }}", 1000);
        yield return Search("status = error", 31.8, 160.5, static _ => "{ status = error }", 20);
        yield return Search("status = error, limit 1000", 474.8, 173.3, static _ => "{ status = error }", 1000);
        yield return Search("http.status_code = 500", 30.4, 96.1, static r => $"{{ .http.response.status_code = {(r.Next(2) == 0 ? 500 : 404)} }}", 20);
        yield return Search("service && POST && duration > 2s", 169.7, 94, r => $"{{ resource.service.name = \"{Service(r)}\" && span.http.request.method = \"POST\" && duration > {r.Next(150, 250)}ms }}", 20);
        yield return Search("needle: user.id", 381.3, 7.1, r => $"{{ span.user.id = \"user-{User(r)}\" }}", 20);
        yield return Search("needle: .user.id", 381.3, 7.1, r => $"{{ .user.id = \"user-{User(r)}\" }}", 20);
        yield return Search("needle: user.id absent", 150.5, 9.5, static r => $"{{ .user.id = \"user-{r.Next(1_000_000, 2_000_000)}\" }}", 20);
        yield return Search("{ } limit 20", 26.3, 4317, static _ => "{ }", 20);
        yield return Search("structural A >> B && error", 1323, 0, r => $"{{ resource.service.name = \"{Front(r)}\" }} >> {{ resource.service.name = \"{Service(r)}\" && status = error }}", 20);
        yield return Search("structural A >> B && error, limit 1000", 1535, 0, r => $"{{ resource.service.name = \"{Front(r)}\" }} >> {{ resource.service.name = \"{Service(r)}\" && status = error }}", 1000);
        yield return Search("regex name =~ .*checkout.*", 19.1, 636.9, static r => $"{{ name =~ \".*{(r.Next(2) == 0 ? "payments" : "orders")}.*\" }}", 20);
        yield return Search("error | count() > 2", 36.6, 95.3, static r => $"{{ status = error }} | count() > {r.Next(1, 4)}", 20);
        yield return Search("error | count() > 2, limit 1000", 955.7, 95.3, static r => $"{{ status = error }} | count() > {r.Next(1, 4)}", 1000);
        yield return Search("error | select(...)", 39.6, 1.5, static _ => "{ status = error } | select(span.http.request.method, resource.service.name, span.http.route)", 20);
        yield return Search("error | sort(duration)", 0, 0, static _ => "{ status = error } | sort(duration desc)", 20);
        yield return Metrics("rate() by service", 710.4, 88.4, static _ => "{ } | rate() by(resource.service.name)");
        yield return Metrics("error rate() by service", 210.9, 46, static _ => "{ status = error } | rate() by(resource.service.name)");
        yield return Metrics("count_over_time() all", 380.3, 56, static _ => "{ } | count_over_time()");
        yield return Metrics("quantile_over_time(.5,.9,.99)", 819.9, 3122.8, static _ => "{ } | quantile_over_time(duration, .5, .9, .99)");
        yield return Metrics("quantile_over_time service", 257.2, 146.7, r => $"{{ resource.service.name = \"{Service(r)}\" }} | quantile_over_time(duration, .5, .9, .99)");
        yield return Metrics("roots rate() by service, name", 0, 0, static _ => "{ nestedSetParent < 0 } | rate() by(resource.service.name, name)");
        yield return Metrics("rate() by .service.name", 0, 0, static _ => "{ .http.response.status_code >= 200 } | rate() by(.service.name)");
        yield return new("tag names", 48.8, 11.8, async r => $"{(await engine.Tags.NamesAsync(TenantId.Single, new TagRequest { Window = Window(r) }, default)).Scopes.Sum(static s => s.Value.Count)} names");
        yield return Values("tag values service.name", 16.8, 11.3, "resource.service.name", static _ => null, 0);
        yield return Values("tag values http.status_code", 633.4, 31.7, "span.http.response.status_code", static _ => null, 0);
        yield return Values("tag values user.id", 9847.5, 0, "span.user.id", static _ => null, 0);
        yield return Values("tag values user.id, limit 1000", 9847.5, 2.8, "span.user.id", static _ => null, 1000);
        yield return Values("tag values name, filtered by service", 133.8, 2.1, "name", r => $"{{ resource.service.name = \"{Service(r)}\" }}", 0);

        Question Search(string name, double tempo, double victoria, Func<Random, string> query, int limit) => new(name, tempo, victoria, async r =>
        {
            var text = query(r);
            try
            {
                var result = await engine.SearchAsync(TenantId.Single, new SearchRequest { Query = TraceQl.Parse(text).Root!, Window = Window(r), Limit = limit }, default);
                return $"{result.Traces.Count} traces {result.Stats.Incomplete}";
            }
            catch (QueryException refused)
            {
                return refused.Message;
            }
        });

        Question Metrics(string name, double tempo, double victoria, Func<Random, string> query) => new(name, tempo, victoria, async r =>
        {
            var window = Window(r);
            var grid = TimeGrid.Aligned(window.StartUnixNano, window.EndUnixNano, 60 * UnixNano.PerSecond);
            var result = await engine.MetricsAsync(TenantId.Single, new MetricsRequest { Query = TraceQl.Parse(query(r)).Root!, Grid = grid }, default);
            return string.Create(CultureInfo.InvariantCulture, $"{result.Series.Count} series, sum {result.Series.Sum(static s => s.Values.Where(double.IsFinite).Sum()):F1} {result.Stats.Incomplete}");
        });

        Question Values(string name, double tempo, double victoria, string field, Func<Random, string?> filter, int limit) => new(name, tempo, victoria, async r =>
        {
            var spanset = filter(r) is { } text ? ((Clew.TraceQL.Syntax.SpansetStage)((Clew.TraceQL.Syntax.SearchQuery)TraceQl.Parse(text).Root!.Body).Pipeline.Stages[0]).Expression as Clew.TraceQL.Syntax.SpansetFilter : null;
            var request = new TagRequest { Window = Window(r), Filter = spanset, Limit = limit };
            return $"{(await engine.Tags.ValuesAsync(TenantId.Single, (Clew.TraceQL.Syntax.FieldReference)Field(field), request, default)).Values.Count} values";
        });
    }

    private static Clew.TraceQL.Syntax.FieldExpression Field(string text) =>
        ((Clew.TraceQL.Syntax.Select)((Clew.TraceQL.Syntax.SearchQuery)TraceQl.Parse($"{{ }} | select({text})").Root!.Body).Pipeline.Stages[1]).Fields[0];

    private static async Task<string> FindAsync(QueryEngine engine, TraceId id) =>
        $"{(await engine.FindTraceAsync(TenantId.Single, id, TraceForm.AsReceived, TimeRange.All, default)).SpanCount} spans";

    /// <summary>The data set's hour, with ends that differ from run to run; spans at the edges may fall out.</summary>
    private static TimeRange Window(Random random) => new(
        Set.StartUnixNano + (random.NextInt64(-60, 10) * UnixNano.PerSecond / 10),
        Set.StartUnixNano + (Set.Window.Ticks * 100) + (random.NextInt64(-10, 600) * UnixNano.PerSecond / 10));

    private static async Task MeasureAsync(Question question, int runs, long spans)
    {
        var times = new double[runs];
        var answer = "";
        var random = new Random(7);
        for (var i = 0; i < 3; i++)
        {
            await question.Ask(random);
        }

        var (cpu, allocated) = (Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());
        var most = Stopwatch.StartNew();
        var done = 0;
        while (done < runs && (done < 3 || most.Elapsed < TimeSpan.FromSeconds(8)))
        {
            var started = Stopwatch.GetTimestamp();
            answer = await question.Ask(random);
            times[done++] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }

        var perRun = (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds / done;
        var bytes = (double)(GC.GetTotalAllocatedBytes() - allocated) / done / spans;
        Array.Sort(times, 0, done);
        var goal = question.Tempo == 0 ? "" : Math.Max(5, Math.Min(question.Tempo / 10, question.Victoria == 0 ? double.MaxValue : question.Victoria)).ToString("F1", CultureInfo.InvariantCulture);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{question.Name,-44} {times[done / 2],8:F2} {times[Math.Min(done - 1, done * 95 / 100)],8:F2} {perRun,8:F2} {bytes,7:F3}   {question.Tempo,8:F1} {question.Victoria,8:F1} {goal,7}  {answer}"));
    }

    internal static string? Option(string[] args, string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;
}
