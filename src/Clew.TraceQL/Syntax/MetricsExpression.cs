namespace Clew.TraceQL.Syntax;

/// <summary>An expression that gives time series.</summary>
public abstract record MetricsExpression : SyntaxNode;

/// <summary><c>{ … } | rate() by(…)</c>.</summary>
public sealed record MetricsPipeline(Pipeline Source, MetricsFunction Function) : MetricsExpression;

/// <summary>Second stages over series, applied in order; never empty, and <paramref name="Input"/> is not itself staged.</summary>
public sealed record StagedMetrics(MetricsExpression Input, NodeList<MetricsStage> Stages) : MetricsExpression;

/// <summary>Arithmetic (<c>+ - * /</c>) between series, or series and a number. Not both sides are numbers.</summary>
public sealed record MetricsBinary(BinaryOperator Operator, MetricsExpression Left, MetricsExpression Right) : MetricsExpression;

/// <summary>A number (int or float) as a side of arithmetic.</summary>
public sealed record MetricsScalar(StaticValue Value) : MetricsExpression;

/// <summary>A function over the spans of a pipeline.</summary>
public abstract record MetricsFunction : SyntaxNode;

/// <summary>The functions over time.</summary>
public enum MetricsFunctionKind : byte
{
    Rate,
    CountOverTime,
    MinOverTime,
    MaxOverTime,
    AvgOverTime,
    SumOverTime,
    HistogramOverTime,
    QuantileOverTime,
}

/// <summary>A function over time.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Argument">The value per span; null for rate and count.</param>
/// <param name="Quantiles">0 to 1, in the order asked; only for <see cref="MetricsFunctionKind.QuantileOverTime"/>.</param>
/// <param name="By">The labels; may be empty.</param>
public sealed record MetricsAggregate(
    MetricsFunctionKind Kind,
    FieldReference? Argument,
    NodeList<double> Quantiles,
    NodeList<FieldReference> By) : MetricsFunction;

/// <summary><c>compare({ … }, topN, start, end)</c>.</summary>
/// <param name="Selection">Which spans are the selection; all others are the baseline.</param>
/// <param name="TopN">Values kept per attribute; 10 unless written.</param>
/// <param name="StartUnixNano">With <paramref name="EndUnixNano"/>: only spans in the window are selected.</param>
/// <param name="EndUnixNano">Null exactly when the start is.</param>
public sealed record MetricsCompare(SpansetFilter Selection, long TopN, long? StartUnixNano, long? EndUnixNano) : MetricsFunction
{
    public const long DefaultTopN = 10;
}

/// <summary>A step over finished series.</summary>
public abstract record MetricsStage : SyntaxNode;

/// <summary><c>topk(n)</c> or <c>bottomk(n)</c>, per timestamp.</summary>
public sealed record RankStage(bool Top, long Limit) : MetricsStage;

/// <summary><c>&gt; 10</c>: drops samples that fail. A duration counts in seconds here.</summary>
public sealed record SampleFilter(BinaryOperator Operator, StaticValue Threshold) : MetricsStage;
