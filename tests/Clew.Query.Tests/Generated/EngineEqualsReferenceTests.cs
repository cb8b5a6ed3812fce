using System.Text;
using Clew.Model;
using Clew.Query.Metrics;
using Clew.Query.Search;
using Clew.Query.Tests.Support;
using Clew.TraceQL;
using Clew.TraceQL.Syntax;
using CsCheck;

namespace Clew.Query.Tests.Generated;

/// <summary>Random queries over random traces in random sources: the engine answers as the slow evaluation of whole traces does.</summary>
public sealed class EngineEqualsReferenceTests
{
    [Fact]
    public void Search_on_any_split_equals_the_reference() =>
        Gen.Int.Sample(seed => Check(new Random(seed), seed), iter: 400);

    [Fact]
    public void Metrics_on_any_split_equal_the_reference() =>
        Gen.Int.Sample(seed => CheckMetrics(new Random(seed), seed), iter: 300);

    [Fact]
    public void Comparison_on_columns_equals_that_of_whole_traces() =>
        Gen.Int.Sample(seed => CheckComparison(new Random(seed), seed), iter: 300);

    [Fact]
    public void Selector_chooses_the_traces_that_a_search_of_the_source_finds() =>
        Gen.Int.Sample(seed => CheckSelector(new Random(seed), seed), iter: 200);

    private static void CheckMetrics(Random random, int seed)
    {
        var spans = new RandomTraces(random).Make(random.Next(1, 25));
        var sources = RandomSources.Deal(spans, random);
        var all = sources.SelectMany(static source => source.AllSpans).ToList();
        using var engine = Engine(sources);
        using var rearranged = Engine(RandomSources.Rearrange(sources, random));
        for (var i = 0; i < 4; i++)
        {
            var query = new RandomQueries(random).Metrics(random.Next(0, 3));
            var start = TestSpan.Epoch + (random.Next(-5, 100) * 1_000_000L);
            var end = start + (random.Next(1, 130) * 1_000_000L);
            var grid = random.Next(4) == 0 ? TimeGrid.Instant(start, end) : TimeGrid.Aligned(start, end, random.Next(1, 40) * 1_000_000L);
            var request = new MetricsRequest { Query = new TraceQL.Syntax.Query(new MetricsQuery(query), []), Grid = grid, Exemplars = random.Next(2) * 100 };
            var expected = Reference.Metrics(all, query, grid);
            var result = engine.MetricsAsync(TenantId.Single, request, CancellationToken.None).GetAwaiter().GetResult();
            var actual = new SortedDictionary<string, double[]>(result.Series.ToDictionary(static s => Reference.Key(s.Labels.Labels), static s => s.Values), StringComparer.Ordinal);
            Assert.True(Text(expected) == Text(actual), $"seed {seed}\n{query}\n{grid.StartUnixNano} to {grid.EndUnixNano} by {grid.StepNanos}\nexpected\n{Text(expected)}\nbut was\n{Text(actual)}");
            Assert.All(result.Series, series => Assert.All(series.Exemplars, exemplar => Assert.True(grid.IntervalOf(exemplar.UnixNano) >= 0, $"seed {seed}: {exemplar}")));
            Assert.All(result.Series, series => Assert.Distinct(series.Exemplars.Select(static exemplar => exemplar.Labels[0].Value.AsString)));
            var again = rearranged.MetricsAsync(TenantId.Single, request, CancellationToken.None).GetAwaiter().GetResult();
            Assert.True(Exemplars(result) == Exemplars(again), $"seed {seed}\n{query}\nexemplars\n{Exemplars(result)}\nand of the same spans elsewhere\n{Exemplars(again)}");
        }
    }

    private static void CheckComparison(Random random, int seed)
    {
        var spans = new RandomTraces(random).Make(random.Next(1, 25));
        var sources = RandomSources.Deal(spans, random);
        using var engine = Engine(sources);
        using var rearranged = Engine(RandomSources.Rearrange(sources, random));
        for (var i = 0; i < 3; i++)
        {
            var queries = new RandomQueries(random);
            var start = TestSpan.Epoch + (random.Next(-5, 100) * 1_000_000L);
            var end = start + (random.Next(1, 130) * 1_000_000L);
            var grid = TimeGrid.Aligned(start, end, random.Next(2) == 0 ? end - start : random.Next(1, 40) * 1_000_000L);
            var isTimed = random.Next(2) == 0;
            var compare = new MetricsCompare(new SpansetFilter(queries.Condition(random.Next(2))), random.Next(1, 6), isTimed ? start : null, isTimed ? end - random.Next(20_000_000) : null);
            var filter = new SpansetStage(new SpansetFilter(queries.Condition(random.Next(3))));

            // The stage changes nothing for traces of one spanset, and is nothing that columns do.
            var expected = Ask(engine, [filter, new Coalesce()]);
            foreach (var actual in (string[])[Ask(engine, [filter]), Ask(rearranged, [filter])])
            {
                Assert.True(expected == actual, $"seed {seed}\n{filter} | {compare}\nexpected\n{expected}\nbut was\n{actual}");
            }

            string Ask(QueryEngine asked, PipelineStage[] stages)
            {
                var request = new MetricsRequest { Query = new TraceQL.Syntax.Query(new MetricsQuery(new MetricsPipeline(new Pipeline([.. stages]), compare)), []), Grid = grid };
                return string.Join('\n', asked.MetricsAsync(TenantId.Single, request, CancellationToken.None).GetAwaiter().GetResult().Series.Select(static series => $"{series.Labels} {string.Join(' ', series.Values)}"));
            }
        }
    }

    private static QueryEngine Engine(DealtSource[] sources) => new(new MemoryStore([.. sources.Select(static source => source.Source)]), new QueryLimits(), TimeProvider.System);

    // Which spans they are. What more their labels say rests on what their source has columns for.
    private static string Exemplars(MetricsResult result) =>
        string.Join('\n', result.Series.Select(static series => $"{series.Labels}: {string.Join("; ", series.Exemplars.Select(static exemplar => $"{exemplar.UnixNano} {string.Join(' ', exemplar.Labels.Take(2))}"))}"));

    // Sums of floats depend on their order in the last digits.
    private static string Text(SortedDictionary<string, double[]> series) =>
        string.Join('\n', series.Select(static s => $"{s.Key} {string.Join(' ', s.Value.Select(static v => v.ToString("G12", System.Globalization.CultureInfo.InvariantCulture)))}"));

    private static void CheckSelector(Random random, int seed)
    {
        var spans = new RandomTraces(random).Make(random.Next(1, 25));
        var dealt = RandomSources.Deal(spans, random)[0];
        var source = dealt.Source;
        var pipeline = new RandomQueries(random).Pipeline(random.Next(1, 4));
        var parsed = TraceQl.Parse(pipeline.ToString()!);
        if (!parsed.Success)
        {
            // Random trees may be such that the validator refuses them; the engine takes them all the same.
            return;
        }

        var expected = Reference.Search(dealt.AllSpans, pipeline, TimeRange.All, int.MaxValue, 1).Select(static t => t.Id).ToHashSet();
        var selected = new TraceSelectorFactory().Create(pipeline.ToString()!).SelectAsync(source, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        for (var row = 0; row < source.Traces.Count; row++)
        {
            Assert.True(expected.Contains(source.Traces[row].Id) == selected[row], $"seed {seed}\n{pipeline}\ntrace {source.Traces[row].Id}: {selected[row]}");
        }
    }

    private static void Check(Random random, int seed)
    {
        var spans = new RandomTraces(random).Make(random.Next(1, 25));
        var sources = RandomSources.Deal(spans, random);
        var all = sources.SelectMany(static source => source.AllSpans).ToList();
        using var engine = new QueryEngine(new MemoryStore([.. sources.Select(static source => source.Source)]), new QueryLimits(), TimeProvider.System);
        for (var i = 0; i < 4; i++)
        {
            var pipeline = new RandomQueries(random).Search(random.Next(1, 4));
            var start = TestSpan.Epoch + (random.Next(100) * 1_000_000L);
            var request = new SearchRequest
            {
                Query = new TraceQL.Syntax.Query(new SearchQuery(pipeline), []),
                Window = random.Next(2) == 0 ? TimeRange.All : new TimeRange(start, start + (random.Next(40) * 1_000_000L)),
                Limit = random.Next(1, 12),
                SpansPerSpanset = random.Next(1, 5),
            };
            var expected = Text(Reference.Search(all, pipeline, request.Window, request.Limit, request.SpansPerSpanset));
            var actual = Text(engine.SearchAsync(TenantId.Single, request, CancellationToken.None).GetAwaiter().GetResult().Traces);
            Assert.True(expected == actual, $"seed {seed}\n{pipeline}\nwindow {request.Window}\nexpected\n{expected}\nbut was\n{actual}");
        }
    }

    private static string Text(IReadOnlyList<TraceResult> traces)
    {
        var text = new StringBuilder();
        foreach (var trace in traces)
        {
            text.AppendLine($"{trace.Id} {trace.StartUnixNano} {trace.DurationNanos} {trace.RootName}/{trace.RootServiceName} {string.Join(',', trace.Services)}");
            foreach (var set in trace.Spansets)
            {
                text.AppendLine($"  {set.Matched} {string.Join(' ', set.Attributes)}");
                foreach (var span in set.Spans)
                {
                    text.AppendLine($"    {span.Id} {span.Name} {string.Join(' ', span.Attributes)}");
                }
            }
        }

        return text.ToString();
    }
}
