using System.Diagnostics;
using System.Globalization;
using Clew.Model;
using Clew.Query;
using Clew.Query.Metrics;
using Clew.Storage.Backends;
using Clew.TraceQL;
using DuckDB.NET.Data;

namespace Clew.Bench.Queries;

/// <summary>
/// The engine beside DuckDB on the same block files, one thread each, literals differing from run to run. Every answer is compared before its
/// time counts. The engine's time is that of a whole query through <see cref="QueryEngine"/>, DuckDB's that of a statement over
/// <c>read_parquet</c>, metadata cached.
/// </summary>
internal static class DuckBench
{
    private const string OneThread = "DOTNET_PROCESSOR_COUNT";

    public static async Task<int> RunAsync(string[] args)
    {
        if (Environment.ProcessorCount > 1)
        {
            // The engine has a worker a core: in a process that sees one core it has one.
            using var alone = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["duckdb", .. args]) { Environment = { [OneThread] = "1" } })!;
            await alone.WaitForExitAsync();
            return alone.ExitCode;
        }

        var thousands = args.Length > 0 && int.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 5000;
        var folder = QueryBench.Option(args, "--folder") ?? Path.Combine(Path.GetTempPath(), $"clew-bench-query-{thousands}k");
        var runs = int.Parse(QueryBench.Option(args, "--runs") ?? "9", CultureInfo.InvariantCulture);
        var objects = new LocalObjectStore(folder);
        await FolderStore.BuildAsync(objects, Path.Combine(folder, "complete"), thousands * 1000, QuestionSet.Data);
        using var store = await FolderStore.OpenAsync(objects);
        using var engine = new QueryEngine(store, new QueryLimits(), TimeProvider.System);
        using var duck = new DuckDBConnection("DataSource=:memory:");
        duck.Open();
        Execute(duck, "SET threads = 1; SET parquet_metadata_cache = true");
        var blocks = Directory.GetDirectories(Path.Combine(folder, FolderStore.Prefix)).Order(StringComparer.Ordinal).ToArray();
        Console.WriteLine($"{store.Spans} spans, {store.Blocks} blocks, one thread each, median of {runs} runs");
        Console.WriteLine($"{"query",-46} {"Clew ms",9} {"DuckDB ms",10} {"times",7} {"goal",6}");
        var isGood = true;
        foreach (var comparison in Comparisons(blocks))
        {
            isGood &= await MeasureAsync(comparison, engine, duck, runs);
        }

        return isGood ? 0 : 1;
    }

    private sealed record Comparison(string Name, double Goal, Func<Random, (string TraceQl, string Sql)> Ask);

    private static IEnumerable<Comparison> Comparisons(string[] blocks)
    {
        var spans = $"read_parquet([{string.Join(", ", blocks.Select(static block => $"'{block}/spans.parquet'"))}])";
        var names = Texts(blocks[0], "name").ToArray();
        yield return new("dictionary: name = x", 5, r => Count($"name = \"{Pick(r, names)}\"", $"name = '{Last}'"));
        yield return new("dictionary: method = x and scheme = y", 5, r =>
            Count($"span.http.request.method = \"{Pick(r, "GET", "POST")}\" && span.url.scheme = \"https\"", $"\"span.http.request.method\" = '{Last}' AND \"span.url.scheme\" = 'https'"));
        yield return new("dictionary: name =~ .*x.*", 5, r => Count($"name =~ \".*{Pick(r, "order", "pay", "cart", "list")}.*\"", $"name LIKE '%{Last}%'"));
        yield return new("rate by name", 5, _ => ("{ } | count_over_time() by(name)", $"SELECT sum(n)::BIGINT FROM (SELECT name, (\"start\" - 1) // 60000000000, count(*) AS n FROM {spans} GROUP BY ALL)"));
        yield return new("rate by service", 5, _ => (
            "{ } | count_over_time() by(resource.service.name)",
            "SELECT sum(n)::BIGINT FROM (" + string.Join(" UNION ALL ", blocks.Select(static block =>
                $"SELECT r.service, (s.\"start\" - 1) // 60000000000, count(*) AS n FROM read_parquet('{block}/spans.parquet') s JOIN (SELECT \"resource.service.name\" AS service, file_row_number AS id FROM read_parquet('{block}/resources.parquet', file_row_number = true)) r ON s.resource = r.id GROUP BY ALL")) + ")"));
        yield return new("error rate by name", 5, _ => ("{ status = error } | count_over_time() by(name)", $"SELECT sum(n)::BIGINT FROM (SELECT name, (\"start\" - 1) // 60000000000, count(*) AS n FROM {spans} WHERE status = 2 GROUP BY ALL)"));
        yield return new("integer: duration > x", 2.5, r => Count($"duration > {Number(r, 1_000_000, 50_000_000)}ns", $"duration > {Last}"));
        yield return new("integer: x < duration < y", 2.5, r => Count($"duration > 1ms && duration < {Number(r, 2_000_000, 50_000_000)}ns", $"duration > 1000000 AND duration < {Last}"));
        yield return new("integer: status_code >= x", 2.5, r => Count($"span.http.response.status_code >= {Number(r, 300, 500)}", $"\"span.http.response.status_code\" >= {Last}"));
        yield return new("absent needle: user.id = x", 1, r => Count($"span.user.id = \"user-{Number(r, 1_000_000, 9_000_000)}\"", $"\"span.user.id\" = 'user-{Last}'"));

        (string, string) Count(string condition, string where) => ($"{{ {condition} }} | count_over_time()", $"SELECT count(*) FROM {spans} WHERE {where}");
    }

    // The literal that was drawn last, for the other language.
    private static string Last { get; set; } = "";

    private static string Pick(Random random, params string[] from) => Last = from[random.Next(from.Length)];

    private static string Number(Random random, int low, int high) => Last = random.Next(low, high).ToString(CultureInfo.InvariantCulture);

    /// <summary>Some texts of a column, from its first rows.</summary>
    private static IEnumerable<string> Texts(string block, string column)
    {
        using var duck = new DuckDBConnection("DataSource=:memory:");
        duck.Open();
        using var command = duck.CreateCommand();
        command.CommandText = $"SELECT DISTINCT \"{column}\" FROM (SELECT \"{column}\" FROM read_parquet('{block}/spans.parquet') LIMIT 1000) ORDER BY 1";
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            yield return rows.GetString(0);
        }
    }

    private static async Task<bool> MeasureAsync(Comparison comparison, QueryEngine engine, DuckDBConnection duck, int runs)
    {
        var (ours, theirs) = (new double[runs], new double[runs]);
        var random = new Random(7);
        for (var run = -2; run < runs; run++)
        {
            var (text, sql) = comparison.Ask(random);
            var started = Stopwatch.GetTimestamp();
            var found = await CountAsync(engine, text);
            var first = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            started = Stopwatch.GetTimestamp();
            var expected = Execute(duck, sql);
            var second = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            if (found != expected)
            {
                throw new InvalidOperationException($"{text} counts {found}, {sql} counts {expected}");
            }

            if (run >= 0)
            {
                (ours[run], theirs[run]) = (first, second);
            }
        }

        Array.Sort(ours);
        Array.Sort(theirs);
        var times = theirs[runs / 2] / ours[runs / 2];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{comparison.Name,-46} {ours[runs / 2],9:F2} {theirs[runs / 2],10:F2} {times,7:F1} {comparison.Goal,6:F1}{(times < comparison.Goal ? "  below" : "")}"));
        return times >= comparison.Goal;
    }

    private static async Task<long> CountAsync(QueryEngine engine, string text)
    {
        var start = QuestionSet.Data.StartUnixNano;
        var grid = TimeGrid.Aligned(start, start + (2 * QuestionSet.Data.Window.Ticks * 100), 60 * UnixNano.PerSecond);
        var request = new MetricsRequest { Query = TraceQl.Parse(text).Root!, Grid = grid, Exemplars = 0 };
        var result = await engine.MetricsAsync(TenantId.Single, request, CancellationToken.None);
        return (long)result.Series.Sum(static series => series.Values.Sum());
    }

    private static long Execute(DuckDBConnection duck, string sql)
    {
        using var command = duck.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() is { } value and not DBNull ? Convert.ToInt64(value, CultureInfo.InvariantCulture) : 0;
    }
}
