using System.Globalization;
using Clew.Model;
using Clew.Query;
using Clew.Query.ById;
using Clew.Query.Metrics;
using Clew.Query.Search;
using Clew.Query.Tags;
using Clew.TraceQL;
using Clew.TraceQL.Syntax;

namespace Clew.Bench.Queries;

/// <summary>Asks the engine in this process, without HTTP.</summary>
internal sealed class EngineAsker(QueryEngine engine) : IAsker
{
    public TimeSpan ProcessorTime => Environment.CpuUsage.TotalTime;

    public long? AllocatedBytes => GC.GetTotalAllocatedBytes();

    public async Task<Lazy<string>> AskAsync(Ask ask) => new(await AnswerAsync(ask));

    private async Task<string> AnswerAsync(Ask ask)
    {
        switch (ask)
        {
            case Ask.Trace trace:
                using (var found = await engine.FindTraceAsync(TenantId.Single, trace.Id, TraceForm.AsReceived, TimeRange.All, default))
                {
                    return $"{found.SpanCount} spans";
                }

            case Ask.Search search:
                var traces = await engine.SearchAsync(TenantId.Single, new SearchRequest { Query = Parse(search.Query), Window = search.Window, Limit = search.Limit }, default);
                return $"{traces.Traces.Count} traces {traces.Stats.Incomplete}";
            case Ask.Metrics metrics:
                var grid = TimeGrid.Aligned(metrics.Window.StartUnixNano, metrics.Window.EndUnixNano, 60 * UnixNano.PerSecond);
                var series = await engine.MetricsAsync(TenantId.Single, new MetricsRequest { Query = Parse(metrics.Query), Grid = grid }, default);
                return string.Create(CultureInfo.InvariantCulture, $"{series.Series.Count} series, sum {series.Series.Sum(static s => s.Values.Where(double.IsFinite).Sum()):F1} {series.Stats.Incomplete}");
            case Ask.TagNames names:
                return $"{(await engine.Tags.NamesAsync(TenantId.Single, new TagRequest { Window = names.Window }, default)).Scopes.Sum(static s => s.Value.Count)} names";
            case Ask.TagValues values:
                var filter = values.Filter is { } text ? TraceQl.ParseLenientFilter(text) : null;
                var field = (FieldReference)(TraceQl.TryParseField(values.Field, out var parsed) ? parsed! : throw new ArgumentException($"'{values.Field}' is no field", nameof(ask)));
                return $"{(await engine.Tags.ValuesAsync(TenantId.Single, field, new TagRequest { Window = values.Window, Filter = filter, Limit = values.Limit }, default)).Values.Count} values";
            default:
                throw new ArgumentOutOfRangeException(nameof(ask));
        }
    }

    private static Clew.TraceQL.Syntax.Query Parse(string text) => TraceQl.Parse(text).Root!;
}
