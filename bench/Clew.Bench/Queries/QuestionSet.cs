using Clew.Bench.DataSet;
using Clew.Model;

namespace Clew.Bench.Queries;

/// <summary>A question that is asked with other literals in every run, beside the medians of the peers in milliseconds; 0 where a peer has none.</summary>
internal sealed record Question(string Name, double Tempo, double Victoria, Func<Random, Ask> Draw)
{
    // What is this quick is quick enough, whatever the peers do.
    private const double EnoughMs = 5;

    /// <summary>Milliseconds: a tenth of Tempo's time, and not above VictoriaTraces'; null where nobody was measured.</summary>
    public double? Goal => Tempo == 0 ? null : Math.Max(EnoughMs, Math.Min(Tempo / 10, Victoria == 0 ? double.MaxValue : Victoria));
}

/// <summary>The questions that the peers were measured with, over the data set's hour.</summary>
internal static class QuestionSet
{
    /// <summary>All five million spans within the hour that the windows cover.</summary>
    public static DataSetOptions Data { get; } = new() { TracesPerWindow = 365_000 };

    public static IEnumerable<Question> All(string[] services, TraceId[] ids)
    {
        string Service(Random r) => services[r.Next(services.Length)];
        string Front(Random r) => services.Contains("edge-proxy") && r.Next(2) == 0 ? "edge-proxy" : "storefront";
        int User(Random r) => (int)(70_000 * Math.Pow(r.NextDouble(), 0.2));
        yield return new("trace by id", 69.6, 14.3, r => new Ask.Trace(ids[r.Next(ids.Length)]));
        yield return new("trace by id, absent", 2.2, 0, static r => new Ask.Trace(new TraceId((ulong)r.NextInt64(), (ulong)r.NextInt64())));
        yield return Search("service && duration > 1s", 163.8, 63.7, r => $"{{ resource.service.name = \"{Service(r)}\" && duration > {r.Next(110, 150)}ms }}");
        yield return Search("service && duration > 1s, limit 1000", 168.2, 375, r => $"{{ resource.service.name = \"{Service(r)}\" && duration > {r.Next(110, 150)}ms }}", 1000);
        yield return Search("status = error", 31.8, 160.5, static _ => "{ status = error }");
        yield return Search("status = error, limit 1000", 474.8, 173.3, static _ => "{ status = error }", 1000);
        yield return Search("http.status_code = 500", 30.4, 96.1, static r => $"{{ .http.response.status_code = {(r.Next(2) == 0 ? 500 : 404)} }}");
        yield return Search("service && POST && duration > 2s", 169.7, 94, r => $"{{ resource.service.name = \"{Service(r)}\" && span.http.request.method = \"POST\" && duration > {r.Next(150, 250)}ms }}");
        yield return Search("needle: user.id", 381.3, 7.1, r => $"{{ span.user.id = \"user-{User(r)}\" }}");
        yield return Search("needle: .user.id", 381.3, 7.1, r => $"{{ .user.id = \"user-{User(r)}\" }}");
        yield return Search("needle: user.id absent", 150.5, 9.5, static r => $"{{ .user.id = \"user-{r.Next(1_000_000, 2_000_000)}\" }}");
        yield return Search("{ } limit 20", 26.3, 4317, static _ => "{ }");
        yield return Search("structural A >> B && error", 1323, 0, r => $"{{ resource.service.name = \"{Front(r)}\" }} >> {{ resource.service.name = \"{Service(r)}\" && status = error }}");
        yield return Search("structural A >> B && error, limit 1000", 1535, 0, r => $"{{ resource.service.name = \"{Front(r)}\" }} >> {{ resource.service.name = \"{Service(r)}\" && status = error }}", 1000);
        yield return Search("regex name =~ .*checkout.*", 19.1, 636.9, static r => $"{{ name =~ \".*{(r.Next(2) == 0 ? "payments" : "orders")}.*\" }}");
        yield return Search("error | count() > 2", 36.6, 95.3, static r => $"{{ status = error }} | count() > {r.Next(1, 4)}");
        yield return Search("error | count() > 2, limit 1000", 955.7, 95.3, static r => $"{{ status = error }} | count() > {r.Next(1, 4)}", 1000);
        yield return Search("error | select(...)", 39.6, 1.5, static _ => "{ status = error } | select(span.http.request.method, resource.service.name, span.http.route)");
        yield return Search("error | sort(duration)", 0, 0, static _ => "{ status = error } | sort(duration desc)");
        yield return Metrics("rate() by service", 710.4, 88.4, static _ => "{ } | rate() by(resource.service.name)");
        yield return Metrics("error rate() by service", 210.9, 46, static _ => "{ status = error } | rate() by(resource.service.name)");
        yield return Metrics("count_over_time() all", 380.3, 56, static _ => "{ } | count_over_time()");
        yield return Metrics("quantile_over_time(.5,.9,.99)", 819.9, 3122.8, static _ => "{ } | quantile_over_time(duration, .5, .9, .99)");
        yield return Metrics("quantile_over_time service", 257.2, 146.7, r => $"{{ resource.service.name = \"{Service(r)}\" }} | quantile_over_time(duration, .5, .9, .99)");
        yield return Metrics("roots rate() by service, name", 0, 0, static _ => "{ nestedSetParent < 0 } | rate() by(resource.service.name, name)");
        yield return Metrics("rate() by .service.name", 0, 0, static _ => "{ .http.response.status_code >= 200 } | rate() by(.service.name)");
        yield return Metrics("compare roots, errors", 0, 0, static _ => "{ nestedSetParent < 0 } | compare({ status = error }, 10)");
        yield return Metrics("compare all, slow", 0, 0, static r => $"{{ }} | compare({{ duration > {r.Next(20, 60)}ms }}, 10)");
        yield return new("tag names", 48.8, 11.8, static r => new Ask.TagNames(Window(r)));
        yield return Values("tag values service.name", 16.8, 11.3, "resource.service.name");
        yield return Values("tag values http.status_code", 633.4, 31.7, "span.http.response.status_code");
        yield return Values("tag values user.id", 9847.5, 0, "span.user.id");
        yield return Values("tag values user.id, limit 1000", 9847.5, 2.8, "span.user.id", limit: 1000);
        yield return Values("tag values name, filtered by service", 133.8, 2.1, "name", r => $"{{ resource.service.name = \"{Service(r)}\" }}");

        static Question Search(string name, double tempo, double victoria, Func<Random, string> query, int limit = 20) =>
            new(name, tempo, victoria, r => new Ask.Search(query(r), limit, Window(r)));

        static Question Metrics(string name, double tempo, double victoria, Func<Random, string> query) =>
            new(name, tempo, victoria, r => new Ask.Metrics(query(r), Window(r)));

        static Question Values(string name, double tempo, double victoria, string field, Func<Random, string>? filter = null, int limit = 0) =>
            new(name, tempo, victoria, r => new Ask.TagValues(field, filter?.Invoke(r), limit, Window(r)));
    }

    /// <summary>The data set's hour, with ends that differ from run to run; spans at the edges may fall out.</summary>
    public static TimeRange Window(Random random) => new(
        Data.StartUnixNano + (random.NextInt64(-60, 10) * UnixNano.PerSecond / 10),
        Data.StartUnixNano + (Data.Window.Ticks * 100) + (random.NextInt64(-10, 600) * UnixNano.PerSecond / 10));
}
