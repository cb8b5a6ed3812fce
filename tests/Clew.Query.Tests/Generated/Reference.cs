using Clew.Model;
using Clew.Query.Evaluation;
using Clew.Query.Search;
using Clew.Query.Tests.Support;
using Clew.Query.Traces;
using Clew.Storage.Columns;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Tests.Generated;

/// <summary>The answer of a search found the slow way: every trace joined and evaluated, then sorted, then cut.</summary>
internal static class Reference
{
    public static List<TraceResult> Search(IEnumerable<TestSpan> spans, Pipeline pipeline, TimeRange window, int limit, int spansPerSpanset)
    {
        var evaluator = new PipelineEvaluator(pipeline);
        var builder = new ResultBuilder(pipeline, spansPerSpanset);
        var results = new List<TraceResult>();
        foreach (var trace in Traces(spans))
        {
            var spansets = evaluator.Evaluate(trace);
            if (spansets.Any(set => set.Spans.Any(span => window.Overlaps(span.StartUnixNano, span.StartUnixNano + span.DurationNanos))))
            {
                results.Add(builder.Build(trace, spansets, evaluator));
            }
        }

        return [.. results.OrderByDescending(static r => r.StartUnixNano).ThenBy(static r => r.Id).Take(limit)];
    }

    public static List<TraceData> Traces(IEnumerable<TestSpan> spans)
    {
        var decoder = new SpanDecoder();
        var traces = new Dictionary<TraceId, List<SpanData>>();
        foreach (var span in spans)
        {
            var decoded = decoder.Decode(new StoredSpan
            {
                TraceIndex = 0,
                Span = span.Encode(),
                Resource = span.EncodeResource(),
                ResourceSchemaUrl = default,
                Scope = span.EncodeScope(),
                ScopeSchemaUrl = default,
            });
            var list = traces.TryGetValue(span.TraceId, out var present) ? present : traces[span.TraceId] = [];
            var copy = list.FindIndex(other => other.Id == decoded.Id && other.Kind == decoded.Kind);
            if (copy < 0)
            {
                list.Add(decoded);
            }
            else if (SpanOrder.Wins(decoded, list[copy]))
            {
                list[copy] = decoded;
            }
        }

        return [.. traces.Select(static trace => new TraceData(trace.Key, [.. trace.Value]))];
    }
}
