using Clew.Model;
using Clew.Query.Evaluation;
using Clew.Query.Traces;
using Clew.Query.Values;
using Clew.TraceQL.Analysis;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Search;

/// <summary>Turns a matching trace into its form in the answer.</summary>
internal sealed class ResultBuilder(Pipeline pipeline, int spansPerSpanset)
{
    private readonly List<(FieldReference Field, string Name)> _fields =
        [.. QueryFields.In(pipeline).Where(IsShown).Select(static field => (field, NameOf(field)))];

    public TraceResult Build(TraceData trace, List<Spanset> spansets, PipelineEvaluator evaluator) => new()
    {
        Id = trace.Id,
        RootServiceName = trace.Root?.Resource.ServiceName,
        RootName = trace.Root?.Name,
        StartUnixNano = trace.StartUnixNano,
        DurationNanos = trace.DurationNanos,
        Spansets = spansets.ConvertAll(spanset => Build(spanset, evaluator)),
        Services = Services(trace),
    };

    /// <summary>Spans carry their name anyway, and the parent is no value.</summary>
    public static bool IsShown(FieldReference field) => field is not IntrinsicRef { Intrinsic: Intrinsic.Name or Intrinsic.Parent };

    /// <summary>The name of a field in answers: without its scope.</summary>
    public static string NameOf(FieldReference field) => field switch
    {
        AttributeRef attribute => attribute.Name,
        IntrinsicRef intrinsic => intrinsic.Intrinsic.Text(),
        _ => field.ToString(),
    };

    private SpansetResult Build(Spanset spanset, PipelineEvaluator evaluator)
    {
        var spans = new List<SpanResult>(Math.Min(spanset.Spans.Count, spansPerSpanset));
        foreach (var span in spanset.Spans)
        {
            if (spans.Count == spansPerSpanset)
            {
                break;
            }

            spans.Add(new SpanResult(span.Id, span.Name, span.StartUnixNano, span.DurationNanos, Attributes(span, evaluator)));
        }

        return new SpansetResult(spans, spanset.Spans.Count, spanset.Attributes.ConvertAll(static a => new NamedValue(a.Key, a.Value)));
    }

    private List<NamedValue> Attributes(SpanData span, PipelineEvaluator evaluator)
    {
        var attributes = new List<NamedValue>();
        foreach (var (field, name) in _fields)
        {
            var value = evaluator.Value(field, span);
            value = value.Kind == ValueKind.Multi ? value.Items[0] : value;

            // span.a and resource.a share a name in the answer: the first that the query names is shown.
            if (!value.IsNil && !attributes.Exists(a => a.Name == name))
            {
                attributes.Add(new NamedValue(name, value));
            }
        }

        return attributes;
    }

    private static List<ServiceStats> Services(TraceData trace)
    {
        var services = new List<ServiceStats>();
        var indexes = new Dictionary<string, int>();
        foreach (var span in trace.Spans)
        {
            if (!indexes.TryGetValue(span.Resource.ServiceName, out var index))
            {
                index = services.Count;
                indexes.Add(span.Resource.ServiceName, index);
                services.Add(new ServiceStats(span.Resource.ServiceName, 0, 0));
            }

            var present = services[index];
            services[index] = present with
            {
                SpanCount = present.SpanCount + 1,
                ErrorCount = present.ErrorCount + (span.Status == SpanStatus.Error ? 1 : 0),
            };
        }

        return services;
    }
}
