using Clew.Api.Http;
using Clew.Api.Tempo;
using Clew.Model;
using Clew.Query.Metrics;
using Clew.Query.Values;
using Clew.TraceQL;
using Clew.TraceQL.Syntax;
using Microsoft.AspNetCore.Http;
using QueryTree = Clew.TraceQL.Syntax.Query;

namespace Clew.Api.V1.Analysis;

/// <summary>Puts queries together as trees: what the pages ask about "the spans of this search".</summary>
internal static class Queries
{
    private static readonly IntrinsicRef Duration = new(Intrinsic.Duration);

    /// <summary>The pipeline of the parameter <c>q</c>; everything when it is not there.</summary>
    public static Pipeline Search(QueryParameters parameters)
    {
        var text = parameters.Text("q") ?? "{}";
        var tree = TypedTraceId.TryRead(text, out var id) ? TypedTraceId.ToQuery(id) : QueryText.Parse(text);
        return tree.Body is SearchQuery search
            ? search.Pipeline
            : throw ApiException.BadRequest($"invalid q: '{text}' counts spans already; leave out its metrics function");
    }

    public static FieldReference Field(string name, string text) =>
        TraceQl.TryParseField(text, out var field)
            ? field!
            : throw ApiException.BadRequest($"invalid {name}: '{text}' is no attribute; write span.name, resource.name or an intrinsic such as status");

    /// <summary>A filter by itself, as in <c>{ status = error }</c>.</summary>
    public static SpansetFilter Filter(string name, string text) =>
        QueryText.Parse(text).Body is SearchQuery { Pipeline.Stages: [SpansetStage { Expression: SpansetFilter filter }] }
            ? filter
            : throw ApiException.BadRequest($"invalid {name}: '{text}' is not one filter in braces");

    /// <summary>Of what the pipeline finds, those that meet a condition too.</summary>
    public static Pipeline And(Pipeline pipeline, FieldExpression condition) => pipeline.Stages switch
    {
        [SpansetStage { Expression: SpansetFilter { Condition: Literal literal } }] when literal.Value == StaticValue.True => Only(condition),
        [SpansetStage { Expression: SpansetFilter filter }] => Only(new FieldBinary(BinaryOperator.And, filter.Condition, condition)),
        _ => new Pipeline([.. pipeline.Stages, new SpansetStage(new SpansetFilter(condition))]),
    };

    public static FieldExpression StatusIs(SpanStatus status) =>
        new FieldBinary(BinaryOperator.Equal, new IntrinsicRef(Intrinsic.Status), new Literal(StaticValue.FromStatus((StatusKeyword)status)));

    public static QueryTree Count(Pipeline pipeline, params FieldReference[] by) => Metrics(pipeline, new MetricsAggregate(MetricsFunctionKind.CountOverTime, null, [], [.. by]));

    /// <summary>How often each duration occurs; series have the label <see cref="DurationBuckets.Label"/>.</summary>
    public static QueryTree Durations(Pipeline pipeline, params FieldReference[] by) =>
        Metrics(pipeline, new MetricsAggregate(MetricsFunctionKind.HistogramOverTime, Duration, [], [.. by]));

    public static QueryTree Metrics(Pipeline pipeline, MetricsFunction function) => new(new MetricsQuery(new MetricsPipeline(pipeline, function)), []);

    /// <summary>As a condition of the language that a span with this value meets; null for values that it cannot compare.</summary>
    public static FieldExpression? IsValue(FieldReference field, in QueryValue value)
    {
        StaticValue? literal = value.Kind switch
        {
            ValueKind.String => StaticValue.FromString(value.AsString),
            ValueKind.Int => StaticValue.FromInt(value.AsInt),
            ValueKind.Float when double.IsFinite(value.AsFloat) => StaticValue.FromFloat(value.AsFloat),
            ValueKind.Bool => StaticValue.FromBool(value.AsBool),
            ValueKind.Duration => StaticValue.FromDurationNanos(value.AsInt),
            ValueKind.Status => StaticValue.FromStatus((StatusKeyword)value.AsStatus),
            ValueKind.Kind => StaticValue.FromKind((KindKeyword)value.AsKind),
            _ => null,
        };
        return literal is { } written ? new FieldBinary(BinaryOperator.Equal, field, new Literal(written)) : null;
    }

    /// <summary>The same as people write it: strings in double quotes where that needs no escapes.</summary>
    public static string? ConditionText(FieldReference field, in QueryValue value) => value.Kind switch
    {
        ValueKind.String when !value.AsString.Any(static c => c is '"' or '\\' || char.IsControl(c)) => $"{field} = \"{value.AsString}\"",
        _ => IsValue(field, value)?.ToString(),
    };

    private static Pipeline Only(FieldExpression condition) => new([new SpansetStage(new SpansetFilter(condition))]);
}
