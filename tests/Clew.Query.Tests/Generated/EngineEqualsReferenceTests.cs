using System.Text;
using Clew.Model;
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
        Gen.Int.Sample(seed => Check(new Random(seed), seed), iter: 1000);

    private static void Check(Random random, int seed)
    {
        var spans = new RandomTraces(random).Make(random.Next(1, 25));
        var sources = RandomSources.Deal(spans, random);
        var all = sources.SelectMany(static source => source.AllSpans).ToList();
        using var engine = new QueryEngine(new MemoryStore([.. sources]), new QueryLimits(), TimeProvider.System);
        for (var i = 0; i < 4; i++)
        {
            var pipeline = new RandomQueries(random).Pipeline(random.Next(1, 4));
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
