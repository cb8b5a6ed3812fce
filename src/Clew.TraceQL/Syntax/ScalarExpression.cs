namespace Clew.TraceQL.Syntax;

/// <summary>An expression that gives one number for each spanset.</summary>
public abstract record ScalarExpression : SyntaxNode;

/// <summary>A number or a duration.</summary>
public sealed record ScalarLiteral(StaticValue Value) : ScalarExpression;

/// <summary>What an aggregate computes over the spans of a spanset. Spans without the value are skipped.</summary>
public enum AggregateKind : byte
{
    Count,
    Min,
    Max,
    Avg,
    Sum,

    /// <summary>The q-quantile, interpolated linearly between the two nearest values. Also written <c>p95(x)</c>, <c>median(x)</c>.</summary>
    Quantile,

    /// <summary>Standard deviation of the population.</summary>
    StdDev,

    /// <summary>Variance of the population.</summary>
    Variance,
}

/// <summary>An aggregate over the spans of a spanset.</summary>
/// <param name="Kind">What is computed.</param>
/// <param name="Argument">The value per span; null only for <see cref="AggregateKind.Count"/>.</param>
/// <param name="Quantile">0 to 1; only for <see cref="AggregateKind.Quantile"/>.</param>
public sealed record Aggregate(AggregateKind Kind, FieldExpression? Argument = null, double? Quantile = null) : ScalarExpression;

/// <summary>Arithmetic where at least one side has an aggregate.</summary>
public sealed record ScalarBinary(BinaryOperator Operator, ScalarExpression Left, ScalarExpression Right) : ScalarExpression;

/// <summary><c>({ … } | count())</c>: a number from a pipeline of its own over the same trace.</summary>
/// <param name="Source">What stands before the number.</param>
/// <param name="Value">The number, over the spansets of <paramref name="Source"/>.</param>
public sealed record ScalarPipeline(Pipeline Source, ScalarExpression Value) : ScalarExpression;
