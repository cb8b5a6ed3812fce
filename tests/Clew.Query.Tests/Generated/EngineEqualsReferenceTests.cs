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
    public void Selector_chooses_the_traces_that_a_search_of_the_source_finds() =>
        Gen.Int.Sample(seed => CheckSelector(new Random(seed), seed), iter: 200);

    private static void CheckMetrics(Random random, int seed)
    {
        var spans = new RandomTraces(random).Make(random.Next(1, 25));
        var sources = RandomSources.Deal(spans, random);
        var all = sources.SelectMany(static source => source.AllSpans).ToList();
        using var engine = new QueryEngine(new MemoryStore([.. sources.Select(static source => source.Source)]), new QueryLimits(), TimeProvider.System);
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
        }
    }

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
